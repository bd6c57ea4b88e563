"""An address that opens the portal is changed: written down, and told to the old address."""

from django.conf import settings
from django.db import transaction
from wagtail.log_actions import log
from wagtail.models import ModelLogEntry

from ... import jobs, mail
from ...customers.access import proven_accounts

ACTION = "b2b_portal.change_address"


class AddressMixin:
    """For the edit view of a model whose ``email`` lets people sign in."""

    @transaction.atomic
    def save_instance(self):
        before = self.form.initial.get("email") or ""
        instance = super().save_instance()
        if instance.email != before:
            write_down(instance, before, instance.email)
        return instance


def write_down(instance, before, after, **by):
    """Log a changed address of an account or contact, and have the old one told."""
    entry = log(instance, ACTION, data={"before": before, "after": after, **by})
    if before:
        jobs.enqueue("b2b_portal.cms.admin.addresses.tell_old_address", entry.pk)


def changed_by_a_file(*, instance, before, after, by, **kwargs):
    """Receiver of ``signals.address_changed``."""
    write_down(instance, before, after, by=by)


def tell_old_address(log_entry_id):
    """The worker's part: mail the address, unless it opens the account in another way."""
    entry = ModelLogEntry.objects.get(pk=log_entry_id)
    instance = entry.content_type.get_object_for_this_type(pk=entry.object_id)
    account = getattr(instance, "account", instance)
    if account in proven_accounts(account.supplier, account.tax_number, entry.data["before"]):
        return
    mail.send(
        "address_changed",
        {"account": account, "supplier": account.supplier},
        to=entry.data["before"],
        language=settings.LANGUAGE_CODE,
        sender=account.supplier.mail_from,
    )
