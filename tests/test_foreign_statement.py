"""A statement in foreign currency, beside it the books' own."""

import re
from datetime import date
from decimal import Decimal

import pytest

from b2b_portal.ledger.posting import post_all
from b2b_portal.money import format_amount
from b2b_portal.testing.factories import make_draft, make_entry

from .fixtures import STATEMENT
from .reading import ENGLISH, headings_of, lines_of, look, pages_of

D = Decimal


@pytest.fixture
def golden(account):
    """USD 1.000,00 sold at 34,0000 and collected at 35,1234; the difference makes both 0."""
    for no, day, amount, base, more in [
        ("FT1", date(2026, 1, 5), "1000", "34000", {"rate": D("34"), "due_on": date(2026, 2, 4)}),
        ("HVL1", date(2026, 2, 10), "-1000", "-35123.40", {"rate": D("35.1234")}),
        ("KF1", date(2026, 2, 11), "0", "1123.40", {"kind": "fx_difference"}),
    ]:
        make_entry(
            account,
            amount,
            currency="USD",
            base_amount=D(base),
            document_no=no,
            booked_on=day,
            **more,
        )
    return account


class TestForeignCurrency:
    def test_shows_both_currencies(self, browser, golden):
        page = look(browser, period="all")
        assert headings_of(page) == [
            "Tarih",
            "Evrak No",
            "İşlem Türü",
            "Açıklama",
            "Vade",
            "Dvz. Borç",
            "Dvz. Alacak",
            "Dvz. Bakiye",
            "Kur",
            "TL Borç",
            "TL Alacak",
            "TL Bakiye",
        ]
        figures = {row[1]: row[5:] for row in page.rows["row"]}
        assert figures == {
            "FT1": ["1.000,00", "", "1.000,00 B", "34,0000", "34.000,00", "", "34.000,00 B"],
            "HVL1": ["", "1.000,00", "0,00", "35,1234", "", "35.123,40", "1.123,40 A"],
            "KF1": ["", "", "0,00", "", "1.123,40", "", "0,00"],
        }
        total = ["1.000,00", "1.000,00", "0,00", "", "35.123,40", "35.123,40", "0,00"]
        assert page.rows["opening"][0][5:] == ["", "", "0,00", "", "", "", "0,00"]
        assert page.rows["totals"][0][5:] == total
        assert "tutarı olmayan" not in page.words

    @pytest.mark.parametrize("url", [STATEMENT, ENGLISH])
    def test_the_pdf_shows_the_same_line_by_line(self, browser, golden, url):
        for query in [
            {"period": "all"},
            {"period": "custom", "start": "2026-02-01", "end": "2026-02-10"},
        ]:
            page = look(browser, url, **query)
            (pdf,) = pages_of(browser, **query)
            rows = [" ".join(headings_of(page)), *lines_of(page)]
            assert " ".join(rows) in " ".join(pdf.split())

    def test_a_period_opens_and_closes_in_both(self, browser, golden):
        def opening_and_closing(start, end):
            page = look(browser, period="custom", start=start, end=end)
            return [page.rows[kind][0][at] for kind in ("opening", "totals") for at in (7, 11)]

        assert opening_and_closing("2026-01-06", "2026-02-10") == [
            "1.000,00 B",
            "34.000,00 B",
            "0,00",
            "1.123,40 A",
        ]
        assert opening_and_closing("2026-02-11", "") == ["0,00", "1.123,40 A", "0,00", "0,00"]

    def test_in_english(self, browser, golden):
        page = look(browser, ENGLISH, period="all")
        assert headings_of(page)[5:] == [
            "FX debit",
            "FX credit",
            "FX balance",
            "Rate",
            "TL debit",
            "TL credit",
            "TL balance",
        ]
        assert page.rows["row"][1][5:] == [
            "",
            "1,000.00",
            "0.00",
            "35.1234",
            "",
            "35,123.40",
            "1,123.40 C",
        ]

    def test_a_movement_without_an_amount_in_the_books_shows_none(self, browser, account):
        make_entry(account, "1000", currency="USD", booked_on=date(2026, 1, 5))
        make_entry(
            account,
            "-400",
            currency="USD",
            base_amount=D("-14000"),
            rate=D("35"),
            booked_on=date(2026, 1, 6),
        )
        page = look(browser, period="all")
        assert [row[5:] for row in page.rows["row"]] == [
            ["1.000,00", "", "1.000,00 B", "", "", "", "0,00"],
            ["", "400,00", "600,00 B", "35,0000", "", "14.000,00", "14.000,00 A"],
        ]
        note = "TL tutarı olmayan hareketler TL bakiyesine dahil değildir."
        assert note in page.words
        assert note in pages_of(browser, period="all")[0]

    def test_books_in_euro(self, browser, golden):
        golden.supplier.currency = "EUR"
        golden.supplier.save()
        page = look(browser, period="all")
        assert headings_of(page)[9:] == ["EUR Borç", "EUR Alacak", "EUR Bakiye"]
        assert headings_of(look(browser, ENGLISH))[9:] == [
            "EUR debit",
            "EUR credit",
            "EUR balance",
        ]
        assert page.rows["row"][1][5:] == [
            "",
            "1.000,00",
            "0,00",
            "35,1234",
            "",
            "35.123,40",
            "1.123,40 A",
        ]

    def test_where_the_books_have_no_amounts_nothing_is_added(self, browser, account):
        make_entry(account, "1000", currency="USD")
        page = look(browser)
        assert headings_of(page)[5:] == ["Borç", "Alacak", "Bakiye", "B/A"]
        assert page.rows["totals"][0][5:] == ["1.000,00", "0,00", "1.000,00", "B"]
        assert "tutarı olmayan" not in page.words

    def test_a_movement_before_the_period_that_lacks_an_amount_is_told_too(self, browser, account):
        make_entry(account, "1000", currency="USD", booked_on=date(2026, 1, 5))
        make_entry(
            account,
            "100",
            currency="USD",
            base_amount=D(3500),
            rate=D(35),
            booked_on=date(2026, 3, 5),
        )
        page = look(browser, period="custom", start="2026-03-01", end="2026-03-31")
        assert "tutarı olmayan" in page.words

    def test_both_balances_and_the_sums_are_carried_over(self, browser, account):
        """Every second movement is an exchange difference, so pages end in one too."""
        sale = {"base_amount": D("350.35"), "rate": D(35)}
        difference = {"base_amount": D("-400.10"), "kind": "fx_difference"}
        post_all(
            [
                make_draft(
                    account,
                    "10.01" if n % 2 else "0",
                    currency="USD",
                    document_no=f"ANT{n:03}",
                    booked_on=date(2026, 1, 1),
                    **(sale if n % 2 else difference),
                )
                for n in range(1, 91)
            ]
        )
        page = look(browser, period="all")
        after = {}
        for n, row in enumerate(page.rows["row"], 1):
            sales, differences = (n + 1) // 2, n // 2
            debit, base_debit, base_credit = (
                format_amount(amount, "TRY", "tr")
                for amount in (
                    sales * D("10.01"),
                    sales * D("350.35"),
                    differences * D("400.10"),
                )
            )
            after[row[1]] = f"{debit} 0,00 {row[7]} {base_debit} {base_credit} {row[11]}"
        assert after["ANT002"] == "10,01 0,00 10,01 B 350,35 400,10 49,75 A"
        pages = pages_of(browser, period="all")
        last = None
        for number, pdf in enumerate(pages, 1):
            lines = [" ".join(line.split()) for line in pdf.splitlines()]
            brought = [line for line in lines if line.startswith("Nakli yekûn")]
            carried = [line for line in lines if line.startswith("Devreden")]
            assert brought == ([f"Nakli yekûn {after[last]}"] if number > 1 else [])
            last = re.findall(r"ANT\d{3}", pdf)[-1]
            assert carried == ([f"Devreden {after[last]}"] if number < len(pages) else [])
        assert len(pages) > 2 and last == "ANT090"
