"""Where one stands: the dashboard, a ``Standing`` for each currency."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count
from django.utils import timezone

from ..documents.models import Order
from ..documents.trade import Trade, trade
from ..ledger.ageing import ageing
from ..ledger.balances import balances, balances_on
from ..ledger.cheques import not_yet_due
from ..ledger.open_items import average_due, open_items
from ..money import ZERO
from ..payments.models import Payment
from ..payments.start import payable_currencies
from ..tables.table import Table
from .forms import in_order
from .periods import bounds
from .pictures import ages, history, last_movements, month_ends

DELIVERED = (Order.State.SHIPPED, Order.State.INVOICED, Order.State.CANCELLED)
UNFINISHED = (Payment.State.STARTED, Payment.State.REVIEW)
MOST_PAYMENTS = 5  # that are not finished, shown


@dataclass
class Standing:
    """One currency. ``trade``: of the last twelve months, where the account sold us something."""

    currency: str
    balance: Decimal
    overdue: Decimal
    overdue_items: int
    next_due: date | None
    next_due_amount: Decimal
    average_due: date | None
    cheques: Decimal  # taken, and not yet due
    can_pay: bool
    trade: Trade | None
    history: Table | None
    ages: Table | None
    movements: Table | None

    @property
    def has_facts(self):
        return any((self.overdue, self.next_due, self.average_due, self.cheques, self.trade))


def overview(account):
    """The dashboard's context: eight queries, and two for each currency, whatever it has moved.

    ``standings`` by currency; ``can_pay``: whether the account is one that pays here; ``orders``:
    how many are not yet shipped; ``requests``: how many the supplier has not answered;
    ``payments``: the newest that are not finished; ``waits``: whether anything waits for the
    customer.
    """
    today = timezone.localdate()
    days = month_ends(today)
    kept, then = balances(account), balances_on(account, days)
    traded = trade(account, *bounds("last_12_months", today))
    age_of = {age.currency: age for age in ageing(account, today)}
    payable = payable_currencies(account)
    cheques = dict.fromkeys(kept, ZERO)
    for cheque in not_yet_due(account):
        cheques[cheque.currency] += cheque.credit
    standings = [
        Standing(
            currency=currency,
            balance=kept.get(currency, ZERO),
            **_dues(account, currency, today),
            cheques=cheques.get(currency, ZERO),
            can_pay=(
                currency in payable and kept.get(currency, ZERO) > 0 and not account.is_closed
            ),
            trade=traded.get(currency),
            history=history(currency, days, then.get(currency, [ZERO])),
            ages=ages(currency, age_of.get(currency)),
            movements=last_movements(account, currency),
        )
        for currency in in_order(account, kept)
    ]
    states = account.orders.exclude(state__in=DELIVERED).order_by().values_list("state")
    orders = dict(states.annotate(Count("pk")))
    requests = orders.pop(Order.State.REQUESTED, 0)
    orders = sum(orders.values())
    payments = list(account.payments.filter(state__in=UNFINISHED)[:MOST_PAYMENTS])
    return {
        "standings": standings,
        "can_pay": bool(payable),
        "orders": orders,
        "requests": requests,
        "payments": payments,
        "waits": bool(
            orders or requests or payments or any(one.overdue_items for one in standings)
        ),
    }


def _dues(account, currency, today):
    items = [item for item in open_items(account, currency) if item.open > 0]
    overdue = [item.open for item in items if item.is_overdue(today)]
    coming = items[len(overdue) :]
    next_due = coming[0].falls_due_on if coming else None
    return {
        "overdue": sum(overdue, ZERO),
        "overdue_items": len(overdue),
        "next_due": next_due,
        "next_due_amount": sum((i.open for i in coming if i.falls_due_on == next_due), ZERO),
        "average_due": average_due(items),
    }
