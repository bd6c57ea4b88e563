"""What the lists can be narrowed by."""

import django_filters
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.widgets import BooleanRadioSelect

from ...customers.models import Contact, CustomerAccount
from ...documents.models import Invoice, Order
from ...erp.attaching import movements_without_invoice, without_movement
from ...erp.models import ImportBatch, StagedEntry, StatedBalance
from ...ledger.models import ClosedMonth, Entry, EntryKind
from ...money import currency_choices
from ...payments.models import Payment
from ..days import DayRangeFilter, DayRangeInput
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
    return DayRangeFilter(field_name=field_name, label=label, widget=DayRangeInput)


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
    alone = django_filters.BooleanFilter(
        label=_("Without its invoice"), method="filter_alone", widget=BooleanRadioSelect
    )
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

    def filter_alone(self, queryset, name, value):
        alone = movements_without_invoice(*suppliers_of(self.request.user)).values("pk")
        return queryset.filter(pk__in=alone) if value else queryset.exclude(pk__in=alone)

    def filter_reversed(self, queryset, name, value):
        if value:
            return queryset.filter(reversed_by__isnull=False)
        return queryset.filter(reversed_by__isnull=True, reverses__isnull=True)


class InvoiceFilterSet(PortalFilterSet):
    alone = django_filters.BooleanFilter(
        label=_("Without a movement"), method="filter_alone", widget=BooleanRadioSelect
    )
    account = account_filter()
    issued_on = days_filter("issued_on")
    currency = currency_filter()
    supplier = supplier_filter()

    class Meta:
        model = Invoice
        fields = ["is_return"]

    def filter_alone(self, queryset, name, value):
        alone = without_movement(*suppliers_of(self.request.user)).values("pk")
        return queryset.filter(pk__in=alone) if value else queryset.exclude(pk__in=alone)


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
    made_at = days_filter("made_at", _("Received"))
    supplier = supplier_filter("supplier")

    class Meta:
        model = ImportBatch
        fields = ["state", "kind"]


class HeldFilterSet(PortalFilterSet):
    account = account_filter()
    booked_on = days_filter("booked_on")
    decided = django_filters.BooleanFilter(
        field_name="decided_at",
        lookup_expr="isnull",
        exclude=True,
        label=_("Decided"),
        widget=BooleanRadioSelect,
    )
    supplier = supplier_filter()

    class Meta:
        model = StagedEntry
        fields = []


class UnmatchedFilterSet(PortalFilterSet):
    account = account_filter()
    booked_on = days_filter("entry__booked_on")
    supplier = supplier_filter()

    class Meta:
        model = Payment
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


class StatedFilterSet(PortalFilterSet):
    account = account_filter()
    currency = currency_filter()
    supplier = supplier_filter()

    class Meta:
        model = StatedBalance
        fields = []
