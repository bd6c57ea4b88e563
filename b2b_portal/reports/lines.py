"""What stands on invoices and orders, as rows of their reports."""

from collections import defaultdict

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ..tables.table import Column
from .forms import Filter

PRODUCT = [
    Column("product_code", _("Product code"), width=12, hide_on_phone=True),
    Column("product", _("Product"), width=30),
]
QUANTITY = [
    Column("quantity", _("Quantity"), "number"),
    Column("unit", _("Unit"), width=7),
    Column("unit_price", _("Unit price"), "price"),
]


def show_field(documents):
    """The choice between one row a document and one row a line."""
    return Filter(
        pgettext_lazy("b2b_portal report", "View"),
        [("lines", _("Products, line by line"))],
        all_label=documents,
    )


def products_of(model, document, account, params):
    """{document's id: its products' codes and names}; read only where a search asks for words."""
    products = defaultdict(str)
    if params["q"]:
        lines = model.objects.filter(
            **{f"{document}__account": account, f"{document}__currency": params["currency"]}
        ).order_by()
        for pk, code, name in lines.values_list(document, "product_code", "product_name"):
            products[pk] += f" {code} {name}"
    return products


def figures(line, quantity):
    """The values of ``PRODUCT`` and ``QUANTITY``."""
    return (
        line.product_code,
        line.product_name,
        quantity,
        line.unit,
        line.unit_price,
    )
