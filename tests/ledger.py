"""What the ledger's tests have in common."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from b2b_portal.exceptions import (
    LedgerError,
)
from b2b_portal.ledger import integrity
from b2b_portal.ledger.balances import balances
from b2b_portal.ledger.open_items import open_items
from b2b_portal.ledger.statement import statement
from b2b_portal.testing.ledger import dump

D = Decimal
JAN, FEB, MAR, APR, MAY = (date(2026, month, 10) for month in range(1, 6))
DAY = timedelta(days=1)


@contextmanager
def refused(error=LedgerError):
    """The block raises ``error`` and leaves every table as it was."""
    before = dump()
    with pytest.raises(error):
        yield
    assert dump() == before


@contextmanager
def heard(signal):
    calls = []

    def receiver(sender, signal, **arguments):
        calls.append(arguments)

    signal.connect(receiver)
    try:
        yield calls
    finally:
        signal.disconnect(receiver)


def balance_on(account, currency, day):
    """The balance at the end of a day; 0 in a currency the account never used."""
    return balances(account, day).get(currency, D(0))


def sound():
    return list(integrity.problems()) == []


def opened(account, currency="TRY", as_of=None):
    """[(document no, residual, open)] of what is open."""
    return [
        (item.entry.document_no, item.residual, item.open)
        for item in open_items(account, currency, as_of)
    ]


def moved(account, start=None, end=None, **kwargs):
    """[(document no, balance after)] of a statement."""
    rows = statement(account, "TRY", start, end, **kwargs).rows
    return [(row.document_no, row.balance) for row in rows]


def same(entry, **changes):
    """What ``post`` was told when it made this entry."""
    names = (
        "account currency amount base_amount rate kind source_kind booked_on occurred_at due_on "
        "document_no description source external_id"
    )
    return {name: getattr(entry, name) for name in names.split()} | changes


def at_once(*jobs):
    """Run the jobs in threads that start together; returns their results or exceptions."""
    start = threading.Barrier(len(jobs))

    def run(job):
        try:
            start.wait(timeout=10)
            return job()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))
