"""Posting: what goes in, under which key, and what is refused."""

from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from b2b_portal.exceptions import (
    ContentConflict,
    InvalidEntry,
)
from b2b_portal.ledger.balances import balances
from b2b_portal.ledger.open_items import open_items
from b2b_portal.ledger.posting import (
    post,
    post_all,
    residual,
    reverse,
)
from b2b_portal.ledger.statement import statement
from b2b_portal.models import AccountBalance, CustomerAccount, Entry
from b2b_portal.signals import entry_posted
from b2b_portal.testing.factories import make_account, make_draft, make_entry, make_supplier
from b2b_portal.testing.ledger import dump

from .ledger import DAY, FEB, JAN, MAR, D, balance_on, heard, opened, refused, same, sound

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return make_account(make_supplier())


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
