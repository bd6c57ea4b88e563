"""Closing and reopening months of a supplier's books.

A closed month takes nothing. Writers hold the supplier's row while they post, closing locks it: a
month is never closed while somebody posts into it.
"""

from collections import defaultdict
from datetime import timedelta
from operator import add

from django.db import connection, transaction
from django.db.models import Max, Min, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from ..customers.models import Supplier
from ..exceptions import InvalidMonth
from ..money import ZERO
from ..signals import month_closed, months_reopened
from .models import ClosedMonth, Entry, MonthBalance

DAY = timedelta(days=1)


def closed_until(supplier):
    """The last day of a supplier's (or its id's) last closed month; None where none is closed."""
    return in_force(supplier).aggregate(last=Max("ends_on"))["last"]


def open_day(supplier, day):
    """The day itself, or the first open day where its month is closed."""
    closed = closed_until(supplier)
    return max(day, closed + DAY) if closed else day


@transaction.atomic
def close_month(supplier, day, *, by=""):
    """Close the month that ``day`` lies in, and all before it; returns its ``ClosedMonth``.

    Raises ``InvalidMonth`` for one that is closed already or is not over.
    """
    Supplier.objects.select_for_update().get(pk=supplier.pk)
    last, closed = month_end(day), closed_until(supplier)
    if closed and last <= closed:
        raise InvalidMonth(_("This month is closed already."))
    if last >= timezone.localdate():
        raise InvalidMonth(_("A month can be closed when it is over."))
    for ends_on, balances in month_balances(supplier, _months(supplier, closed, last), closed):
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
        month = ClosedMonth.objects.create(supplier=supplier, ends_on=ends_on, closed_by=by)
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
        month.reopened_by = by
        month.reason = reason[:250]
        month.save()
    months_reopened.send(ClosedMonth, months=months, by=by)
    return months


def hold_months(supplier_ids):
    """Let no month of these suppliers be closed or reopened before the transaction ends.

    On PostgreSQL; SQLite has one writer at a time.
    """
    if connection.vendor == "postgresql":
        table = connection.ops.quote_name(Supplier._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT 1 FROM {table} WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE",
                [sorted(supplier_ids)],
            )


def month_balances(supplier, ends, closed=None):
    """Yield (day, {(account id, currency): (balance, base balance)}) for each of these month ends.

    In rising order, the first after ``closed``; each with the accounts that moved since the one
    before. Worked out from the entries.
    """
    balances = defaultdict(lambda: (ZERO, ZERO), _sums(supplier, None, closed))
    for ends_on in ends:
        moved = _sums(supplier, closed, ends_on)
        for key, sums in moved.items():
            balances[key] = tuple(map(add, balances[key], sums))
        yield ends_on, {key: balances[key] for key in moved}
        closed = ends_on


def month_end(day):
    """The last day of a day's month."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - DAY


def in_force(supplier):
    """The ``ClosedMonth`` rows of a supplier that were not reopened."""
    return ClosedMonth.objects.filter(supplier=supplier, reopened_at__isnull=True)


def _months(supplier, closed, last):
    """The ends of the months after ``closed`` in which anything was booked, and ``last``."""
    while True:
        later = Entry.objects.filter(account__supplier=supplier, booked_on__lte=last)
        if closed:
            later = later.filter(booked_on__gt=closed)
        first = later.aggregate(day=Min("booked_on"))["day"]
        closed = month_end(first) if first else last
        yield closed
        if closed == last:
            return


def _sums(supplier, after, until):
    """{(account id, currency): (amount, base amount)} of what was booked in these days."""
    if until is None:
        return {}
    entries = Entry.objects.filter(account__supplier=supplier, booked_on__lte=until).order_by()
    if after:
        entries = entries.filter(booked_on__gt=after)
    rows = entries.values_list("account", "currency").annotate(Sum("amount"), Sum("base_amount"))
    return {(account, currency): (amount, base or ZERO) for account, currency, amount, base in rows}
