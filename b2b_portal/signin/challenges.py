"""Proving a mailbox by a mailed code. Known and unknown are treated alike until the mail."""

import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from .. import jobs, mail
from ..customers.access import proven_accounts
from ..customers.models import Supplier
from ..exceptions import TooManyRequests, WrongCode
from .models import Challenge

LIFETIME = timedelta(minutes=10)
TRIES = 5
WINDOW = timedelta(minutes=15)
KEPT = timedelta(days=1)  # a challenge holds what was typed: personal data
PER_CARD = 5  # codes asked for in the window, and not used, for one number and mailbox
PER_IP = 30


@transaction.atomic
def begin(*, supplier_number, tax_number, mailbox, language, client_ip):
    """Write a challenge and queue its mail, whether or not anybody is known by these.

    Raises ``TooManyRequests``. Nothing here tells a known card from an unknown one.
    """
    now = timezone.now()
    Challenge.objects.filter(created_at__lt=now - KEPT).delete()
    recent = Challenge.objects.filter(created_at__gt=now - WINDOW, used_at=None)
    if (
        recent.filter(tax_number=tax_number, mailbox=mailbox).count() >= PER_CARD
        or recent.filter(client_ip=client_ip, client_ip__isnull=False).count() >= PER_IP
    ):
        raise TooManyRequests(_("Too many codes were asked for. Try again in a few minutes."))
    challenge = Challenge.objects.create(
        supplier_number=supplier_number,
        tax_number=tax_number,
        mailbox=mailbox,
        language=language,
        client_ip=client_ip,
        expires_at=now + LIFETIME,
    )
    jobs.enqueue("b2b_portal.signin.challenges.send_code", challenge.pk)
    return challenge


def send_code(challenge_id):
    """The worker's part: make the code, keep its HMAC, mail it to the address on the card."""
    challenge = Challenge.objects.get(pk=challenge_id)
    account = accounts_of(challenge).select_related("supplier").first()
    if account is None or challenge.code_hmac or challenge.expires_at < timezone.now():
        return
    code = f"{secrets.randbelow(10**6):06d}"
    mine = Challenge.objects.filter(pk=challenge_id, code_hmac="").update(
        code_hmac=_hmac(challenge_id, code)
    )
    if not mine:
        return
    try:
        mail.send(
            "code",
            {"code": code, "minutes": LIFETIME.seconds // 60, "supplier": account.supplier},
            to=_stored_address(account, challenge.mailbox),
            language=challenge.language,
            sender=account.supplier.mail_from,
        )
    except Exception:
        Challenge.objects.filter(pk=challenge_id).update(code_hmac="")
        raise


def prove(challenge_id, code):
    """The challenge, when the code is its own; counted first, compared then, used once.

    Raises ``WrongCode`` for a wrong, used, expired or unknown one alike.
    """
    now = timezone.now()
    still_good = Challenge.objects.filter(pk=challenge_id, used_at=None, expires_at__gt=now)
    if still_good.filter(tries__lt=TRIES).update(tries=F("tries") + 1):
        challenge = Challenge.objects.get(pk=challenge_id)
        if constant_time_compare(challenge.code_hmac, _hmac(challenge_id, code)):
            if still_good.update(used_at=now):
                return challenge
    raise WrongCode(_("The code is wrong or has expired."))


def accounts_of(challenge):
    """The accounts a challenge is about: none for numbers nobody has."""
    supplier = Supplier.objects.filter(tax_number=challenge.supplier_number).first()
    if supplier is None:
        return proven_accounts(None, "", "")
    return proven_accounts(supplier, challenge.tax_number, challenge.mailbox).order_by("pk")


def _stored_address(account, mailbox):
    contact = account.contacts.filter(email=mailbox, is_active=True).first()
    return contact.email if contact else account.email


def _hmac(challenge_id, code):
    return salted_hmac(
        "b2b_portal.signin", f"{challenge_id}:{code}", algorithm="sha256"
    ).hexdigest()
