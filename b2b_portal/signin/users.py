"""The Django user of a proven mailbox."""

import uuid

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction

from .models import Mailbox

GROUP = "Portal customers"


def user_of(address):
    """The ``Mailbox`` of an address, with its user; made at the first proof.

    A user that was there before is never adopted, whatever its address: somebody else may have
    registered it. The user has a made-up name and address and no usable password.
    """
    mailbox = Mailbox.objects.select_related("user").filter(email=address).first()
    if mailbox:
        return mailbox
    try:
        with transaction.atomic():
            return Mailbox.objects.create(email=address, user=_make_user())
    except IntegrityError:
        return Mailbox.objects.select_related("user").get(email=address)


def _make_user():
    User = get_user_model()
    name = f"b2b-{uuid.uuid4()}"
    fields = {User.USERNAME_FIELD: name}
    if email_field := User.get_email_field_name():
        fields[email_field] = f"{name}@b2b-portal.invalid"
    user = User(**fields)
    user.set_unusable_password()
    user.save()
    user.groups.add(Group.objects.get_or_create(name=GROUP)[0])
    return user
