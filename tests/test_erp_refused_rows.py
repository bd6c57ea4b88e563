"""Rows of a file that are refused: which, by line, column and reason."""

import pytest
from django.core.management import CommandError

from b2b_portal.models import CustomerAccount, Entry
from b2b_portal.testing.factories import make_account
from b2b_portal.testing.ledger import dump

from .erp import HEADER, INVOICE, Erp, rows


@pytest.fixture
def account(supplier):
    return make_account(supplier, code="120.01")


@pytest.fixture
def erp(account, tmp_path):
    return Erp(account.supplier, tmp_path)


class TestRefusedRows:
    @pytest.mark.parametrize(
        ("row", "column", "reason"),
        [
            ("120.99;31.12.2025;;F1;Fatura;;1;", "Cari Kodu", "“120.99” kodlu bir cari yok"),
            (";31.12.2025;;F1;Fatura;;1;", "Cari Kodu", "hangi cari"),
            ("120.01;31.02.2026;;F1;Fatura;;1;", "Tarih", "“31.02.2026”"),
            ("120.01;;;F1;Fatura;;1;", "Tarih", "tarihi olmalı"),
            ("120.01;46022;;F1;Fatura;;1;", "Tarih", "“46022”"),
            ("120.01;31/12/25;;F1;Fatura;;1;", "Tarih", "“31/12/25”"),
            ("120.01;31.12.2025;31.02.2026;F1;Fatura;;1;", "Vade", "“31.02.2026”"),
            ("120.01;31.12.2025;;F1;Fatura;;NaN;", "Borç", "“NaN” bir tutar değil"),
            ("120.01;31.12.2025;;F1;Fatura;;;Infinity", "Alacak", "bir tutar değil"),
            ("120.01;31.12.2025;;F1;Fatura;;1e3;", "Borç", "bir tutar değil"),
            ("120.01;31.12.2025;;F1;Fatura;;1,2,3;", "Borç", "bir tutar değil"),
            ("120.01;31.12.2025;;F1;Fatura;;1.23.456;", "Borç", "bir tutar değil"),
            ("120.01;31.12.2025;;F1;Fatura;;１２;", "Borç", "bir tutar değil"),
            ("120.01;31.12.2025;;F1;Fatura;;=1+1;", "Borç", "bir tutar değil"),
            ("120.01;31.12.2025;;F1;Fatura;;1000000000000000;", "Borç", "çok büyük"),
            ("120.01;31.12.2025;;F1;Fatura;;1000000000000;", "Borç", "çok büyük"),
            ("120.01;31.12.2025;;F1;Fatura;;0,001;", "", "TRY"),
            ("120.01;31.12.2025;;F1;Fatura;;;", "", "Tutarı 0 olan"),
            (f"120.01;31.12.2025;;{'F' * 61};Fatura;;1;", "", "FFF"),
            (f"120.01;31.12.2025;;F1;{'T' * 61};;1;", "", "TTT"),
            (f"120.01;31.12.2025;;F1;Fatura;{'a' * 501};1;", "", "aaa"),
        ],
    )
    def test_a_row_that_makes_no_movement(self, erp, row, column, reason):
        refused = erp.refuse(rows(INVOICE, row))
        assert [(line["line"], line["column"]) for line in refused] == [(3, column)]
        assert reason in refused[0]["reason"]

    def test_all_faults_of_a_row_are_told_at_once(self, erp):
        (row,) = erp.refuse(rows("120.99;31.11.2026;31.02.2026;F1;Fatura;;12,5,6;"))
        assert row["column"] == "Cari Kodu" and "“120.99”" in row["reason"]
        for part in ("Tarih: “31.11.2026”", "Vade: “31.02.2026”", "Borç: “12,5,6”"):
            assert part in row["reason"]
        assert "reddedilen" in erp.command(rows("120.99;x;;F1;Fatura;;1;"))[1]

    def test_a_separator_within_a_cell_is_named_as_the_likely_cause(self, erp):
        (row,) = erp.refuse(rows("120.01;31.12.2025;;F1;Fatura;a@x.com; b@x.com;1;0"))
        assert "tırnak içinde" in row["reason"]

    def test_a_currency_nobody_knows(self, erp):
        refused = erp.refuse("Cari Kodu;Tarih;Borç;Alacak;Döviz\n120.01;31.12.2025;1;;ABC\n")
        assert "ABC" in refused[0]["reason"]

    def test_a_row_with_debit_and_credit_is_two_movements_or_none(self, erp):
        """One figure in the statement where the ERP prints two: the totals would not agree."""
        erp.refuse(rows("120.01;31.12.2025;;F1;Fatura;;100,00;40,00"))

    def test_a_row_wider_than_the_header_is_refused(self, erp):
        """Unquoted decimal commas in a file with commas: 100,56 is no debit and a credit."""
        refused = erp.refuse("Cari Kodu,Tarih,Borç,Alacak\n120.01,31.12.2025,100,56,\n")
        assert refused[0]["line"] == 2

    def test_more_digits_than_any_currency_has_are_refused(self, erp):
        refused = erp.refuse(rows(INVOICE, "120.01;31.12.2025;;F2;Fatura;;0,00001;"))
        assert [row["line"] for row in refused] == [3]

    def test_what_a_rate_makes_too_large_is_refused(self, erp):
        refused = erp.refuse(
            "Cari Kodu;Tarih;Borç;Alacak;Döviz;Kur\n"
            "120.01;31.12.2025;1;;USD;42,5\n"
            "120.01;31.12.2025;100.000.000.000,00;;USD;42,5\n"
        )
        assert [row["line"] for row in refused] == [3]

    def test_every_bad_row_is_told_and_good_ones_wait(self, erp):
        bad = "120.99;31.12.2025;;F9;Fatura;;1;"
        refused = erp.refuse(rows(INVOICE, bad, INVOICE, "120.01;x;;F1;Fatura;;1;", bad))
        assert [row["line"] for row in refused] == [3, 5, 6]

    def test_another_suppliers_account_is_unknown(self, erp):
        make_account(code="120.02")
        refused = erp.refuse(rows("120.02;31.12.2025;;F1;Fatura;;1;"))
        assert "120.02" in refused[0]["reason"]

    def test_a_new_row_for_a_closed_account_is_refused(self, erp, account):
        CustomerAccount.objects.update(is_closed=True)
        assert account.code in erp.refuse(rows(INVOICE))[0]["reason"]

    def test_old_rows_of_a_closed_account_do_not_stop_the_file(self, erp, account):
        """ERPs send the whole history each time: one closed account would stop every later file."""
        erp.take_in(rows(INVOICE, "120.01;05.01.2026;;T1;Havale;;;1.234,56"))
        CustomerAccount.objects.update(is_closed=True)
        make_account(account.supplier, code="120.02")
        erp.take_in(
            rows(
                INVOICE,
                "120.01;05.01.2026;;T1;Havale;;;1.234,56",
                "120.02;06.01.2026;;F2;Fatura;;10;",
            )
        )

    def test_lines_are_numbered_as_an_editor_does(self, erp):
        text = (
            "Yardım metni\n"  # 1
            "\n"  # 2
            f"{HEADER}\n"  # 3
            '120.01;31.12.2025;;F1;Fatura;"ilk satır\nikinci\r\nüçüncü";10;\n'  # 4 to 6
            "\n"  # 7
            "120.01;31.02.2026;;F2;Fatura;;10;\n"  # 8
        )
        assert [row["line"] for row in erp.refuse(text)] == [8]

    def test_a_row_over_several_lines_is_where_it_begins(self, erp):
        text = rows('120.01;31.02.2026;;F1;Fatura;"bir\niki\nüç";10;', INVOICE)
        assert [row["line"] for row in erp.refuse(text)] == [2]

    def test_line_breaks_within_quotes_are_kept(self, erp):
        erp.take_in(rows('120.01;31.12.2025;;F1;Fatura;"bir\niki";10;'))
        assert Entry.objects.get().description == "bir\niki"

    def test_a_quote_that_never_closes_loses_no_row(self, erp):
        """Inches: ERPs that quote nothing write descriptions like this."""
        lost = rows(
            '120.01;31.12.2025;;F1;Fatura;"1/2 boru;10,00;',
            "120.01;31.12.2025;;F2;Fatura;;20,00;",
            '120.01;31.12.2025;;F3;Fatura;"3/4 boru;30,00;40,00',
            "120.01;31.12.2025;;F4;Fatura;;;50,00",
        )
        before = dump()
        try:
            code, _out = erp.command(lost, "--json")
        except CommandError:
            code = 1
        assert (code == 1 and dump() == before) or Entry.objects.count() == 4
