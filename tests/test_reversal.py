"""Taking an entry back, and the ERP's corrections."""

from datetime import UTC, datetime

import pytest

from b2b_portal.exceptions import (
    AlreadyReversed,
    ContentConflict,
    InvalidEntry,
    LedgerError,
)
from b2b_portal.ledger.balances import balances
from b2b_portal.ledger.posting import (
    allocate,
    post,
    residual,
    reverse,
    revise,
)
from b2b_portal.ledger.statement import statement
from b2b_portal.models import OpenItem
from b2b_portal.signals import entry_reversed
from b2b_portal.testing.factories import make_account, make_draft, make_entry, make_supplier

from .ledger import APR, DAY, FEB, JAN, MAR, D, balance_on, heard, opened, refused, same, sound

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return make_account(make_supplier())


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

    def test_never_lies_before_what_it_reverses(self, account):
        entry = make_entry(account, booked_on=FEB)
        with refused(InvalidEntry):
            reverse(entry, booked_on=JAN, reason="x")

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
