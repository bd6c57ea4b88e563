"""The one function that turns the gateway's word into a posting."""

import logging

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from ..exceptions import GatewayUnavailable, LedgerError, UntrustedAnswer
from ..ledger.models import EntryKind
from ..ledger.months import hold_months, open_day, today
from ..ledger.posting import allocate, post, residual
from ..signals import payment_settled
from . import gateways
from .gateways.base import State
from .models import GatewayEvent, Payment

logger = logging.getLogger(__name__)

SOURCE = "portal"


def settle(payment, *, heard="check"):
    """Ask the gateway what became of a payment, and book it when it is paid. Returns the payment.

    May be called by anyone, any number of times, at once: it trusts only the gateway's own signed
    answer, and a paid payment has one entry. What was paid but does not fit what was asked for is
    not booked and needs attention. ``heard`` names what made us ask (return, notice, check).
    Raises ``GatewayUnavailable`` or ``UntrustedAnswer``; the payment is then as it was.
    """
    if payment.entry_id or not payment.token:
        return payment
    try:
        with translation.override(payment.language):
            snapshot = gateways.get(payment.gateway).fetch(payment)
    except (GatewayUnavailable, UntrustedAnswer) as error:
        _event(payment, heard, repr(error))
        raise
    with transaction.atomic():
        payment = Payment.objects.select_for_update().get(pk=payment.pk)
        if payment.entry_id:
            return payment
        if snapshot.state is State.PAID:
            _paid(payment, snapshot)
        elif payment.state != Payment.State.REVIEW:
            payment.state = {
                State.OPEN: Payment.State.CANCELLED,
                State.DECLINED: Payment.State.DECLINED,
                State.PENDING: Payment.State.STARTED,
            }[snapshot.state]
            payment.reason = snapshot.reason[:250]
        payment.save()
        _event(payment, heard, payment.state)
    payment_settled.send(Payment, payment=payment)
    return payment


def _paid(payment, snapshot):
    payment.gateway_payment_id = snapshot.payment_id
    payment.charged = snapshot.charged
    payment.commission = snapshot.commission
    payment.card = snapshot.card
    payment.installments = snapshot.installments
    asked = (str(payment.uuid), payment.currency, payment.amount, payment.amount)
    if asked != (snapshot.basket, snapshot.currency, snapshot.amount, snapshot.charged):
        payment.state = Payment.State.REVIEW
        payment.reason = _("The gateway charged something else than was asked for.")
        logger.error("payment %s needs attention: charged otherwise than asked", payment.uuid)
        return
    payment.paid_at = timezone.now()
    try:
        payment.entry = _post(payment)
    except LedgerError as error:
        payment.state = Payment.State.REVIEW
        payment.reason = str(error)[:250]
        logger.error("payment %s needs attention: paid, but not booked", payment.uuid)
        return
    payment.state = Payment.State.PAID
    payment.reason = ""
    for item in payment.items.select_related("entry"):
        amount = min(item.amount, residual(item.entry), -residual(payment.entry))
        if amount > 0:
            allocate(payment.entry, item.entry, amount, by=payment.started_by)


def _post(payment):
    supplier_id = payment.account.supplier_id
    hold_months([supplier_id])
    with translation.override(settings.LANGUAGE_CODE):
        description = _("Online card payment")
    return post(
        account=payment.account,
        currency=payment.currency,
        amount=-payment.amount,
        kind=EntryKind.CARD,
        booked_on=open_day(supplier_id, today()),
        occurred_at=payment.paid_at,
        document_no=payment.receipt_no,
        description=f"{description} {payment.card}".strip(),
        source=SOURCE,
        external_id=f"payment:{payment.uuid}",
        by=payment.started_by,
    )


def _event(payment, kind, outcome):
    GatewayEvent.objects.create(payment=payment, kind=kind, outcome=outcome[:250])
