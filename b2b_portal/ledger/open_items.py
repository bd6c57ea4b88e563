"""What is open: after explicit allocations, then first in, first out by due date."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import F, OuterRef, Q, RowRange, Subquery, Sum, Window
from django.db.models.functions import Coalesce

from .balances import NOTHING, an_amount, balance_at
from .models import AccountBalance, Allocation, Entry


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
    come: debits, or, where the supplier owes, credits with a negative ``open``. ``as_of``: as of
    that day's end.
    """
    # The oldest are paid first, so what is open is the newest, as many as make up the balance.
    newest_first = [F("due").desc(), F("booked_on").desc(), F("id").desc()]
    entries = (
        _with_residuals(account, currency, as_of)
        .filter(Q(balance__gt=0, left__gt=0) | Q(balance__lt=0, left__lt=0))
        .annotate(
            due=Coalesce("due_on", "booked_on"),
            newer=an_amount(
                Window(Sum("left"), order_by=newest_first, frame=RowRange(end=0)) - F("left")
            ),
        )
        .filter(Q(balance__gt=F("newer"), left__gt=0) | Q(balance__lt=F("newer"), left__lt=0))
        .order_by("due", "booked_on", "id")
    )
    items = []
    for entry in entries:
        rest = entry.balance - entry.newer
        part = min(entry.left, rest) if rest > 0 else max(entry.left, rest)
        items.append(OpenEntry(entry, entry.due, entry.left, part))
    return items


def _with_residuals(account, currency, as_of):
    """Entries with ``left``, what allocations leave of each, and the account's ``balance``."""
    if as_of is None:
        kept = AccountBalance.objects.filter(account=account, currency=currency).values("amount")
        return Entry.objects.filter(
            open_item__account=account, open_item__currency=currency
        ).annotate(left=F("open_item__residual"), balance=Subquery(kept))
    return Entry.objects.filter(account=account, currency=currency, booked_on__lte=as_of).annotate(
        left=an_amount(
            Coalesce("open_item__residual", NOTHING)
            + _allocated_after(as_of, "debit")
            - _allocated_after(as_of, "credit")
        ),
        balance=balance_at(account.pk, currency, booked_on__lte=as_of),
    )


def _allocated_after(day, side):
    rows = Allocation.objects.filter(**{side: OuterRef("pk")}, effective_on__gt=day)
    total = rows.order_by().values(side).annotate(total=Sum("amount")).values("total")
    return Coalesce(Subquery(total), NOTHING)


def average_due(items):
    """The day on which all of ``items`` could be paid at once (ortalama vade); None for none.

    The average of their due days, weighted by what is open; half a day counts as one.
    """
    total = sum(item.open for item in items)
    if not total:
        return None
    first = items[0].falls_due_on
    weighted = sum(item.open * (item.falls_due_on - first).days for item in items)
    return first + timedelta(days=int((weighted / total).to_integral_value(ROUND_HALF_UP)))
