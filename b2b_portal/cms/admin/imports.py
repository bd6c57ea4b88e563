"""Files of the ERP: taken in, looked at, applied, undone."""

from django.contrib.admin.utils import quote
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext_lazy as _
from wagtail.admin.paginator import WagtailPaginator
from wagtail.admin.ui.tables import StatusTagColumn, Table
from wagtail.admin.widgets.button import HeaderButton
from wagtail.log_actions import log

from ...erp import profiles
from ...erp.importing import is_discardable, is_undoable
from ...erp.models import ImportBatch
from ...exceptions import FileRefused
from ...tables.formats import format_number
from ..import_forms import UploadForm
from . import import_acts, views
from .acts import AddView, clerk
from .cells import TextColumn, unbroken
from .filters import ImportFilterSet
from .import_lists import listings
from .viewsets import READ, PortalViewSet

TAKEN_IN = "b2b_portal.take_in_file"
State = ImportBatch.State
MOVING = (State.READING, State.APPLYING, State.UNDOING)
REFRESH = "3"  # seconds
PER_PAGE = 50
ACTS = {
    "map": import_acts.MapView,
    "apply": import_acts.ApplyView,
    "discard": import_acts.DiscardView,
    "undo": import_acts.UndoView,
}


class ImportIndexView(views.IndexView):
    title_value = staticmethod(lambda batch: unbroken(Truncator(batch.file_name).chars(40)))
    default_ordering = ("-made_at", "-id")
    add_item_label = _("Take in a file")


class UploadView(AddView):
    page_title = submit_button_label = _("Take in a file")
    submit_button_active_label = _("Sending…")
    error_message = _("Nothing was taken in.")
    success_message = None

    def get_page_subtitle(self):
        return ""

    def get_breadcrumbs_items(self):
        return [*super().get_breadcrumbs_items()[:-1], {"url": "", "label": self.page_title}]

    def save_instance(self):
        batch = self.form.receive(by=clerk(self.request.user))
        log(batch, TAKEN_IN)
        return batch

    def get_success_url(self):
        return self.get_edit_url()


class ImportInspectView(views.InspectView):
    """An import in whatever state it is: what it would do or did, and what can be done with it."""

    template_name = "b2b_portal/admin/import.html"
    labels = {"sha256": "SHA-256"}
    act_url_names = {}

    def get_profile_display_value(self):
        try:
            return profiles.get(self.object.profile, self.object.supplier).label
        except FileRefused:
            return self.object.profile

    def get_state_display_value(self):
        return capfirst(self.object.state_label)

    def get_progress_display_value(self):
        return self.progress

    @property
    def progress(self):
        return format_number(self.object.progress) if self.object.progress else ""

    def get_sha256_display_value(self):
        half = len(self.object.sha256) // 2
        return format_html("{}<wbr>{}", self.object.sha256[:half], self.object.sha256[half:])

    def get_fields_context(self):
        return [field for field in super().get_fields_context() if field["value"] != "—"]

    @cached_property
    def header_buttons(self):
        buttons = list(super().header_buttons)
        if is_undoable(self.object) and self.user_has_permission("undo"):
            buttons.append(HeaderButton(_("Undo"), url=self.act_urls["undo"], icon_name="rotate"))
        return buttons

    @cached_property
    def act_urls(self):
        return {
            act: reverse(name, args=[quote(self.object.pk)])
            for act, name in self.act_url_names.items()
        }

    def get_listing(self):
        """The lists there are, the one that is shown, its page and table."""
        there = listings(self.object)
        wanted = self.request.GET.get("rows")
        shown = next((listing for listing in there if listing.name == wanted), None)
        shown = shown or next(iter(there), None)
        if shown is None:
            return {}
        paginator = WagtailPaginator(shown.rows, PER_PAGE)
        paginator.verbose_name = paginator.verbose_name_plural = shown.label
        page = paginator.get_page(self.request.GET.get("p"))
        return {
            "listings": there,
            "shown": shown,
            "page": page,
            "elided_page_range": paginator.get_elided_page_range(page.number),
            "table": Table(shown.columns, list(page)),
        }

    def get_context_data(self, **kwargs):
        batch, is_moving = self.object, self.object.state in MOVING
        may_discard = is_discardable(batch)
        return super().get_context_data(
            **self.get_listing(),
            batch=batch,
            act_urls=self.act_urls,
            may_act=self.user_has_permission("add") and may_discard,
            progress=self.progress,
            is_moving=is_moving,
            is_given_up=is_moving and (may_discard or is_undoable(batch)),
            missing=batch.counts.get("missing") or 0,
            refused=batch.counts.get("refused") or 0,
            **kwargs,
        )

    def render_to_response(self, context, **kwargs):
        response = super().render_to_response(context, **kwargs)
        if context["is_moving"]:
            response["Refresh"] = REFRESH
        return response


class ImportViewSet(PortalViewSet):
    model = ImportBatch
    url_prefix = "b2b/imports"
    icon = "upload"
    pages = (*READ, "add", "history", "history_results")
    index_view_class = ImportIndexView
    add_view_class = UploadView
    inspect_view_class = ImportInspectView
    list_display = [
        "file_name",
        StatusTagColumn("state_label", label=_("State"), sort_key="state"),
        "kind",
        TextColumn("supplier", label=_("Supplier")),
        TextColumn("made_at", label=_("Received"), sort_key="made_at"),
        "made_by",
    ]
    list_select_related = ["supplier"]
    search_fields = ["file_name", "made_by", "applied_by"]
    filterset_class = ImportFilterSet
    inspect_view_fields = [
        "supplier",
        "kind",
        "state",
        "file_name",
        "profile",
        "progress",
        "complete_from",
        "complete_until",
        "made_at",
        "made_by",
        "applied_at",
        "applied_by",
        "undone_at",
        "undone_by",
        "sha256",
    ]

    def get_form_class(self, for_update=False):
        return UploadForm

    def get_common_view_kwargs(self, **kwargs):
        names = {act: self.get_url_name(act) for act in ACTS}
        return super().get_common_view_kwargs(act_url_names=names, **kwargs)

    def get_urlpatterns(self):
        return [
            *super().get_urlpatterns(),
            *(
                path(f"{act}/<int:pk>/", self.construct_view(view), name=act)
                for act, view in ACTS.items()
            ),
        ]
