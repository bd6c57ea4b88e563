"""What a clerk does with a file that was taken in."""

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.log_actions import log

from ...erp import importing
from ...erp.models import ImportBatch
from ...tables.formats import format_moment
from ..mapping import MapForm
from .acts import ActView

MAPPED = "b2b_portal.map_columns"
APPLYING = "b2b_portal.apply_import"
DISCARDED = "b2b_portal.discard_import"
UNDOING = "b2b_portal.undo_import"
NAMED = 5  # of the later files


class BatchActView(ActView):
    """Whether the batch is still in the state for it, the act itself finds out."""

    def get_base_object_queryset(self):
        return super().get_base_object_queryset().select_related("supplier")


class ApplyForm(forms.Form):
    reverse_missing = forms.BooleanField(required=False)


class ApplyView(BatchActView):
    permission_required = "add"
    http_method_names = ["post"]
    form_class = ApplyForm

    def act(self, data, by):
        importing.enqueue_apply(self.object, by=by, **data)
        log(self.object, APPLYING, data=data)
        return _("%(file)s is being applied.") % {"file": self.object}, self.object


class DiscardView(BatchActView):
    permission_required = "add"
    http_method_names = ["post"]

    def act(self, data, by):
        log(self.object, DISCARDED, deleted=True)
        importing.discard_upload(self.object)
        return _("%(file)s was discarded.") % {"file": self.object}, None


class UndoView(BatchActView):
    permission_required = "undo"
    template_name = "b2b_portal/admin/undo.html"
    page_title = _("Undo")

    def refusal(self):
        if not importing.is_undoable(self.object):
            return _("This import cannot be undone.")

    def act(self, data, by):
        importing.enqueue_undo(self.object, by=by)
        log(self.object, UNDOING)
        done = _("%(file)s is being undone.") % {"file": self.object}
        return " ".join(filter(None, [done, self.later()])), self.object

    def later(self):
        """What to do where files came after this one: those that repeated a row left no trace."""
        numbers = importing.later_files(self.object)
        if not numbers:
            return ""
        named = ", ".join(map(str, numbers[-NAMED:]))
        return _(
            "Later files came after this one (%(count)s, the last by number: %(numbers)s): take in "
            "the latest file again afterwards."
        ) % {"count": len(numbers), "numbers": named}

    def get_context_data(self, **kwargs):
        batch = self.object
        return super().get_context_data(
            applied_at=format_moment(batch.applied_at),
            summary=batch.summary(),
            later=self.later(),
            **kwargs,
        )


class MapView(BatchActView):
    """Which column is what, where no row of the file has the headers of the profile."""

    permission_required = "add"
    template_name = "b2b_portal/admin/map.html"
    form_class = MapForm
    page_title = _("Map the columns")
    submit_label = _("Save and read the file")
    is_serious = False

    def refusal(self):
        if self.object.state != ImportBatch.State.UNMAPPED:
            return importing.TOO_LATE

    def get_form_kwargs(self):
        wanted = self.request.GET.get("header", "")
        return {**super().get_form_kwargs(), "batch": self.object, "wanted": wanted}

    def act(self, data, by):
        importing.map_columns(self.object, data["name"], data["columns"])
        log(self.object, MAPPED, data={"name": data["name"]})
        message = _("Saved as the profile “%(name)s”; the file is being read.")
        return message % {"name": data["name"]}, self.object
