"""What the ERP and the portal do not agree on: rows that a clerk decides, payments not come back."""

from django import forms
from django.db.models import F
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail.log_actions import log

from ...erp import entries
from ...erp.matching import unmatched
from ...erp.models import ImportBatch, StagedEntry
from ...tables.formats import format_date
from ..policies import suppliers_of
from . import views
from .acts import ActView
from .cells import AmountColumn, TextColumn, unbroken
from .documents import ACCOUNT, ACCOUNT_EXPORT, ACCOUNT_HEADINGS, PaymentIndexView, PaymentViewSet
from .filters import HeldFilterSet, UnmatchedFilterSet
from .import_lists import changes, reason_of, there_now
from .viewsets import READ, PortalViewSet

DECIDED = "b2b_portal.decide_row"
Decision = StagedEntry.Decision
BUTTONS = {
    Decision.BOOKED: _("Book it"),
    Decision.SAME: _("It is our own payment"),
    Decision.LEFT: _("Leave it"),
}


class HeldRowsMixin:
    """Rows of files that were applied without them."""

    def own(self, queryset):
        held = {"outcome": StagedEntry.Outcome.HELD, "batch__state": ImportBatch.State.APPLIED}
        return super().own(queryset).filter(**held)


class HeldIndexView(HeldRowsMixin, views.IndexView):
    title_value = staticmethod(lambda row: unbroken(format_date(row.booked_on)))

    def order_queryset(self, queryset):
        queryset = super().order_queryset(queryset)
        if self.is_explicitly_ordered:
            return queryset
        return queryset.order_by(F("decided_at").desc(nulls_first=True), "booked_on", "pk")


class HeldHistoryView(HeldRowsMixin, views.HistoryView):
    pass


class HeldInspectView(HeldRowsMixin, views.InspectView):
    template_name = "b2b_portal/admin/held.html"
    decide_url_name = None
    labels = {"there_now": _("There now"), "changes": _("What changes")}

    def get_reason_display_value(self):
        return reason_of(self.object)

    def get_there_now_display_value(self):
        return there_now(self.object)

    def get_changes_display_value(self):
        return changes(self.object)

    def get_fields_context(self):
        return [field for field in super().get_fields_context() if field["value"] != "—"]

    def get_context_data(self, **kwargs):
        row = self.object
        open_to = not row.decision and self.user_has_permission("decide")
        return super().get_context_data(
            buttons=[
                (decision, label)
                for decision, label in BUTTONS.items()
                if open_to and (decision != Decision.SAME or row.is_ours and not row.came_back)
            ],
            decide_url=reverse(self.decide_url_name, args=[row.pk]),
            **kwargs,
        )


class DecideForm(forms.Form):
    decision = forms.ChoiceField(choices=Decision.choices)


class DecideView(HeldRowsMixin, ActView):
    permission_required = "decide"
    http_method_names = ["post"]
    form_class = DecideForm
    page_title = _("Decide")

    def act(self, data, by):
        decision = Decision(data["decision"])
        entries.decide(self.object, decision, by=by)
        log(self.object, DECIDED, data=data)
        names = {"row": self.object, "decision": decision.label}
        return _("%(row)s: %(decision)s.") % names, None


class HeldViewSet(PortalViewSet):
    model = StagedEntry
    url_prefix = "b2b/to-be-decided"
    menu_label = _("To be decided")
    icon = "help"
    pages = (*READ, "history", "history_results")
    index_view_class = HeldIndexView
    inspect_view_class = HeldInspectView
    history_view_class = HeldHistoryView
    list_display = [
        "booked_on",
        ACCOUNT,
        "document_no",
        AmountColumn("amount", label=_("Amount")),
        TextColumn("currency", label=_("Currency")),
        TextColumn("there_now", accessor=there_now, label=_("There now")),
        TextColumn("reason", accessor=reason_of, label=_("Reason")),
        TextColumn("get_decision_display", label=_("Decision"), sort_key="decision"),
    ]
    list_select_related = ["account__supplier", "entry__erp_match"]
    search_fields = ["search_text", "account__search_text"]
    filterset_class = HeldFilterSet
    list_export = [
        *ACCOUNT_EXPORT,
        "booked_on",
        "document_no",
        "amount",
        "currency",
        "reason",
        "get_decision_display",
        "decided_at",
        "decided_by",
    ]
    export_headings = {**ACCOUNT_HEADINGS, "get_decision_display": _("Decision")}
    form_fields = ()
    inspect_view_fields = [
        "account",
        "booked_on",
        "kind",
        "document_no",
        "description",
        "amount",
        "currency",
        "due_on",
        "reason",
        "there_now",
        "changes",
        "batch",
        "line",
        "decision",
        "decided_at",
        "decided_by",
    ]

    def get_common_view_kwargs(self, **kwargs):
        return super().get_common_view_kwargs(decide_url_name=self.get_url_name("decide"), **kwargs)

    def get_urlpatterns(self):
        decide = path("decide/<int:pk>/", self.construct_view(DecideView), name="decide")
        return [*super().get_urlpatterns(), decide]


class UnmatchedIndexView(PaymentIndexView):
    page_title = _("Not back from the ERP")

    def own(self, queryset):
        suppliers = suppliers_of(self.request.user)
        return super().own(queryset).filter(entry__in=unmatched(*suppliers))


class UnmatchedViewSet(PaymentViewSet):
    """Payments that no file of the ERP has brought back yet; their pages are those of payments."""

    name = "b2b_unmatched"
    url_prefix = "b2b/not-in-the-erp"
    menu_label = _("Not back from the ERP")
    icon = "history"
    pages = ("index", "index_results")
    index_view_class = UnmatchedIndexView
    filterset_class = UnmatchedFilterSet
    ordering = ("entry__booked_on", "id")
    list_display = [
        "receipt_no",
        TextColumn("booked_on", accessor="entry.booked_on", label=_("Date")),
        ACCOUNT,
        AmountColumn("amount", label=_("Amount")),
        TextColumn("currency", label=_("Currency")),
        TextColumn("exported_at", label=_("Handed to the ERP"), sort_key="exported_at"),
    ]
    list_select_related = ["account__supplier", "entry"]
    list_export = [
        *ACCOUNT_EXPORT,
        "receipt_no",
        "entry.booked_on",
        "amount",
        "currency",
        "exported_at",
    ]
    export_headings = {**PaymentViewSet.export_headings, "entry.booked_on": _("Date")}

    def get_index_view_kwargs(self, **kwargs):
        return super().get_index_view_kwargs(inspect_url_name="b2b_payment:inspect", **kwargs)

    def register_admin_url_finder(self):
        pass  # payments have theirs
