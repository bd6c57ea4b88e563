"""How a row of a file may say what moved, in which currency and when."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2b_portal.erp.cells import RowRefused
from b2b_portal.money import format_amount

from .erp import D, movements

SIDES = "Cari Kodu;Tarih;Tutar;B/A"
BOTH = "Cari Kodu;Tarih;İşlem Türü;Borç;Alacak;Döviz;Kur;Dvz. Borç;Dvz. Alacak"
ONE = "Cari Kodu;Tarih;Borç;Alacak;Para Birimi;Döviz Tutarı"


def row(header, cells):
    (movement,) = movements(f"{header}\n120.01;31.12.2025;{cells}\n")
    return movement


def refused(header, cells):
    with pytest.raises(RowRefused) as refusal:
        row(header, cells)
    return refusal.value


class TestOneAmount:
    @pytest.mark.parametrize(
        ("header", "cells", "amount"),
        [
            ("Cari Kodu;Tarih;Borç;Alacak", "100;", "100"),
            ("Cari Kodu;Tarih;Borç;Alacak", "0,00;100", "-100"),
            ("Cari Kodu;Tarih;Borç;Alacak", "-100;", "-100"),
            ("Cari Kodu;Tarih;Tutar", "100", "100"),
            ("Cari Kodu;Tarih;Tutar", "-1.234,56", "-1234.56"),
            (SIDES, "100;B", "100"),
            (SIDES, "100;A", "-100"),
            (SIDES, "100;borç", "100"),
            (SIDES, "100;ALACAK", "-100"),
            ("Cari Kodu;Tarih;Tutar;Borç/Alacak", "100;Alacak", "-100"),
            ("Cari Kodu;Tarih;Borç;Alacak;Bakiye;B/A", "100;;250;A", "100"),
            ("Cari Kodu;Tarih;Borç;Alacak;Tutar", "100;;999", "100"),
        ],
    )
    def test_debit_is_positive_and_credit_negative(self, header, cells, amount):
        assert row(header, cells)["amount"] == D(amount)

    @pytest.mark.parametrize(
        ("header", "cells", "column"),
        [
            ("Cari Kodu;Tarih;Borç;Alacak", "100;40", "Alacak"),
            (SIDES, "100;X", "B/A"),
            (SIDES, "100;", "B/A"),
            (SIDES, "-100;B", "Tutar"),
            (SIDES, "1e3;B", "Tutar"),
            ("Hesap Kodu;FİŞ TARİHİ;Borç;Alacak", "1e3;", "Borç"),
        ],
    )
    def test_what_is_unclear_is_refused_under_the_files_own_header(self, header, cells, column):
        assert refused(header, cells).column == column

    @given(
        units=st.integers(-(10**14) + 1, 10**14 - 1),
        layout=st.sampled_from(["sides", "signed", "columns"]),
        write=st.sampled_from(
            [
                lambda amount: format_amount(amount, "TRY", "tr"),
                lambda amount: f"{amount}".replace(".", ","),
                lambda amount: f"{amount}",
                lambda amount: f" {amount:+}",
            ]
        ),
    )
    def test_an_amount_is_read_back_exactly(self, units, layout, write):
        amount = D(units).scaleb(-2)
        text, size = write(amount), write(abs(amount))
        header, cells = {
            "signed": ("Cari Kodu;Tarih;Tutar", text),
            "sides": (SIDES, f"{size};{'B' if amount >= 0 else 'A'}"),
            "columns": (
                "Cari Kodu;Tarih;Borç;Alacak",
                f"{size};0,00" if amount >= 0 else f";{size}",
            ),
        }[layout]
        assert row(header, cells)["amount"] == amount


class TestTwoCurrencies:
    def test_a_row_in_the_books_currency_is_what_its_local_columns_say(self):
        movement = row(BOTH, "Fatura;4.250,00;;TL;1;100;")
        assert (movement["currency"], movement["amount"]) == ("TRY", D(4250))
        assert (movement["base_amount"], movement["rate"]) == (None, None)

    @pytest.mark.parametrize(
        ("header", "cells", "amount", "base"),
        [
            (BOTH, "Fatura;4.250,00;;USD;42,5;100;", "100", "4250"),
            (BOTH, "Havale;;4.250,00;USD;42,5;;100", "-100", "-4250"),
            (BOTH, "Havale;;4.251,00;USD;42,5;;100", "-100", "-4251"),
            (BOTH, "Fatura;;;USD;42,5;100;", "100", "4250"),
            (BOTH, "Fatura;;;USD;;100;", "100", None),
            (BOTH, "Kur Farkı;500;;USD;;;", "0", "500"),
            (BOTH, "Kur Farkı;;500;USD;;0,00;0,00", "0", "-500"),
            (ONE, "4.250,00;;USD;100", "100", "4250"),
            (ONE, ";4.250,00;USD;100", "-100", "-4250"),
            (ONE, ";4.250,00;USD;-100", "-100", "-4250"),
            (
                "Cari Kodu;Tarih;Tutar;B/A;Döviz;Döviz Tutarı",
                "4250;A;EUR;100",
                "-100",
                "-4250",
            ),
        ],
    )
    def test_a_foreign_row_moves_its_own_currency_and_the_books(self, header, cells, amount, base):
        movement = row(header, cells)
        assert movement["amount"] == D(amount)
        assert movement["base_amount"] == (base and D(base))

    @pytest.mark.parametrize(
        ("header", "cells", "column"),
        [
            (BOTH, "Fatura;500;;USD;;;", "Dvz. Borç"),
            (BOTH, "Fatura;500;;USD;;;100", "Dvz. Borç"),
            (BOTH, "Fatura;500;;USD;;100;100", "Dvz. Alacak"),
            (ONE, "500;;USD;", "Döviz Tutarı"),
            (BOTH, "Fatura;500;;USD;1.234,5;100;", "Kur"),
        ],
    )
    def test_what_cannot_be_true_is_refused(self, header, cells, column):
        assert refused(header, cells).column == column


class TestDays:
    @pytest.mark.parametrize(
        "text",
        [
            *("5.1.2026", "05.01.2026", "05/01/2026", "2026-01-05", "20260105"),
            *("05-01-2026", "2026/01/05", "2026.01.05", "05.01.26", "5.1.26 14:05"),
            *("05.01.2026 14:05", "05.01.2026 14:05:09", "2026-01-05 00:00:00.000"),
            *("2026-01-05T14:05:09", " 05.01.2026 "),
        ],
    )
    def test_as_erps_write_them(self, text):
        (movement,) = movements(f"Cari Kodu;Tarih;Vade;Tutar\n120.01;{text};{text};1\n")
        assert movement["booked_on"] == movement["due_on"] == date(2026, 1, 5)

    @pytest.mark.parametrize(
        "text",
        [
            *("31.02.2026", "29.02.2025", "2026-13-01", "46022", "05/01/26", "05-01-26"),
            *("31.12.1899", "01.01.2101", "05.01.2026 sabah", "05.01/2026", "٠٥.٠١.٢٠٢٦"),
        ],
    )
    def test_what_is_no_day_is_refused(self, text):
        with pytest.raises(RowRefused) as refusal:
            movements(f"Cari Kodu;FİŞ TARİHİ;Tutar\n120.01;{text};1\n")
        assert refusal.value.column == "FİŞ TARİHİ"
        assert f"“{text}”" in refusal.value.reason

    @pytest.mark.parametrize(("text", "year"), [("31.12.69", 2069), ("31.12.70", 1970)])
    def test_two_digits_of_a_year(self, text, year):
        (movement,) = movements(f"Cari Kodu;Tarih;Tutar\n120.01;{text};1\n")
        assert movement["booked_on"] == date(year, 12, 31)

    def test_a_movement_without_a_day_is_refused(self):
        with pytest.raises(RowRefused) as refusal:
            movements("Cari Kodu;FİŞ TARİHİ;Tutar\n120.01;;1\n")
        assert refusal.value.column == "FİŞ TARİHİ"

    @pytest.mark.parametrize(
        ("text", "day"),
        [("", None), ("0", None), ("-30", date(2026, 2, 4)), ("20260131", date(2026, 1, 31))],
    )
    def test_a_due_day_may_be_none_or_a_number_of_days(self, text, day):
        (movement,) = movements(f"Cari Kodu;Tarih;Vade;Tutar\n120.01;05.01.2026;{text};1\n")
        assert movement["due_on"] == day


def test_of_two_columns_for_one_field_the_first_that_says_something_counts():
    header = "Cari Kodu;Fiş No;Evrak No;Tarih;Tutar"
    told = movements(f"{header}\n120.01;F1;E1;31.12.2025;1\n120.01;F2;;31.12.2025;1\n")
    assert [movement["document_no"] for movement in told] == ["E1", "F2"]
