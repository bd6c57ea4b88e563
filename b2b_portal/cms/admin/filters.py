"""What the lists can be narrowed by."""

import django_filters
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.widgets import BooleanRadioSelect

from ...customers.models import Contact, CustomerAccount
from ...documents.models import Invoice, Order
from ...erp.models import ImportBatch
from ...ledger.models import ClosedMonth, Entry, EntryKind
from ...money import currency_choices
from ...payments.models import Payment
from ..policies import suppliers_of, visible
from .chooser import account_chooser


def supplier_filter(field_name="account__supplier"):
    return django_filters.ModelChoiceFilter(
        field_name=field_name,
        label=_("Supplier"),
        queryset=lambda request: suppliers_of(request.user),
    )


def account_filter():
    return django_filters.ModelChoiceFilter(
        field_name="account",
        label=pgettext_lazy("b2b_portal", "Account"),
        queryset=lambda request: visible(CustomerAccount.objects.all(), request.user),
        widget=account_chooser.widget_class,
    )


def currency_filter():
    return django_filters.ChoiceFilter(
        field_name="currency", label=_("Currency"), choices=currency_choices
    )


def days_filter(field_name, label=_("Date")):
    return django_filters.DateFromToRangeFilter(
        field_name=field_name, label=label, widget=DateRangePickerWidget
    )


class PortalFilterSet(WagtailFilterSet):
    """Asks for the supplier only where there are several."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "supplier" in self.filters and len(suppliers_of(self.request.user)[:2]) < 2:
            del self.filters["supplier"]


class AccountFilterSet(PortalFilterSet):
    supplier = supplier_filter("supplier")

    class Meta:
        model = CustomerAccount
        fields = ["is_closed"]


class ContactFilterSet(PortalFilterSet):
    supplier = supplier_filter()

    class Meta:
        model = Contact
        fields = ["role", "is_active"]


class EntryFilterSet(PortalFilterSet):
    account = account_filter()
    booked_on = days_filter("booked_on")
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=EntryKind.choices)
    currency = currency_filter()
    reversed = django_filters.BooleanFilter(
        label=_("Reversed"), method="filter_reversed", widget=BooleanRadioSelect
    )
    supplier = supplier_filter("supplier")

    class Meta:
        model = Entry
        fields = []

    def filter_reversed(self, queryset, name, value):
        if value:
            return queryset.filter(reversed_by__isnull=False)
        return queryset.filter(reversed_by__isnull=True, reverses__isnull=True)


class InvoiceFilterSet(PortalFilterSet):
    account = account_filter()
    issued_on = days_filter("issued_on")
    currency = currency_filter()
    supplier = supplier_filter()

    class Meta:
        model = Invoice
        fields = ["is_return"]


class OrderFilterSet(PortalFilterSet):
    account = account_filter()
    ordered_on = days_filter("ordered_on")
    supplier = supplier_filter()

    class Meta:
        model = Order
        fields = ["state"]


class PaymentFilterSet(PortalFilterSet):
    account = account_filter()
    started_at = days_filter("started_at", _("Started"))
    supplier = supplier_filter()

    class Meta:
        model = Payment
        fields = ["state"]


class ImportFilterSet(PortalFilterSet):
    applied_at = days_filter("applied_at", _("Applied"))
    supplier = supplier_filter("supplier")

    class Meta:
        model = ImportBatch
        fields = []


class MonthFilterSet(PortalFilterSet):
    reopened = django_filters.BooleanFilter(
        field_name="reopened_at",
        lookup_expr="isnull",
        exclude=True,
        label=_("Reopened"),
        widget=BooleanRadioSelect,
    )
    supplier = supplier_filter("supplier")

    class Meta:
        model = ClosedMonth
        fields = []
