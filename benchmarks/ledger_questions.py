"""What is asked of the ledger, each beside the bare operation on the same rows."""

from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise

from django.db import connection
from django.db.models import Q, Sum
from django.test.utils import CaptureQueriesContext
from figures import Figure, faster, medians, milliseconds, slower

from b2b_portal.ledger.ageing import ageing
from b2b_portal.ledger.balances import balances as balances_now
from b2b_portal.ledger.balances import balances_of
from b2b_portal.ledger.months import close_month, reopen_month
from b2b_portal.ledger.open_items import open_items
from b2b_portal.ledger.statement import FIELDS, statement
from b2b_portal.models import AccountBalance, CustomerAccount, Entry, OpenItem
from b2b_portal.money import ZERO

TODAY = date(2025, 12, 31)
PAST = date(2024, 9, 17)  # in a closed month
YEAR = date(2024, 1, 1), date(2024, 12, 31)
GROWTH = 1.5


def same_rows():
    """{name: (question to ask of the large account, goal of its growth)}."""
    return {
        "balance of an account": (balances_now, GROWTH),
        "balances of 50 accounts": (lambda _account: balances_of(page()), GROWTH),
        "a year's statement": (lambda account: statement(account, "TRY", *YEAR), GROWTH),
    }


def page():
    """Fifty accounts from the middle, as a queryset."""
    return CustomerAccount.objects.order_by("id")[2000:2050]


def balances(runs, large):
    accounts = list(page())

    def kept(accounts):
        rows = AccountBalance.objects.filter(account__in=accounts)
        return list(rows.values_list("account", "currency", "amount"))

    one, bare_one, fifty, bare_fifty = medians(
        runs * 10,
        lambda: balances_now(large),
        lambda: kept([large]),
        lambda: balances_of(accounts),
        lambda: kept(accounts),
    )
    yield slower("balance of an account : bare read", one, bare_one, 1.3)
    yield slower("balances of 50 accounts : bare read", fifty, bare_fifty, 1.3)


def statements(runs, large, median):
    rows = Entry.objects.filter(account=large, currency="TRY", booked_on__range=YEAR)
    rows = rows.order_by("booked_on", "id")
    ours, bare = medians(
        runs * 3,
        lambda: statement(large, "TRY", *YEAR),
        lambda: list(rows.values_list(*FIELDS)),
    )
    name = f"a year's statement of the largest account, {rows.count():,} rows"
    yield slower(f"{name} : bare rows", ours, bare, 2)
    with CaptureQueriesContext(connection) as queries:
        statement(large, "TRY", *YEAR)
    yield Figure("that statement, queries", f"{len(queries)}", "≤ 3", len(queries) <= 3)
    rows_of_median = Entry.objects.filter(account=median, currency="TRY")
    rows_of_median = rows_of_median.order_by("booked_on", "id")
    ours, bare = medians(
        runs * 10,
        lambda: statement(median, "TRY", None, None),
        lambda: list(rows_of_median.values_list(*FIELDS)),
    )
    yield slower("whole statement of the median account : bare rows", ours, bare)


def ageings(runs, supplier, goal):
    assert by_account(ageing(supplier, TODAY)) == plain_ageing(supplier, TODAY)
    assert by_account(ageing(supplier, PAST)) == plain_ageing(supplier, PAST)
    ours, bare, past = medians(
        runs,
        lambda: ageing(supplier, TODAY),
        lambda: grouped_items(supplier, TODAY),
        lambda: ageing(supplier, PAST),
    )
    beside_plain, plain = medians(
        max(3, runs // 3), lambda: ageing(supplier, TODAY), lambda: plain_ageing(supplier, TODAY)
    )
    yield slower("ageing of all accounts : one GROUP BY of the open items", ours, bare, 2)
    yield faster(
        "ageing of all accounts : first in, first out in Python", beside_plain, plain, goal
    )
    yield Figure(f"ageing of all accounts on {PAST}", milliseconds(past))


def by_account(found):
    return {(item.account_id, item.currency): (*item.buckets, item.credit) for item in found}


def grouped_items(supplier, day):
    """The same sums by one GROUP BY, before credits pay the oldest."""
    ends = [day - timedelta(days) for days in (0, 30, 60, 90)]
    buckets = [
        Q(falls_due_on__gte=ends[0]),
        *(Q(falls_due_on__lt=old, falls_due_on__gte=new) for old, new in pairwise(ends)),
        Q(falls_due_on__lt=ends[-1]),
    ]
    sums = {f"b{n}": Sum("residual", filter=q & Q(residual__gt=0)) for n, q in enumerate(buckets)}
    rows = OpenItem.objects.filter(account__supplier=supplier, booked_on__lte=day).order_by()
    return list(
        rows.values_list("account", "currency").annotate(
            **sums, credit=Sum("residual", filter=Q(residual__lt=0))
        )
    )


def plain_ageing(supplier, day):
    """First in, first out over all entries, in plain Python."""
    debits, paid = defaultdict(list), defaultdict(lambda: ZERO)
    entries = Entry.objects.filter(supplier=supplier, booked_on__lte=day).order_by()
    reversed_ids = set(entries.exclude(reverses=None).values_list("reverses", flat=True))
    for pk, reverses, account, currency, amount, due_on, booked_on in entries.values_list(
        "id", "reverses", "account", "currency", "amount", "due_on", "booked_on"
    ):
        if reverses or pk in reversed_ids:
            continue
        if amount > 0:
            debits[account, currency].append((due_on or booked_on, amount))
        else:
            paid[account, currency] -= amount
    found = {}
    for key in debits.keys() | paid.keys():
        buckets, rest = [ZERO] * 5, paid[key]
        for due_on, amount in sorted(debits[key]):
            part = min(amount, rest)
            rest -= part
            if part < amount:
                late = (day - due_on).days
                buckets[sum(late > bound for bound in (0, 30, 60, 90))] += amount - part
        if rest or any(buckets):
            found[key] = (*buckets, -rest)
    return found


def others(runs, supplier, large):
    """What has no goal."""
    accounts = CustomerAccount.objects.filter(supplier=supplier)
    sums = Entry.objects.filter(account__supplier=supplier).order_by()
    sums = sums.values_list("account", "currency").annotate(Sum("amount"))
    assert not_zero(balances_of(accounts)) == sorted(row for row in sums if row[2])
    then = sums.filter(booked_on__lte=PAST)
    assert not_zero(balances_of(accounts, PAST)) == sorted(row for row in then if row[2])
    now, grouped, past, grouped_past = medians(
        runs,
        lambda: balances_of(accounts),
        lambda: list(sums.all()),
        lambda: balances_of(accounts, PAST),
        lambda: list(then.all()),
    )
    yield slower("balances of all accounts : GROUP BY of the entries", now, grouped)
    yield slower(f"balances of all accounts on {PAST} : GROUP BY", past, grouped_past)
    items, items_then = medians(
        runs, lambda: open_items(large, "TRY"), lambda: open_items(large, "TRY", PAST)
    )
    size = len(open_items(large, "TRY"))
    yield Figure(f"open_items of the largest account, {size} items", milliseconds(items))
    yield Figure(f"open_items of the largest account on {PAST}", milliseconds(items_then))
    yield Figure("close_month of one month", milliseconds(closing(runs, supplier)))


def not_zero(found):
    """[(account, currency, balance)] of what ``balances_of`` gives."""
    rows = ((account, *item) for account, sums in found.items() for item in sums.items())
    return sorted(row for row in rows if row[2])


def closing(runs, supplier):
    """Seconds to close December again, which is reopened before each run."""
    from statistics import median

    from figures import seconds

    def once():
        reopen_month(supplier, YEAR[1], reason="benchmark")
        return seconds(lambda: close_month(supplier, YEAR[1]))

    return median(once() for _run in range(runs))
