"""Orders in: a table with one row per line of an order."""

from collections import defaultdict
from decimal import Decimal

from babel.numbers import is_currency
from django.utils.translation import gettext as _

from ..customers.fold import fold, fold_number
from ..documents.models import Order, OrderLine
from ..exceptions import InvalidEntry
from ..ledger.drafts import check_day, exact
from ..money import ZERO
from . import cells
from .cells import RowRefused
from .numbers import nearest
from .records import (
    Record,
    Row,
    after,
    changes,
    chunks,
    fitted,
    parse_line,
    read_documents,
    write,
)

STEPS = (Order.State.OPEN, Order.State.SHIPPED, Order.State.INVOICED, Order.State.CANCELLED)

# Words beside those of the profile, folded.
WORDS = {
    "acik": Order.State.OPEN,
    "bekliyor": Order.State.OPEN,
    "beklemede": Order.State.OPEN,
    "onay bekliyor": Order.State.OPEN,
    "onaylandi": Order.State.OPEN,
    "hazirlaniyor": Order.State.OPEN,
    "kismi sevk": Order.State.OPEN,
    "kismi sevk edildi": Order.State.OPEN,
    "sevk": Order.State.SHIPPED,
    "sevk edildi": Order.State.SHIPPED,
    "kargoda": Order.State.SHIPPED,
    "kargolandi": Order.State.SHIPPED,
    "teslim edildi": Order.State.SHIPPED,
    "faturalandi": Order.State.INVOICED,
    "fatura edildi": Order.State.INVOICED,
    "tamamlandi": Order.State.INVOICED,
    "iptal": Order.State.CANCELLED,
    "iptal edildi": Order.State.CANCELLED,
    "reddedildi": Order.State.CANCELLED,
}


def from_table(supplier, lines, table):
    """(records, refused rows) of a table with one row per line of an order.

    An order is as far as the line that is least far; cancelled when all its lines are. Without a
    word for it a line is shipped when as much was delivered as ordered.
    """

    def parse(row):
        head = {
            "ordered_on": cells.day(row, "ordered_on"),
            "currency": table.currency_of(cells.text(row, "currency")),
        }
        values = parse_line(row, table)
        values["state"] = _state(row, table, values["quantity"])
        values["deleted"] = table.says_deleted(cells.text(row, "deleted"))
        return values, head

    return read_documents(
        lines, supplier, "ordered_on", parse, lambda document: _of_document(document, supplier)
    )


def compare(supplier, records):
    """A ``Row`` for each record, in order; writes nothing.

    Known by account and number, not half a year apart.
    """
    known = defaultdict(list)
    for part in chunks({record.values["account"].pk for record in records}):
        rows = Order.objects.filter(account_id__in=part).order_by("-ordered_on", "-pk")
        for pk, account_id, number, day in rows.values_list(
            "pk", "account_id", "number", "ordered_on"
        ):
            known[account_id, fold_number(number)].append((day, pk))
    rows = []
    for part in chunks(records):
        pks = [nearest(record.values.get("ordered_on"), known[_key(record)]) for record in part]
        stored = Order.objects.select_related("account").prefetch_related("lines")
        stored = stored.in_bulk({pk for pk in pks if pk})
        rows += [_compare(record, stored.get(pk)) for record, pk in zip(part, pks, strict=True)]
    return rows


def apply(supplier, rows, batch=None, by=""):
    """Write what ``compare`` said, in the caller's transaction."""
    write(Order, rows)


def _key(record):
    return record.values["account"].pk, fold_number(record.values["number"])


def _state(row, table, quantity):
    word = cells.text(row, "state")
    if not word:
        delivered = cells.amount(row, "delivered", table)
        shipped = delivered and quantity and delivered >= quantity
        return Order.State.SHIPPED if shipped else Order.State.OPEN
    state = table.kind_of(word)
    if state not in STEPS:
        state = WORDS.get(fold(word))
    if state is None:
        reason = _("“%s” is not a state of an order that is known.") % word[:60]
        raise cells.refusal(row, "state", reason)
    return Order.State(state)


def _of_document(document, supplier):
    head, values = document.head, {"account": document.account, "number": document.number}
    rows = [row for row in document.rows if not row.pop("deleted")]
    states = [row.pop("state") for row in rows] or [Order.State.CANCELLED]
    values["state"] = min(states, key=STEPS.index)
    if "ordered_on" in head:
        values["ordered_on"] = head["ordered_on"]
    if not rows:
        return Record(document.line, values)
    if "ordered_on" not in head:
        raise RowRefused("ordered_on", _("An order needs its date."))
    values |= {"currency": supplier.currency} | head
    lines = [_line(row, values["currency"]) for row in rows]
    total = sum(line["net"] for line in lines)
    return Record(document.line, values | {"total": total}, lines)


def _line(row, currency):
    quantity = Decimal(1) if row["quantity"] is None else row["quantity"]
    price, net = row["unit_price"], row["net"]
    if net is None:
        net = quantity * (price or ZERO)
    if price is None:
        price = net / quantity if quantity else net
    name = row["product_name"] or row["product_code"]
    values = {"product_name": name, "quantity": quantity, "unit_price": price, "net": net}
    return fitted(OrderLine, row | values, currency)


def _compare(record, there):
    def row(outcome, **more):
        return Row(outcome, record.line, record=record, there=there, **more)

    if there is None and record.lines is None:
        return row("unchanged")
    future = after(Order, record, there)
    if not is_currency(future.currency):
        return row("refused", reason=_("“%s” is not a currency.") % future.currency[:40])
    try:
        check_day(future.ordered_on)
        exact(future.total, future.currency)
    except InvalidEntry as error:
        return row("refused", reason=str(error))
    if there is None:
        return row("new", after=future)
    text = changes(there, future, record)
    return row("changed", changes=text, after=future) if text else row("unchanged")
