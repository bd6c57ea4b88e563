"""What the portal's acts are called in Wagtail's history."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.log_actions import LogFormatter

from .addresses import ACTION as CHANGED_ADDRESS
from .control import EXPLAINED
from .decisions import DECIDED, Decision
from .entries import POSTED
from .import_acts import APPLYING, DISCARDED, MAPPED, UNDOING
from .imports import TAKEN_IN
from .months import CLOSED, REOPENED
from .orders import DECLINED, TAKEN
from .reversing import REVERSED


def register_log_actions(actions):
    actions.register_action(POSTED, gettext_lazy("Post movement"), gettext_lazy("Movement posted"))

    @actions.register_action(REVERSED)
    class Reversed(LogFormatter):
        label = gettext_lazy("Reverse movement")

        def format_message(self, log_entry):
            return _("Movement reversed: %(reason)s") % {"reason": log_entry.data["reason"]}

    actions.register_action(CLOSED, gettext_lazy("Close a month"), gettext_lazy("Month closed"))

    @actions.register_action(REOPENED)
    class Reopened(LogFormatter):
        label = gettext_lazy("Reopen month")

        def format_message(self, log_entry):
            return _("Month reopened: %(reason)s") % {"reason": log_entry.data["reason"]}

    @actions.register_action(CHANGED_ADDRESS)
    class ChangedAddress(LogFormatter):
        label = gettext_lazy("Change sign-in address")

        def format_message(self, log_entry):
            return _("Sign-in address changed from “%(before)s” to “%(after)s”") % log_entry.data

    for action, label, message in (
        (TAKEN_IN, gettext_lazy("Take in a file"), gettext_lazy("File taken in")),
        (APPLYING, gettext_lazy("Apply import"), gettext_lazy("Import released to be applied")),
        (DISCARDED, gettext_lazy("Discard import"), gettext_lazy("Import discarded")),
        (UNDOING, gettext_lazy("Undo import"), gettext_lazy("Undoing the import asked for")),
        (TAKEN, gettext_lazy("Take order"), gettext_lazy("Requested order taken")),
        (DECLINED, gettext_lazy("Decline order"), gettext_lazy("Requested order declined")),
    ):
        actions.register_action(action, label, message)

    @actions.register_action(MAPPED)
    class Mapped(LogFormatter):
        label = gettext_lazy("Map columns")

        def format_message(self, log_entry):
            return _("Columns mapped, kept as the profile “%(name)s”") % log_entry.data

    @actions.register_action(DECIDED)
    class Decided(LogFormatter):
        label = gettext_lazy("Decide on a row")

        def format_message(self, log_entry):
            label = Decision(log_entry.data["decision"]).label
            return _("Decided: %(decision)s") % {"decision": label}

    @actions.register_action(EXPLAINED)
    class Explained(LogFormatter):
        label = gettext_lazy("Explain a difference")

        def format_message(self, log_entry):
            return _("Difference explained: %(text)s") % log_entry.data
