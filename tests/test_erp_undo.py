"""An import taken back: the books are again as they were, and the file may come again."""

import io
from datetime import date
from itertools import permutations

import pytest
from django.core.management import call_command

from b2b_portal.erp.entries import undo
from b2b_portal.exceptions import FileRefused, MonthClosed
from b2b_portal.ledger.balances import balances
from b2b_portal.ledger.months import close_month
from b2b_portal.ledger.open_items import open_items
from b2b_portal.ledger.posting import allocate, reverse
from b2b_portal.models import Entry, ImportBatch
from b2b_portal.signals import import_undone
from b2b_portal.testing.factories import make_account

from .erp import INVOICE, D, Erp, counts, rows
from .ledger import heard, refused

WOLVOX = "BLKODU;CARIKODU;TARIHI;EVRAK_NO;ISLEM_TURU;KPB_BTUT;KPB_ATUT;SILINDI"
TRANSFER = "120.01;05.01.2026;;T1;Havale;;;1.234,56"


@pytest.fixture
def account(supplier):
    return make_account(supplier, code="120.01")


@pytest.fixture
def erp(account, tmp_path):
    return Erp(account.supplier, tmp_path)


def last():
    return ImportBatch.objects.latest("applied_at", "pk")


def verified():
    call_command("b2b_portal_verify", stdout=io.StringIO())
    return True


class TestUndo:
    def test_what_it_brought_is_reversed_and_may_come_again(self, erp, account):
        file = rows(INVOICE, TRANSFER)
        erp.take_in(file)
        undo(last(), by="ayse")
        assert balances(account) == {"TRY": D(0)}
        assert open_items(account, "TRY") == []
        assert counts(erp.take_in(file)) == {"new": 2}
        assert counts(erp.take_in(file)) == {"unchanged": 2}
        assert {entry.revision for entry in Entry.objects.filter(reversed_by=None)} == {1, 2}
        assert verified()

    def test_what_it_changed_is_again_what_it_was(self, erp, account):
        changed = INVOICE.replace("1.234,56", "1.000,00")
        erp.take_in(rows(INVOICE))
        erp.take_in(rows(changed, TRANSFER))
        undo(last())
        assert balances(account) == {"TRY": D("1234.56")}
        assert counts(erp.take_in(rows(INVOICE))) == {"unchanged": 1}
        assert counts(erp.take_in(rows(changed, TRANSFER))) == {"new": 1, "changed": 1}
        assert balances(account) == {"TRY": D("-234.56")}
        assert verified()

    def test_what_was_missing_from_it_is_there_again(self, erp, account):
        erp.take_in(rows(INVOICE, TRANSFER))
        period = ("--complete-from", "2026-01-01", "--complete-until", "2026-01-31")
        invoice = rows(INVOICE)
        assert counts(erp.take_in(invoice, *period)) == {"unchanged": 1, "missing": 1}
        assert balances(account) == {"TRY": D(0)}
        erp.take_in(invoice, *period, "--reverse-missing")
        assert balances(account) == {"TRY": D("1234.56")}
        undo(last())
        assert balances(account) == {"TRY": D(0)}
        assert counts(erp.take_in(rows(INVOICE, TRANSFER))) == {"unchanged": 2}
        assert verified()

    def test_imports_are_undone_one_after_the_other_back_to_the_beginning(self, erp, account):
        files = [rows(INVOICE.replace("1.234,56", amount)) for amount in ("10", "20", "30")]
        for file in files:
            erp.take_in(file)
        for left in (20, 10, 0):
            undo(ImportBatch.objects.filter(undone_at=None).latest("pk"))
            assert balances(account) == {"TRY": D(left)}
        assert counts(erp.take_in(files[1])) == {"new": 1}
        assert verified()

    def test_what_a_later_file_has_corrected_stays(self, erp, account):
        erp.take_in(rows(INVOICE, TRANSFER))
        first = last()
        erp.take_in(rows(INVOICE.replace("1.234,56", "1.000,00"), TRANSFER))
        undo(first)
        assert balances(account) == {"TRY": D(1000)}
        assert verified()

    def test_what_a_clerk_had_reversed_stays_reversed(self, erp, account):
        erp.take_in(rows(INVOICE, TRANSFER))
        reverse(Entry.objects.get(document_no="F1"), reason="Yanlış")
        undo(last())
        assert balances(account) == {"TRY": D(0)}
        assert counts(erp.take_in(rows(INVOICE, TRANSFER))) == {"new": 1, "unchanged": 1}
        assert balances(account) == {"TRY": D("-1234.56")}

    def test_closings_of_what_it_brought_are_undone(self, erp, account):
        erp.take_in(rows(INVOICE))
        erp.take_in(rows(INVOICE, TRANSFER))
        invoice, transfer = Entry.objects.order_by("pk")
        allocate(transfer, invoice)
        undo(last())
        assert [(item.entry, item.open) for item in open_items(account, "TRY")] == [
            (invoice, D("1234.56"))
        ]
        assert verified()

    def test_in_closed_months_it_is_reversed_on_the_first_open_day(self, erp, account):
        erp.take_in(rows(INVOICE))
        close_month(account.supplier, date(2025, 12, 31))
        undo(last())
        assert balances(account, date(2025, 12, 31)) == {"TRY": D("1234.56")}
        assert balances(account) == {"TRY": D(0)}
        assert verified()

    def test_what_would_have_to_be_there_again_in_a_closed_month_refuses_it(self, erp, account):
        erp.take_in(rows(INVOICE))
        erp.take_in(rows(INVOICE.replace("1.234,56", "1.000,00")))
        close_month(account.supplier, date(2025, 12, 31))
        with refused(MonthClosed):
            undo(last())

    def test_once(self, erp, account):
        erp.take_in(rows(INVOICE))
        undo(last())
        with refused(FileRefused):
            undo(last())

    def test_is_told_to_who_listens(self, erp, account):
        erp.take_in(rows(INVOICE))
        with heard(import_undone) as calls:
            undo(last(), by="ayse")
        assert calls == [{"batch": last(), "by": "ayse"}]
        assert last().undone_by == "ayse"


class TestInAnyOrder:
    """What is there after some imports were undone is what the others say."""

    FIRST, SECOND, THIRD = (
        f"1;120.01;05.01.2026;E1;9;{amount};0;0" for amount in ("100", "200", "300")
    )
    DELETED = "1;120.01;05.01.2026;E1;9;200;0;1"

    @pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
    @pytest.mark.parametrize(
        ("files", "amounts"),
        [
            ((FIRST, SECOND, THIRD), (100, 200, 300)),
            ((FIRST, SECOND, FIRST), (100, 200, 100)),
            ((FIRST, DELETED, SECOND), (100, 0, 200)),
            ((FIRST, SECOND, DELETED), (100, 200, 0)),
        ],
        ids=["changed twice", "changed there and back", "deleted and back", "changed and deleted"],
    )
    def test_the_latest_file_that_is_left_says_it(self, erp, account, files, amounts, order):
        for file in files:
            erp.take_in(rows(file, header=WOLVOX), "--profile", "wolvox")
        batches = list(ImportBatch.objects.order_by("pk"))
        left = dict(enumerate(amounts))
        for number in order:
            undo(batches[number])
            del left[number]
            latest = left[max(left)] if left else 0
            assert balances(account) == {"TRY": D(latest)}, left
        assert verified()

    def test_what_a_clerk_reversed_of_a_correction_stays_reversed(self, erp, account):
        erp.take_in(rows(INVOICE))
        erp.take_in(rows(INVOICE.replace("1.234,56", "1.000,00")))
        reverse(Entry.objects.get(revision=2), reason="Yanlış")
        undo(last())
        assert balances(account) == {"TRY": D(0)}

    def test_a_row_that_moved_to_another_account_moves_back(self, erp, account):
        other = make_account(account.supplier, code="120.02")
        moved = self.SECOND.replace("120.01", "120.02")
        for file in (self.FIRST, moved, moved.replace("200", "300")):
            erp.take_in(rows(file, header=WOLVOX), "--profile", "wolvox")
        _first, second, third = ImportBatch.objects.order_by("pk")
        undo(second)
        assert (balances(account), balances(other)) == ({"TRY": D(0)}, {"TRY": D(300)})
        undo(third)
        assert (balances(account), balances(other)) == ({"TRY": D(100)}, {"TRY": D(0)})
        assert verified()
