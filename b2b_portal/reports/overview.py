"""Where one stands: the dashboard's figures, a row for each currency."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils import timezone

from ..ledger.balances import balances
from ..ledger.cheques import not_yet_due
from ..ledger.open_items import average_due, open_items
from ..money import ZERO
from .forms import currencies_of


@dataclass
class Standing:
    currency: str
    balance: Decimal
    overdue: Decimal
    next_due: date | None
    next_due_amount: Decimal
    average_due: date | None
    cheques: Decimal  # taken, and not yet due


def overview(account):
    """{"standings": [Standing, …] by currency}."""
    today = timezone.localdate()
    kept = balances(account)
    return {
        "standings": [
            _standing(account, currency, kept.get(currency, ZERO), today)
            for currency in currencies_of(account)
        ]
    }


def _standing(account, currency, balance, today):
    items = [item for item in open_items(account, currency) if item.open > 0]
    coming = [item for item in items if not item.is_overdue(today)]
    next_due = coming[0].falls_due_on if coming else None
    return Standing(
        currency=currency,
        balance=balance,
        overdue=sum((item.open for item in items if item.is_overdue(today)), ZERO),
        next_due=next_due,
        next_due_amount=sum((i.open for i in coming if i.falls_due_on == next_due), ZERO),
        average_due=average_due(items),
        cheques=sum((cheque.credit for cheque in not_yet_due(account, currency)), ZERO),
    )
