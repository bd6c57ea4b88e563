"""How a payment looks in an API answer (docs.iyzico.com, checkout form retrieve), in mixed number scales."""

from decimal import Decimal

from .amounts import long, short
from .forms import SUCCESS

ZERO = Decimal(0)
COMMISSION_RATE = Decimal("0.02")  # invented: every merchant has its own
COMMISSION_FEE = Decimal("0.25")
CENT = Decimal("0.01")
APPROVED = 1  # fraudStatus


def payment_fields(form, attempt):
    """Return the answer's fields for a try on a form, without envelope, error and signature.

    Amounts are JSON numbers written as iyzico writes them: ``10``, ``10.50000000``, ``0E-8``. A failed try
    carries fraudStatus 1 like a paid one, as observed, so that fraudStatus alone proves nothing.
    """
    fields = {
        "price": short(form.price),
        "paidPrice": long(form.paid_price),
        "installment": 1,
        "paymentId": str(attempt.payment_id),
        "paymentStatus": attempt.status,
        "fraudStatus": APPROVED,
        "merchantCommissionRate": long(ZERO),
        "merchantCommissionRateAmount": long(ZERO),
        **_card_fields(attempt.card),
        "basketId": form.request.get("basketId"),
        "currency": form.currency,
        "token": form.token,
        "callbackUrl": form.callback_url,
        "mdStatus": attempt.md_status,
    }
    if attempt.status == SUCCESS:
        fields |= _settled_fields(form, attempt)
    return {name: value for name, value in fields.items() if value is not None}


def _card_fields(card):
    fields = {"binNumber": card.number[:8], "lastFourDigits": card.number[-4:]}
    if card.bank:
        fields |= {
            "cardType": card.card_type,
            "cardAssociation": card.association,
            "cardFamily": card.family or None,
        }
    return fields


def _settled_fields(form, attempt):
    items = [_item(form, attempt, place, paid) for place, paid in enumerate(_shares(form))]
    commission = (form.paid_price * COMMISSION_RATE).quantize(CENT)
    return {
        "iyziCommissionRateAmount": long(commission),
        "iyziCommissionFee": long(COMMISSION_FEE),
        "authCode": f"{attempt.payment_id % 1_000_000:06d}",
        "hostReference": f"sim{attempt.payment_id}",
        "phase": "AUTH",
        "itemTransactions": items,
    }


def _item(form, attempt, place, paid):
    commission = (paid * COMMISSION_RATE).quantize(CENT)
    fee = COMMISSION_FEE if place == 0 else ZERO
    payout = max(paid - commission - fee, ZERO)
    return {
        "itemId": form.request["basketItems"][place]["id"],
        "paymentTransactionId": f"{attempt.payment_id}{place:03d}",
        "transactionStatus": 2,
        "price": short(form.item_prices[place]),
        "paidPrice": long(paid),
        "merchantCommissionRate": long(ZERO),
        "merchantCommissionRateAmount": long(ZERO),
        "iyziCommissionRateAmount": long(commission),
        "iyziCommissionFee": long(fee),
        "blockageRate": long(ZERO),
        "blockageRateAmountMerchant": long(ZERO),
        "blockageRateAmountSubMerchant": short(ZERO),
        "merchantPayoutAmount": long(payout),
    }


def _shares(form):
    """Split paidPrice over the items in proportion to their prices; the last one takes the rest."""
    shares = [
        (form.paid_price * price / form.price).quantize(CENT) for price in form.item_prices[:-1]
    ]
    return [*shares, form.paid_price - sum(shares, ZERO)]
