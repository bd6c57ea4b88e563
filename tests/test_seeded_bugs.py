"""Bugs seeded by hand: the histories of ``test_ledger_properties`` find each of them."""

import inspect

import pytest
from django.db import IntegrityError
from hypothesis import Phase

from b2b_portal.erp import compare
from b2b_portal.erp import entries as erp
from b2b_portal.exceptions import LedgerError
from b2b_portal.ledger import (
    ageing,
    balances,
    bulk,
    months,
    open_items,
    posting,
    statement,
    triggers,
)

from .test_ledger_properties import run_histories

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
FOUND = (AssertionError, pytest.fail.Exception, LedgerError, IntegrityError)

# What breaks: the function, what it says, and what it says instead.
OF_THE_WRITER = {
    "a key is taken twice": (
        posting.post_all,
        "if there is None:",
        "entry.revision = there.revision + 1 if there else 1\n        if True:",
    ),
    "the kept balance skips credits": (
        posting._insert,
        "totals[0] += entry.amount",
        "totals[0] += max(entry.amount, 0)",
    ),
    "the base balance adds up the account's currency": (
        posting._insert,
        "totals[1] += entry.base_amount or 0",
        "totals[1] += entry.amount",
    ),
    "a closed month's last day counts twice": (
        balances.balance_at,
        "booked_on__gt=Coalesce",
        "booked_on__gte=Coalesce",
    ),
    "an opening takes in the day it opens": (
        balances.balance_at,
        'lookup = lookup.replace("booked_on", "ends_on")',
        'lookup = "ends_on__lte"',
    ),
    "more is allocated than is open": (
        posting.allocate,
        "if not 0 < amount <= possible:",
        "if not 0 < amount:",
    ),
    "a reversal leaves allocations": (
        posting.reverse,
        "for allocation in live_allocations(entry):",
        "for allocation in ():",
    ),
    "a reversal repeats the base amount": (
        posting.opposite,
        "else -entry.base_amount",
        "else entry.base_amount",
    ),
    "a correction is booked beside the old entry": (
        posting.revise,
        "if not Entry.objects.filter(reverses=entry).exists():",
        "if False:",
    ),
    "an allocation counts from before it was free": (
        posting._close,
        "days = [on, debit.booked_on, credit.booked_on, undone]",
        "days = [on, debit.booked_on, credit.booked_on]",
    ),
    "a returned cheque goes on paying": (
        posting.pair_returned,
        "for allocation in live_allocations(row):",
        "for allocation in ():",
    ),
}
OF_ANSWERS = {
    "a day of many counts the day before it twice": (
        balances.balances_on,
        "booked_on__gt=day",
        "booked_on__gte=day",
    ),
    "credits pay the newest first": (
        open_items.open_items,
        'F("due").desc()',
        'F("due").asc()',
    ),
    "the ageing pays the youngest bucket first": (
        ageing._pay_oldest,
        "reversed(range(len(buckets)))",
        "range(len(buckets))",
    ),
    "the ageing is a day late": (
        ageing._ages,
        "timedelta(days=days)",
        "timedelta(days=days + 1)",
    ),
    "the past forgets what was undone later": (
        open_items._allocated_after,
        "effective_on__gt=day)",
        "effective_on__gt=day, undoes=None)",
    ),
    "a statement is in the order of posting": (
        statement._records,
        'records.order_by("booked_on", "id")',
        'records.order_by("id")',
    ),
    "reopening leaves the kept balances": (
        months.reopen_month,
        "MonthBalance.objects.filter(account__supplier=supplier, ends_on__gte=first).delete()",
        "pass",
    ),
}
OF_IMPORTS = {
    "an import posted at once skips the kept balance": (
        bulk.post_rows,
        "    _add_to_balances(sums)",
        "    pass",
    ),
    "an undone import stays in the balance": (
        bulk.reverse_all,
        "    _add_to_balances(",
        "    list(",
    ),
    "an undone correction is not put back": (
        erp._restore,
        "revise(revisions[0], draft, batch=batch)",
        "pass",
    ),
    "what an undone import said is put back": (
        erp._said_before,
        "if not _is_undone(entry.batch):",
        "if True:",
    ),
    "what came again is not what it was before": (
        erp.undo,
        "touched = touched.union(",
        "touched.union(",
    ),
    "what an import took back never comes again": (
        compare._post_again_what_imports_took_back,
        "back.update(outcome=Outcome.NEW, revision=Subquery(revision) + 1)",
        "pass",
    ),
    "a changed row of a closed month is booked": (
        compare._closed,
        "    ).update(",
        "    ).none().update(",
    ),
}


def seed(monkeypatch, function, says, instead):
    """Make a function say something else, wherever it was imported."""
    function = inspect.unwrap(function)
    source = inspect.getsource(function)
    assert source.count(says) == 1, f"{function.__name__} has changed: seed this bug anew"
    made = dict(function.__globals__)
    exec(source.replace(says, instead), made)
    code = inspect.unwrap(made[function.__name__]).__code__
    monkeypatch.setattr(function, "__code__", code)


def find():
    """The same histories at each run, until one of them fails."""
    with pytest.raises(FOUND):
        run_histories(
            max_examples=300,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            report_multiple_bugs=False,
        )


# In classes, so that they run side by side.
class TestTheWriter:
    @pytest.mark.parametrize("bug", OF_THE_WRITER)
    def test_is_found(self, bug, monkeypatch):
        seed(monkeypatch, *OF_THE_WRITER[bug])
        find()


class TestAnswers:
    @pytest.mark.parametrize("bug", OF_ANSWERS)
    def test_is_found(self, bug, monkeypatch):
        seed(monkeypatch, *OF_ANSWERS[bug])
        find()


class TestImports:
    @pytest.mark.parametrize("bug", OF_IMPORTS)
    def test_is_found(self, bug, monkeypatch):
        seed(monkeypatch, *OF_IMPORTS[bug])
        find()


def test_half_a_file_is_found(monkeypatch):
    monkeypatch.setattr(erp, "apply", inspect.unwrap(erp.apply))
    find()


def test_a_row_in_a_closed_month_is_found(monkeypatch):
    triggers.remove()
    monkeypatch.setattr(triggers, "missing", set)
    seed(monkeypatch, posting._refuse_closed, "if closed and", "if False and")
    find()
