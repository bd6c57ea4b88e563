"""What the portal's acts are called in Wagtail's history."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.log_actions import LogFormatter

from .addresses import ACTION as CHANGED_ADDRESS
from .entries import POSTED
from .months import CLOSED, REOPENED
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
