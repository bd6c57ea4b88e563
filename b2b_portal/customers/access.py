"""The one rule of who may see what. Every view and every file asks here."""

from dataclasses import dataclass

from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404

from .models import CustomerAccount, Supplier
from .tax_numbers import is_dummy


@dataclass(frozen=True)
class Viewer:
    """Who asks: what the person has proven, and the account now open before them."""

    supplier: Supplier
    tax_number: str
    mailbox: str
    account: CustomerAccount
    session: object = None

    def accounts(self):
        return proven_accounts(self.supplier, self.tax_number, self.mailbox).order_by("code")


def proven_accounts(supplier, tax_number, mailbox):
    """The accounts that (supplier, own number, mailbox) opens, as a queryset.

    An account opens when it bears the number and the mailbox stands on its card or belongs to one
    of its active contacts. A dummy number or an empty mailbox opens nothing.
    """
    mailbox = mailbox.strip().lower()
    if not mailbox or not tax_number or is_dummy(tax_number):
        return CustomerAccount.objects.none()
    holds = Q(email=mailbox) | Q(contacts__email=mailbox, contacts__is_active=True)
    return CustomerAccount.objects.filter(
        holds, supplier=supplier, tax_number=tax_number
    ).distinct()


def visible(queryset, viewer, *, any_account=False):
    """The rows of ``queryset`` that belong to the account open before the viewer.

    The model says by ``account_path`` how a row leads to its account. ``any_account``: of every
    account the viewer has proven, for what outlives a switch, like the way back from a payment.
    """
    path = queryset.model.account_path
    accounts = viewer.accounts().values("pk") if any_account else [viewer.account.pk]
    return queryset.filter(**{f"{'pk' if path == 'self' else path}__in": accounts})


def get_visible_or_404(queryset, viewer, *, any_account=False, **lookup):
    """One row the viewer may see; 404 for what is another's and for what is not there, alike."""
    return get_object_or_404(visible(queryset, viewer, any_account=any_account), **lookup)


def get_account_or_404(viewer, pk):
    """One of the accounts the viewer may open; 404 for any other, or for no number at all."""
    if not str(pk).isdecimal():
        raise Http404
    return get_object_or_404(viewer.accounts(), pk=pk)
