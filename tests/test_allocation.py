"""Closing debits by credits, and what is open."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from b2b_portal.exceptions import (
    LedgerError,
    OverAllocation,
)
from b2b_portal.ledger.balances import balances
from b2b_portal.ledger.open_items import open_items
from b2b_portal.ledger.posting import (
    allocate,
    live_allocations,
    post_all,
    residual,
    reverse,
    unallocate,
)
from b2b_portal.models import Allocation, OpenItem
from b2b_portal.testing.factories import make_account, make_draft, make_entry, make_supplier

from .ledger import APR, DAY, FEB, JAN, MAR, MAY, D, balance_on, moved, opened, refused, sound

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return make_account(make_supplier())


class TestAllocation:
    def test_in_parts(self, account):
        invoice, payment = make_entry(account, "100"), make_entry(account, "-60")
        first = allocate(payment, invoice, D("25.50"), by="ali")
        assert (first.amount, first.posted_by) == (D("25.50"), "ali")
        assert (residual(invoice), residual(payment)) == (D("74.50"), D("-34.50"))
        assert allocate(payment, invoice).amount == D("34.50")
        assert (residual(invoice), residual(payment)) == (40, 0)
        assert set(OpenItem.objects.values_list("entry", flat=True)) == {invoice.pk}
        assert sound()

    def test_many_to_many(self, account):
        invoices = [make_entry(account, amount) for amount in ("100", "50.50", "30")]
        payments = [make_entry(account, amount) for amount in ("-120", "-60.50")]
        allocate(payments[0], invoices[0])
        allocate(payments[0], invoices[1])
        allocate(payments[1], invoices[1])
        allocate(payments[1], invoices[2])
        assert [residual(entry) for entry in invoices + payments] == [0, 0, 0, 0, 0]
        assert balances(account) == {"TRY": 0}
        assert sound()

    def test_never_moves_the_balance_or_the_statement(self, account):
        invoice, payment = make_entry(account, "100"), make_entry(account, "-60")
        before = balances(account), moved(account)
        allocate(payment, invoice)
        assert (balances(account), moved(account)) == before

    @pytest.mark.parametrize(
        "amount", ["60.01", "100.01", "0", "-1", "0.001", "0.00001", "1e400"], ids=str
    )
    def test_more_than_is_open_or_nothing_is_refused(self, account, amount):
        invoice, payment = make_entry(account, "100"), make_entry(account, "-60")
        with refused(LedgerError):
            allocate(payment, invoice, D(amount))

    @pytest.mark.parametrize("amount", [5.0, "5", True, D("NaN")], ids=str)
    def test_what_is_no_exact_amount_is_refused(self, account, amount):
        invoice, payment = make_entry(account, "100"), make_entry(account, "-60")
        with refused(LedgerError):
            allocate(payment, invoice, amount)

    def test_a_whole_number_is_an_amount(self, account):
        invoice, payment = make_entry(account, "100"), make_entry(account, "-60")
        assert allocate(payment, invoice, 5).amount == D(5)

    def test_what_is_closed_takes_no_more(self, account):
        invoice, payment = make_entry(account, "100"), make_entry(account, "-100")
        allocate(payment, invoice)
        late, next_invoice = make_entry(account, "-1"), make_entry(account, "1")
        for amount in (None, D("0.01")):
            with refused(OverAllocation):
                allocate(late, invoice, amount)
            with refused(OverAllocation):
                allocate(payment, next_invoice, amount)

    def test_two_sides_must_belong_together(self, account):
        invoice, payment = make_entry(account, "100"), make_entry(account, "-100")
        dollars = make_entry(account, "-100", currency="USD")
        foreign = make_entry(make_account(account.supplier), "-100")
        difference = make_entry(account, "0", base_amount=D(1), kind="fx_difference")
        for credit, debit in [
            (dollars, invoice),
            (foreign, invoice),
            (invoice, payment),
            (invoice, invoice),
            (payment, payment),
            (payment, difference),
            (difference, invoice),
        ]:
            with refused(OverAllocation):
                allocate(credit, debit)

    def test_undone_both_sides_are_open_again(self, account):
        invoice, payment = make_entry(account, "100"), make_entry(account, "-60")
        allocation = allocate(payment, invoice)
        opposite = unallocate(allocation, by="veli")
        assert (opposite.amount, opposite.undoes) == (D(-60), allocation)
        assert (residual(invoice), residual(payment)) == (100, -60)
        assert not live_allocations(invoice).exists()
        assert sound()

    def test_is_undone_once_and_the_undoing_never(self, account):
        allocation = allocate(make_entry(account, "-60"), make_entry(account, "100"))
        opposite = unallocate(allocation)
        for row in (allocation, opposite, Allocation.objects.get(pk=allocation.pk)):
            with refused(OverAllocation):
                unallocate(row)

    def test_can_be_made_again_after_it_was_undone(self, account):
        invoice, payment = make_entry(account, "100"), make_entry(account, "-60")
        unallocate(allocate(payment, invoice))
        allocate(payment, invoice)
        assert (residual(invoice), residual(payment)) == (40, 0)
        assert sound()

    def test_counts_from_the_later_booking_or_the_day_given(self, account):
        invoice = make_entry(account, "100", booked_on=FEB)
        assert allocate(make_entry(account, "-1", booked_on=JAN), invoice).effective_on == FEB
        assert allocate(make_entry(account, "-1", booked_on=MAR), invoice).effective_on == MAR
        payment = make_entry(account, "-1", booked_on=MAR)
        assert allocate(payment, invoice, on=APR).effective_on == APR


class TestOpenItems:
    def test_credits_pay_the_oldest_debts_first(self, account):
        make_entry(account, "100", booked_on=JAN, due_on=APR, document_no="due last")
        make_entry(account, "100", booked_on=FEB, document_no="due at once")
        make_entry(account, "100", booked_on=FEB, due_on=MAR, document_no="due next")
        make_entry(account, "-150", booked_on=MAR)
        assert opened(account) == [("due next", 100, 50), ("due last", 100, 100)]

    def test_debts_due_on_one_day_are_paid_in_the_order_of_booking(self, account):
        make_entry(account, "10", booked_on=FEB, due_on=MAR, document_no="second")
        make_entry(account, "10", booked_on=JAN, due_on=MAR, document_no="first")
        make_entry(account, "10", booked_on=FEB, due_on=MAR, document_no="third")
        make_entry(account, "-5", booked_on=FEB)
        assert [(number, left) for number, _residual, left in opened(account)] == [
            ("first", 5),
            ("second", 10),
            ("third", 10),
        ]

    def test_explicit_allocations_come_before_the_order_of_dates(self, account):
        make_entry(account, "100", booked_on=JAN, document_no="old")
        new = make_entry(account, "100", booked_on=FEB, document_no="new")
        allocate(make_entry(account, "-80", booked_on=MAR), new)
        assert opened(account) == [("old", 100, 100), ("new", 20, 20)]
        make_entry(account, "-10", booked_on=MAR)
        assert opened(account) == [("old", 100, 90), ("new", 20, 20)]

    def test_credit_that_stays_open_is_negative(self, account):
        make_entry(account, "100", booked_on=JAN, document_no="I")
        make_entry(account, "-80", booked_on=FEB, document_no="P1")
        make_entry(account, "-50", booked_on=MAR, document_no="P2")
        assert opened(account) == [("P2", -50, -30)]
        assert balances(account) == {"TRY": D(-30)}

    def test_only_credit_stays_as_it_is(self, account):
        make_entry(account, "-80", document_no="P1")
        assert opened(account) == [("P1", -80, -80)]

    def test_in_the_past_only_what_was_booked_and_allocated_then_counts(self, account):
        first = make_entry(account, "100", booked_on=JAN, due_on=APR, document_no="I1")
        make_entry(account, "50", booked_on=FEB, due_on=MAR, document_no="I2")
        payment = make_entry(account, "-100", booked_on=MAR, document_no="P")
        allocate(payment, first, on=APR)
        assert opened(account, as_of=JAN - DAY) == []
        assert opened(account, as_of=JAN) == [("I1", 100, 100)]
        assert opened(account, as_of=FEB) == [("I2", 50, 50), ("I1", 100, 100)]
        assert opened(account, as_of=MAR) == [("I1", 100, 50)]
        assert opened(account, as_of=APR) == opened(account) == [("I2", 50, 50)]

    def test_an_allocation_undone_later_still_counted_before(self, account):
        make_entry(account, "50", booked_on=JAN, document_no="old")
        invoice = make_entry(account, "100", booked_on=JAN, due_on=FEB, document_no="I")
        payment = make_entry(account, "-100", booked_on=FEB)
        unallocate(allocate(payment, invoice), on=APR)
        assert opened(account, as_of=MAR) == [("old", 50, 50)]
        assert opened(account, as_of=APR) == opened(account) == [("I", 100, 50)]

    def test_the_sum_is_the_balance_on_every_day(self, account):
        invoice = make_entry(account, "100", booked_on=JAN, due_on=MAR)
        payment = make_entry(account, "-30", booked_on=FEB)
        allocate(payment, invoice)
        reverse(payment, booked_on=MAR, reason="x")
        make_entry(account, "-300", booked_on=APR)
        reverse(invoice, booked_on=MAY, reason="x")
        day = JAN - DAY
        while day <= MAY:
            items = open_items(account, "TRY", day)
            assert sum(item.open for item in items) == balance_on(account, "TRY", day)
            day += DAY
        assert sum(item.open for item in open_items(account, "TRY")) == balances(account)["TRY"]

    def test_a_payment_moved_to_another_invoice_was_never_worth_twice_itself(self, account):
        first = make_entry(account, "60", booked_on=JAN, document_no="I1")
        second = make_entry(account, "60", booked_on=JAN, document_no="I2")
        payment = make_entry(account, "-60", booked_on=FEB, document_no="P")
        unallocate(allocate(payment, first), on=APR)
        allocate(payment, second)
        assert sum(left for *_, left in opened(account, as_of=MAR)) == 60
        assert "P" not in [number for number, *_ in opened(account, as_of=MAR)]

    def test_a_payment_unallocated_and_then_reversed_neither(self, account):
        invoice = make_entry(account, "60", booked_on=JAN, document_no="I")
        payment = make_entry(account, "-60", booked_on=FEB, document_no="P")
        unallocate(allocate(payment, invoice), on=APR)
        reverse(payment, reason="x")
        assert sum(left for *_, left in opened(account, as_of=MAR)) == 60
        assert [number for number, *_ in opened(account, as_of=APR)] == ["I"]

    def test_an_allocation_never_counts_before_both_sides_were_booked(self, account):
        invoice = make_entry(account, "60", booked_on=JAN)
        payment = make_entry(account, "-60", booked_on=MAR)
        allocate(payment, invoice, on=FEB)
        assert sum(item.open for item in open_items(account, "TRY", FEB)) == 60

    def test_days_overdue(self, account):
        make_entry(account, "10", booked_on=JAN, due_on=FEB)
        (item,) = open_items(account, "TRY")
        assert (item.days_overdue(FEB + 3 * DAY), item.is_overdue(FEB + DAY)) == (3, True)
        assert (item.days_overdue(FEB), item.is_overdue(FEB)) == (0, False)
        assert item.days_overdue(FEB - DAY) == -1

    def test_credit_is_never_overdue(self, account):
        make_entry(account, "-10", booked_on=JAN)
        assert not open_items(account, "TRY")[0].is_overdue(MAY)

    @pytest.mark.parametrize("as_of, most", [(None, 1), (MAY, 3)])
    def test_needs_few_queries_at_any_length(self, account, as_of, most):
        post_all([make_draft(account, booked_on=JAN) for _ in range(50)])
        with CaptureQueriesContext(connection) as queries:
            assert len(open_items(account, "TRY", as_of)) == 50
        assert len(queries) <= most
