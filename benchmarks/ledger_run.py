"""One database: filled at each size, then measured at each size."""

import statistics
import time
from datetime import date
from functools import partial

import hordak_peer
import ledger_data
import ledger_posting
import ledger_questions
from django.core.management import call_command
from django.db import connection
from figures import seconds, slower

from b2b_portal.ledger.integrity import problems
from b2b_portal.ledger.months import close_month
from b2b_portal.models import Allocation, Entry, OpenItem

ON_POSTGRESQL = connection.vendor == "postgresql"
VERIFIED = 100_000  # b2b_portal_verify reads every row: it is run up to this size
AT_SCALE = 1_000_000  # other ways are held to a factor from this size on


def run(sizes, runs):
    """{size: figures}."""
    books = {size: fill(size) for size in sizes}
    figures = growth(runs, {size: large for size, (_supplier, large) in books.items()})
    for size in sizes:
        use(size)
        began = time.perf_counter()
        figures[size] += measure(*books[size], runs, at_scale=size >= AT_SCALE)
        say(f"{size:,} entries measured in {time.perf_counter() - began:.0f} s")
    return figures


def use(size):
    """Let the connection lead to the database of this size."""
    connection.close()
    name = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = (
        f"ledger_{size}" if ON_POSTGRESQL else name.with_name(f"ledger_{size}")
    )


def fill(size):
    """Make and load the database of this size; returns the supplier and the large account."""
    if ON_POSTGRESQL:
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE ledger_{size}")
    use(size)
    call_command("migrate", verbosity=0)
    began = time.perf_counter()
    supplier, large = ledger_data.load(size)
    close_month(supplier, date(2024, 12, 31))
    if ON_POSTGRESQL:
        hordak_peer.load()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if ON_POSTGRESQL else "ANALYZE")
    entries, allocations, items = (m.objects.count() for m in (Entry, Allocation, OpenItem))
    say(
        f"{entries:,} entries, {allocations:,} allocations, {items:,} open items"
        f" loaded in {time.perf_counter() - began:.0f} s"
    )
    if size <= VERIFIED:
        assert not (found := list(problems())), found[:5]
        say("b2b_portal_verify: the ledger holds")
    return supplier, large


def measure(supplier, large, runs, at_scale):
    few, median = ledger_data.small_and_median(supplier)
    figures = [*ledger_questions.balances(runs, large)]
    if ON_POSTGRESQL:
        figures += hordak_peer.balances(runs, 100 if at_scale else None)
    figures += ledger_questions.statements(runs, large, median)
    figures += ledger_questions.ageings(runs, supplier, 10 if at_scale else None)
    figures += ledger_questions.others(runs, supplier, large)
    figures += ledger_posting.one_by_one(runs, few, large)
    figures += ledger_posting.at_once(supplier)
    return figures


def growth(runs, accounts):
    """{size: figures}: how much longer what shows the same rows takes than at the first size.

    ``accounts``: {size: its large account}. The sizes take turns.
    """
    questions = ledger_questions.same_rows()
    taken = {(size, name): [] for size in accounts for name in questions}
    for _run in range(runs):
        for size, account in accounts.items():
            use(size)
            for name, (ask, _goal) in questions.items():
                ask(account)
                taken[size, name].append(seconds(partial(ask, account)))
    first, *later = accounts
    figures = {first: []}
    for size in later:
        figures[size] = []
        for name, (_ask, goal) in questions.items():
            before, now = (statistics.median(taken[each, name]) for each in (first, size))
            figures[size].append(
                slower(f"{name}: growth from {first:,} entries", now, before, goal)
            )
    return figures


def say(text):
    print(f"{connection.vendor}: {text}", flush=True)
