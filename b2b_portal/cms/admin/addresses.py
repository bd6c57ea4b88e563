"""An address that opens the portal is changed: written down, and told to the old address."""

from django.conf import settings
from django.db import transaction
from wagtail.log_actions import log
from wagtail.models import ModelLogEntry

from ... import jobs, mail

ACTION = "b2b_portal.change_address"


class AddressMixin:
    """For the edit view of a model whose ``email`` lets people sign in."""

    @transaction.atomic
    def save_instance(self):
        before = self.form.initial.get("email") or ""
        instance = super().save_instance()
        if instance.email != before:
            entry = log(instance, ACTION, data={"before": before, "after": instance.email})
            if before:
                jobs.enqueue("b2b_portal.cms.admin.addresses.tell_old_address", entry.pk)
        return instance


def tell_old_address(log_entry_id):
    """The worker's part: mail the address that no longer opens the account."""
    entry = ModelLogEntry.objects.get(pk=log_entry_id)
    instance = entry.content_type.get_object_for_this_type(pk=entry.object_id)
    account = getattr(instance, "account", instance)
    mail.send(
        "address_changed",
        {"account": account, "supplier": account.supplier},
        to=entry.data["before"],
        language=settings.LANGUAGE_CODE,
        sender=account.supplier.mail_from,
    )
