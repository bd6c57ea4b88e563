"""Posting payments: one after another, and by eight processes at once."""

import multiprocessing
import random
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from decimal import Decimal
from uuid import uuid4

from django.db import connection
from django.db.models import Count, Sum
from django.test.utils import CaptureQueriesContext
from figures import Figure, medians, milliseconds, times

from b2b_portal.ledger.posting import post
from b2b_portal.models import AccountBalance, CustomerAccount, Entry

PROCESSES = 8
EACH = 100  # payments of each process, the first of them before the clock starts
AMOUNT = Decimal("-12.34")


def payment(account):
    return {
        "account": account,
        "currency": "TRY",
        "amount": AMOUNT,
        "kind": "card",
        "booked_on": date(2025, 12, 31),
        "source": "portal",
        "external_id": uuid4().hex,
    }


def one_by_one(runs, few, large):
    """Payments on an account of few rows and on the large one; and rows that are only inserted."""
    kinds = {"few rows": few, "10,000 rows": large}
    for title, account in kinds.items():
        with CaptureQueriesContext(connection) as queries:
            post(**payment(account))
        yield Figure(f"post a payment, account of {title}: queries", f"{len(queries)}")
    insert, *taken = medians(
        runs * 3,
        lambda: Entry.objects.create(**payment(few), supplier=few.supplier),
        lambda: post(**payment(few)),
        lambda: post(**payment(large)),
    )
    for title, seconds in zip(kinds, taken, strict=True):
        text = f"{milliseconds(seconds)}, {times(seconds / insert)}"
        yield Figure(f"post a payment, account of {title}; bare insert of one entry", text)


def at_once(supplier):
    """Payments a second by one process and by many at once; nothing may be lost."""
    accounts = list(CustomerAccount.objects.filter(supplier=supplier).order_by("id")[100:500])
    yield _posted("payments posted by 1 process", accounts[:1], 1)
    yield _posted(f"by {PROCESSES} processes on one account", accounts[:1], PROCESSES)
    yield _posted(f"by {PROCESSES} processes over {len(accounts)} accounts", accounts, PROCESSES)


def _posted(name, accounts, processes):
    before = _state(accounts)
    connection.close()
    fork = multiprocessing.get_context("fork")
    start = fork.Barrier(processes)
    with ProcessPoolExecutor(processes, fork, _keep, (start, accounts)) as pool:
        spans = list(pool.map(_post, range(processes)))
    posted = processes * EACH
    rows, total, kept = _state(accounts)
    expected = (before[0] + posted, before[1] + posted * AMOUNT, before[2] + posted * AMOUNT)
    assert (rows, total, kept) == expected, f"{name}: {(rows, total, kept)}, not {expected}"
    took = max(ended for _began, ended in spans) - min(began for began, _ended in spans)
    return Figure(name, f"{(posted - processes) / took:,.0f} a second")


def _state(accounts):
    """Number of entries, their sum, and the sum of the kept balances."""
    ids = [account.pk for account in accounts]
    entries = Entry.objects.filter(account__in=ids).aggregate(rows=Count("pk"), sum=Sum("amount"))
    kept = AccountBalance.objects.filter(account__in=ids).aggregate(sum=Sum("amount"))
    return entries["rows"], entries["sum"], kept["sum"]


def _keep(start, accounts):
    _post.start, _post.accounts = start, accounts


def _post(number):
    """In a process of its own: post its payments once all the others are there too."""
    rng = random.Random(number)
    first, *others = [payment(rng.choice(_post.accounts)) for _payment in range(EACH)]
    post(**first)
    _post.start.wait(timeout=60)
    began = time.monotonic()
    for other in others:
        post(**other)
    return began, time.monotonic()
