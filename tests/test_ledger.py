"""The ledger's verbs and questions: posting, reversing, allocating, statements, open items."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from b2b_portal.exceptions import (
    AlreadyReversed,
    ContentConflict,
    InvalidEntry,
    LedgerError,
    OverAllocation,
)
from b2b_portal.ledger import integrity
from b2b_portal.ledger.open_items import open_items
from b2b_portal.ledger.posting import (
    allocate,
    live_allocations,
    post,
    post_all,
    residual,
    reverse,
    revise,
    unallocate,
)
from b2b_portal.ledger.statement import balance_on, balances, statement
from b2b_portal.models import AccountBalance, Allocation, CustomerAccount, Entry, OpenItem
from b2b_portal.signals import entry_posted, entry_reversed
from b2b_portal.testing.factories import make_account, make_draft, make_entry, make_supplier
from b2b_portal.testing.ledger import dump

D = Decimal
JAN, FEB, MAR, APR, MAY = (date(2026, month, 10) for month in range(1, 6))
DAY = timedelta(days=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return make_account(make_supplier())


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


class TestPosting:
    def test_an_entry_says_what_was_posted(self, account):
        at = datetime(2026, 1, 10, 14, 30, tzinfo=UTC)
        entry = post(
            account=account,
            currency="USD",
            amount=D("100.25"),
            base_amount=D("4123.46"),
            rate=D("41.13177057"),
            kind="invoice",
            source_kind="Toptan Satış Faturası",
            booked_on=JAN,
            occurred_at=at,
            due_on=FEB,
            document_no="FTR-1",
            description="Ocak İSTANBUL",
            source="erp",
            external_id="1",
            by="muhasebe",
        )
        stored = Entry.objects.get(pk=entry.pk)
        assert stored.supplier_id == account.supplier_id
        assert (stored.account, stored.currency, stored.amount) == (account, "USD", D("100.25"))
        assert (stored.base_amount, stored.rate) == (D("4123.46"), D("41.13177057"))
        assert (stored.kind, stored.source_kind) == ("invoice", "Toptan Satış Faturası")
        assert (stored.booked_on, stored.occurred_at, stored.due_on) == (JAN, at, FEB)
        assert (stored.document_no, stored.description) == ("FTR-1", "Ocak İSTANBUL")
        assert (stored.source, stored.external_id, stored.revision) == ("erp", "1", 1)
        assert (stored.posted_by, stored.reverses, stored.batch) == ("muhasebe", None, None)
        assert "istanbul" in stored.search_text
        assert (stored.debit, stored.credit) == (D("100.25"), 0)
        assert sound()

    def test_balances_follow_every_currency_apart(self, account):
        make_entry(account, "100.10")
        make_entry(account, "-30.05")
        make_entry(account, "7", currency="USD", base_amount=D("287.92"), rate=D("41.13"))
        assert balances(account) == {"TRY": D("70.05"), "USD": D(7)}
        assert AccountBalance.objects.get(currency="USD").base_amount == D("287.92")

    def test_an_account_without_movements_has_no_balance_and_no_rows(self, account):
        assert balances(account) == {}
        assert balance_on(account, "TRY", JAN) == 0
        assert opened(account) == []
        empty = statement(account, "TRY", JAN, FEB)
        assert (empty.opening, empty.closing, empty.rows) == (0, 0, [])

    def test_a_whole_number_is_an_amount(self, account):
        assert make_entry(account, 5).amount == D(5)

    @pytest.mark.parametrize("amount", ["999999999999.99", "-999999999999.99", "0.01"])
    def test_takes_the_largest_and_the_smallest_amount(self, account, amount):
        make_entry(account, amount)
        assert balances(account) == {"TRY": D(amount)}
        assert sound()

    def test_a_balance_may_outgrow_a_single_amount(self, account):
        for _ in range(3):
            make_entry(account, "999999999999.99")
        assert balances(account) == {"TRY": D("2999999999999.97")}
        assert statement(account, "TRY", None, None).closing == D("2999999999999.97")
        assert sound()

    def test_so_may_the_sum_of_a_batch(self, account):
        post_all([make_draft(account, "999999999999.99") for _ in range(3)])
        assert balances(account) == {"TRY": D("2999999999999.97")}

    def test_an_exchange_difference_moves_only_the_books_currency(self, account):
        make_entry(account, "100", currency="USD", base_amount=D(4100), rate=D(41))
        difference = make_entry(
            account, "0", currency="USD", kind="fx_difference", base_amount=D("-12.34")
        )
        kept = AccountBalance.objects.get()
        assert (kept.amount, kept.base_amount) == (D(100), D("4087.66"))
        assert residual(difference) == 0
        assert [item.open for item in open_items(account, "USD")] == [D(100)]
        assert [row.amount for row in statement(account, "USD", None, None).rows] == [100, 0]
        reverse(difference, reason="iptal")
        assert AccountBalance.objects.get().base_amount == D(4100)
        assert sound()

    def test_tells_who_listens(self, account):
        with heard(entry_posted) as calls:
            entry = make_entry(account, by="ali")
            post(**same(entry))
        assert calls == [{"entry": entry, "by": "ali"}]

    def test_a_listener_that_fails_undoes_the_posting(self, account):
        def fail(**kwargs):
            raise RuntimeError

        entry_posted.connect(fail)
        try:
            with refused(RuntimeError):
                make_entry(account)
        finally:
            entry_posted.disconnect(fail)


def same(entry, **changes):
    """What ``post`` was told when it made this entry."""
    names = (
        "account currency amount base_amount rate kind source_kind booked_on occurred_at due_on "
        "document_no description source external_id"
    )
    return {name: getattr(entry, name) for name in names.split()} | changes


class TestKeys:
    def test_the_same_movement_twice_is_one_entry(self, account):
        entry = make_entry(account, "10.50", due_on=FEB, description="ğüşİöç")
        before = dump()
        assert post(**same(entry)) == entry
        assert post(**same(Entry.objects.get())) == entry
        assert dump() == before

    @pytest.mark.parametrize(
        "said_otherwise",
        [
            {"amount": D("10.500")},
            {"kind": Entry.Kind.INVOICE},
            {"occurred_at": datetime(2026, 1, 10, 17, 30, tzinfo=timezone(timedelta(hours=3)))},
            {"rate": D("41.10")},
        ],
        ids=str,
    )
    def test_the_same_said_in_another_way_is_the_same(self, account, said_otherwise):
        at = datetime(2026, 1, 10, 14, 30, tzinfo=UTC)
        entry = make_entry(account, "10.5", kind="invoice", occurred_at=at, rate=D("41.1"))
        assert post(**same(entry, **said_otherwise)) == entry

    @pytest.mark.parametrize(
        "change",
        [
            {"amount": D("10.51")},
            {"amount": D("-10.50")},
            {"currency": "USD"},
            {"base_amount": D(1)},
            {"rate": D(1)},
            {"kind": "debit_note"},
            {"source_kind": "Dekont"},
            {"booked_on": JAN + DAY},
            {"due_on": None},
            {"due_on": MAR},
            {"occurred_at": datetime(2026, 1, 10, tzinfo=UTC)},
            {"document_no": "B2"},
            {"description": "other"},
        ],
        ids=str,
    )
    def test_other_content_under_the_same_key_is_refused(self, account, change):
        entry = make_entry(account, "10.50", booked_on=JAN, due_on=FEB)
        with refused(ContentConflict):
            post(**same(entry, **change))

    def test_another_account_under_the_same_key_is_refused(self, account):
        entry = make_entry(account)
        other = make_account(account.supplier)
        with refused(ContentConflict):
            post(**same(entry, account=other))

    def test_who_and_which_batch_are_no_content(self, account):
        entry = make_entry(account, by="ali")
        assert post(**same(entry, by="veli")) == entry

    def test_keys_belong_to_supplier_and_source(self, account):
        entry = make_entry(account, external_id="1")
        assert make_entry(account, source="other", external_id="1") != entry
        assert make_entry(make_account(), external_id="1") != entry

    def test_content_does_not_run_over_from_one_field_to_the_next(self, account):
        entry = make_entry(account, document_no="AB", description="C")
        with refused(ContentConflict):
            post(**same(entry, document_no="A", description="BC"))

    def test_a_reversed_movement_sent_again_stays_reversed(self, account):
        entry = make_entry(account)
        reverse(entry, reason="x")
        before = dump()
        assert post(**same(entry)) == entry
        assert dump() == before


NONSENSE = [
    {"amount": D(0)},
    {"amount": D("-0")},
    {"amount": D(0), "base_amount": D(0)},
    {"amount": D("0.001")},
    {"amount": D("0.00001")},
    {"amount": D(10) ** 12},
    {"amount": -(D(10) ** 12)},
    {"amount": D("1e400")},
    {"amount": D("1E+999999")},
    {"amount": D("1." + "0" * 30 + "1")},
    {"amount": D("NaN")},
    {"amount": D("sNaN")},
    {"amount": D("Infinity")},
    {"amount": 1.5},
    {"amount": True},
    {"amount": "12"},
    {"amount": None},
    {"amount": D("1.5"), "currency": "JPY"},
    {"base_amount": 1.5},
    {"base_amount": D("0.00001")},
    {"base_amount": D("NaN")},
    {"base_amount": D(10) ** 12},
    {"rate": 41.5},
    {"rate": D("0.000000001")},
    {"rate": D(10) ** 12},
    {"currency": "TL"},
    {"currency": "try"},
    {"currency": ""},
    {"currency": "TRYX"},
    {"kind": "gift"},
    {"kind": ""},
    {"kind": "reversal"},
    {"kind": None},
    {"booked_on": None},
    {"booked_on": "2026-01-10"},
    {"booked_on": datetime(2026, 1, 10)},
    {"due_on": "2026-01-10"},
    {"due_on": datetime(2026, 1, 10, tzinfo=UTC)},
    {"occurred_at": datetime(2026, 1, 10)},
    {"source": ""},
    {"external_id": ""},
    {"external_id": None},
    {"source": "x" * 41},
    {"external_id": "x" * 201},
    {"document_no": "x" * 61},
    {"description": "x" * 501},
    {"source_kind": "x" * 61},
    {"description": "a\x00b"},
    {"external_id": "a\x00b"},
]
# What passes the checks and then fails in Python or in the database, if it fails at all.
NONSENSE_LET_THROUGH = [
    {"base_amount": D("0.001")},
    {"occurred_at": date(2026, 1, 10)},
    {"external_id": 12},
    {"description": None},
    {"description": "\ud800"},
    {"by": "x" * 255},
    {"by": "a\x00b"},
    {"source": "reversal"},
]


def label(change):
    return ",".join(f"{name}={value!r}"[:32] for name, value in change.items())


class TestRefusals:
    def movement(self, account):
        make_entry(account, "5")
        return same(make_draft(account, "10", external_id="fresh"))

    @pytest.mark.parametrize("change", NONSENSE, ids=label)
    def test_nonsense_is_refused_and_leaves_everything_as_it_was(self, account, change):
        movement = self.movement(account) | change
        with refused(InvalidEntry):
            post(**movement)

    @pytest.mark.parametrize("change", NONSENSE_LET_THROUGH, ids=label)
    def test_also_this_nonsense(self, account, change):
        movement = self.movement(account) | change
        with refused(InvalidEntry):
            post(**movement)

    def test_a_closed_account_takes_nothing(self, account):
        movement = self.movement(account)
        account.is_closed = True
        account.save()
        with refused(InvalidEntry):
            post(**movement)

    def test_nor_after_it_was_closed_elsewhere(self, account):
        drafts = [make_draft(account)]
        CustomerAccount.objects.update(is_closed=True)
        with refused(InvalidEntry):
            post_all(drafts)

    def test_a_batch_is_posted_whole(self, account):
        drafts = [make_draft(account, f"{n}.01") for n in range(1, 4)]
        entries = post_all(drafts)
        assert [entry.amount for entry in entries] == [D("1.01"), D("2.01"), D("3.01")]
        assert balances(account) == {"TRY": D("6.03")}
        assert sound()

    def test_a_batch_with_one_conflict_is_posted_not_at_all(self, account):
        known = make_entry(account, "5")
        drafts = [make_draft(account), make_draft(make_account(account.supplier))]
        with refused(ContentConflict):
            post_all([*drafts, make_draft(account, "6", external_id=known.external_id)])

    def test_a_batch_may_repeat_itself_but_not_contradict_itself(self, account):
        first, again = (make_draft(account, "5", external_id="1", document_no="A") for _ in "12")
        entries = post_all([first, again])
        assert entries[0] == entries[1]
        assert balances(account) == {"TRY": D(5)}
        with refused(ContentConflict):
            post_all(
                [
                    make_draft(account, "5", external_id="2", document_no="A"),
                    make_draft(account, "6", external_id="2", document_no="A"),
                ]
            )

    def test_a_batch_goes_over_accounts_currencies_and_suppliers(self, account):
        other = make_account()
        post_all(
            [
                make_draft(account, "1"),
                make_draft(other, "2"),
                make_draft(account, "4", currency="EUR"),
                make_draft(account, "8"),
            ]
        )
        assert balances(account) == {"EUR": D(4), "TRY": D(9)}
        assert balances(other) == {"TRY": D(2)}
        assert sound()

    def test_a_batch_of_nothing_is_nothing(self):
        with refused_nothing():
            assert post_all([]) == []

    def test_a_batch_larger_than_one_statement_to_the_database(self, account):
        accounts = [account, *(make_account(account.supplier) for _ in range(2))]
        drafts = [make_draft(accounts[n % 3], "1.01", external_id=f"{n}") for n in range(1200)]
        post_all(drafts)
        assert [balances(each)["TRY"] for each in accounts] == [D(404)] * 3
        again = [
            make_draft(
                entry.account,
                "1.01",
                external_id=entry.external_id,
                document_no=entry.document_no,
            )
            for entry in drafts
        ]
        assert post_all(again) == drafts
        assert Entry.objects.count() == 1200


@contextmanager
def refused_nothing():
    before = dump()
    yield
    assert dump() == before


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

    def test_rows_know_their_pair(self, account):
        entry = make_entry(account, booked_on=JAN)
        make_entry(account, booked_on=JAN)
        reverse(entry, reason="x")
        rows = statement(account, "TRY", None, None).rows
        assert [row.reversed_by__booked_on for row in rows] == [JAN, None, None]
        assert [row.reverses_id for row in rows] == [None, None, entry.pk]

    @pytest.mark.parametrize("rows", [0, 1, 300])
    def test_is_one_query_at_any_length(self, account, rows):
        post_all([make_draft(account, booked_on=JAN) for _ in range(rows)])
        with CaptureQueriesContext(connection) as queries:
            found = statement(account, "TRY", JAN, FEB, hide_reversed=True)
            [(row.debit, row.balance, row.reverses_id) for row in found.rows]
        assert len(queries) == 1
        assert len(found.rows) == rows


class TestReversal:
    def test_is_the_opposite_on_the_same_day(self, account):
        entry = make_entry(
            account, "10.50", currency="USD", base_amount=D(400), rate=D(40), booked_on=JAN
        )
        reversal = reverse(entry, reason="mükerrer", by="ali")
        reversal.refresh_from_db()
        assert (reversal.amount, reversal.base_amount) == (D("-10.50"), D(-400))
        assert (reversal.currency, reversal.account) == ("USD", account)
        assert (reversal.kind, reversal.reverses, reversal.booked_on) == ("reversal", entry, JAN)
        assert (reversal.description, reversal.posted_by) == ("mükerrer", "ali")
        assert balances(account) == {"USD": 0}
        assert sound()

    def test_may_bear_a_later_day(self, account):
        entry = make_entry(account, booked_on=JAN, document_no="A")
        assert reverse(entry, booked_on=MAR, reason="x").booked_on == MAR
        assert balance_on(account, "TRY", FEB) == 100
        assert opened(account, as_of=FEB) == [("A", 100, 100)]
        assert opened(account, as_of=MAR) == []

    def test_the_pair_closes_itself(self, account):
        for amount in ("100", "-100"):
            entry = make_entry(account, amount)
            reversal = reverse(entry, reason="x")
            assert residual(entry) == residual(reversal) == 0
        assert not OpenItem.objects.exists()
        assert opened(account) == []
        assert sound()

    def test_happens_once(self, account):
        entry = make_entry(account)
        reverse(entry, reason="x")
        with refused(AlreadyReversed):
            reverse(entry, reason="y")

    def test_is_never_reversed(self, account):
        reversal = reverse(make_entry(account), reason="x")
        with refused(AlreadyReversed):
            reverse(reversal, reason="y")

    def test_frees_what_was_allocated(self, account):
        invoice = make_entry(account, "100", booked_on=JAN, document_no="I")
        first = make_entry(account, "-30", booked_on=FEB, document_no="P1")
        second = make_entry(account, "-50", booked_on=FEB, document_no="P2")
        allocate(first, invoice)
        allocate(second, invoice)
        assert residual(invoice) == 20
        reverse(first, booked_on=MAR, reason="x")
        assert (residual(invoice), residual(first), residual(second)) == (50, 0, 0)
        reverse(invoice, booked_on=APR, reason="x")
        assert (residual(invoice), residual(second)) == (0, -50)
        assert opened(account) == [("P2", -50, -50)]
        assert sound()

    def test_a_returned_cheque_opens_its_invoices_again(self, account):
        invoices = [
            make_entry(account, amount, booked_on=JAN, due_on=due, document_no=number)
            for number, amount, due in [("I1", "100", FEB), ("I2", "200", MAR)]
        ]
        cheque = make_entry(account, "-250", booked_on=FEB, kind="cheque", document_no="C")
        for invoice in invoices:
            allocate(cheque, invoice)
        assert opened(account) == [("I2", 50, 50)]
        reverse(cheque, booked_on=APR, reason="karşılıksız")
        assert opened(account) == [("I1", 100, 100), ("I2", 200, 200)]
        assert opened(account, as_of=APR - DAY) == [("I2", 50, 50)]
        assert opened(account, as_of=APR) == [("I1", 100, 100), ("I2", 200, 200)]

    def test_a_returned_cheque_as_the_erp_books_it_makes_a_new_debt(self, account):
        make_entry(account, "100", booked_on=JAN, due_on=FEB, document_no="I")
        make_entry(account, "-100", booked_on=FEB, kind="cheque", document_no="C")
        assert opened(account) == []
        make_entry(account, "100", booked_on=APR, kind="cheque_returned", document_no="CR")
        assert opened(account) == [("CR", 100, 100)]
        assert balances(account) == {"TRY": D(100)}

    def test_a_long_reason_is_cut_and_not_refused(self, account):
        assert reverse(make_entry(account), reason="x" * 900).description == "x" * 500
        assert sound()

    def test_tells_who_listens(self, account):
        entry = make_entry(account)
        with heard(entry_reversed) as calls:
            reversal = reverse(entry, reason="x", by="ali")
        assert calls == [{"entry": entry, "reversal": reversal, "by": "ali"}]

    def test_a_moment_is_no_day(self, account):
        entry = make_entry(account)
        with refused(InvalidEntry):
            reverse(entry, booked_on=datetime(2026, 2, 1, 12, tzinfo=UTC), reason="x")


class TestRevision:
    def test_puts_the_corrected_movement_in_force(self, account):
        entry = make_entry(account, "100", external_id="7", document_no="I")
        corrected = make_draft(account, "90", external_id="7", document_no="I")
        assert revise(entry, corrected).revision == 2
        assert balances(account) == {"TRY": D(90)}
        assert [row.amount for row in statement(account, "TRY", None, None).rows] == [
            100,
            -100,
            90,
        ]
        assert opened(account) == [("I", 90, 90)]
        assert post(**same(corrected)) == corrected
        with refused(ContentConflict):
            post(**same(entry))
        assert sound()

    def test_may_move_it_to_another_account(self, account):
        other = make_account(account.supplier)
        entry = make_entry(account, "100", external_id="7")
        revise(entry, make_draft(other, "100", external_id="7"))
        assert balances(account) == {"TRY": 0}
        assert balances(other) == {"TRY": D(100)}
        assert sound()

    def test_goes_on_from_the_latest(self, account):
        entry = make_entry(account, "100", external_id="7")
        entry2 = revise(entry, make_draft(account, "90", external_id="7"))
        assert revise(entry2, make_draft(account, "80", external_id="7")).revision == 3
        with refused(LedgerError):
            revise(entry2, make_draft(account, "70", external_id="7"))
        assert balances(account) == {"TRY": D(80)}


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


class TestLocks:
    def test_rows_to_lock_are_made_in_one_order_by_everyone(self, account):
        accounts = [make_account(account.supplier) for _ in range(40)]
        post_all([make_draft(each) for each in reversed(accounts)])
        made = AccountBalance.objects.order_by("pk").values_list("account", "currency")
        assert list(made) == sorted(made)


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
