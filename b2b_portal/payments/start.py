"""From what a payer chose to the gateway's page."""

from dataclasses import dataclass
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _

from .. import conf
from ..documents.trade import is_vendor
from ..exceptions import GatewayError, PaymentError
from . import gateways
from .models import Payment, PaymentItem


@dataclass(frozen=True)
class Payer:
    """Who stands at the screen, as the gateway wants to know it."""

    name: str
    email: str
    phone: str
    ip: str


@dataclass(frozen=True)
class Choice:
    """What is to be paid: an amount, and the open entries it is for, [(entry, amount)]."""

    currency: str
    amount: Decimal
    items: tuple = ()


def payable_currencies(account):
    """The currencies the gateway takes; none where no gateway is set, and none of a vendor."""
    aliases = gateways.aliases()
    if not aliases or is_vendor(account):
        return ()
    return gateways.get(aliases[0]).currencies


def payer_of(account, mailbox, ip):
    """The payer's data from the contact or the account's card."""
    contact = account.contacts.filter(email=mailbox, is_active=True).first()
    return Payer(
        name=contact.name if contact else account.title,
        email=mailbox,
        phone=(contact and contact.phone) or account.phone or account.supplier.phone,
        ip=ip or "127.0.0.1",
    )


def start(account, choice, *, payer, language, back_url):
    """Freeze a payment, open the gateway's page for it; returns (payment, the page's URL).

    The token is stored before anybody is sent there. Raises ``PaymentError`` and its kinds; the
    payment is then kept as not completed, with the reason.
    """
    if account.is_closed:
        raise PaymentError(_("The account %s is closed.") % account.code)
    if choice.currency not in payable_currencies(account):
        raise PaymentError(_("%s cannot be paid online.") % choice.currency)
    alias = gateways.aliases()[0]
    payment = Payment.objects.create(
        account=account,
        currency=choice.currency,
        amount=choice.amount,
        gateway=alias,
        language=language,
        back_url=back_url,
        started_by=payer.email,
    )
    PaymentItem.objects.bulk_create(
        PaymentItem(payment=payment, entry=entry, amount=amount) for entry, amount in choice.items
    )
    try:
        started = gateways.get(alias).start(
            payment, payer=payer, return_url=conf.absolute(reverse("b2b_portal:pay-return"))
        )
    except GatewayError as error:
        payment.state = Payment.State.CANCELLED
        payment.reason = str(error)[:250]
        payment.save(update_fields=["state", "reason"])
        raise
    payment.token = started.token
    payment.save(update_fields=["token"])
    return payment, started.url
