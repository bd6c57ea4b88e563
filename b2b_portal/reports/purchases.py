"""What was bought, by product, and how a product's price went (alınan ürünler)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from urllib.parse import urlencode

from django import forms
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..documents.models import Invoice, InvoiceLine
from ..money import ZERO, rounded
from ..tables.rows import Rows
from ..tables.table import Column, Row, Table
from .base import Report, caption, register, within
from .forms import ReportForm, currencies_of
from .invoices import signed
from .lines import PRODUCT, QUANTITY
from .links import linker


class PurchasesForm(ReportForm):
    product = forms.CharField(label=_("Product code"), required=False, max_length=250)


_NET = Column("net", _("Net"), "amount")
COLUMNS = [
    *PRODUCT,
    *QUANTITY[:2],
    Column("lowest", _("Lowest price"), "price"),
    Column("highest", _("Highest price"), "price"),
    Column("last_price", _("Last price"), "price"),
    Column("last_on", _("Last bought"), "date"),
    _NET,
]
HISTORY_COLUMNS = [
    Column("date", _("Date"), "date"),
    Column("number", _("Invoice no"), width=18),
    *PRODUCT,
    *QUANTITY,
    Column("change", _("Change, %"), "price"),
    _NET,
]


@register
class PurchasesReport(Report):
    name = "purchases"
    title = _("Products bought")
    form_class = PurchasesForm
    columns = COLUMNS
    other_columns = [(_("price history"), HISTORY_COLUMNS)]

    def currencies(self, account):
        return currencies_of(account, Invoice)

    def table(self, account, params):
        lines = _lines(account, params)
        if params["product"]:
            columns, (rows, net) = HISTORY_COLUMNS, _history(lines)
        else:
            columns, (rows, net) = COLUMNS, _products(lines, params)
        return Table(
            title=self.title,
            columns=columns,
            rows=rows,
            totals=Row({"net": net}),
            currency=params["currency"],
            caption=caption(account, params),
            notes=[
                gettext("Net amounts and prices are without VAT."),
                gettext("Returns lower quantities and amounts; prices leave them out."),
            ],
        )


def last_bought(account, params):
    """The newest line of each product and unit that was bought, the newest first."""
    newest = {}
    for line in _lines(account, params):
        if not line.invoice.is_return:
            key = line.product_code or line.product_name, line.unit
            newest.pop(key, None)
            newest[key] = line
    return list(reversed(newest.values()))


def _lines(account, params):
    """Lines of what the account bought and sent back, the oldest first; what it sold is neither."""
    lines = InvoiceLine.objects.filter(
        invoice__account=account,
        invoice__currency=params["currency"],
        invoice__is_cancelled=False,
        invoice__is_credit=F("invoice__is_return"),
        **within("invoice__issued_on", params),
    )
    if product := params["product"]:
        lines = lines.filter(Q(product_code=product) | Q(product_code="", product_name=product))
    lines = lines.select_related("invoice").order_by("invoice__issued_on", "invoice_id", "id")
    for line in lines.iterator():
        if params["found"](line.product_code, line.product_name):
            yield line


@dataclass(slots=True)
class _Product:
    code: str
    name: str
    unit: str
    quantity: Decimal = ZERO
    net: Decimal = ZERO
    lowest: Decimal | None = None
    highest: Decimal | None = None
    last_price: Decimal | None = None
    last_on: date | None = None

    def add(self, line):
        self.quantity += signed(line.invoice, line.quantity)
        self.net += signed(line.invoice, line.net)
        self.name = line.product_name
        if not line.invoice.is_return:
            price = line.unit_price
            self.lowest = price if self.lowest is None else min(self.lowest, price)
            self.highest = price if self.highest is None else max(self.highest, price)
            self.last_price, self.last_on = price, line.invoice.issued_on


def _products(lines, params):
    """(a row for each product and unit, the most bought first; what all come to)."""
    products = {}
    for line in lines:
        key = line.product_code or line.product_name, line.unit
        if key not in products:
            products[key] = _Product(line.product_code, line.product_name, line.unit)
        products[key].add(line)
    query = {name: params[name] for name in ("period", "currency")}
    if query["period"] == "custom":
        query |= {name: params[name] for name in ("start", "end") if params[name]}
    rows = [
        Row(
            (
                product.code,
                product.name,
                product.quantity,
                product.unit,
                product.lowest,
                product.highest,
                product.last_price,
                product.last_on,
                product.net,
            ),
            href="?" + urlencode(query | {"product": product.code or product.name}),
        )
        for product in sorted(products.values(), key=lambda one: (-abs(one.net), one.name))
    ]
    return rows, sum((product.net for product in products.values()), ZERO)


def _history(lines):
    """(a row for each line, with the change of its price since the purchase before; the sum)."""
    rows, net, link, before = Rows(), ZERO, linker("invoice"), {}
    for line in lines:
        invoice = line.invoice
        change, last = None, before.get(line.unit)
        if not invoice.is_return:
            if last:
                change = rounded((line.unit_price / last - 1) * 100, 2)
            before[line.unit] = line.unit_price
        values = (
            invoice.issued_on,
            invoice.number,
            line.product_code,
            line.product_name,
            signed(invoice, line.quantity),
            line.unit,
            line.unit_price,
            change,
            signed(invoice, line.net),
        )
        net += values[-1]
        rows.append(Row(values, href=link(invoice.pk)))
    return rows, net
