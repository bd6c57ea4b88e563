"""What is open: after explicit allocations, then first in, first out by due date."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

from ..money import ZERO
from .models import Allocation, Entry


@dataclass
class OpenEntry:
    """An entry and what is open of it, with the entry's sign."""

    entry: Entry
    falls_due_on: date
    residual: Decimal
    open: Decimal

    def days_overdue(self, today):
        """Days since it fell due; 0 or less when it has not."""
        return (today - self.falls_due_on).days

    def is_overdue(self, today):
        return self.open > 0 and self.falls_due_on < today


def open_items(account, currency, as_of=None):
    """The open entries of an account in one currency, by due date; their sum is the balance.

    ``residual`` is what explicit allocations have left; ``open`` what is left when the credits
    that are allocated to nothing pay the oldest debits first. Only entries with something open
    come; credit that stays open comes with a negative ``open``. ``as_of``: as of that day's end.
    """
    items = [
        OpenEntry(entry, entry.falls_due_on, entry.left, entry.left)
        for entry in _residuals(account, currency, as_of)
        if entry.left
    ]
    debits = [item for item in items if item.open > 0]
    credits = [item for item in items if item.open < 0]
    _pay(debits, -sum((item.open for item in credits), ZERO))
    _pay(credits, -sum((item.residual for item in debits), ZERO))
    return [item for item in items if item.open]


def _pay(items, pool):
    """Let ``pool`` eat the items' open amounts, oldest first, and not beyond 0."""
    for item in items:
        part = min(abs(item.open), abs(pool))
        step = part if item.open > 0 else -part
        item.open -= step
        pool -= part if pool > 0 else -part
        if not pool:
            return


def _residuals(account, currency, as_of):
    entries = Entry.objects.filter(account=account, currency=currency)
    order = (Coalesce("due_on", "booked_on"), "booked_on", "id")
    if as_of is None:
        return (
            entries.filter(open_item__isnull=False)
            .annotate(left=F("open_item__residual"))
            .order_by(*order)
        )
    entries = list(entries.filter(booked_on__lte=as_of).order_by(*order))
    closed = {}
    for side in ("debit", "credit"):
        closed |= dict(
            Allocation.objects.filter(
                Q(**{f"{side}__account": account, f"{side}__currency": currency}),
                effective_on__lte=as_of,
            )
            .values_list(side)
            .annotate(Sum("amount"))
            .order_by()
        )
    for entry in entries:
        amount = closed.get(entry.pk, ZERO)
        entry.left = entry.amount - (amount if entry.amount > 0 else -amount)
    return entries
