"""Pages of a report's rows: where the one before ended; all of them; sorted."""

import re
from decimal import Decimal

import pytest

from b2b_portal.ledger.posting import post_all
from b2b_portal.reports import files
from b2b_portal.testing.factories import make_draft

from .fixtures import STATEMENT
from .reading import column, look, see
from .test_all_reports import make_invoice
from .test_report_snippets import make_snippet, put_on_page

D = Decimal


class TestPagesOfRows:
    @pytest.fixture
    def many(self, account):
        post_all([make_draft(account, "10.01", document_no=f"A{n:03}") for n in range(1, 451)])

    def test_the_statement_goes_on_where_the_page_before_ended(self, browser, many):
        seen, balance = [], D(0)
        for number in (1, 2, 3):
            page = look(browser, STATEMENT, period="all", page=number)
            (opening,) = page.rows["opening"]
            assert opening[7] == f"{balance:,.2f}".translate({44: ".", 46: ","})
            assert opening[3] == ("Devir" if number == 1 else "Nakli yekûn")
            for row in page.rows["row"]:
                balance += D("10.01")
                assert row[7] == f"{balance:,.2f}".translate({44: ".", 46: ","})
            seen += page.documents()
            assert page.rows["totals"][0][7] == "4.504,50"
            assert "tüm sayfalar" in page.rows["totals"][0][3]
        assert seen == [f"A{n:03}" for n in range(1, 451)]

    def test_print_and_files_have_all_rows(self, browser, many):
        assert len(look(browser, STATEMENT, period="all", page="all").rows["row"]) == 450
        response = browser.get("/b2b/reports/statement.csv?period=all&page=2")
        text = b"".join(response.streaming_content).decode("utf-8-sig")
        assert re.findall(r";(A\d{3});", text) == [f"A{n:03}" for n in range(1, 451)]

    @pytest.mark.parametrize(
        ("wanted", "first"),
        [("0", 1), ("x", 1), ("-1", 1), ("99", 401), ("9" * 5000, 401), ("last", 401), ("", 401)],
    )
    def test_a_page_that_is_none(self, browser, many, wanted, first):
        page = look(browser, STATEMENT, period="all", page=wanted)
        assert page.documents()[0] == f"A{first:03}"

    def test_sorted_by_a_column(self, browser, account):
        for no, price in [("B", 30), ("ç", 10), ("C", 20)]:
            make_invoice(account, no, [("K", "Kupa", 1, price)], days=3)
        assert column(see(browser, "invoices", sort="payable"), 4) == ["10,00", "20,00", "30,00"]
        assert column(see(browser, "invoices", sort="-payable"), 4) == ["30,00", "20,00", "10,00"]
        assert column(see(browser, "invoices", sort="number"), 1)[0] == "B"
        assert len(see(browser, "invoices", sort="nothing").rows["row"]) == 3

    def test_all_are_shown_up_to_as_many_as_a_file_has_at_once(self, browser, many, monkeypatch):
        pages = look(browser, STATEMENT, period="all")
        assert "Tümü (yazdırmak için)" in pages.words
        monkeypatch.setattr(files, "AT_ONCE", 449)
        assert "Tümü (yazdırmak için)" not in look(browser, STATEMENT, period="all").words
        page = look(browser, STATEMENT, period="all", page="all")
        assert page.documents() == [f"A{n:03}" for n in range(1, 201)]

    @pytest.mark.parametrize(
        "columns",
        [["date", "debit", "credit", "balance"], ["debit", "credit"], ["balance"], ["due"]],
    )
    def test_the_ends_are_named_whatever_columns_an_editor_chose(self, browser, many, columns):
        url = put_on_page(make_snippet("statement", columns=columns, rows_per_page=300))
        first, second = (look(browser, url, period="all", page=n) for n in (1, 2))
        assert (first.status, second.status) == (200, 200)
        assert len(first.rows["row"]) == 300 and len(second.rows["row"]) == 150
        if "balance" in columns:
            assert "3.003,00" in second.rows["opening"][0]
        if "date" in columns:
            assert "Devir" in first.rows["opening"][0]
            assert "Nakli yekûn" in second.rows["opening"][0]
            assert "Genel toplam (tüm sayfalar)" in first.rows["totals"][0]
