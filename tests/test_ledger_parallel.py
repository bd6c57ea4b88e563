"""Many writers at once."""

import threading

import pytest

from b2b_portal.exceptions import (
    ContentConflict,
)
from b2b_portal.ledger.balances import balances
from b2b_portal.ledger.posting import (
    allocate,
    post,
    post_all,
    residual,
    reverse,
    revise,
    unallocate,
)
from b2b_portal.ledger.statement import statement
from b2b_portal.models import AccountBalance, Allocation, Entry
from b2b_portal.signals import entry_reversed
from b2b_portal.testing.factories import make_account, make_draft, make_entry, make_supplier

from .ledger import JAN, MAR, D, at_once, same, sound

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return make_account(make_supplier())


class TestLocks:
    def test_rows_to_lock_are_made_in_one_order_by_everyone(self, account):
        accounts = [make_account(account.supplier) for _ in range(40)]
        post_all([make_draft(each) for each in reversed(accounts)])
        made = AccountBalance.objects.order_by("pk").values_list("account", "currency")
        assert list(made) == sorted(made)


@pytest.mark.django_db(transaction=True)
class TestManyAtOnce:
    def test_nothing_posted_is_lost(self, account):
        def job(thread):
            def run():
                for n in range(25):
                    make_entry(account, "1.01", external_id=f"{thread}/{n}")

            return run

        assert at_once(*map(job, range(8))) == [None] * 8
        assert Entry.objects.count() == 200
        assert balances(account) == {"TRY": D(202)}
        assert sound()

    def test_one_key_is_posted_once(self, account):
        movement = same(make_draft(account, "10"))
        entries = at_once(*[lambda: post(**movement)] * 8)
        assert {type(entry) for entry in entries} == {Entry}, entries
        assert len({entry.pk for entry in entries}) == 1
        assert Entry.objects.count() == 1
        assert balances(account) == {"TRY": D(10)}

    def test_one_key_with_two_contents_is_posted_once(self, account):
        movement = same(make_draft(account, "10"))
        other = movement | {"account": make_account(account.supplier)}
        found = at_once(*[lambda: post(**movement), lambda: post(**other)] * 4)
        assert {type(result) for result in found} == {Entry, ContentConflict}, found
        assert Entry.objects.count() == 1
        assert sound()

    def test_one_invoice_is_never_over_allocated(self, account):
        invoice = make_entry(account, "1000")
        payments = [make_entry(account, "-300") for _ in range(8)]
        found = at_once(
            *[lambda payment=payment: allocate(payment, invoice, D(300)) for payment in payments]
        )
        assert sorted(type(each).__name__ for each in found) == (
            ["Allocation"] * 3 + ["OverAllocation"] * 5
        ), found
        assert residual(invoice) == 100
        assert sound()

    def test_parts_of_whatever_is_open_close_an_invoice_exactly(self, account):
        invoice = make_entry(account, "1000")
        payments = [make_entry(account, "-300") for _ in range(8)]
        found = at_once(
            *[lambda payment=payment: allocate(payment, invoice) for payment in payments]
        )
        made = [each.amount for each in found if isinstance(each, Allocation)]
        assert sorted(made) == [100, 300, 300, 300], found
        assert residual(invoice) == 0
        assert sound()

    def test_an_entry_is_reversed_once(self, account):
        entry = make_entry(account, "10")
        found = at_once(*[lambda: reverse(entry, reason="x")] * 8)
        assert sorted(type(each).__name__ for each in found) == (
            ["AlreadyReversed"] * 7 + ["Entry"]
        ), found
        assert balances(account) == {"TRY": 0}
        assert sound()

    def test_an_allocation_is_undone_once(self, account):
        allocation = allocate(make_entry(account, "-10"), make_entry(account, "10"))
        found = at_once(*[lambda: unallocate(allocation)] * 8)
        assert [isinstance(each, Allocation) for each in found].count(True) == 1, found
        assert sound()

    def test_batches_over_the_same_accounts_do_not_deadlock(self, account):
        accounts = [account, *(make_account(account.supplier) for _ in range(9))]

        def job(thread):
            order = accounts[thread:] + accounts[:thread]
            drafts = [make_draft(each, "1", external_id=f"{thread}/{each.pk}") for each in order]
            return lambda: len(post_all(drafts))

        assert at_once(*map(job, range(8))) == [10] * 8
        assert AccountBalance.objects.filter(amount=8).count() == 10
        assert sound()

    def test_revisions_that_cross_over_two_accounts_do_not_deadlock(self, account):
        other = make_account(account.supplier)
        one, two = make_entry(account, external_id="1"), make_entry(other, external_id="2")
        meeting = threading.Barrier(2)

        def meet(**kwargs):
            try:
                meeting.wait(timeout=1)
            except threading.BrokenBarrierError:
                pass

        entry_reversed.connect(meet)
        try:
            found = at_once(
                lambda: revise(one, make_draft(other, external_id="1")),
                lambda: revise(two, make_draft(account, external_id="2")),
            )
        finally:
            entry_reversed.disconnect(meet)
        assert {type(each) for each in found} == {Entry}, found
        assert sound()

    def test_reading_goes_on_while_others_write(self, account):
        def write():
            for _ in range(25):
                make_entry(account, "1", booked_on=JAN)
                make_entry(account, "-1", booked_on=MAR)

        def read():
            for _ in range(25):
                whole = statement(account, "TRY", JAN, MAR)
                assert whole.closing == whole.opening + whole.total_debit - whole.total_credit
                assert whole.closing in (0, 1)

        assert at_once(write, read, read) == [None] * 3
