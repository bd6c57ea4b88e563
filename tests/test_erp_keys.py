"""Who is who in the ERP's files: row ids, deleted rows, numbers that start again."""

from datetime import date

import pytest

from b2b_portal.erp.entries import decide
from b2b_portal.ledger.balances import balances
from b2b_portal.ledger.months import close_month
from b2b_portal.models import Entry, StagedEntry
from b2b_portal.testing.factories import make_account

from .erp import D, Erp, counts, rows

WOLVOX = "BLKODU;CARIKODU;TARIHI;EVRAK_NO;ISLEM_TURU;KPB_BTUT;KPB_ATUT;SILINDI"
LOGO = "LOGICALREF;CODE;DATE_;TRCODE;SIGN;AMOUNT;CANCELLED"


@pytest.fixture
def account(supplier):
    return make_account(supplier, code="120.01")


@pytest.fixture
def erp(account, tmp_path):
    return Erp(account.supplier, tmp_path)


def wolvox(*lines):
    return rows(*lines, header=WOLVOX)


class TestRowIds:
    def test_different_rows_may_share_all_but_their_id(self, erp, account):
        line = "{};120.01;05.01.2026;E1;7;0;100;0"
        file = wolvox(line.format(1), line.format(2))
        for expected in ({"new": 2}, {"unchanged": 2}):
            assert counts(erp.take_in(file, "--profile", "wolvox")) == expected
        assert balances(account) == {"TRY": D(-200)}

    def test_a_row_may_change_everything_but_its_id(self, erp, account):
        make_account(account.supplier, code="120.02")
        erp.take_in(wolvox("1;120.01;05.01.2026;E1;9;100;0;0"), "--profile", "wolvox")
        changed = wolvox("1;120.02;07.09.2026;E2;3;0;70;0")
        assert counts(erp.take_in(changed, "--profile", "wolvox")) == {"changed": 1}
        assert balances(account) == {"TRY": D(0)}
        assert Entry.objects.get(revision=2).account.code == "120.02"

    def test_an_id_twice_in_a_file_is_refused(self, erp):
        file = wolvox("1;120.01;05.01.2026;E1;9;100;0;0", "1;120.01;05.01.2026;E2;9;50;0;0")
        (refused,) = erp.refuse(file, "--profile", "wolvox")
        assert refused["line"] == 3

    def test_what_the_erp_marks_as_deleted_is_reversed_once(self, erp, account):
        there = "1;120.01;05.01.2026;E1;9;100;0;{}"
        erp.take_in(wolvox(there.format(0)), "--profile", "wolvox")
        for expected in ({"deleted": 1}, {"unchanged": 1}):
            result = erp.take_in(wolvox(there.format(1)), "--profile", "wolvox")
            assert counts(result) == expected
        assert balances(account) == {"TRY": D(0)}

    def test_and_is_there_again_when_the_mark_goes(self, erp, account):
        there = "1;120.01;05.01.2026;E1;9;100;0;{}"
        for mark, expected in ((0, {"new": 1}), (1, {"deleted": 1}), (0, {"new": 1})):
            result = erp.take_in(wolvox(there.format(mark)), "--profile", "wolvox")
            assert counts(result) == expected
        assert balances(account) == {"TRY": D(100)}

    def test_what_was_deleted_before_it_came_is_passed_over(self, erp, account):
        file = wolvox("1;120.01;05.01.2026;E1;9;100;0;1")
        assert counts(erp.take_in(file, "--profile", "wolvox")) == {"unchanged": 1}
        assert balances(account) == {}

    def test_deleted_in_a_closed_month_it_waits_for_a_clerk(self, erp, account):
        there = "1;120.01;05.01.2026;E1;9;100;0;{}"
        erp.take_in(wolvox(there.format(0)), "--profile", "wolvox")
        close_month(account.supplier, date(2026, 1, 31))
        result = erp.take_in(wolvox(there.format(1)), "--profile", "wolvox")
        assert counts(result) == {"held": 1}
        decide(StagedEntry.objects.get(), "booked")
        assert balances(account) == {"TRY": D(0)}
        assert balances(account, date(2026, 1, 31)) == {"TRY": D(100)}


class TestNumbersThatStartAgain:
    def test_next_years_document_of_the_same_number_is_another(self, erp, account):
        line = "120.01;05.01.{};;000001;Nakit Tahsilat;;;{}"
        erp.take_in(rows(line.format(2025, "100,00")))
        result = erp.take_in(rows(line.format(2026, "70,00")))
        assert counts(result) == {"new": 1}
        assert balances(account) == {"TRY": D(-170)}

    def test_a_date_put_right_within_half_a_year_is_a_correction(self, erp, account):
        line = "120.01;{};;000001;Nakit Tahsilat;;;100,00"
        erp.take_in(rows(line.format("05.01.2026")))
        assert counts(erp.take_in(rows(line.format("06.02.2026")))) == {"changed": 1}

    def test_a_periods_own_row_ids_start_again_with_the_year(self, erp, account):
        for year, expected in ((2025, {"new": 1}), (2026, {"new": 1}), (2025, {"unchanged": 1})):
            file = rows(f"7;120.01;{year}-03-05;38;0;100;0", header=LOGO)
            assert counts(erp.take_in(file, "--profile", "logo")) == expected
        assert balances(account) == {"TRY": D(200)}
