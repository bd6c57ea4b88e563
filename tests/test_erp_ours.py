"""Rows of the ERP that the portal has posted itself, payments and invoices: they count once."""

from datetime import date

import pytest

from b2b_portal.erp.attaching import movements_without_invoice, without_movement
from b2b_portal.erp.entries import apply, decide, undo
from b2b_portal.erp.matching import unmatched
from b2b_portal.exceptions import FileRefused
from b2b_portal.ledger import integrity
from b2b_portal.ledger.balances import balances
from b2b_portal.ledger.months import close_month
from b2b_portal.ledger.posting import reverse
from b2b_portal.models import Entry, EntryMatch, StagedEntry
from b2b_portal.testing.factories import make_account

from .erp import D, Erp, collected, counts, rows
from .ledger import refused

WOLVOX = "BLKODU;CARIKODU;TARIHI;EVRAK_NO;ISLEM_TURU;KPB_BTUT;KPB_ATUT;SILINDI"
CREDIT = "120.01;06.01.2026;;KK-17;Kredi Kartı;Tahsilat;;600,00"
CASH = CREDIT.replace("KK-17", "")
LINES = "Cari Kodu;Fatura No;Fatura Tarihi;Stok Adı;Miktar;Net Tutar;KDV;Genel Toplam"
INVOICE = "120.01;ABC-1;05.01.2026;Kupa;1;100;20;120"
MOVEMENT = "120.01;05.01.2026;;ABC1;Satış Faturası;;120,00;"


@pytest.fixture
def account(supplier):
    return make_account(supplier, code="120.01")


@pytest.fixture
def erp(account, tmp_path):
    return Erp(account.supplier, tmp_path)


@pytest.fixture
def payment(account):
    return collected(account)


def wolvox(erp, *lines):
    return erp.take_in(rows(*lines, header=WOLVOX), "--profile", "wolvox")


class TestAPaymentThatAClerkHasRecognised:
    @pytest.fixture(params=[CREDIT, CASH], ids=["by its number", "without a number"])
    def line(self, erp, payment, request):
        erp.take_in(rows(request.param))
        decide(StagedEntry.objects.get(), "same")
        return request.param

    @pytest.mark.parametrize(
        ("was", "becomes"),
        [
            ("Tahsilat", "Dekont 7"),
            ("Kredi Kartı", "POS"),
            ("06.01.2026;;", "06.01.2026;07.02.2026;"),
        ],
    )
    def test_stays_recognised_when_the_erp_edits_its_text(self, erp, account, line, was, becomes):
        result = erp.take_in(rows(line.replace(was, becomes)))
        assert counts(result) == {"matched": 1}
        assert len(result["warnings"]) == 1
        assert balances(account) == {"TRY": D(-600)}

    def test_may_have_others_beside_it(self, erp, account, line):
        """A row with the same amount is another one, while the one that was recognised is there."""
        other = line.replace("Tahsilat", "Şube")
        for expected in ({"matched": 1, "new": 1}, {"matched": 1, "unchanged": 1}):
            assert counts(erp.take_in(rows(other, line))) == expected
        assert balances(account) == {"TRY": D(-1200)}


class TestAPaymentRecognisedByItsNumber:
    @pytest.fixture(autouse=True)
    def recognised(self, erp, payment):
        erp.take_in(rows(CREDIT))
        decide(StagedEntry.objects.get(), "same")

    def test_with_another_amount_is_refused(self, erp, payment):
        (refusal,) = erp.refuse(rows(CREDIT.replace("600,00", "650,00")))
        assert payment.receipt_no in refusal["reason"]

    def test_of_another_year_is_another(self, erp, account):
        assert counts(erp.take_in(rows(CREDIT.replace(".2026", ".2027")))) == {"new": 1}
        assert balances(account) == {"TRY": D(-1200)}


class TestDeletedInTheErp:
    """The money was collected all the same: the payment stays, and goes out to the ERP again."""

    LINE = "77;120.01;06.01.2026;{};5;0;600;{}"

    def test_a_row_with_our_receipt_no_is_no_match(self, erp, account, payment):
        result = wolvox(erp, self.LINE.format(payment.receipt_no, 1))
        assert counts(result) == {"unchanged": 1}
        assert list(unmatched(account.supplier)) == [payment.entry]

    def test_beside_the_right_one_it_does_not_matter(self, erp, account, payment):
        gone, there = (self.LINE.format(payment.receipt_no, mark) for mark in (1, 0))
        for _time in range(2):
            result = wolvox(erp, gone, there.replace("77;", "78;", 1))
            assert counts(result) == {"unchanged": 1, "matched": 1}
        assert balances(account) == {"TRY": D(-600)}

    @pytest.mark.parametrize("number", ["", "KK-17"], ids=["by its number", "by a clerk"])
    def test_a_match_is_given_up_with_a_warning(self, erp, account, payment, number):
        line = self.LINE.format(number or payment.receipt_no, "{}")
        wolvox(erp, line.format(0))
        if number:
            decide(StagedEntry.objects.get(), "same")
        assert counts(wolvox(erp, line.format(0))) == {"matched": 1}
        result = wolvox(erp, line.format(1))
        assert counts(result) == {"deleted": 1}
        assert payment.receipt_no in result["warnings"][0]
        assert list(unmatched(account.supplier)) == [payment.entry]
        assert balances(account) == {"TRY": D(-600)}
        assert counts(wolvox(erp, line.format(1))) == {"unchanged": 1}

    def test_so_it_is_in_a_closed_month(self, erp, account, payment):
        line = self.LINE.format(payment.receipt_no, "{}")
        wolvox(erp, line.format(0))
        close_month(account.supplier, date(2026, 1, 31))
        assert counts(wolvox(erp, line.format(1))) == {"deleted": 1}
        assert list(unmatched(account.supplier)) == [payment.entry]

    def test_the_row_that_the_erp_books_instead_waits_for_a_clerk(self, erp, account, payment):
        line = self.LINE.format("KK-17", "{}")
        wolvox(erp, line.format(0))
        decide(StagedEntry.objects.get(), "same")
        result = wolvox(erp, line.format(1), line.format(0).replace("77;", "78;", 1))
        assert counts(result) == {"deleted": 1, "held": 1}
        decide(StagedEntry.objects.get(decision=""), "same")
        assert EntryMatch.objects.get().entry == payment.entry
        assert balances(account) == {"TRY": D(-600)}

    def test_a_row_that_waits_for_a_clerk_waits_no_more(self, erp, payment):
        line = self.LINE.format("KK-17", "{}")
        assert counts(wolvox(erp, line.format(0))) == {"held": 1}
        wolvox(erp, line.format(1))
        assert not StagedEntry.objects.exists()


class TestOnePaymentOneRow:
    """A payment of ours is offered to one row of the ERP's at a time."""

    def test_of_two_files_rows_the_second_counts(self, erp, account, payment):
        other = CREDIT.replace("KK-17", "KK-18")
        assert counts(erp.take_in(rows(CREDIT))) == {"held": 1}
        assert counts(erp.take_in(rows(other))) == {"new": 1}
        assert counts(erp.take_in(rows(CREDIT, other))) == {"unchanged": 2}

    def test_put_right_the_row_is_offered_it_again(self, erp, account, payment):
        erp.take_in(rows(CREDIT))
        assert counts(erp.take_in(rows(CREDIT.replace("Tahsilat", "Dekont")))) == {"held": 1}
        assert StagedEntry.objects.get().entry == payment.entry

    def test_what_has_come_back_by_its_receipt_no_is_not_the_same_once_more(
        self, erp, account, payment
    ):
        erp.take_in(rows(CREDIT))
        erp.take_in(rows(CREDIT, CREDIT.replace("KK-17", payment.receipt_no)))
        row = StagedEntry.objects.get()
        with refused(FileRefused):
            decide(row, "same")
        decide(row, "booked")
        assert balances(account) == {"TRY": D(-1200)}

    def test_booked_after_its_file_was_undone_and_came_again_it_counts(self, erp, account):
        erp.take_in(rows(CREDIT))
        undo(Entry.objects.get().batch)
        collected(account)
        assert counts(erp.take_in(rows(CREDIT))) == {"held": 1}
        decide(StagedEntry.objects.get(), "booked")
        assert balances(account) == {"TRY": D(-1200)}

    def test_a_row_that_is_none_says_so(self, erp, account):
        erp.take_in(rows(CREDIT))
        close_month(account.supplier, date(2026, 1, 31))
        erp.take_in(rows(CREDIT.replace("600,00", "500,00")))
        with pytest.raises(FileRefused, match="portal"):
            decide(StagedEntry.objects.get(), "same")


def test_a_row_that_takes_a_payment_back_is_told_when_it_is_applied_too(erp, account, payment):
    """In whichever order the two stand."""
    there = CREDIT.replace("KK-17", payment.receipt_no)
    batch = erp.read(rows(there.replace(";600,00", "600,00;"), there))
    told = batch.warnings
    assert len(told) == 1 and payment.receipt_no in told[0]
    apply(batch)
    assert batch.warnings == told
    assert balances(account) == {"TRY": D(0)}


class TestAnInvoiceThatThePortalHasPosted:
    """The ERP's movement of it is matched, as it is attached where it comes first."""

    @pytest.fixture
    def invoices(self, account, tmp_path):
        account.supplier.posts_invoices = True
        account.supplier.save()
        return Erp(account.supplier, tmp_path, "invoices")

    @pytest.fixture
    def posted(self, invoices):
        invoices.take_in(rows(INVOICE, header=LINES))
        return Entry.objects.get()

    def said(self, account):
        assert list(integrity.problems()) == []
        assert not movements_without_invoice(account.supplier).exists()
        assert not without_movement(account.supplier).exists()
        return balances(account)["TRY"]

    @pytest.mark.parametrize("word", ["Satış Faturası", "Fiş"])
    def test_counts_once(self, erp, account, posted, word):
        line = MOVEMENT.replace("Satış Faturası", word)
        for _time in range(2):
            result = erp.take_in(rows(line))
            assert (counts(result), result["warnings"]) == ({"matched": 1}, [])
        assert self.said(account) == 120

    def test_so_it_does_in_a_closed_month(self, erp, account, posted):
        close_month(account.supplier, date(2026, 1, 31))
        assert counts(erp.take_in(rows(MOVEMENT))) == {"matched": 1}

    def test_and_when_the_portal_posts_no_more(self, erp, account, posted):
        account.supplier.posts_invoices = False
        account.supplier.save()
        assert counts(erp.take_in(rows(MOVEMENT))) == {"matched": 1}
        assert self.said(account) == 120

    @pytest.mark.parametrize(
        "line",
        [
            MOVEMENT.replace("120,00", "121,00"),
            MOVEMENT.replace("ABC1", "ABC2"),
            MOVEMENT.replace("120,00;", ";120,00"),
            MOVEMENT.replace("Satış Faturası", "Çek"),
            MOVEMENT.replace(".2026", ".2027"),
        ],
        ids=["amount", "number", "side", "kind", "year"],
    )
    def test_another_movement_is_none_of_it(self, erp, posted, line):
        assert counts(erp.take_in(rows(line))) == {"new": 1}

    def test_corrected_by_the_invoices_file_it_counts_as_corrected(
        self, erp, invoices, account, posted
    ):
        erp.take_in(rows(MOVEMENT))
        corrected = MOVEMENT.replace("120,00", "240,00")
        assert counts(erp.take_in(rows(corrected))) == {"matched": 1}
        assert self.said(account) == 120
        invoices.take_in(rows(INVOICE.replace("100;20;120", "200;40;240"), header=LINES))
        for line in (corrected, MOVEMENT, corrected):
            assert counts(erp.take_in(rows(line))) == {"matched": 1}
        assert self.said(account) == 240

    def test_deleted_in_the_erp_and_booked_anew_it_counts_once(self, erp, account, posted):
        line = "{};120.01;05.01.2026;ABC1;9;120;0;{}"
        wolvox(erp, line.format(7, 0))
        result = wolvox(erp, line.format(7, 1))
        assert counts(result) == {"deleted": 1} and "ABC" in result["warnings"][0]
        assert counts(wolvox(erp, line.format(8, 0))) == {"matched": 1}
        assert self.said(account) == 120

    def test_undone_it_is_matched_by_the_next_file(self, erp, account, posted):
        erp.take_in(rows(MOVEMENT))
        undo(EntryMatch.objects.get().batch)
        assert counts(erp.take_in(rows(MOVEMENT))) == {"matched": 1}
        assert self.said(account) == 120

    def test_two_rows_alike_are_one_invoice_and_another_movement(self, erp, account, posted):
        result = erp.take_in(rows(MOVEMENT, MOVEMENT))
        assert counts(result) == {"matched": 1, "new": 1}
        assert balances(account) == {"TRY": D(240)}

    def test_an_invoice_that_was_cancelled_is_told(self, erp, account, posted):
        erp.take_in(rows(MOVEMENT))
        reverse(posted, reason="İptal")
        (warning,) = erp.take_in(rows(MOVEMENT))["warnings"]
        assert "ABC-1" in warning
        assert balances(account) == {"TRY": D(0)}
