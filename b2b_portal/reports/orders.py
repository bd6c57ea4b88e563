"""Orders, or what was ordered line by line (cari sipariş raporu)."""

from django.db.models import Count
from django.utils.text import capfirst
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from ..documents.models import Order, OrderLine
from ..money import ZERO
from ..tables.rows import Rows
from ..tables.table import Column, Row, Table
from .base import Report, caption, register, within
from .forms import Filter, ReportForm, currencies_of
from .lines import PRODUCT, QUANTITY, figures, products_of, show_field
from .links import linker


class OrdersForm(ReportForm):
    state = Filter(_("State"), Order.State.choices)
    show = show_field(_("Orders"))


_HEAD = [
    Column("date", _("Date"), "date"),
    Column("number", _("Order no"), width=16),
    Column("state", _("State"), width=13),
]
COLUMNS = [
    *_HEAD,
    Column("lines", _("Lines"), "number"),
    Column("total", _("Total"), "amount"),
]
LINE_COLUMNS = [*_HEAD, *PRODUCT, *QUANTITY, Column("net", _("Net"), "amount")]


@register
class OrdersReport(Report):
    name = "orders"
    title = pgettext_lazy("b2b_portal report", "Orders")
    form_class = OrdersForm
    columns = COLUMNS
    other_columns = [(_("line by line"), LINE_COLUMNS)]

    def currencies(self, account):
        return currencies_of(account, Order)

    def table(self, account, params):
        columns, found = COLUMNS, _orders
        if params["show"] == "lines":
            columns, found = LINE_COLUMNS, _lines
        rows, total, has_cancelled, link = Rows(), ZERO, False, linker("order")
        for order, words, values in found(account, params):
            if params["state"] not in ("", order.state):
                continue
            state = capfirst(order.get_state_display())
            if not params["found"](order.number, state, *words):
                continue
            if order.state == Order.State.CANCELLED:
                has_cancelled = True
            else:
                total += values[-1] or ZERO
            rows.append(Row((order.ordered_on, order.number, state, *values), href=link(order.pk)))
        return Table(
            title=self.title,
            columns=columns,
            rows=rows,
            totals=Row({columns[-1].key: total}),
            currency=params["currency"],
            caption=caption(account, params),
            notes=[gettext("Cancelled orders are not in the total.")] if has_cancelled else [],
        )


def _orders(account, params):
    """(order, words to search, values) of each."""
    orders = Order.objects.filter(
        account=account, currency=params["currency"], **within("ordered_on", params)
    )
    products = products_of(OrderLine, "order", account, params)
    orders = orders.annotate(count=Count("lines")).order_by("-ordered_on", "-id")
    for order in orders.iterator():
        total = order.total if order.has_prices else None
        yield order, [products[order.pk]], (order.count, total)


def _lines(account, params):
    """(order, words to search, values) of each line."""
    lines = OrderLine.objects.filter(
        order__account=account,
        order__currency=params["currency"],
        **within("order__ordered_on", params),
    ).select_related("order")
    for line in lines.order_by("-order__ordered_on", "-order_id", "id").iterator():
        words = line.product_code, line.product_name
        values = (*figures(line, line.quantity), line.net)
        if not line.order.has_prices:
            values = (*values[:-2], None, None)
        yield line.order, words, values
