"""Invoices as files tell them: a table of lines, or e-invoices."""

from decimal import Decimal
from itertools import product
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from ..customers.fold import fold, fold_number
from ..documents.archives import is_pdf
from ..documents.efatura import party_of, read_invoice
from ..documents.models import Invoice, InvoiceLine
from ..exceptions import FileRefused
from ..money import ZERO, round_to
from ..tables.formats import format_number
from . import cells
from .attaching import movements_of
from .cells import RowRefused
from .profiles import says_yes
from .records import LINE, Record, fitted, parse_line, read_documents, refused
from .who import accounts_of

BOUGHT = ("alis", "alim", "alinan", "gelen")  # how words for a vendor's invoice begin, folded
KURUS = Decimal("0.01")
SAID = {"is_cancelled": False}  # of every invoice that is not marked as deleted


def from_table(supplier, lines, table):
    """(records, refused rows) of a table with one row per line of an invoice.

    The head stands in each row, or in the first. ``net`` is the line's; ``payable`` the invoice's;
    ``vat`` and ``withheld`` are the line's, or the invoice's where only that adds up. A word like
    "Alış Faturası" makes a vendor's invoice, one with "İade" a return.
    """

    def parse(row):
        issued_on = cells.day(row, "issued_on")
        head = {
            "issued_on": issued_on,
            "due_on": cells.due(row, issued_on),
            "currency": table.currency_of(cells.text(row, "currency")),
            "rate": cells.rate(row),
            "uuid": _uuid(row),
            "kind": _kind(row, table),
            "payable": cells.amount(row, "payable", table),
        }
        values = parse_line(row, table, (*LINE, "vat", "withheld"))
        values["vat_rate"] = cells.percent(row, "vat_rate", table)
        values["deleted"] = table.says_deleted(cells.text(row, "deleted"))
        return values, head

    return read_documents(
        lines, supplier, "issued_on", parse, lambda document: _of_document(document, supplier)
    )


def from_files(supplier, files):
    """(records, refused rows, PDFs) of (name, bytes) pairs, each an e-invoice or a PDF."""
    accounts = accounts_of(supplier)
    records, rows, pdfs = [], [], []
    for number, (name, data) in enumerate(files, 1):
        if is_pdf(data):
            pdfs.append((name, data))
            continue
        try:
            records.append(_of_xml(supplier, accounts, data, number, name))
        except FileRefused as error:
            rows.append(refused(number, name, str(error)))
        except RowRefused as refusal:
            rows.append(refused(number, name, refusal.reason))
    return records, rows, pdfs


def _uuid(row):
    value = cells.text(row, "uuid")
    try:
        return UUID(value) if value else None
    except ValueError:
        raise cells.refusal(row, "uuid", _("“%s” is not an ETTN.") % value[:40]) from None


def _kind(row, table):
    """(bought, sent back, said at all) by the row's word for its kind."""
    word = cells.text(row, "kind")
    word = table.word_of(word, cells.text(row, "kind_detail"), cells.text(row, "is_return"))
    folded = fold(word)
    is_return = table.kind_of(word) == "credit_note" or "iade" in folded
    is_return = is_return or says_yes(cells.text(row, "is_return"))
    is_bought = any(part.startswith(BOUGHT) for part in folded.split())
    return (is_bought, is_return) if word or is_return else None


def _of_document(document, supplier):
    head, values = document.head, {"account": document.account, "number": document.number}
    rows = [row for row in document.rows if not row.pop("deleted")]
    if "issued_on" in head:
        values["issued_on"] = head["issued_on"]
    if not rows:
        return Record(document.line, values | {"is_cancelled": True})
    if "issued_on" not in head:
        raise RowRefused("issued_on", _("An invoice needs its date."))
    values |= {"currency": head.pop("currency", "") or supplier.currency}
    payable, vat, withheld = _totals(head, rows, values["currency"])
    is_bought, is_return = head.pop("kind", (False, payable < 0))
    if payable < 0:
        if not is_return:
            raise RowRefused("payable", _("A total below zero belongs to a return."))
        payable, vat, withheld = -payable, -vat, -withheld
        for row in rows:
            row["net"] = row["net"] and -row["net"]
            row["quantity"] = row["quantity"] and abs(row["quantity"])
    head |= {"net": payable - vat + withheld, "vat": vat, "withheld": withheld, "payable": payable}
    head |= {"is_return": is_return, "is_credit": is_bought != is_return} | SAID
    lines = [_line(row, values["currency"]) for row in rows if _is_line(row)]
    return Record(document.line, values | head, lines or None)


def _totals(head, rows, currency):
    """(payable, VAT, withheld) of an invoice's rows: payable = Σ net + VAT − withheld.

    VAT and what is withheld may stand on each row as the line's own or as the invoice's: where the
    payable total is there, what adds up with it is right, but for a kuruş a line by rounding.
    """
    payable, nets = head.get("payable"), []
    for row in rows:
        if row["net"] is None and None not in (row["quantity"], row["unit_price"]):
            row["net"] = row["quantity"] * row["unit_price"]
        nets.append(row["net"])
    vats, withholdings = _sums(rows, "vat"), _sums(rows, "withheld")
    vat, withheld = vats[0], withholdings[0] or ZERO
    if None in nets:
        if None in (payable, vat):
            raise RowRefused("net", _("Neither the net amount nor VAT and payable are there."))
        return payable, vat, withheld
    net = sum(nets)
    if payable is None:
        if vat is None:
            raise RowRefused("payable", _("Neither VAT nor the payable total is there."))
        return net + vat - withheld, vat, withheld
    net = round_to(net, currency)
    if vat is None:
        return payable, payable - net + withheld, withheld
    for vat, withheld in product(vats, withholdings):
        withheld = withheld or ZERO
        if abs(net + vat - withheld - payable) <= KURUS * len(rows):
            return payable, payable - net + withheld, withheld
    total = net + vats[0] - (withholdings[0] or ZERO)
    raise RowRefused(
        "payable",
        _("The lines make %(sum)s, payable is %(payable)s.")
        % {"sum": format_number(total, places=2), "payable": format_number(payable, places=2)},
    )


def _sums(rows, name):
    """What a column may come to: the sum of its cells and, where all are equal, that; or None."""
    values = [row[name] for row in rows]
    if values.count(None) == len(values):
        return [None]
    total = sum(value or ZERO for value in values)
    return [total] if len(set(values)) > 1 else [total, values[0]]


def _is_line(row):
    return row["product_name"] or row["product_code"] or row["quantity"] is not None


def _line(row, currency):
    values = {name: row[name] for name in (*LINE, "vat_rate")}
    net, quantity = values["net"] or ZERO, values["quantity"] or Decimal(1)
    price = values["unit_price"]
    return fitted(
        InvoiceLine,
        values
        | {
            "product_name": values["product_name"] or values["product_code"],
            "net": net,
            "quantity": quantity,
            "unit_price": net / quantity if price is None else price,
            "vat_rate": values["vat_rate"] or ZERO,
        },
        currency,
    )


def _of_xml(supplier, accounts, data, number, name):
    invoice = read_invoice(data)
    party, sign = party_of(invoice, supplier)
    values = {
        "number": invoice.number,
        "uuid": invoice.uuid,
        "issued_on": invoice.issued_on,
        "due_on": invoice.due_on,
        "currency": invoice.currency,
        "rate": invoice.rate if supplier.currency == "TRY" else None,
        "is_return": invoice.is_return,
        "is_credit": sign < 0,
        "net": invoice.net,
        "vat": invoice.vat,
        "withheld": invoice.withheld,
        "payable": invoice.payable,
    }
    values = {field: value for field, value in values.items() if value is not None} | SAID
    values["account"] = _account_of(invoice, sign, accounts.by_number(party))
    lines = [fitted(InvoiceLine, vars(line), invoice.currency) for line in invoice.lines]
    warnings = invoice.warnings
    if invoice.rate is None and "TRY" == supplier.currency != invoice.currency:
        warnings += (_("It is in %s and tells no rate.") % invoice.currency,)
    return Record(number, values, lines, name, data, warnings)


def _account_of(invoice, sign, accounts):
    """Of the accounts that bear the party's number: the one that has the invoice, or its movement,
    or is alone in being open."""
    if len(accounts) == 1:
        return accounts[0]
    same = Q(uuid=invoice.uuid) | Q(number=invoice.number, is_credit=sign < 0)
    ids = {row.account_id for row in Invoice.objects.filter(same, account__in=accounts)}
    if not ids:
        key = (invoice.currency, fold_number(invoice.number), sign * invoice.payable)
        movements = movements_of([account.pk for account in accounts])
        ids = {account_id for account_id, *rest in movements if tuple(rest) == key}
    ids = ids or {account.pk for account in accounts if not account.is_closed}
    if len(ids) != 1:
        codes = ", ".join(account.code for account in accounts)
        raise FileRefused(_("Several accounts bear this tax number: %s.") % codes[:200])
    return next(account for account in accounts if account.pk in ids)
