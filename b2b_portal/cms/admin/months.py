"""Months of a supplier's books: looked at, closed, reopened. Never edited, never deleted."""

from datetime import date
from uuid import uuid4

from django.contrib.admin.utils import quote
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets.button import HeaderButton
from wagtail.log_actions import log

from ...ledger import months
from ...ledger.models import ClosedMonth
from ...tables.formats import format_date
from ..forms import CloseMonthForm, ReopenForm, month_name
from . import views
from .acts import ActView, AddView, clerk
from .cells import TextColumn, unbroken
from .filters import MonthFilterSet
from .viewsets import READ, PortalViewSet

CLOSED = "b2b_portal.close_month"
REOPENED = "b2b_portal.reopen_month"


def log_each(month, action, **data):
    """Log one of several months: of one act Wagtail shows only the last where ids are equal."""
    log(month, action, uuid=uuid4(), **data)


class MonthIndexView(views.IndexView):
    title_value = staticmethod(lambda month: unbroken(format_date(month.ends_on)))
    default_ordering = ("-ends_on", "-id")
    add_item_label = _("Close a month")


class CloseView(AddView):
    """Closes a month and all before it."""

    page_title = submit_button_label = _("Close a month")
    submit_button_active_label = _("Closing…")
    success_message = _("%(supplier)s: closed until %(day)s.")
    error_message = _("Nothing was closed.")

    def get_page_subtitle(self):
        return ""

    def get_breadcrumbs_items(self):
        return [*super().get_breadcrumbs_items()[:-1], {"url": "", "label": self.page_title}]

    def save_instance(self):
        supplier, day = self.form.cleaned_data["supplier"], self.form.cleaned_data["month"]
        closed = months.closed_until(supplier) or date.min
        month = months.close_month(supplier, day, by=clerk(self.request.user))
        for row in months.in_force(supplier).filter(ends_on__gt=closed):
            log_each(row, CLOSED)
        return month

    def get_success_message(self, month):
        return self.success_message % {
            "day": format_date(month.ends_on),
            "supplier": month.supplier,
        }


class ReopenView(ActView):
    """Reopens a month and all after it."""

    permission_required = "reopen"
    template_name = "b2b_portal/admin/reopen.html"
    form_class = ReopenForm
    page_title = _("Reopen")

    def get_base_object_queryset(self):
        return super().get_base_object_queryset().select_related("supplier")

    def refusal(self):
        if self.object.reopened_at:
            return _("This month was reopened before.")

    def act(self, data, by):
        month = self.object
        reopened = months.reopen_month(month.supplier, month.ends_on, **data, by=by)
        for row in reopened:
            log_each(row, REOPENED, data=data)
        names = ", ".join(month_name(row.ends_on) for row in reopened)
        return _("Reopened: %(months)s.") % {"months": names}, month

    def get_context_data(self, **kwargs):
        closed = months.in_force(self.object.supplier)
        opening = closed.filter(ends_on__gte=self.object.ends_on).order_by("ends_on")
        before = closed.filter(ends_on__lt=self.object.ends_on).first()
        return super().get_context_data(
            supplier=self.object.supplier,
            months=[month_name(row.ends_on) for row in opening],
            open_from=format_date(before.ends_on + months.DAY) if before else None,
            **kwargs,
        )


class MonthInspectView(views.InspectView):
    reopen_url_name = None

    @cached_property
    def header_buttons(self):
        buttons = list(super().header_buttons)
        if not self.object.reopened_at and self.user_has_permission("reopen"):
            url = reverse(self.reopen_url_name, args=[quote(self.object.pk)])
            buttons.append(HeaderButton(_("Reopen"), url=url, icon_name="lock-open"))
        return buttons


def moment_column(name):
    label = capfirst(ClosedMonth._meta.get_field(name).verbose_name)
    return TextColumn(name, label=label, sort_key=name)


class MonthViewSet(PortalViewSet):
    model = ClosedMonth
    url_prefix = "b2b/closed-months"
    icon = "lock"
    pages = (*READ, "add", "history", "history_results")
    index_view_class = MonthIndexView
    add_view_class = CloseView
    inspect_view_class = MonthInspectView
    list_display = [
        "ends_on",
        TextColumn("supplier", label=_("Supplier"), sort_key="supplier__name"),
        moment_column("closed_at"),
        "closed_by",
        moment_column("reopened_at"),
        "reopened_by",
        "reason",
    ]
    list_select_related = ["supplier"]
    filterset_class = MonthFilterSet
    list_export = [
        "supplier.name",
        "ends_on",
        "closed_at",
        "closed_by",
        "reopened_at",
        "reopened_by",
        "reason",
    ]
    export_headings = {"supplier.name": _("Supplier")}
    inspect_view_fields = [
        "supplier",
        "ends_on",
        "closed_at",
        "closed_by",
        "reopened_at",
        "reopened_by",
        "reason",
    ]

    def get_form_class(self, for_update=False):
        return CloseMonthForm

    @property
    def reopen_view(self):
        return self.construct_view(ReopenView)

    def get_common_view_kwargs(self, **kwargs):
        return super().get_common_view_kwargs(reopen_url_name=self.get_url_name("reopen"), **kwargs)

    def get_urlpatterns(self):
        return [
            *super().get_urlpatterns(),
            path("reopen/<int:pk>/", self.reopen_view, name="reopen"),
        ]
