"""Forms of acts that the ledger writes: its refusals are errors and messages for the clerk."""

from django import forms
from django.contrib.admin.utils import quote
from django.db import transaction
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import pgettext_lazy
from django.views.generic.edit import FormView
from wagtail.admin import messages
from wagtail.admin.views import generic
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin

from ...exceptions import B2BPortalError, LedgerError
from ...ledger.models import Entry
from . import views


def clerk(user):
    """Who did it, as the ledger keeps it: a text."""
    return user.get_username()[: Entry._meta.get_field("posted_by").max_length]


class AddView(generic.CreateView):
    """``save_instance`` writes what the form holds; its form is no model's and takes ``user``."""

    inspect_url_name = None

    def get_form_kwargs(self):
        kwargs = super().get_form_kwargs()
        del kwargs["instance"]
        return {**kwargs, "user": self.request.user}

    def form_valid(self, form):
        try:
            return super().form_valid(form)
        except LedgerError as error:
            form.add_error(None, str(error))
            self.produced_error_code = "validation_error"
            self.produced_error_message = self.get_error_message()
            return self.form_invalid(form)

    def get_edit_url(self):
        return reverse(self.inspect_url_name, args=[quote(self.object.pk)])

    def get_success_buttons(self):
        return [messages.button(self.get_edit_url(), pgettext_lazy("b2b_portal", "Inspect"))]


class ActView(
    views.OwnRowsMixin,
    PermissionCheckedMixin,
    generic.base.BaseObjectMixin,
    generic.base.WagtailAdminTemplateMixin,
    FormView,
):
    """One act on one row, asked about or confirmed by a form first.

    Acts that a button of another page does take ``http_method_names = ["post"]``.
    """

    template_name = "b2b_portal/admin/act.html"
    form_class = forms.Form
    submit_label = None  # the page's title
    is_serious = True
    index_url_name = None
    inspect_url_name = None

    def refusal(self):
        """Why this cannot be done to the row; None where it can."""

    def act(self, data, by):
        """Do it and log it; returns a message and the row to go on to, None for the list."""
        raise NotImplementedError

    def get_base_object_queryset(self):
        return self.own(super().get_base_object_queryset())

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

    def inspect_url(self, instance):
        return reverse(self.inspect_url_name, args=[quote(instance.pk)])

    def get(self, request, *args, **kwargs):
        return self._refuse(self.refusal()) or super().get(request, *args, **kwargs)

    def post(self, request, *args, **kwargs):
        return self._refuse(self.refusal()) or super().post(request, *args, **kwargs)

    def _refuse(self, why):
        if why:
            messages.error(self.request, why)
            return redirect(self.inspect_url(self.object))

    def form_valid(self, form):
        try:
            with transaction.atomic():
                done, row = self.act(form.cleaned_data, clerk(self.request.user))
        except B2BPortalError as error:
            return self._refuse(str(error))
        messages.success(self.request, done)
        return redirect(self.inspect_url(row) if row else reverse(self.index_url_name))

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            object=self.object,
            action_url=self.request.get_full_path(),
            cancel_url=self.inspect_url(self.object),
            **kwargs,
        )
