"""Invoices in: what records would change, and the change made.

Where they come from: ``invoice_records``. What becomes of their movements: ``attaching`` or, for a
supplier that posts invoices, ``invoice_posting``.
"""

from collections import defaultdict
from dataclasses import replace
from itertools import chain

from babel.numbers import is_currency
from django.utils.translation import gettext as _

from ..customers.fold import fold_number
from ..documents.models import Invoice, InvoiceFile
from ..exceptions import InvalidEntry
from ..ledger.drafts import check_day, exact
from ..ledger.months import closed_until
from .attaching import attach, movements_of
from .invoice_posting import post, refusal_to_post
from .numbers import are_near, nearest
from .originals import digest, keep
from .records import Row, after, changes, chunks, write

AMOUNTS = ("net", "vat", "withheld", "payable")


def compare(supplier, records):
    """A ``Row`` for each record, in order; writes nothing.

    An invoice is known by its ETTN, else by account, direction and number (letters and digits
    alone), and where it has no ETTN not half a year apart. What came as an e-invoice is not rewritten from a table.
    """
    known = _Known(supplier, records)
    rows = []
    for part in chunks(records):
        stored = known.stored(part)
        rows += [_compare(known, record, there) for record, there in zip(part, stored, strict=True)]
    return rows


def apply(supplier, rows, batch=None, by=""):
    """Write what ``compare`` said, in the caller's transaction, which holds the imports.

    Raises a ``LedgerError`` where the ledger refuses.
    """
    invoices = write(Invoice, rows)
    for row in rows:
        if row.record.xml and row.after:
            keep(row.after, InvoiceFile.Kind.XML, row.record.xml)
    attach(supplier, invoices=invoices, batch=batch)
    if supplier.posts_invoices:
        post(rows, batch=batch, by=by)


class _Known:
    """What is there that records may be, found without loading it all at once."""

    def __init__(self, supplier, records):
        self.supplier = supplier
        self.seen = defaultdict(list)
        accounts = {record.values["account"].pk for record in records}
        uuids = {record.values["uuid"] for record in records if record.values.get("uuid")}
        self.by_number, self.by_uuid = defaultdict(list), {}
        for ids in chunks(accounts):
            rows = Invoice.objects.filter(account_id__in=ids).order_by("-issued_on", "-pk")
            for pk, account_id, is_credit, number, uuid, day in rows.values_list(
                "pk", "account_id", "is_credit", "number", "uuid", "issued_on"
            ):
                key = account_id, is_credit, fold_number(number)
                self.by_number[key].append((None if uuid else day, pk))
        for part in chunks(uuids):
            rows = Invoice.objects.filter(account__supplier=supplier, uuid__in=part)
            self.by_uuid.update(rows.values_list("uuid", "pk"))
        if supplier.posts_invoices:
            self.closed = closed_until(supplier)
            self.movements = movements_of(accounts)

    def stored(self, records):
        """The invoice that each record is, or None."""
        ids = [self._pk(record) for record in records]
        rows = Invoice.objects.select_related("account__supplier", "entry__reversed_by")
        rows = rows.prefetch_related("lines", "files").in_bulk({pk for pk in ids if pk})
        return [rows.get(pk) for pk in ids]

    def _pk(self, record):
        alike = chain.from_iterable(self.by_number[key] for key in _keys(record))
        known = self.by_uuid.get(record.values.get("uuid"))
        return known or nearest(_day(record), alike)

    def twin(self, record):
        """A record before it in the file that is of the same invoice; or None."""
        uuid, keys = record.values.get("uuid"), _keys(record)
        alike = chain.from_iterable(self.seen[key] for key in keys)
        near = (twin for twin in alike if are_near(_day(record), _day(twin)))
        twin = next(chain(self.seen[uuid] if uuid else (), near), None)
        for key in filter(None, (uuid, *keys)):
            self.seen[key].append(record)
        return twin


def _keys(record):
    """Account, direction and number; both directions where the record does not say it."""
    account, number = record.values["account"].pk, fold_number(record.values["number"])
    directions = [record.values["is_credit"]] if "is_credit" in record.values else [False, True]
    return [(account, is_credit, number) for is_credit in directions]


def _day(record):
    """What tells it from others of its number, where no ETTN does."""
    return None if record.values.get("uuid") else record.values.get("issued_on")


def _compare(known, record, there):
    def row(outcome, **more):
        return Row(outcome, record.line, record.place, record=record, there=there, **more)

    if twin := known.twin(record):
        if twin == record:
            return row("unchanged")
        number = record.values["number"]
        return row("refused", reason=_("%s stands in the file twice.") % number)
    if there is None and record.values.get("is_cancelled"):
        return row("unchanged")
    if reason := _contradiction(record, there):
        return row("refused", reason=reason)
    told = record
    if there and not record.xml and any(file.kind == "xml" for file in there.files.all()):
        values = {"is_cancelled": record.values["is_cancelled"]}
        told = replace(record, values=values, lines=None)
    future = after(Invoice, told, there)
    if reason := _not_exact(future) or _not_posted(known, there, future):
        return row("refused", reason=reason)
    if there is None:
        return row("new", after=future)
    text = "; ".join(filter(None, [changes(there, future, told), *_besides(known, there, record)]))
    return row("changed", changes=text, after=future) if text else row("unchanged")


def _contradiction(record, there):
    """What a record cannot change of a stored invoice."""
    values = record.values
    if there is None:
        return ""
    if there.account_id != values["account"].pk:
        return _("%(no)s is an invoice of account %(account)s.") % {
            "no": there,
            "account": there.account.code,
        }
    if fold_number(there.number) != fold_number(values["number"]):
        return _("Invoice %s has this ETTN.") % there
    uuid = values.get("uuid")
    if uuid and there.uuid and uuid != there.uuid:
        return _("%s is there with another ETTN.") % there
    if record.xml or not any(file.kind == "xml" for file in there.files.all()):
        return ""
    if values["is_cancelled"]:
        return ""
    if any(values[name] != getattr(there, name) for name in ("currency", "payable", "is_credit")):
        return _("The e-invoice of %s says another total.") % there
    return ""


def _not_exact(invoice):
    """Why an invoice's head cannot be kept exactly as it is; "" where it can."""
    if not is_currency(invoice.currency):
        return _("“%s” is not a currency.") % invoice.currency[:40]
    try:
        check_day(invoice.issued_on)
        exact(invoice.payable, invoice.currency)
        for name in AMOUNTS:
            exact(getattr(invoice, name))
        if invoice.rate is not None:
            exact(invoice.rate, field="rate")
    except InvalidEntry as error:
        return str(error)
    return ""


def _not_posted(known, there, future):
    if not known.supplier.posts_invoices:
        return ""
    return refusal_to_post(there, future, known.closed, known.movements)


def _besides(known, there, record):
    """What else a record brings to a stored invoice."""
    if record.xml and digest(record.xml) not in {file.sha256 for file in there.files.all()}:
        yield _("original file")
    if known.supplier.posts_invoices and not there.entry and there.amount:
        yield _("movement")
