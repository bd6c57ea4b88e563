"""What a clerk is shown and decides on is what is done."""

from datetime import date

import pytest

from b2b_portal.erp.entries import apply, decide
from b2b_portal.exceptions import FileRefused
from b2b_portal.ledger.balances import balances
from b2b_portal.ledger.months import close_month
from b2b_portal.ledger.posting import reverse
from b2b_portal.models import Entry, Invoice, StagedEntry
from b2b_portal.testing.factories import make_account

from .erp import D, Erp, counts, rows
from .ledger import refused

WOLVOX = "BLKODU;CARIKODU;TARIHI;EVRAK_NO;ISLEM_TURU;KPB_BTUT;KPB_ATUT;SILINDI"
MOVEMENT = "120.01;05.01.2026;{};F1;Satış Faturası;;120,00;"
LINES = "Cari Kodu;Fatura No;Fatura Tarihi;Stok Adı;Miktar;Net Tutar;KDV;Genel Toplam"


@pytest.fixture
def account(supplier):
    return make_account(supplier, code="120.01")


@pytest.fixture
def erp(account, tmp_path):
    return Erp(account.supplier, tmp_path)


def close_january(account):
    close_month(account.supplier, date(2026, 1, 31))


class TestOfAClosedMonth:
    def wolvox(self, erp, amount, deleted):
        file = rows(f"1;120.01;05.01.2026;E1;9;{amount};0;{deleted}", header=WOLVOX)
        return counts(erp.take_in(file, "--profile", "wolvox"))

    @pytest.mark.parametrize("decision", ["", "left"])
    def test_a_change_that_is_deleted_next_is_asked_anew(self, erp, account, decision):
        self.wolvox(erp, 100, 0)
        close_january(account)
        assert self.wolvox(erp, 120, 0) == {"held": 1}
        if decision:
            decide(StagedEntry.objects.get(), decision)
        assert self.wolvox(erp, 120, 1) == {"held": 1}
        assert self.wolvox(erp, 120, 1) == {"unchanged": 1}
        waiting = StagedEntry.objects.get(decision="")
        assert waiting.is_deleted
        decide(waiting, "booked")
        assert balances(account) == {"TRY": D(0)}

    def test_a_booked_change_takes_its_invoice_over(self, erp, account, tmp_path):
        erp.take_in(rows(MOVEMENT.format("")))
        invoices = Erp(account.supplier, tmp_path, "invoices")
        invoices.take_in(rows("120.01;F1;05.01.2026;Kupa;1;100;20;120", header=LINES))
        close_january(account)
        erp.take_in(rows(MOVEMENT.format("10.03.2026")))
        decide(StagedEntry.objects.get(), "booked")
        entry = Invoice.objects.get().entry
        assert (entry.revision, entry.due_on) == (2, date(2026, 3, 10))

    def test_one_that_says_another_amount_lets_it_go(self, erp, account, tmp_path):
        erp.take_in(rows(MOVEMENT.format("")))
        invoices = Erp(account.supplier, tmp_path, "invoices")
        invoices.take_in(rows("120.01;F1;05.01.2026;Kupa;1;100;20;120", header=LINES))
        close_january(account)
        erp.take_in(rows(MOVEMENT.format("").replace("120,00", "130,00")))
        decide(StagedEntry.objects.get(), "booked")
        assert Invoice.objects.get().entry is None


class TestWhatWasShown:
    PERIOD = {"complete_from": date(2026, 1, 1), "complete_until": date(2026, 1, 31)}

    def test_another_missing_movement_is_looked_at_again(self, erp, account):
        """As many as were shown, but not the same."""
        erp.take_in(rows(MOVEMENT.format("")))
        new = MOVEMENT.format("").replace("F1", "F2")
        batch = erp.read(rows(new), options={"reverse_missing": True}, **self.PERIOD)
        assert batch.counts["missing"] == 1
        reverse(Entry.objects.get(), reason="Yanlış")
        erp.take_in(rows(MOVEMENT.format("").replace("F1", "F9")))
        with refused(FileRefused):
            apply(batch)

    def test_another_changed_row_too(self, erp, account):
        one, other = (f"120.01;05.01.2026;;F{n};Fatura;{{}};100,00;" for n in (1, 2))
        erp.take_in(rows(one.format("a"), other.format("a")))
        batch = erp.read(rows(one.format("b"), other.format("a")))
        erp.take_in(rows(one.format("b"), other.format("c")))
        with refused(FileRefused):
            apply(batch)

    def test_the_same_is_done(self, erp, account):
        erp.take_in(rows(MOVEMENT.format("")))
        new = MOVEMENT.format("").replace("F1", "F2")
        batch = erp.read(rows(new), options={"reverse_missing": True}, **self.PERIOD)
        apply(batch)
        assert [
            entry.document_no for entry in Entry.objects.filter(reversed_by=None, reverses=None)
        ] == ["F2"]
