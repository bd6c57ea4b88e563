"""Movements: looked at, entered, reversed. Never edited, never deleted."""

from django.contrib.admin.utils import quote
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin.ui.tables import StatusFlagColumn
from wagtail.admin.widgets.button import HeaderButton
from wagtail.log_actions import log
from wagtail.log_actions import registry as logs

from ...customers.models import CustomerAccount
from ...ledger import posting
from ...ledger.models import Entry
from ...money import format_amount
from ...tables.formats import format_date
from ..forms import MovementForm
from ..policies import visible
from . import views
from .acts import AddView, clerk
from .cells import AmountColumn, LinkColumn, TextColumn, unbroken
from .filters import EntryFilterSet
from .reversing import ReverseView, is_reversible, with_currency
from .viewsets import READ, PortalViewSet

POSTED = "b2b_portal.post"
SOURCES = {
    "erp": "ERP",
    "invoice": pgettext_lazy("b2b_portal", "Invoice"),
    "manual": _("entered by hand"),
    "portal": _("online payment"),
    "reversal": _("Reversal"),
}


def source_of(entry):
    """Where a movement comes from; an agency's own source stays as it is written."""
    return SOURCES.get(entry.source, entry.source)


class EntryIndexView(views.IndexView):
    title_value = staticmethod(lambda entry: unbroken(format_date(entry.booked_on)))
    default_ordering = ("-booked_on", "-id")


class EntryAddView(AddView):
    """Entering a manual movement."""

    page_title = _("New")
    submit_button_label = _("Post")
    submit_button_active_label = _("Posting…")
    success_message = _("Posted on %(account)s: %(entry)s, %(amount)s.")
    error_message = _("Nothing was posted.")

    def get_initial(self):
        wanted = self.request.GET.get("account", "")
        accounts = visible(CustomerAccount.objects.select_related("supplier"), self.request.user)
        account = accounts.filter(pk=wanted).first() if wanted.isdecimal() else None
        if account is None:
            return super().get_initial()
        return {"account": account, "currency": account.supplier.currency}

    def save_instance(self):
        entry = self.form.post(by=clerk(self.request.user))
        if not logs.get_logs_for_instance(entry).exists():
            log(entry, POSTED)
        return entry

    def get_success_message(self, instance):
        return self.success_message % {
            "account": instance.account,
            "entry": instance,
            "amount": with_currency(instance),
        }


class EntryInspectView(views.InspectView):
    reverse_url_name = None
    labels = {
        "debit": _("Debit"),
        "credit": _("Credit"),
        "open": _("Not allocated"),
        "reversed_by": _("Reversed by"),
    }

    @cached_property
    def header_buttons(self):
        buttons = list(super().header_buttons)
        if is_reversible(self.object) and self.user_has_permission("reverse"):
            url = reverse(self.reverse_url_name, args=[quote(self.object.pk)])
            buttons.append(HeaderButton(_("Reverse"), url=url, icon_name="rotate"))
        return buttons

    def _amount(self, amount):
        return format_amount(amount, self.object.currency) if amount else ""

    def get_debit_display_value(self):
        return self._amount(self.object.debit)

    def get_credit_display_value(self):
        return self._amount(self.object.credit)

    def get_source_display_value(self):
        return source_of(self.object)

    def get_open_display_value(self):
        return format_amount(posting.residual(self.object), self.object.currency)

    def get_base_amount_display_value(self):
        amount = self.object.base_amount
        if amount is not None:
            currency = self.object.supplier.currency
            return f"{format_amount(amount, currency)} {currency}"

    def get_tables(self):
        side = "credit" if self.object.amount > 0 else "debit"
        yield (
            _("Allocated to"),
            [
                LinkColumn(side, lambda row: self._url(getattr(row, side)), label=_("Movement")),
                TextColumn("booked_on", accessor=f"{side}.booked_on", label=_("Date")),
                TextColumn("effective_on", label=_("Allocated on")),
                AmountColumn("amount", currency="debit.currency", label=_("Amount")),
                TextColumn("posted_by", label=_("By")),
            ],
            posting.live_allocations(self.object).order_by("pk"),
        )

    def _url(self, entry):
        return reverse("b2b_entry:inspect", args=[quote(entry.pk)])


class EntryViewSet(PortalViewSet):
    model = Entry
    url_prefix = "b2b/movements"
    icon = "list-ul"
    pages = (*READ, "add", "history", "history_results")
    index_view_class = EntryIndexView
    add_view_class = EntryAddView
    inspect_view_class = EntryInspectView
    list_display = [
        "booked_on",
        TextColumn("account", label=pgettext_lazy("b2b_portal", "Account")),
        TextColumn("supplier", label=_("Supplier")),
        "document_no",
        "kind",
        AmountColumn("debit", label=_("Debit"), zero=False),
        AmountColumn("credit", label=_("Credit"), zero=False),
        TextColumn("currency", label=_("Currency")),
        TextColumn("source", accessor=source_of, label=_("Source")),
        StatusFlagColumn(
            "reversed",
            label="",
            accessor=lambda entry: hasattr(entry, "reversed_by"),
            true_label=_("reversed"),
        ),
    ]
    list_select_related = ["account", "supplier", "reversed_by"]
    search_fields = ["search_text", "account__search_text"]
    filterset_class = EntryFilterSet
    list_export = [
        "supplier.name",
        "account.code",
        "account.title",
        "booked_on",
        "document_no",
        "get_kind_display",
        "description",
        "debit",
        "credit",
        "currency",
        "due_on",
        "source",
        "posted_by",
    ]
    export_headings = {
        "supplier.name": _("Supplier"),
        "account.code": _("Account code"),
        "account.title": pgettext_lazy("b2b_portal", "Account"),
        "get_kind_display": _("Kind"),
        "debit": _("Debit"),
        "credit": _("Credit"),
    }
    inspect_view_fields = [
        "account",
        "booked_on",
        "kind",
        "document_no",
        "description",
        "debit",
        "credit",
        "currency",
        "base_amount",
        "rate",
        "due_on",
        "open",
        "reverses",
        "reversed_by",
        "source",
        "source_kind",
        "external_id",
        "revision",
        "occurred_at",
        "batch",
        "posted_at",
        "posted_by",
    ]

    def get_form_class(self, for_update=False):
        return MovementForm

    @property
    def reverse_view(self):
        return self.construct_view(ReverseView)

    def get_common_view_kwargs(self, **kwargs):
        return super().get_common_view_kwargs(
            reverse_url_name=self.get_url_name("reverse"), **kwargs
        )

    def get_urlpatterns(self):
        return [
            *super().get_urlpatterns(),
            path("reverse/<int:pk>/", self.reverse_view, name="reverse"),
        ]
