"""Several rows under one number, or under none: who is who, also where the numbers have gaps."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from b2b_portal.erp.entries import decide, undo
from b2b_portal.ledger.balances import balances
from b2b_portal.ledger.posting import reverse
from b2b_portal.models import Entry, ImportBatch, StagedEntry
from b2b_portal.testing.factories import make_account, make_entry

from .erp import D, Erp, collected, counts, rows

WOLVOX = "BLKODU;CARIKODU;TARIHI;EVRAK_NO;ISLEM_TURU;KPB_BTUT;KPB_ATUT;SILINDI"
CASH = "120.01;05.01.2026;;;Nakit Tahsilat;{};;{}"
FIFTY, OURS, SEVENTY = (CASH.format("", amount) for amount in ("50,00", "600,00", "70,00"))


@pytest.fixture
def account(supplier):
    return make_account(supplier, code="120.01")


@pytest.fixture
def erp(account, tmp_path):
    return Erp(account.supplier, tmp_path)


def in_every_way(*lines):
    """The same rows in other orders, and some of them alone."""
    first, second, third = lines
    return (lines, lines[::-1], (first, third, second), (third,), (second, third), (first,))


class TestBesideARowThatWaits:
    """Cash of one day without numbers; one of the rows is probably a payment of ours."""

    @pytest.fixture
    def held(self, erp, account):
        collected(account)
        assert counts(erp.take_in(rows(FIFTY, OURS, SEVENTY))) == {"new": 2, "held": 1}
        return StagedEntry.objects.get()

    def test_the_others_are_known_again(self, erp, account, held):
        for lines in in_every_way(FIFTY, OURS, SEVENTY):
            assert counts(erp.take_in(rows(*lines))) == {"unchanged": len(lines)}
        assert balances(account) == {"TRY": D(-720)}

    @pytest.mark.parametrize("decision", ["left", "same", "booked"])
    def test_so_they_are_when_it_was_decided(self, erp, account, held, decision):
        decide(held, decision)
        before = balances(account)
        for lines in in_every_way(FIFTY, OURS, SEVENTY):
            result = counts(erp.take_in(rows(*lines)))
            matched = decision == "same" and OURS in lines
            expected = {"unchanged": len(lines) - matched, "matched": int(matched)}
            assert result == {name: count for name, count in expected.items() if count}
        assert balances(account) == before

    def test_and_when_it_is_gone_with_its_file(self, erp, account, held):
        erp.take_in(rows(FIFTY, OURS, SEVENTY, CASH.format("", "80,00")))
        undo(held.batch)
        assert counts(erp.take_in(rows(CASH.format("", "80,00")))) == {"unchanged": 1}
        assert balances(account) == {"TRY": D(-680)}

    def test_its_own_correction_takes_its_place(self, erp, account, held):
        other = CASH.format("Dekont 7", "600,00")
        assert counts(erp.take_in(rows(FIFTY, other, SEVENTY))) == {"unchanged": 2, "held": 1}
        (row,) = StagedEntry.objects.all()
        assert (row.description, row.number) == ("Dekont 7", held.number)

    def test_left_it_is_not_booked_either_when_the_payment_has_come_back(self, erp, account, held):
        decide(held, "left")
        back = f"120.01;05.01.2026;;{held.entry.document_no};Kredi Kartı;;;600,00"
        result = erp.take_in(rows(FIFTY, OURS, SEVENTY, back))
        assert counts(result) == {"unchanged": 3, "matched": 1}
        assert balances(account) == {"TRY": D(-720)}


def test_a_file_that_is_only_read_keeps_the_rows_it_asks_about(erp, account):
    collected(account)
    batch = erp.read(rows(OURS))
    erp.take_in(rows(CASH.format("Dekont 7", "600,00")))
    assert [row.outcome for row in batch.rows.all()] == ["held"]


class TestBesideARowThatIsPassedOver:
    def test_a_devir_that_counts_no_second_time(self, erp, account):
        devir = "120.01;05.01.2026;;;Devir;;100,00;"
        erp.take_in(rows("120.01;31.12.2025;;F1;Fatura;;100,00;"))
        assert counts(erp.take_in(rows(devir, FIFTY, SEVENTY))) == {"new": 2, "repeated": 1}
        for lines in in_every_way(devir, FIFTY, SEVENTY):
            result = counts(erp.take_in(rows(*lines)))
            assert result.get("unchanged", 0) == len(lines) - (devir in lines)
        assert balances(account) == {"TRY": D(-20)}

    def test_one_that_was_deleted_before_it_came(self, erp, account):
        gone, there = ";120.01;05.01.2026;;7;0;50;1", ";120.01;05.01.2026;;7;0;70;0"
        for lines in ((gone, there), (gone, there), (there,), (there, gone)):
            erp.take_in(rows(*lines, header=WOLVOX), "--profile", "wolvox")
            assert balances(account) == {"TRY": D(-70)}


class TestOfWhatIsThereUnderANumber:
    def test_the_nearest_in_time_is_corrected(self, erp, account):
        """Of two years' rows of one number, both a few months away, the nearer one."""
        line = "120.01;{};;000001;Nakit Tahsilat;;;{}"
        erp.take_in(rows(line.format("20.12.2025", "10,00")))
        erp.take_in(rows(line.format("25.06.2026", "20,00")))
        erp.take_in(rows(line.format("01.06.2026", "30,00")))
        assert balances(account) == {"TRY": D(-40)}

    def test_a_correction_in_a_row_of_equal_ones_leaves_the_others(self, erp, account):
        cheque = "120.01;05.01.2026;05.04.2026;BRD-7;Çek;{};;{}"
        lines = [cheque.format(n, "1.000,00") for n in range(9)]
        erp.take_in(rows(*lines))
        lines[4] = cheque.format(4, "900,00")
        result = erp.take_in(rows(*reversed(lines)))
        assert counts(result) == {"unchanged": 8, "changed": 1}
        assert balances(account) == {"TRY": D(-8900)}

    def test_a_number_may_end_in_digits_and_bars(self, erp, account):
        lines = [f"120.01;05.01.2026;;{no};Fatura;;1;" for no in ("A", "A|1", "A|1|1", "12", "1")]
        for file in (lines, [*lines, *lines], lines[::-1]):
            erp.take_in(rows(*file))
        assert balances(account) == {"TRY": D(10)}
        assert counts(erp.take_in(rows(*lines, *lines))) == {"unchanged": 10}

    def test_many_rows_ask_no_more_questions(self, erp):
        asked = []
        for count in (40, 400):
            lines = [f"120.01;05.01.2026;;{count};Nakit;;;{n},00" for n in range(1, count)]
            erp.take_in(rows(*lines))
            with CaptureQueriesContext(connection) as questions:
                assert counts(erp.take_in(rows(*reversed(lines)))) == {"unchanged": count - 1}
            asked.append(len(questions))
        assert asked[0] == asked[1]


class TestADevir:
    def test_counts_where_earlier_movements_are_no_more_in_the_books(self, erp, account):
        erp.take_in(rows("120.01;15.12.2025;;F1;Fatura;;100,00;"))
        undo(ImportBatch.objects.get())
        reverse(make_entry(account, "70", booked_on=date(2025, 12, 1)), reason="Yanlış")
        result = erp.take_in(rows("120.01;01.01.2026;;D1;Devir;;500,00;"))
        assert (counts(result), result["warnings"]) == ({"new": 1}, [])
        assert balances(account) == {"TRY": D(500)}

    def test_counts_where_the_files_earlier_row_is_deleted(self, erp, account):
        gone, devir = "1;120.01;15.12.2025;F1;9;100;0;1", "2;120.01;01.01.2026;D1;1;500;0;0"
        erp.take_in(rows(gone, devir, header=WOLVOX), "--profile", "wolvox")
        assert balances(account) == {"TRY": D(500)}

    def test_without_a_number_is_named_by_its_kind_in_the_warning(self, erp):
        erp.take_in(rows("120.01;31.12.2025;;F1;Fatura;;100,00;"))
        (warning,) = erp.take_in(rows("120.01;01.01.2026;;;Devir;;100,00;"))["warnings"]
        assert "Devir" in warning and "opening" not in warning
        assert Entry.objects.count() == 1
