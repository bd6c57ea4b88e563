"""The statement: opening, rows, running balance, closing."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from b2b_portal.ledger.posting import (
    post_all,
    reverse,
)
from b2b_portal.ledger.statement import statement
from b2b_portal.testing.factories import make_account, make_draft, make_entry, make_supplier

from .ledger import APR, DAY, FEB, JAN, MAR, D, balance_on, moved

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return make_account(make_supplier())


class TestStatement:
    @pytest.fixture
    def year(self, account):
        for number, (amount, day) in enumerate(
            [
                ("1000", JAN),
                ("-250.25", FEB),
                ("10", FEB),
                ("-0.01", FEB),
                ("500.50", MAR),
                ("-2000", APR),
            ]
        ):
            make_entry(account, amount, booked_on=day, document_no=f"{number}")
        make_entry(account, "77", booked_on=FEB, currency="USD")
        make_entry(make_account(account.supplier), "99", booked_on=FEB)
        return account

    def test_opening_movements_and_closing(self, year):
        found = statement(year, "TRY", FEB, MAR)
        assert (found.opening, found.closing) == (D(1000), D("1260.24"))
        assert (found.total_debit, found.total_credit) == (D("510.50"), D("250.26"))
        assert [(row.debit, row.credit, row.balance) for row in found.rows] == [
            (0, D("250.25"), D("749.75")),
            (10, 0, D("759.75")),
            (0, D("0.01"), D("759.74")),
            (D("500.50"), 0, D("1260.24")),
        ]

    def test_without_bounds_it_holds_everything(self, year):
        found = statement(year, "TRY", None, None)
        assert (found.opening, found.closing, len(found.rows)) == (0, D("-739.76"), 6)

    def test_both_days_belong_to_the_period(self, year):
        assert [row.document_no for row in statement(year, "TRY", FEB, FEB).rows] == list("123")
        assert statement(year, "TRY", FEB + DAY, MAR - DAY).rows == []

    def test_a_period_without_movements_carries_the_balance(self, year):
        for start, end, balance in [(APR + DAY, None, "-739.76"), (None, JAN - DAY, "0")]:
            found = statement(year, "TRY", start, end)
            assert found.opening == found.closing == D(balance)

    def test_one_closes_where_the_next_opens_at_every_split(self, year):
        whole = statement(year, "TRY", JAN, APR)
        day = JAN - DAY
        while day <= APR + DAY:
            first = statement(year, "TRY", JAN, day)
            second = statement(year, "TRY", day + DAY, APR)
            assert first.closing == second.opening == balance_on(year, "TRY", day)
            assert second.closing == whole.closing
            numbers = [row.document_no for row in first.rows + second.rows]
            assert numbers == [row.document_no for row in whole.rows]
            day += DAY

    def test_rows_of_one_day_stand_in_the_order_of_posting(self, account):
        for number in range(20):
            make_entry(account, str(20 - number), booked_on=JAN, document_no=f"{number:02d}")
        make_entry(account, "1", booked_on=JAN - DAY, document_no="late")
        expected = ["late", *(f"{number:02d}" for number in range(20))]
        assert [number for number, _balance in moved(account)] == expected
        assert moved(account, JAN, None) == moved(account)[1:]

    def test_nothing_of_another_account_or_currency_comes_in(self, year):
        assert statement(year, "USD", None, None).closing == D(77)
        assert statement(year, "EUR", None, None).closing == 0

    def test_a_pair_can_be_left_out_where_both_lie_in_the_period(self, account):
        make_entry(account, "1", booked_on=JAN, document_no="kept")
        wrong = make_entry(account, "100", booked_on=FEB, document_no="wrong")
        make_entry(account, "2", booked_on=MAR, document_no="also kept")
        reverse(wrong, booked_on=APR, reason="yanlış")
        kept = [("kept", D(1)), ("also kept", D(3))]
        assert moved(account, JAN, APR, hide_reversed=True) == kept
        assert moved(account, hide_reversed=True) == kept
        assert len(moved(account, JAN, APR)) == 4
        assert moved(account, JAN, APR - DAY, hide_reversed=True)[1] == ("wrong", D(101))
        assert moved(account, FEB + DAY, None, hide_reversed=True)[-1] == ("wrong", D(3))

    def test_leaving_pairs_out_changes_no_balance(self, account):
        entries = [make_entry(account, f"{n}", booked_on=JAN + n * DAY) for n in range(1, 6)]
        reverse(entries[1], reason="x")
        reverse(entries[3], booked_on=MAR, reason="x")
        for start in (JAN, JAN + 3 * DAY, None):
            for end in (FEB, MAR, None):
                shown = statement(account, "TRY", start, end)
                hidden = statement(account, "TRY", start, end, hide_reversed=True)
                assert (shown.opening, shown.closing) == (hidden.opening, hidden.closing)

    def test_a_reversal_names_what_it_reverses(self, account):
        entry = make_entry(account, booked_on=JAN)
        make_entry(account, booked_on=JAN)
        reverse(entry, reason="x")
        rows = statement(account, "TRY", None, None).rows
        assert [row.reverses_id for row in rows] == [None, None, entry.pk]

    @pytest.mark.parametrize("rows", [0, 1, 300])
    def test_is_one_query_at_any_length(self, account, rows):
        post_all([make_draft(account, booked_on=JAN) for _ in range(rows)])
        with CaptureQueriesContext(connection) as queries:
            found = statement(account, "TRY", JAN, FEB, hide_reversed=True)
            [(row.debit, row.balance, row.reverses_id) for row in found.rows]
        assert len(queries) == 1
        assert len(found.rows) == rows
