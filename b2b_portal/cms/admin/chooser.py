"""Choosing one account out of thousands: a window with search, on any form of the admin."""

from django import forms
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.choosers import BaseFilterForm
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic import chooser
from wagtail.admin.viewsets.chooser import ChooserViewSet
from wagtail.admin.widgets.chooser import BaseChooser

from ...customers.fold import fold
from ...customers.models import CustomerAccount
from ..policies import POLICIES, visible


class AccountSearchForm(BaseFilterForm):
    """Search in the account chooser: every word, in whatever case and accents it is typed."""

    q = forms.CharField(
        label=_("Search"),
        required=False,
        widget=forms.TextInput(attrs={"placeholder": _("Code, title, tax number or city")}),
    )

    def filter(self, objects):
        self.search_query = self.cleaned_data["q"]
        self.is_searching = bool(self.search_query)
        for word in self.search_query.split():
            objects = objects.filter(search_text__contains=fold(word))
        return super().filter(objects)


class AccountMixin:
    """Wagtail's chooser views ask for no permission: these do, and show own accounts only."""

    def dispatch(self, request, *args, **kwargs):
        policy = POLICIES[CustomerAccount]
        if not policy.user_has_any_permission(request.user, policy.actions):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def own(self):
        return visible(CustomerAccount.objects.select_related("supplier"), self.request.user)


class ListMixin(AccountMixin):
    filter_form_class = AccountSearchForm
    per_page = 20

    def get_object_list(self):
        return self.own()

    def can_create(self):
        return False

    @property
    def columns(self):
        return [
            *super().columns,
            Column("tax_number", label=_("Tax number")),
            Column("city", label=_("City")),
            Column("supplier", label=_("Supplier")),
        ]


class ChooseView(ListMixin, chooser.ChooseView):
    pass


class ChooseResultsView(ListMixin, chooser.ChooseResultsView):
    pass


class ChosenView(AccountMixin, chooser.ChosenView):
    def get_object(self, pk):
        try:
            return self.own().get(pk=pk)
        except ValueError:
            raise CustomerAccount.DoesNotExist from None


class ChosenMultipleView(AccountMixin, chooser.ChosenMultipleView):
    def get_objects(self, pks):
        return self.own().filter(pk__in=[pk for pk in pks if pk.isdecimal()])


class AccountWidget(BaseChooser):
    """Shows no account that its form field would not take."""

    def get_instance(self, value):
        choices = getattr(self, "choices", None)
        if choices is None or value is None or isinstance(value, CustomerAccount):
            return super().get_instance(value)
        try:
            return choices.queryset.filter(pk=value).first()
        except (TypeError, ValueError):
            return None


class AccountChooserViewSet(ChooserViewSet):
    model = CustomerAccount
    name = "b2b_account_chooser"
    url_prefix = "b2b/choose-account"
    icon = "user"
    choose_one_text = _("Choose an account")
    choose_another_text = _("Choose another account")
    edit_item_text = _("Edit this account")
    choose_view_class = ChooseView
    choose_results_view_class = ChooseResultsView
    chosen_view_class = ChosenView
    chosen_multiple_view_class = ChosenMultipleView
    base_widget_class = AccountWidget

    def get_urlpatterns(self):
        return [pattern for pattern in super().get_urlpatterns() if pattern.name != "create"]


account_chooser = AccountChooserViewSet()
