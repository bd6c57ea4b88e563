"""Balances that the ERP states otherwise than the portal: listed until 0, or explained."""

from django import forms
from django.contrib.admin.utils import quote
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets.button import HeaderButton
from wagtail.log_actions import log

from ...erp import control
from ...erp.models import StatedBalance
from ..policies import suppliers_of
from . import views
from .acts import ActView
from .cells import AmountColumn, TextColumn
from .documents import ACCOUNT_EXPORT, ACCOUNT_HEADINGS
from .filters import StatedFilterSet
from .viewsets import READ, PortalViewSet

EXPLAINED = "b2b_portal.explain_balance"
FIGURES = {
    "erp": _("In the ERP"),
    "portal": _("In the portal"),
    "waiting": _("Of it not yet in the ERP"),
    "difference": _("Difference"),
}


class WithFiguresMixin:
    """Rows with their figures, as ``control.figures`` gives them."""

    def own(self, queryset):
        suppliers = suppliers_of(self.request.user)
        return super().own(control.figures(*suppliers)).order_by(*queryset.query.order_by)


class ControlIndexView(WithFiguresMixin, views.IndexView):
    page_title = _("Balances that differ")
    title_value = staticmethod(lambda row: str(row.account))

    def own(self, queryset):
        return control.unexplained(super().own(queryset))


class ControlInspectView(WithFiguresMixin, views.InspectView):
    explain_url_name = None
    labels = FIGURES

    @cached_property
    def header_buttons(self):
        buttons = list(super().header_buttons)
        if self.object.difference and self.user_has_permission("explain"):
            url = reverse(self.explain_url_name, args=[quote(self.object.pk)])
            buttons.append(HeaderButton(_("Explain"), url=url, icon_name="comment"))
        return buttons


class ExplainForm(forms.Form):
    text = forms.CharField(
        label=_("Explanation"),
        max_length=500,
        help_text=_("Takes the difference off the list until it is another one."),
    )


class ExplainView(WithFiguresMixin, ActView):
    permission_required = "explain"
    form_class = ExplainForm
    page_title = _("Explain")
    is_serious = False

    def act(self, data, by):
        control.explain(self.object, data["text"], by=by)
        log(self.object, EXPLAINED, data=data)
        return _("%s: explained.") % self.object, self.object


class ControlViewSet(PortalViewSet):
    model = StatedBalance
    url_prefix = "b2b/control"
    menu_label = _("Balances that differ")
    icon = "warning"
    pages = (*READ, "history", "history_results")
    index_view_class = ControlIndexView
    inspect_view_class = ControlInspectView
    list_display = [
        "account",
        TextColumn("as_of", label=_("As of"), sort_key="as_of"),
        *(AmountColumn(name, label=label) for name, label in FIGURES.items()),
        TextColumn("currency", label=_("Currency")),
    ]
    ordering = ("account__code", "currency")
    list_select_related = ["account__supplier"]
    search_fields = ["account__search_text"]
    filterset_class = StatedFilterSet
    list_export = [*ACCOUNT_EXPORT, "as_of", *FIGURES, "currency"]
    export_headings = {**ACCOUNT_HEADINGS, **FIGURES}
    form_fields = ()
    inspect_view_fields = [
        "account",
        "currency",
        "as_of",
        *FIGURES,
        "explanation",
        "explained_by",
        "explained_at",
        "batch",
    ]

    def get_common_view_kwargs(self, **kwargs):
        explain = self.get_url_name("explain")
        return super().get_common_view_kwargs(explain_url_name=explain, **kwargs)

    def get_urlpatterns(self):
        explain = path("explain/<int:pk>/", self.construct_view(ExplainView), name="explain")
        return [*super().get_urlpatterns(), explain]
