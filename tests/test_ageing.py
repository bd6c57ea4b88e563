"""How old is what is open; when it falls due on average; cheques that are not due yet."""

from datetime import date

import pytest
import time_machine
from django.core.checks import run_checks
from django.utils import translation

from b2b_portal.ledger.ageing import ageing, labels
from b2b_portal.ledger.balances import balances, balances_of, totals
from b2b_portal.ledger.cheques import not_yet_due
from b2b_portal.ledger.open_items import average_due, open_items
from b2b_portal.ledger.posting import allocate, post_all, reverse, revise, unallocate
from b2b_portal.models import Allocation
from b2b_portal.testing.factories import make_account, make_draft, make_entry, make_supplier

from .ledger import APR, DAY, FEB, JAN, MAR, MAY, D, opened, sound

pytestmark = pytest.mark.django_db
TODAY = date(2026, 6, 30)


@pytest.fixture
def account():
    return make_account(make_supplier())


def owed(account, days, amount="100", **movement):
    """An invoice that has been overdue for so many days on TODAY."""
    return make_entry(account, amount, booked_on=JAN, due_on=TODAY - days * DAY, **movement)


def aged(who, day=TODAY, currency=None):
    """[(account, currency, buckets, credit)]."""
    return [
        (row.account_id, row.currency, row.buckets, row.credit)
        for row in ageing(who, day, currency)
    ]


class TestBuckets:
    @pytest.mark.parametrize(
        "days, bucket",
        [(-1, 0), (0, 0), (1, 1), (30, 1), (31, 2), (60, 2), (61, 3), (90, 3), (91, 4), (900, 4)],
    )
    def test_each_has_its_edges(self, account, days, bucket):
        owed(account, days)
        buckets = [D(0)] * 5
        buckets[bucket] = D(100)
        assert aged(account) == [(account.pk, "TRY", tuple(buckets), 0)]

    def test_what_has_no_due_day_is_due_when_it_is_booked(self, account):
        make_entry(account, "100", booked_on=TODAY - 31 * DAY)
        assert aged(account) == [(account.pk, "TRY", (0, 0, 100, 0, 0), 0)]

    def test_have_the_bounds_that_are_set(self, account, settings):
        settings.B2B_PORTAL = {**settings.B2B_PORTAL, "AGEING_BOUNDS": [10, 45]}
        for days in (0, 10, 11, 46):
            owed(account, days)
        assert aged(account) == [(account.pk, "TRY", (100, 100, 100, 100), 0)]
        with translation.override("tr"):
            assert labels() == ["Vadesi gelmemiş", "1–10", "11–45", "45 üzeri"]

    @pytest.mark.parametrize("bounds", [(), (0, 30), (60, 30), (30, 30), ("30",), 30, (True, 30)])
    def test_bounds_that_do_not_rise_are_an_error_of_the_settings(self, settings, bounds):
        settings.B2B_PORTAL = {**settings.B2B_PORTAL, "AGEING_BOUNDS": bounds}
        assert "b2b_portal.E011" in {problem.id for problem in run_checks()}


class TestFirstInFirstOut:
    def test_credit_pays_the_oldest_bucket_first(self, account):
        for days in (0, 20, 50, 80, 100):
            owed(account, days)
        make_entry(account, "-250", booked_on=MAY)
        assert aged(account) == [(account.pk, "TRY", (100, 100, 50, 0, 0), 0)]

    def test_credit_that_pays_nothing_is_told(self, account):
        owed(account, 50)
        make_entry(account, "-130", booked_on=MAY)
        assert aged(account) == [(account.pk, "TRY", (0, 0, 0, 0, 0), -30)]

    def test_what_is_allocated_is_out(self, account):
        old, new = owed(account, 100), owed(account, 0)
        payment = make_entry(account, "-100", booked_on=MAY)
        allocate(payment, new)
        assert aged(account) == [(account.pk, "TRY", (0, 0, 0, 0, 100), 0)]
        assert [item.entry for item in open_items(account, "TRY")] == [old]

    def test_settled_accounts_do_not_show(self, account):
        owed(account, 5)
        make_entry(account, "-100", booked_on=MAY)
        assert aged(account) == []


class TestDays:
    def test_of_the_past_know_what_was_allocated_then(self, account):
        invoice = make_entry(account, "100", booked_on=JAN, due_on=JAN)
        newer = make_entry(account, "100", booked_on=FEB, due_on=FEB)
        payment = make_entry(account, "-100", booked_on=MAR)
        closing = allocate(payment, newer)
        unallocate(closing, on=MAY)
        wait = (MAR - JAN).days
        assert wait == 59
        assert aged(account, FEB) == [(account.pk, "TRY", (100, 0, 100, 0, 0), 0)]
        assert aged(account, MAR) == [(account.pk, "TRY", (0, 0, 100, 0, 0), 0)]
        assert aged(account, APR) == [(account.pk, "TRY", (0, 0, 0, 100, 0), 0)]
        assert opened(account, as_of=APR) == [(invoice.document_no, 100, 100)]
        assert opened(account, as_of=MAY) == [(newer.document_no, 100, 100)]

    def test_only_move_amounts_between_buckets(self, account):
        for days in (10, 20, 70):
            owed(account, days)
        sums = {sum(row.total for row in ageing(account, TODAY + n * DAY)) for n in range(120)}
        assert sums == {300}

    def test_what_is_booked_later_is_not_there_yet(self, account):
        make_entry(account, "100", booked_on=TODAY + DAY)
        assert aged(account) == []
        assert aged(account, TODAY + DAY) == [(account.pk, "TRY", (100, 0, 0, 0, 0), 0)]


class TestAccounts:
    def test_all_of_a_supplier_and_none_of_another(self, account):
        other, stranger = make_account(account.supplier), make_account()
        owed(account, 5)
        owed(account, 5, currency="USD", amount="7")
        owed(other, 95, amount="9")
        make_entry(other, "-10", booked_on=JAN, currency="EUR")
        owed(stranger, 5)
        assert aged(account.supplier) == [
            (account.pk, "TRY", (0, 100, 0, 0, 0), 0),
            (account.pk, "USD", (0, 7, 0, 0, 0), 0),
            (other.pk, "EUR", (0, 0, 0, 0, 0), -10),
            (other.pk, "TRY", (0, 0, 0, 0, 9), 0),
        ]
        assert aged(account.supplier, currency="USD") == [(account.pk, "USD", (0, 7, 0, 0, 0), 0)]

    def test_balances_of_a_page_and_of_all(self, account):
        other = make_account(account.supplier)
        unused = make_account(account.supplier)
        make_entry(account, "100", booked_on=JAN)
        make_entry(account, "7", booked_on=MAR, currency="USD")
        make_entry(other, "-30", booked_on=FEB)
        make_entry(amount="1000", booked_on=JAN)
        everyone = [account, other, unused]
        assert balances_of(everyone) == {
            account.pk: {"TRY": 100, "USD": 7},
            other.pk: {"TRY": -30},
        }
        assert balances_of(account.supplier.accounts.all(), FEB) == {
            account.pk: {"TRY": 100, "USD": 0},
            other.pk: {"TRY": -30},
        }
        assert totals(account.supplier) == {"TRY": 70, "USD": 7}
        assert totals(account.supplier, JAN) == {"TRY": 100, "USD": 0}
        assert balances(unused) == {}

    @pytest.mark.parametrize("count", [1, 12])
    def test_one_query_answers_each(self, django_assert_num_queries, count):
        supplier = make_supplier()
        accounts = [make_account(supplier) for _ in range(count)]
        for account in accounts:
            allocate(make_entry(account, "-5"), owed(account, 5))
        for question in (
            lambda: balances_of(accounts),
            lambda: balances_of(accounts, MAR),
            lambda: totals(supplier, MAR),
            lambda: ageing(supplier, MAR),
            lambda: open_items(accounts[0], "TRY"),
            lambda: open_items(accounts[0], "TRY", MAR),
        ):
            with django_assert_num_queries(1):
                question()


class TestAverageDue:
    def test_weighs_the_days_by_what_is_open(self, account):
        make_entry(account, "100", booked_on=JAN, due_on=date(2026, 4, 1))
        make_entry(account, "300", booked_on=JAN, due_on=date(2026, 4, 11))
        make_entry(account, "-60", booked_on=FEB)
        # (40 × 0 + 300 × 10) / 340 = 8.82 days after 1 April.
        assert average_due(open_items(account, "TRY")) == date(2026, 4, 10)

    def test_half_a_day_counts_as_one(self, account):
        for day in (1, 2):
            make_entry(account, "100", booked_on=JAN, due_on=date(2026, 4, day))
        assert average_due(open_items(account, "TRY")) == date(2026, 4, 2)

    def test_of_nothing_there_is_none(self, account):
        assert average_due(open_items(account, "TRY")) is None


class TestCheques:
    @pytest.fixture
    def cheque(self, account):
        make_entry(account, "500", booked_on=JAN, due_on=FEB, document_no="F")
        return make_entry(
            account, "-500", kind="cheque", booked_on=FEB, due_on=MAY, document_no="CEK-1"
        )

    def returned(self, account, **movement):
        return make_entry(
            account, "500", kind="cheque_returned", booked_on=MAR, document_no="CEK-1", **movement
        )

    def test_lower_the_balance_at_once_and_are_told_until_they_fall_due(self, account, cheque):
        note = make_entry(
            account, "-20", kind="promissory_note", booked_on=MAR, due_on=APR, document_no="S"
        )
        make_entry(account, "-20", booked_on=MAR, due_on=MAY)
        assert balances(account, FEB) == {"TRY": 0}
        assert not_yet_due(account, "TRY", JAN) == []
        assert not_yet_due(account, "TRY", FEB) == [cheque]
        assert not_yet_due(account, "TRY", MAR) == [note, cheque]
        assert not_yet_due(account, "TRY", APR) == [cheque]
        assert not_yet_due(account, "TRY", MAY) == []
        assert not_yet_due(account, "USD", MAR) == []
        with time_machine.travel(date(2026, 3, 20), tick=False):
            assert not_yet_due(account, "TRY") == [note, cheque]

    def test_that_were_reversed_or_returned_are_not_told(self, account, cheque):
        other = make_entry(
            account, "-9", kind="cheque", booked_on=FEB, due_on=MAY, document_no="CEK-2"
        )
        reverse(other, booked_on=MAR, reason="x")
        self.returned(account)
        assert not_yet_due(account, "TRY", FEB) == [cheque, other]
        assert not_yet_due(account, "TRY", MAR) == []

    def test_a_returned_one_opens_its_invoices_at_their_own_due_days(self, account, cheque):
        newer = make_entry(account, "500", booked_on=JAN, due_on=APR, document_no="G")
        allocate(cheque, newer)
        assert opened(account) == [("F", 500, 500)]
        self.returned(account)
        assert opened(account) == [("F", 500, 500), ("G", 500, 500)]
        assert sound()

    def test_of_equal_ones_each_return_closes_one(self, account, cheque):
        make_entry(account, "-500", kind="cheque", booked_on=FEB, due_on=MAY, document_no="CEK-1")
        for left in (1, 0):
            self.returned(account)
            assert len(not_yet_due(account, "TRY", MAR)) == left
        self.returned(account, external_id="a third")
        assert opened(account)[-1] == ("CEK-1", 500, 500)
        assert sound()

    @pytest.mark.parametrize(
        "change",
        [{"document_no": "CEK-2"}, {"document_no": ""}, {"amount": "499"}, {"currency": "USD"}],
        ids=str,
    )
    def test_a_return_that_fits_no_cheque_is_owed_by_itself(self, account, cheque, change):
        amount = change.pop("amount", "500")
        made = make_entry(
            account,
            amount,
            **{"kind": "cheque_returned", "booked_on": MAR, "document_no": "CEK-1", **change},
        )
        assert made.pk in {item.entry.pk for item in open_items(account, made.currency)}
        assert not_yet_due(account, "TRY", MAR) == [cheque]

    def test_the_return_may_come_before_the_cheque_or_the_cheque_be_corrected(
        self, account, cheque
    ):
        self.returned(account)
        again = make_draft(
            account,
            "-500",
            kind="cheque",
            booked_on=FEB,
            due_on=MAY,
            document_no="CEK-1",
            description="karşılıksız",
            external_id=cheque.external_id,
        )
        revise(cheque, again)
        assert not_yet_due(account, "TRY", MAR) == []
        assert opened(account) == [("F", 500, 500)]
        early = make_account(account.supplier)
        self.returned(early)
        make_entry(early, "-500", kind="cheque", booked_on=FEB, due_on=MAY, document_no="CEK-1")
        assert not_yet_due(early, "TRY", MAR) == []
        assert sound()

    def test_a_cheque_taken_after_the_return_is_another(self, account, cheque):
        self.returned(account)
        other = make_entry(
            account, "-500", kind="cheque", booked_on=APR, due_on=MAY, document_no="CEK-1"
        )
        assert not_yet_due(account, "TRY", APR) == [other]

    def test_of_equal_ones_in_one_file_each_return_closes_one(self, account):
        both = {"document_no": "CEK-1", "booked_on": FEB, "kind": "cheque", "due_on": MAY}
        back = {"document_no": "CEK-1", "booked_on": MAR, "kind": "cheque_returned"}
        post_all(
            [
                make_draft(account, "-500", **both),
                make_draft(account, "-500", **both),
                make_draft(account, "500", **back),
            ]
        )
        assert len(not_yet_due(account, "TRY", MAR)) == 1
        assert Allocation.objects.count() == 1
