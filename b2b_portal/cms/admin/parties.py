"""Suppliers, accounts and contacts: the cards a clerk keeps."""

from django.forms import CheckboxSelectMultiple
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import BooleanColumn
from wagtail.admin.widgets.button import Button, HeaderButton

from ...customers.models import Contact, CustomerAccount, Supplier
from ...ledger.models import Entry
from ..forms import AccountForm, ContactForm
from ..policies import POLICIES
from . import views
from .addresses import AddressMixin
from .cells import Column, FigureColumn, LinkColumn, TextColumn, plain, unbroken, write_balances
from .filters import AccountFilterSet, ContactFilterSet
from .viewsets import PortalViewSet


class SupplierViewSet(PortalViewSet):
    model = Supplier
    url_prefix = "b2b/suppliers"
    icon = "site"
    list_display = ["name", "tax_number", "currency", "email", "phone"]
    search_fields = ["name", "tax_number"]
    inspect_view_fields_exclude = ["id"]
    panels = [
        MultiFieldPanel(
            [
                FieldPanel("name"),
                FieldRowPanel([FieldPanel("tax_number"), FieldPanel("tax_office")]),
                FieldPanel("currency"),
            ],
            heading=_("Company"),
        ),
        MultiFieldPanel(
            [
                FieldPanel("address"),
                FieldRowPanel([FieldPanel("phone"), FieldPanel("email")]),
                FieldPanel("mail_from"),
            ],
            heading=_("How to reach it"),
        ),
        MultiFieldPanel(
            [
                FieldPanel("ibans"),
                FieldRowPanel([FieldPanel("logo"), FieldPanel("color")]),
            ],
            heading=_("On statements"),
        ),
        FieldPanel("staff_groups", widget=CheckboxSelectMultiple, permission="auth.change_group"),
    ]


def movements_url(account):
    return f"{reverse('b2b_entry:index')}?{urlencode({'account': account.pk})}"


class MovementsButtonMixin:
    """From an account to its movements, and to entering one."""

    @cached_property
    def header_more_buttons(self):
        buttons = list(super().header_more_buttons)
        policy, user = POLICIES[Entry], self.request.user
        if policy.user_has_permission(user, "add"):
            url = f"{reverse('b2b_entry:add')}?{urlencode({'account': self.object.pk})}"
            buttons.append(Button(_("Add movement"), url=url, icon_name="plus", priority=5))
        return buttons

    @cached_property
    def header_buttons(self):
        policy, user = POLICIES[Entry], self.request.user
        if not policy.user_has_any_permission(user, views.ANY):
            return super().header_buttons
        button = HeaderButton(_("Movements"), url=movements_url(self.object), icon_name="list-ul")
        return [*super().header_buttons, button]


class AccountIndexView(views.IndexView):
    title_value = staticmethod(lambda account: unbroken(account.code))

    def to_row_dict(self, item):
        item.balance_now = "; ".join(
            f"{plain(balance.amount)} {balance.currency}" for balance in item.balances.all()
        )
        return super().to_row_dict(item)


class AccountEditView(AddressMixin, MovementsButtonMixin, views.EditView):
    pass


class AccountInspectView(MovementsButtonMixin, views.InspectView):
    labels = {"balances": _("Balance")}

    def get_balances_display_value(self):
        return write_balances(self.object)

    def get_tables(self):
        contacts = self.object.contacts.all()
        if POLICIES[Contact].user_has_any_permission(self.request.user, views.ANY):
            yield (
                _("Contacts"),
                [
                    LinkColumn("name", self.contact_url, label=pgettext_lazy("b2b_portal", "Name")),
                    Column("email", label=_("E-mail")),
                    Column("get_role_display", label=_("Role")),
                    BooleanColumn("is_active", label=pgettext_lazy("b2b_portal", "Active")),
                ],
                contacts,
            )

    def contact_url(self, contact):
        return reverse("b2b_contact:inspect", args=[contact.pk])


class AccountViewSet(PortalViewSet):
    model = CustomerAccount
    url_prefix = "b2b/accounts"
    icon = "user"
    index_view_class = AccountIndexView
    edit_view_class = AccountEditView
    inspect_view_class = AccountInspectView
    list_display = [
        "code",
        "title",
        "tax_number",
        "city",
        TextColumn("supplier", label=_("Supplier"), sort_key="supplier__name"),
        FigureColumn("balances", label=_("Balance"), accessor=write_balances),
    ]
    list_prefetch_related = ["balances"]
    search_fields = ["search_text"]
    filterset_class = AccountFilterSet
    list_export = [
        "supplier.name",
        "code",
        "title",
        "tax_number",
        "tax_office",
        "city",
        "email",
        "phone",
        "is_closed",
        "balance_now",
    ]
    list_select_related = ["supplier"]
    export_headings = {"supplier.name": _("Supplier"), "balance_now": _("Balance")}
    inspect_view_fields = [
        "supplier",
        "code",
        "title",
        "balances",
        "tax_number",
        "tax_office",
        "email",
        "phone",
        "address",
        "city",
        "is_closed",
    ]
    edit_handler = ObjectList(
        [
            FieldPanel("supplier"),
            FieldRowPanel([FieldPanel("code"), FieldPanel("is_closed")]),
            FieldPanel("title"),
            FieldRowPanel([FieldPanel("tax_number"), FieldPanel("tax_office")]),
            FieldPanel("email", permission="b2b_portal.change_email_customeraccount"),
            FieldPanel("phone"),
            FieldPanel("address"),
            FieldPanel("city"),
        ],
        base_form_class=AccountForm,
    )


class ContactEditView(AddressMixin, views.EditView):
    pass


class ContactViewSet(PortalViewSet):
    model = Contact
    url_prefix = "b2b/contacts"
    icon = "mail"
    edit_view_class = ContactEditView
    list_display = [
        "name",
        TextColumn("account", label=pgettext_lazy("b2b_portal", "Account")),
        "email",
        "role",
        BooleanColumn(
            "is_active", label=pgettext_lazy("b2b_portal", "Active"), sort_key="is_active"
        ),
    ]
    list_select_related = ["account__supplier"]
    search_fields = ["name", "email", "account__search_text"]
    filterset_class = ContactFilterSet
    list_export = [
        "account.supplier.name",
        "account.code",
        "account.title",
        "name",
        "email",
        "phone",
        "get_role_display",
        "is_active",
    ]
    export_headings = {
        "account.supplier.name": _("Supplier"),
        "account.code": _("Account code"),
        "account.title": pgettext_lazy("b2b_portal", "Account"),
        "get_role_display": _("Role"),
    }
    inspect_view_fields = ["account", "name", "email", "phone", "role", "is_active"]
    edit_handler = ObjectList(
        [
            FieldPanel("account"),
            FieldPanel("name"),
            FieldRowPanel([FieldPanel("email"), FieldPanel("phone")]),
            FieldRowPanel([FieldPanel("role"), FieldPanel("is_active")]),
        ],
        base_form_class=ContactForm,
    )
