"""Invoices and payments: looked at only."""

import re
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin.ui.tables import StatusTagColumn

from ...documents.models import Invoice
from ...payments.models import Payment
from . import views
from .cells import AmountColumn, Column, FigureColumn, TextColumn, unbroken
from .filters import InvoiceFilterSet, PaymentFilterSet
from .viewsets import ReadOnlyViewSet

ACCOUNT = TextColumn("account", label=pgettext_lazy("b2b_portal", "Account"))
ACCOUNT_EXPORT = ["account.supplier.name", "account.code", "account.title"]
ACCOUNT_HEADINGS = {
    "account.supplier.name": _("Supplier"),
    "account.code": _("Account code"),
    "account.title": pgettext_lazy("b2b_portal", "Account"),
}
LINE = [
    Column("product_code", label=_("Product code")),
    Column("product_name", label=_("Product")),
    FigureColumn("quantity", label=_("Quantity")),
    Column("unit", label=_("Unit")),
]


class LinesView(views.InspectView):
    """A document with its lines."""

    more_columns = ()

    def get_tables(self):
        yield _("Lines"), self.get_line_columns(), self.object.lines.all()

    def get_line_columns(self):
        currency = self.object.currency
        return [
            *LINE,
            FigureColumn("unit_price", label=_("Unit price")),
            *self.more_columns,
            AmountColumn("net", currency=lambda line: currency, label=_("Net")),
        ]


class InvoiceLinesView(LinesView):
    more_columns = [FigureColumn("vat_rate", label=_("VAT, %"))]


class InvoiceViewSet(ReadOnlyViewSet):
    model = Invoice
    url_prefix = "b2b/invoices"
    icon = "doc-full"
    inspect_view_class = InvoiceLinesView
    ordering = ("-issued_on", "-id")
    list_display = [
        "number",
        TextColumn("issued_on", label=_("Date"), sort_key="issued_on"),
        ACCOUNT,
        TextColumn("due_on", label=_("Due"), sort_key="due_on"),
        AmountColumn("net", label=_("Net")),
        AmountColumn("vat", label=_("VAT")),
        AmountColumn("payable", label=_("Payable")),
        TextColumn("currency", label=_("Currency")),
    ]
    list_select_related = ["account__supplier"]
    search_fields = ["number", "account__search_text"]
    filterset_class = InvoiceFilterSet
    list_export = [
        *ACCOUNT_EXPORT,
        "number",
        "issued_on",
        "due_on",
        "net",
        "vat",
        "withheld",
        "payable",
        "currency",
    ]
    export_headings = ACCOUNT_HEADINGS
    inspect_view_fields = [
        "account",
        "number",
        "uuid",
        "issued_on",
        "due_on",
        "is_return",
        "net",
        "vat",
        "withheld",
        "payable",
        "currency",
        "entry",
    ]


class PaymentIndexView(views.IndexView):
    title_label = _("Receipt no")
    title_value = staticmethod(lambda payment: unbroken(payment.receipt_no))

    def found(self, word):
        condition = super().found(word)
        if receipt := re.fullmatch(r"(?:b2b)?0*([0-9]{1,18})", word, re.IGNORECASE):
            condition |= Q(pk=receipt[1])
        try:
            condition |= Q(uuid=UUID(word))
        except ValueError:
            pass
        return condition


class PaymentInspectView(views.InspectView):
    labels = {"receipt_no": _("Receipt no"), "uuid": "UUID"}

    def get_tables(self):
        currency = self.object.currency
        yield (
            _("Chosen to be paid"),
            [
                TextColumn("entry", label=_("Movement")),
                TextColumn("booked_on", accessor="entry.booked_on", label=_("Date")),
                AmountColumn("amount", currency=lambda item: currency, label=_("Amount")),
            ],
            self.object.items.select_related("entry"),
        )
        yield (
            _("What the gateway said"),
            [
                TextColumn("at", label=pgettext_lazy("b2b_portal", "Time")),
                Column("kind", label=_("Kind")),
                Column("outcome", label=_("Outcome")),
            ],
            self.object.events.all(),
        )


class PaymentViewSet(ReadOnlyViewSet):
    model = Payment
    url_prefix = "b2b/payments"
    icon = "success"
    index_view_class = PaymentIndexView
    inspect_view_class = PaymentInspectView
    ordering = ("-started_at", "-id")
    list_display = [
        "receipt_no",
        TextColumn("started_at", label=_("Started"), sort_key="started_at"),
        ACCOUNT,
        AmountColumn("amount", label=_("Amount")),
        TextColumn("currency", label=_("Currency")),
        StatusTagColumn("get_state_display", label=_("State"), sort_key="state"),
        TextColumn("card", label=_("Card")),
    ]
    list_select_related = ["account__supplier"]
    search_fields = ["account__search_text", "gateway_payment_id"]
    filterset_class = PaymentFilterSet
    list_export = [
        *ACCOUNT_EXPORT,
        "receipt_no",
        "started_at",
        "paid_at",
        "amount",
        "charged",
        "currency",
        "get_state_display",
        "card",
        "installments",
        "gateway_payment_id",
    ]
    export_headings = {
        **ACCOUNT_HEADINGS,
        "receipt_no": _("Receipt no"),
        "get_state_display": _("State"),
    }
    inspect_view_fields = [
        "account",
        "receipt_no",
        "uuid",
        "state",
        "reason",
        "amount",
        "charged",
        "currency",
        "card",
        "installments",
        "started_by",
        "started_at",
        "paid_at",
        "entry",
        "gateway",
        "gateway_payment_id",
        "exported_at",
    ]
