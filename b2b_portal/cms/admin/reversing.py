"""Taking a movement back."""

from django.utils.translation import gettext_lazy as _
from wagtail.log_actions import log

from ...ledger import posting
from ...ledger.months import open_day
from ...money import format_amount
from ...tables.formats import format_date
from ..forms import ReverseForm
from .acts import ActView

REVERSED = "b2b_portal.reverse"


def with_currency(entry):
    return f"{format_amount(abs(entry.amount), entry.currency)} {entry.currency}"


def is_reversible(entry):
    return not (entry.reverses_id or hasattr(entry, "reversed_by"))


class ReverseView(ActView):
    """Takes a movement back by its opposite."""

    permission_required = "reverse"
    template_name = "b2b_portal/admin/reverse.html"
    form_class = ReverseForm
    page_title = _("Reverse")

    def get_base_object_queryset(self):
        return super().get_base_object_queryset().select_related("account", "reversed_by")

    def refusal(self):
        if not is_reversible(self.object):
            return _("This movement was reversed before, or is a reversal.")

    def act(self, data, by):
        reversal = posting.reverse(self.object, **data, by=by)
        log(self.object, REVERSED, data={**data, "reversal": reversal.pk})
        return _("Reversed: %(entry)s.") % {"entry": self.object}, reversal

    def get_context_data(self, **kwargs):
        entry = self.object
        day = open_day(entry.supplier_id, entry.booked_on)
        return super().get_context_data(
            amount=with_currency(entry),
            booked_on=format_date(entry.booked_on),
            reversed_on=format_date(day) if day != entry.booked_on else None,
            paid_online=hasattr(entry, "payment"),
            **kwargs,
        )
