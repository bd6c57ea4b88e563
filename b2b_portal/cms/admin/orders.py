"""Orders: looked at; those requested in the portal taken or declined, and handed to the ERP."""

import io

from django import forms
from django.contrib.admin.utils import quote
from django.http import FileResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.views.generic.edit import FormView
from wagtail.admin.ui.tables import StatusTagColumn
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.admin.widgets.button import HeaderButton
from wagtail.log_actions import log

from ...documents import requests
from ...documents.models import Order
from ...erp.order_requests import export_orders
from ..policies import suppliers_of
from . import views
from .acts import ActView
from .cells import AmountColumn, TextColumn
from .documents import ACCOUNT, ACCOUNT_EXPORT, ACCOUNT_HEADINGS, LINE, LinesView
from .filters import OrderFilterSet
from .viewsets import READ, PortalViewSet

TAKEN = "b2b_portal.take_order"
DECLINED = "b2b_portal.decline_order"


class OrderIndexView(views.IndexView):
    export_url_name = None

    @cached_property
    def header_buttons(self):
        buttons = list(super().header_buttons)
        if self.user_has_permission("decide"):
            url = reverse(self.export_url_name)
            buttons.append(HeaderButton(_("For the ERP"), url=url, icon_name="download"))
        return buttons


class OrderInspectView(LinesView):
    act_url_names = {}

    @cached_property
    def header_buttons(self):
        buttons = list(super().header_buttons)
        if self.object.state == Order.State.REQUESTED and self.user_has_permission("decide"):
            for act, label, icon in (("take", TAKE, "check"), ("decline", DECLINE, "cross")):
                url = reverse(self.act_url_names[act], args=[quote(self.object.pk)])
                buttons.append(HeaderButton(label, url=url, icon_name=icon))
        return buttons

    def get_fields_context(self):
        return [field for field in super().get_fields_context() if field["value"] != "—"]

    def get_total_display_value(self):
        if self.object.has_prices:
            return views.write_field(self.object, "total")

    def get_line_columns(self):
        return super().get_line_columns() if self.object.has_prices else LINE


TAKE, DECLINE = _("Take the order"), _("Decline the order")


class TakeView(ActView):
    permission_required = "decide"
    template_name = "b2b_portal/admin/decide_order.html"
    page_title = TAKE
    told = _("The customer then sees the order as open. Enter it in the ERP under the same number.")
    is_serious = False

    def refusal(self):
        if self.object.state != Order.State.REQUESTED:
            return requests.DECIDED

    def act(self, data, by):
        requests.take(self.object)
        log(self.object, TAKEN)
        return _("%s: taken.") % self.object, self.object


class DeclineView(TakeView):
    page_title = DECLINE
    told = _("The customer then sees the order as cancelled. It goes to the ERP no more.")
    is_serious = True

    def act(self, data, by):
        requests.decline(self.object)
        log(self.object, DECLINED)
        return _("%s: declined.") % self.object, self.object


class ExportForm(forms.Form):
    supplier = forms.ModelChoiceField(queryset=None, label=_("Supplier"))

    def __init__(self, *args, suppliers, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["supplier"].queryset = suppliers
        self.initial["supplier"] = suppliers.first()


class ExportView(PermissionCheckedMixin, WagtailAdminTemplateMixin, FormView):
    """The orders requested of a supplier, downloaded as a file for its ERP."""

    model = Order
    permission_required = "decide"
    template_name = "b2b_portal/admin/export_orders.html"
    form_class = ExportForm
    page_title = _("Requested orders for the ERP")
    submit_label = _("Download")
    header_icon = "download"
    index_url_name = None

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "suppliers": suppliers_of(self.request.user)}

    def get_breadcrumbs_items(self):
        plural = capfirst(Order._meta.verbose_name_plural)
        return [
            *self.breadcrumbs_items,
            {"url": reverse(self.index_url_name), "label": plural},
            {"url": "", "label": self.page_title},
        ]

    def form_valid(self, form):
        stream = io.BytesIO()
        export_orders([form.cleaned_data["supplier"]], stream)
        stream.seek(0)
        name = f"siparis-talepleri-{timezone.localtime():%Y%m%d-%H%M}.csv"
        return FileResponse(stream, as_attachment=True, filename=name, content_type="text/csv")

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            action_url=self.request.path, cancel_url=reverse(self.index_url_name), **kwargs
        )


class OrderViewSet(PortalViewSet):
    model = Order
    url_prefix = "b2b/orders"
    icon = "clipboard-list"
    pages = (*READ, "history", "history_results")
    form_fields = ()
    index_view_class = OrderIndexView
    inspect_view_class = OrderInspectView
    ordering = ("-ordered_on", "-id")
    list_display = [
        "number",
        TextColumn("ordered_on", label=_("Date"), sort_key="ordered_on"),
        ACCOUNT,
        StatusTagColumn("get_state_display", label=_("State"), sort_key="state"),
        AmountColumn("total", label=_("Total"), zero=False),
        TextColumn("currency", label=_("Currency")),
        TextColumn("requested_at", label=_("Requested at"), sort_key="requested_at"),
    ]
    list_select_related = ["account__supplier"]
    search_fields = ["number", "account__search_text"]
    filterset_class = OrderFilterSet
    list_export = [
        *ACCOUNT_EXPORT,
        "number",
        "ordered_on",
        "get_state_display",
        "total",
        "currency",
        "requested_at",
        "requested_by",
        "exported_at",
    ]
    export_headings = {**ACCOUNT_HEADINGS, "get_state_display": _("State")}
    inspect_view_fields = [
        "account",
        "number",
        "ordered_on",
        "state",
        "total",
        "currency",
        "requested_at",
        "requested_by",
        "exported_at",
    ]

    def get_common_view_kwargs(self, **kwargs):
        acts = {act: self.get_url_name(act) for act in ("take", "decline")}
        return super().get_common_view_kwargs(
            act_url_names=acts, export_url_name=self.get_url_name("erp"), **kwargs
        )

    def get_urlpatterns(self):
        return [
            *super().get_urlpatterns(),
            path("take/<int:pk>/", self.construct_view(TakeView), name="take"),
            path("decline/<int:pk>/", self.construct_view(DeclineView), name="decline"),
            path("erp/", self.construct_view(ExportView), name="erp"),
        ]
