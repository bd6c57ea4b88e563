"""How old is what is open: per account and currency, on any day."""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from operator import add
from typing import NamedTuple

from django.db.models import Q, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from .. import conf
from ..customers.models import Supplier
from ..money import ZERO
from .balances import NOTHING, an_amount
from .models import Allocation, OpenItem


class Ageing(NamedTuple):
    """What is open of one account in one currency.

    ``buckets``: open debits not due, then by days overdue as ``labels`` says; ``credit``: what
    credits have left, 0 or negative. ``total`` is the balance of that day.
    """

    account_id: int
    currency: str
    buckets: tuple[Decimal, ...]
    credit: Decimal

    @property
    def total(self):
        return sum(self.buckets, self.credit)


def ageing(account_or_supplier, as_of, currency=None):
    """A list of ``Ageing``, one for each account and currency with anything open at a day's end.

    Credits that are allocated to nothing pay the oldest debits first. What is due on ``as_of`` is
    not overdue yet.
    """
    sums = {}
    for row in _sums(account_or_supplier, as_of, currency):
        key, figures = row[:2], [figure or ZERO for figure in row[2:]]
        sums[key] = list(map(add, sums[key], figures)) if key in sums else figures
    found = []
    for key in sorted(sums):
        buckets = sums[key]
        credit = buckets.pop()
        if credit:
            credit = _pay_oldest(buckets, credit)
        if credit or any(buckets):
            found.append(Ageing(*key, tuple(buckets), credit))
    return found


def labels():
    """What the buckets are called: "Not due", "1–30", … "Over 90"."""
    bounds = _bounds()
    ranges = [f"{low + 1}–{high}" for low, high in pairwise([0, *bounds])]
    return [_("Not due"), *ranges, _("Over %s") % bounds[-1]]


def _bounds():
    return conf.get("AGEING_BOUNDS")


def _pay_oldest(buckets, credit):
    """Let the credit pay the oldest bucket first; returns what is left of the credit."""
    for at in reversed(range(len(buckets))):
        if not credit:
            break
        part = min(buckets[at], -credit)
        buckets[at] -= part
        credit += part
    return credit


def _sums(who, as_of, currency):
    """Account, currency, the sum of debits for each bucket, and of credits.

    What is open now, and what was allocated after the day given back: one query, up to three rows
    for an account and currency.
    """

    def grouped(rows, side, debits, credits):
        rows = rows.filter(**{f"{side}booked_on__lte": as_of})
        if currency:
            rows = rows.filter(**{f"{side}currency": currency})
        whose = "account__supplier" if isinstance(who, Supplier) else "account"
        rows = rows.filter(**{f"{side}{whose}": who})
        rows = rows.order_by().values_list(f"{side}account", f"{side}currency")
        return rows.annotate(**debits, credits=credits)

    # By their keys, or SQLite would go through all entries to find them.
    later = Allocation.objects.filter(effective_on__gt=as_of).values("pk")
    later = Allocation.objects.filter(pk__in=later)
    ages = _ages("falls_due_on", as_of)
    debit = Q(residual__gt=0)
    return grouped(
        OpenItem.objects.all(),
        "",
        {name: Sum("residual", filter=age & debit) for name, age in ages.items()},
        Sum("residual", filter=~debit),
    ).union(
        grouped(
            later.annotate(falls_due_on=Coalesce("debit__due_on", "debit__booked_on")),
            "debit__",
            {name: Sum("amount", filter=age) for name, age in ages.items()},
            NOTHING,
        ),
        grouped(
            later,
            "credit__",
            dict.fromkeys(ages, NOTHING),
            an_amount(Sum("amount") * Value(-1)),
        ),
        all=True,
    )


def _ages(due, as_of):
    """{bucket: condition on the due day}, the youngest first."""
    ends = [as_of - timedelta(days=days) for days in (0, *_bounds())]
    conditions = [Q(**{f"{due}__gte": ends[0]})]
    conditions += [Q(**{f"{due}__lt": old, f"{due}__gte": new}) for old, new in pairwise(ends)]
    conditions.append(Q(**{f"{due}__lt": ends[-1]}))
    return {f"bucket_{at}": condition for at, condition in enumerate(conditions)}
