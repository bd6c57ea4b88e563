"""Taking a movement back."""

from django.contrib.admin.utils import quote
from django.db import transaction
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.views.generic.edit import FormView
from wagtail.admin import messages
from wagtail.admin.views import generic
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.log_actions import log

from ...exceptions import LedgerError
from ...ledger import posting
from ...ledger.models import Entry
from ...money import format_amount
from ...tables.formats import format_date
from ..forms import ReverseForm
from . import views

REVERSED = "b2b_portal.reverse"


def clerk(user):
    """Who did it, as the ledger keeps it: a text."""
    return user.get_username()[: Entry._meta.get_field("posted_by").max_length]


def with_currency(entry):
    return f"{format_amount(abs(entry.amount), entry.currency)} {entry.currency}"


def is_reversible(entry):
    return not (entry.reverses_id or hasattr(entry, "reversed_by"))


class ReverseView(
    views.OwnRowsMixin,
    PermissionCheckedMixin,
    generic.base.BaseObjectMixin,
    generic.base.WagtailAdminTemplateMixin,
    FormView,
):
    """Asks for a reason, then takes a movement back by its opposite."""

    permission_required = "reverse"
    template_name = "b2b_portal/admin/reverse.html"
    form_class = ReverseForm
    page_title = _("Reverse")
    header_icon = "rotate"
    index_url_name = None
    inspect_url_name = None

    def get_base_object_queryset(self):
        rows = super().get_base_object_queryset()
        return self.own(rows).select_related("account", "reversed_by")

    def get_page_subtitle(self):
        return str(self.object)

    def get_breadcrumbs_items(self):
        plural = capfirst(self.model._meta.verbose_name_plural)
        return [
            *self.breadcrumbs_items,
            {"url": reverse(self.index_url_name), "label": plural},
            {"url": self.inspect_url(self.object), "label": str(self.object)},
            {"url": "", "label": self.page_title, "sublabel": self.get_page_subtitle()},
        ]

    def inspect_url(self, entry):
        return reverse(self.inspect_url_name, args=[quote(entry.pk)])

    def get(self, request, *args, **kwargs):
        if not is_reversible(self.object):
            messages.error(request, _("This movement was reversed before, or is a reversal."))
            return redirect(self.inspect_url(self.object))
        return super().get(request, *args, **kwargs)

    def form_valid(self, form):
        user, reason = self.request.user, form.cleaned_data["reason"]
        try:
            with transaction.atomic():
                reversal = posting.reverse(self.object, reason=reason, by=clerk(user))
                log(self.object, REVERSED, data={"reason": reason, "reversal": reversal.pk})
        except LedgerError as error:
            messages.error(self.request, str(error))
            return redirect(self.inspect_url(self.object))
        messages.success(self.request, _("Reversed: %(entry)s.") % {"entry": self.object})
        return redirect(self.inspect_url(reversal))

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            object=self.object,
            action_url=self.request.path,
            cancel_url=self.inspect_url(self.object),
            amount=with_currency(self.object),
            booked_on=format_date(self.object.booked_on),
            paid_online=hasattr(self.object, "payment"),
            **kwargs,
        )
