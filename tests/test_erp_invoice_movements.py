"""Invoices beside the movements that they are: the ERP's, or posted by the portal."""

from datetime import date
from uuid import uuid4

import pytest
from django.core.files.storage import FileSystemStorage
from django.utils import translation

from b2b_portal.erp.attaching import attach, movements_without_invoice, without_movement
from b2b_portal.ledger import integrity
from b2b_portal.ledger.balances import balances
from b2b_portal.ledger.months import close_month
from b2b_portal.ledger.posting import reverse, revise
from b2b_portal.models import Entry, Invoice, InvoiceFile
from b2b_portal.testing.factories import make_account, make_draft, make_supplier
from b2b_portal.testing.ledger import dump

from .efatura import D
from .erp_documents import outcomes
from .invoices import (
    HEADER,
    NO,
    ROW,
    compare_table,
    movement,
    refused,
    take_in,
    take_in_table,
    xml,
)


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    """The folder of the portal's files."""
    folder = tmp_path / "files"
    column = InvoiceFile._meta.get_field("file")
    monkeypatch.setattr(column, "storage", FileSystemStorage(folder))
    return folder


@pytest.fixture
def dealer(db):
    return make_account(make_supplier(), code="120.01")


@pytest.fixture
def posting(dealer):
    """The dealer of a supplier whose invoices the portal posts."""
    dealer.supplier.posts_invoices = True
    dealer.supplier.save()
    return dealer


class TestAttaching:
    """The ERP sends the movements: an invoice is attached to the one that it is, and posts nothing."""

    def test_the_movement_first(self, dealer):
        entry = movement(dealer)
        take_in(dealer, xml(dealer))
        assert Invoice.objects.get().entry == entry
        assert Entry.objects.count() == 1

    def test_the_invoice_first(self, dealer):
        take_in(dealer, xml(dealer))
        assert not Entry.objects.exists()
        assert list(without_movement(dealer.supplier)) == [Invoice.objects.get()]
        entry = movement(dealer)
        assert list(movements_without_invoice(dealer.supplier)) == [entry]
        assert attach(dealer.supplier, entries=[entry]) == 1
        assert Invoice.objects.get().entry == entry
        assert not without_movement(dealer.supplier).exists()
        assert not movements_without_invoice(dealer.supplier).exists()

    def test_over_all_accounts_at_once(self, dealer):
        take_in(dealer, xml(dealer))
        movement(dealer)
        assert attach(dealer.supplier) == 1
        assert attach(dealer.supplier) == 0

    def test_a_return_credits(self, dealer):
        entry = movement(dealer, "-180", kind="credit_note")
        take_in(dealer, xml(dealer, received=True, type_code="IADE"))
        assert Invoice.objects.get().entry == entry

    def test_the_number_in_another_spelling_and_a_kind_nobody_knows(self, dealer):
        entry = movement(dealer, document_no="abc-2026.000000001", kind="other")
        take_in(dealer, xml(dealer))
        assert Invoice.objects.get().entry == entry

    @pytest.mark.parametrize(
        "fields",
        [
            {"amount": "180.01"},
            {"amount": "-180"},
            {"currency": "USD"},
            {"document_no": "ABC2026000000002"},
            {"document_no": "ABC202600000001"},
            {"document_no": ""},
            {"kind": "cash"},
        ],
    )
    def test_what_differs_stays_apart_and_is_listed(self, dealer, fields):
        entry = movement(dealer, **fields)
        take_in(dealer, xml(dealer))
        assert Invoice.objects.get().entry is None
        assert list(without_movement(dealer.supplier)) == [Invoice.objects.get()]
        listed = list(movements_without_invoice(dealer.supplier))
        assert listed == ([] if entry.kind == "cash" else [entry])

    def test_another_account_stays_apart(self, dealer):
        movement(make_account(dealer.supplier))
        take_in(dealer, xml(dealer))
        assert Invoice.objects.get().entry is None

    def test_a_reversed_movement_is_none(self, dealer):
        reverse(movement(dealer), reason="x")
        take_in(dealer, xml(dealer))
        assert Invoice.objects.get().entry is None
        assert not movements_without_invoice(dealer.supplier).exists()

    def test_a_movement_has_one_invoice_at_most(self, dealer):
        entries = [movement(dealer), movement(dealer)]
        take_in(dealer, xml(dealer))
        assert Invoice.objects.get().entry == entries[0]
        assert list(movements_without_invoice(dealer.supplier)) == [entries[1]]

    def test_the_revision_of_a_corrected_movement_takes_it_over(self, dealer):
        first = movement(dealer, external_id="7")
        take_in(dealer, xml(dealer))
        second = revise(
            first,
            make_draft(
                dealer,
                "180",
                kind="invoice",
                document_no=NO,
                external_id="7",
                booked_on=date(2026, 3, 4),
            ),
        )
        assert list(without_movement(dealer.supplier)) == [Invoice.objects.get()]
        attach(dealer.supplier, entries=[second])
        assert Invoice.objects.get().entry == second

    def test_but_not_where_it_says_another_amount_now(self, dealer):
        first = movement(dealer, external_id="7")
        take_in(dealer, xml(dealer))
        again = make_draft(dealer, "190", kind="invoice", document_no=NO, external_id="7")
        second = revise(first, again)
        attach(dealer.supplier, entries=[second])
        assert list(without_movement(dealer.supplier)) == [Invoice.objects.get()]
        assert list(movements_without_invoice(dealer.supplier)) == [second]

    def test_an_invoice_that_changes_lets_its_movement_go(self, dealer):
        entry = movement(dealer)
        take_in_table(dealer, ROW)
        assert Invoice.objects.get().entry == entry
        take_in_table(dealer, ROW.replace("30;180", "31;181"))
        assert Invoice.objects.get().entry is None
        take_in_table(dealer, ROW)
        assert Invoice.objects.get().entry == entry

    def test_an_invoice_of_nothing_needs_no_movement(self, dealer):
        take_in(dealer, xml(dealer, lines=[("", "Numune", 1, "C62", "0", 20)]))
        assert not without_movement(dealer.supplier).exists()

    def test_what_the_portal_posted_before_is_a_movement_like_others(self, posting):
        take_in_table(posting, ROW)
        entry = Invoice.objects.get().entry
        posting.supplier.posts_invoices = False
        posting.supplier.save()
        take_in_table(posting, ROW.replace("Kupa", "Bardak"))
        assert Invoice.objects.get().entry == entry
        take_in_table(posting, ROW.replace("30;180", "31;181"))
        assert Invoice.objects.get().entry is None
        assert list(movements_without_invoice(posting.supplier)) == [entry]

    def test_other_suppliers_are_left_alone(self, dealer):
        other = make_account()
        entry = movement(other)
        take_in(dealer, xml(dealer))
        assert attach(dealer.supplier) == 0
        assert list(movements_without_invoice(other.supplier)) == [entry]
        assert not movements_without_invoice(dealer.supplier).exists()


class TestPosting:
    """The portal posts the invoices of a supplier whose ERP sends no movements of them."""

    def test_an_invoice_debits(self, posting):
        uuid = uuid4()
        take_in(posting, xml(posting, uuid=uuid), by="Ayşe")
        entry = Invoice.objects.get().entry
        assert (entry.source, entry.external_id) == ("invoice", str(uuid))
        assert (entry.kind, entry.amount, entry.document_no) == ("invoice", 180, NO)
        assert (entry.booked_on, entry.due_on) == (date(2026, 3, 3), date(2026, 4, 2))
        assert (entry.base_amount, entry.posted_by) == (None, "Ayşe")
        assert balances(posting) == {"TRY": 180}

    def test_a_dealers_return_credits_and_so_does_a_vendors_sale(self, posting):
        take_in(posting, xml(posting, received=True, type_code="IADE"))
        take_in(posting, xml(posting, received=True, number="V1"))
        first, second = Entry.objects.order_by("pk")
        assert (first.kind, first.amount) == ("credit_note", -180)
        assert (second.kind, second.amount) == ("invoice", -180)

    def test_dollars_move_liras_too(self, posting):
        take_in(posting, xml(posting, currency="USD", rate="41.2345"))
        entry = Entry.objects.get()
        assert (entry.currency, entry.amount) == ("USD", 180)
        assert (entry.rate, entry.base_amount) == (D("41.2345"), D("7422.21"))

    def test_the_same_file_again_posts_nothing(self, posting):
        data = xml(posting)
        take_in(posting, data)
        before = dump()
        assert take_in(posting, data) == ["unchanged"]
        assert dump() == before

    def test_what_changes_is_reversed_and_posted_anew(self, posting):
        take_in_table(posting, ROW)
        assert take_in_table(posting, ROW.replace("30;180", "31;181")) == ["changed"]
        first, reversal, second = Entry.objects.order_by("pk")
        assert (reversal.reverses, reversal.amount) == (first, -180)
        assert (second.external_id, second.revision) == (first.external_id, 2)
        assert Invoice.objects.get().entry == second
        assert balances(posting) == {"TRY": 181}
        assert list(integrity.problems()) == []

    def test_what_no_movement_tells_of_leaves_it_alone(self, posting):
        take_in_table(posting, ROW)
        assert take_in_table(posting, ROW.replace("Kupa", "Bardak")) == ["changed"]
        assert Entry.objects.count() == 1

    def test_the_key_stays_when_the_ettn_comes_later(self, posting):
        take_in_table(posting, ROW)
        take_in(posting, xml(posting))
        assert Entry.objects.filter(reversed_by=None, reverses=None).count() == 1
        assert balances(posting) == {"TRY": 180}
        assert list(integrity.problems()) == []

    def test_a_cancelled_one_is_reversed_and_can_come_back(self, posting):
        header = HEADER + ";deleted"
        for deleted, balance in ((0, 180), (1, 0), (1, 0), (0, 180)):
            take_in_table(posting, f"{ROW};{deleted}", header=header)
            assert balances(posting) == {"TRY": balance}
        assert list(integrity.problems()) == []

    def test_one_reversed_by_hand_stays_reversed_until_it_changes(self, posting):
        take_in_table(posting, ROW)
        reverse(Entry.objects.get(), reason="x")
        assert take_in_table(posting, ROW) == ["unchanged"]
        assert balances(posting) == {"TRY": 0}
        take_in_table(posting, ROW.replace("30;180", "31;181"))
        assert balances(posting) == {"TRY": 181}

    def test_a_movement_of_the_erp_is_not_posted_again(self, posting):
        entry = movement(posting)
        take_in(posting, xml(posting))
        assert Invoice.objects.get().entry == entry
        assert Entry.objects.count() == 1

    def test_nor_corrected(self, posting):
        movement(posting)
        take_in_table(posting, ROW)
        rows = compare_table(posting, ROW.replace("30;180", "31;181"))
        assert "ERP" in refused(rows)[2]

    def test_what_came_before_the_supplier_posted_is_posted_when_it_comes_again(self, dealer):
        take_in_table(dealer, ROW)
        dealer.supplier.posts_invoices = True
        dealer.supplier.save()
        assert take_in_table(dealer, ROW) == ["changed"]
        assert balances(dealer) == {"TRY": 180}
        assert take_in_table(dealer, ROW) == ["unchanged"]

    def test_a_closed_month_takes_none(self, posting):
        close_month(posting.supplier, date(2026, 3, 1))
        assert "closed until 31/03/2026" in refused(compare_table(posting, ROW))[2]

    def test_nor_changes_one(self, posting):
        take_in_table(posting, ROW)
        close_month(posting.supplier, date(2026, 3, 1))
        assert outcomes(compare_table(posting, ROW)) == ["unchanged"]
        assert outcomes(compare_table(posting, ROW.replace("Kupa", "Bardak"))) == ["changed"]
        assert "closed until" in refused(compare_table(posting, ROW.replace("30;180", "31;181")))[2]

    def test_nor_what_is_not_posted_because_the_erp_did(self, posting):
        entry = movement(posting, booked_on=date(2026, 3, 3))
        close_month(posting.supplier, date(2026, 3, 1))
        assert take_in(posting, xml(posting)) == ["new"]
        assert Invoice.objects.get().entry == entry

    def test_one_reversed_there_may_come_again_later(self, posting):
        take_in_table(posting, ROW)
        reverse(Entry.objects.get(), reason="x")
        close_month(posting.supplier, date(2026, 3, 1))
        take_in_table(posting, ROW.replace("03.03.2026", "03.04.2026"))
        assert balances(posting) == {"TRY": 180}

    def test_a_closed_account_takes_none(self, posting):
        posting.is_closed = True
        posting.save()
        assert "120.01" in refused(compare_table(posting, ROW))[2]

    def test_an_invoice_of_nothing_moves_nothing(self, posting):
        take_in(posting, xml(posting, lines=[("", "Numune", 1, "C62", "0", 20)]))
        assert Invoice.objects.get().entry is None


def test_a_closed_month_and_account_do_not_matter_where_nothing_is_posted(dealer):
    dealer.is_closed = True
    dealer.save()
    close_month(dealer.supplier, date(2026, 3, 1))
    assert take_in(dealer, xml(dealer)) == ["new"]
