"""Closing and reopening months of a supplier's books.

A closed month takes nothing. Writers hold the supplier's row while they post, closing locks it: a
month is never closed while somebody posts into it.
"""

from bisect import bisect_left
from collections import defaultdict
from datetime import timedelta
from operator import add

from django.db import connection, transaction
from django.db.models import Max, Min, OuterRef, Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone
from django.utils.translation import gettext as _

from ..customers.models import Supplier
from ..exceptions import InvalidMonth
from ..money import ZERO
from ..signals import month_closed, months_reopened
from .balances import balance_at
from .models import AccountBalance, ClosedMonth, Entry, MonthBalance

DAY = timedelta(days=1)
NONE = ZERO, ZERO


def today():
    """The site's day, in whatever zone a clerk of the admin lives."""
    return timezone.localdate(timezone=timezone.get_default_timezone())


def closed_until(supplier):
    """The last day of a supplier's (or its id's) last closed month; None where none is closed."""
    return in_force(supplier).aggregate(last=Max("ends_on"))["last"]


def open_day(supplier, day):
    """The day itself, or the first open day where its month is closed."""
    return first_open(closed_until(supplier), day)


def first_open(closed, day):
    """The day, or the one after ``closed``, the last closed day or None."""
    return max(day, closed + DAY) if closed else day


@transaction.atomic
def close_month(supplier, day, *, by=""):
    """Close the month that ``day`` lies in, and all before it; returns its ``ClosedMonth``.

    Raises ``InvalidMonth`` for one that is closed already or is not over.
    """
    Supplier.objects.select_for_update().get(pk=supplier.pk)
    if day >= today() or month_end(day) >= today():
        raise InvalidMonth(_("A month can be closed when it is over."))
    last, closed = month_end(day), closed_until(supplier)
    if closed and last <= closed:
        raise InvalidMonth(_("This month is closed already."))
    ends = list(_month_ends(supplier, closed, last))
    for ends_on, balances in month_balances(supplier, ends, _balances_at(supplier, closed)):
        MonthBalance.objects.bulk_create(
            [
                MonthBalance(
                    account_id=account_id,
                    currency=currency,
                    ends_on=ends_on,
                    amount=amount,
                    base_amount=base_amount,
                )
                for (account_id, currency), (amount, base_amount) in balances.items()
            ],
            batch_size=1000,
        )
        month = ClosedMonth.objects.create(supplier=supplier, ends_on=ends_on, closed_by=by[:254])
    month_closed.send(ClosedMonth, month=month, by=by)
    return month


@transaction.atomic
def reopen_month(supplier, day, *, reason, by=""):
    """Reopen the month that ``day`` lies in, and all after it; returns their ``ClosedMonth`` rows.

    Their balances go; the rows stay, with who and why. Raises ``InvalidMonth`` for an open month.
    """
    Supplier.objects.select_for_update().get(pk=supplier.pk)
    first = day.replace(day=1)
    months = list(in_force(supplier).filter(ends_on__gte=first).order_by("ends_on"))
    if not months:
        raise InvalidMonth(_("This month is not closed."))
    MonthBalance.objects.filter(account__supplier=supplier, ends_on__gte=first).delete()
    for month in months:
        month.reopened_at = timezone.now()
        month.reopened_by = by[:254]
        month.reason = reason[:250]
        month.save()
    months_reopened.send(ClosedMonth, months=months, by=by)
    return months


def hold_months(supplier_ids):
    """Let no month of these suppliers be closed or reopened before the transaction ends.

    SQLite has one writer at a time.
    """
    ids = sorted(supplier_ids)
    if connection.vendor == "postgresql":
        table = connection.ops.quote_name(Supplier._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT 1 FROM {table} WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE",
                [ids],
            )
    elif connection.features.has_select_for_update:
        list(Supplier.objects.select_for_update().filter(pk__in=ids).order_by("pk"))


def month_balances(supplier, ends, before=None):
    """Yield (day, {(account id, currency): (balance, base balance)}) for each of these month ends.

    In rising order, each with the accounts that moved since the one before, worked out from the
    entries. ``before``: the balances of the end of the month before the first; where it is left
    out, all entries count.
    """
    balances = defaultdict(lambda: NONE, before or {})
    moved = defaultdict(dict)
    if ends:
        entries = Entry.objects.filter(account__supplier=supplier, booked_on__lte=ends[-1])
        if before is not None:
            entries = entries.filter(booked_on__gte=ends[0].replace(day=1))
        rows = entries.order_by().annotate(month=TruncMonth("booked_on"))
        rows = rows.values_list("month", "account", "currency")
        for month, *key, amount, base in rows.annotate(Sum("amount"), Sum("base_amount")):
            sums = moved[ends[bisect_left(ends, month_end(month))]]
            sums[tuple(key)] = tuple(map(add, sums.get(tuple(key), NONE), (amount, base or ZERO)))
    for ends_on in ends:
        for key, sums in moved[ends_on].items():
            balances[key] = tuple(map(add, balances[key], sums))
        yield ends_on, {key: balances[key] for key in moved[ends_on]}


def _balances_at(supplier, day):
    """{(account id, currency): (balance, base balance)} at a day's end."""
    if day is None:
        return None
    account, currency = OuterRef("account"), OuterRef("currency")
    rows = AccountBalance.objects.filter(account__supplier=supplier).values_list(
        "account",
        "currency",
        *(
            balance_at(account, currency, field, booked_on__lte=day)
            for field in ("amount", "base_amount")
        ),
    )
    return {row[:2]: row[2:] for row in rows}


def month_end(day):
    """The last day of a day's month."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - DAY


def in_force(supplier):
    """The ``ClosedMonth`` rows of a supplier that were not reopened."""
    return ClosedMonth.objects.filter(supplier=supplier, reopened_at__isnull=True)


def _month_ends(supplier, closed, last):
    """The ends of all months after ``closed``, or from the first movement on, until ``last``."""
    if closed:
        day = closed + DAY
    else:
        entries = Entry.objects.filter(account__supplier=supplier, booked_on__lte=last)
        day = entries.aggregate(first=Min("booked_on"))["first"] or last
    while day <= last:
        yield month_end(day)
        day = month_end(day) + DAY
