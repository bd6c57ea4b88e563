"""The account statement's page as a dealer reads it."""

import io
import re
from datetime import date

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from b2b_portal.ledger.posting import post_all, reverse
from b2b_portal.models import ImportBatch
from b2b_portal.testing.factories import make_account, make_draft, make_entry

from .fixtures import STATEMENT, sign_in
from .reading import ENGLISH, PDF, at, look, pages_of, text


class TestThePage:
    def test_opening_movements_totals(self, browser, moved):
        page = look(browser, period="custom", start="2026-02-01", end="2026-03-31")
        assert page.order == ["opening", "row", "row", "row", "totals"]
        assert page.rows["opening"] == [["", "", "", "Devir", "", "", "", "500,00", "B"]]
        assert page.rows["row"] == [
            ["05.02.2026", "ANT002", "Fatura", "", "07.03.2026", "300,10", "", "800,10", "B"],
            ["20.02.2026", "HVL001", "Havale", "", "", "", "1.000,00", "199,90", "A"],
            ["10.03.2026", "ANT003", "Fatura", "", "09.04.2026", "199,90", "", "0,00", ""],
        ]
        assert page.rows["totals"] == [["", "", "", "Toplam", "", "500,00", "1.000,00", "0,00", ""]]
        headings = [text(th) for th in re.findall(r'<th scope="col".*?</th>', page.html, re.S)]
        assert headings == [
            "Tarih",
            "Evrak No",
            "İşlem Türü",
            "Açıklama",
            "Vade",
            "Borç",
            "Alacak",
            "Bakiye",
            "B/A",
        ]

    def test_in_english(self, browser, moved):
        page = look(browser, ENGLISH, period="custom", start="2026-02-01", end="2026-02-28")
        assert page.rows["opening"][0][3] == "Opening balance"
        assert page.rows["row"][1][1:] == [
            "HVL001",
            "Bank transfer",
            "",
            "",
            "",
            "1,000.00",
            "199.90",
            "C",
        ]
        assert page.rows["totals"][0][3] == "Total"
        assert page.rows["row"][0][0] == "05/02/2026"

    def test_a_period_without_movements_shows_what_is_carried(self, browser, moved):
        page = look(browser, period="custom", start="2026-03-15", end="2026-03-20")
        assert page.order == ["opening", "totals"]
        assert "Gösterilecek kayıt yok." in page.words
        page = look(browser, period="custom", start="2026-02-25", end="2026-02-28")
        assert page.rows["opening"][0][7:] == page.rows["totals"][0][7:] == ["199,90", "A"]

    def test_an_account_without_movements(self, browser):
        page = look(browser, period="all")
        assert page.status == 200
        assert page.rows["opening"][0][7:] == page.rows["totals"][0][7:] == ["0,00", ""]

    def test_what_is_overdue_is_said_in_words(self, visitor, account):
        for no, due in [("ANT001", date(2026, 4, 9)), ("ANT002", date(2026, 4, 10))]:
            make_entry(account, "10", document_no=no, booked_on=date(2026, 3, 10), due_on=due)
        with at(2026, 4, 10, 12):
            sign_in(visitor, account)
            first, second = look(visitor, period="all").rows["row"]
            english = look(visitor, ENGLISH, period="all").rows["row"]
        assert first[3] == "Vadesi geçmiş" and second[3] == ""  # on its day it is not overdue yet
        assert english[0][3] == "Overdue" and english[1][3] == ""

    def test_what_was_paid_in_time_is_not_overdue(self, browser, moved):
        """ANT001 and ANT002 are paid by HVL001, and 199,90 of ANT003."""
        page = look(browser, period="all")
        marked = [row[1] for row in page.rows["row"] if "Vadesi geçmiş" in row[3]]
        assert marked == ["ANT004"]

    def test_a_pair_of_movement_and_reversal_is_left_out(self, browser, account):
        make_entry(account, "10", document_no="ANT001", booked_on=date(2026, 1, 10))
        wrong = make_entry(account, "99.99", document_no="ANT002", booked_on=date(2026, 1, 11))
        reverse(wrong, reason="Yanlış tutar", booked_on=date(2026, 2, 1))
        page = look(browser, period="all")
        assert page.documents() == ["ANT001"]
        assert page.rows["totals"][0][5:] == ["10,00", "0,00", "10,00", "B"]
        # Where only one of the two lies in the period it counts:
        page = look(browser, period="custom", start="2026-01-01", end="2026-01-31")
        assert page.documents() == ["ANT001", "ANT002"]
        assert page.rows["totals"][0][7] == "109,99"
        page = look(browser, period="custom", start="2026-02-01", end="2026-02-28")
        assert page.rows["opening"][0][7] == "109,99" and page.rows["totals"][0][7] == "10,00"

    def test_one_chooses_a_currency(self, browser, account):
        make_entry(account, "100", currency="USD", document_no="US1", booked_on=date(2026, 1, 1))
        assert look(browser, period="all").documents() == ["US1"]
        make_entry(account, "10", document_no="TR1", booked_on=date(2026, 1, 1))
        make_entry(account, "-5", currency="EUR", document_no="EU1", booked_on=date(2026, 1, 1))
        page = look(browser, period="all")
        assert (page.facts["Para birimi"], page.documents()) == ("TRY", ["TR1"])
        options = re.findall(r'<option value="([A-Z]{3})"', page.html)
        assert options == ["TRY", "EUR", "USD"]
        for currency, document, side in [("USD", "US1", "B"), ("EUR", "EU1", "A")]:
            page = look(browser, period="all", currency=currency)
            assert (page.facts["Para birimi"], page.documents()) == (currency, [document])
            assert page.rows["totals"][0][8] == side

    def test_the_newest_import_dates_the_figures(self, browser, account, tmp_path):
        assert look(browser).facts["ERP verisinin tarihi"] == "—"
        path = tmp_path / "hareketler.csv"
        path.write_text("Cari Kodu;Tarih;Evrak No;Borç;Alacak\n120.20;01.01.2026;F1;10;\n", "utf-8")
        for moment in [(2026, 5, 1, 8, 5), (2026, 5, 2, 0, 30)]:
            with at(*moment):
                call_command(
                    "b2b_portal_import",
                    "entries",
                    str(path),
                    supplier=account.supplier.tax_number,
                    stdout=io.StringIO(),
                )
        # Another supplier's and other kinds of files say nothing about these figures.
        ImportBatch.objects.create(supplier=make_account().supplier, kind="entries")
        ImportBatch.objects.create(supplier=account.supplier, kind="invoices")
        assert look(browser).facts["ERP verisinin tarihi"] == "02.05.2026 00:30"
        assert look(browser, ENGLISH).facts["Data of the ERP as of"] == "02/05/2026 00:30"

    def test_names_the_account(self, browser):
        assert look(browser).facts["Cari hesap"] == "120.20 Gül Hediyelik Eşya Ltd. Şti."

    def test_what_others_wrote_is_only_text(self, browser, account):
        evil = '<script>alert(1)</script> =HYPERLINK("http://evil.example")'
        make_entry(account, "10", description=evil, document_no="<b>ANT</b>")
        page = look(browser)
        assert "<script>alert" not in page.html and "<b>ANT" not in page.html
        assert "&lt;script&gt;alert(1)" in page.html

    def test_nothing_of_another_account_is_in_it(self, browser, moved):
        foreign = make_account(moved.supplier, code="120.21", title="Başka Ltd.")
        for currency in ("TRY", "USD"):
            make_entry(foreign, "777.77", document_no="FREMD", currency=currency)
        for query in [
            {"period": "all"},
            {"period": "all", "account": foreign.pk},
            {"period": "all", "account": "120.21", "supplier": foreign.supplier.tax_number},
        ]:
            page = look(browser, **query)
            assert page.documents() == ["ANT001", "ANT002", "HVL001", "ANT003", "ANT004"]
            whole = page.html + "".join(pages_of(browser, **query))
            for secret in ("FREMD", "777,77", "Başka", "120.21"):
                assert secret not in whole
        assert look(browser, period="all", currency="USD").status == 422

    def test_strangers_are_led_to_the_sign_in(self, visitor, moved):
        for url in (STATEMENT, ENGLISH, PDF):
            response = visitor.get(url)
            assert response.status_code == 302
            assert b"ANT001" not in response.content

    def test_asks_the_database_no_more_for_more_rows(self, browser, account):
        def questions(url):
            with CaptureQueriesContext(connection) as queries:
                response = browser.get(url + "?period=all")
                if response.streaming:
                    b"".join(response.streaming_content)
            assert response.status_code == 200
            return len(queries)

        make_entry(account, "1")
        for url in (STATEMENT, PDF):
            questions(url)
        few = [questions(STATEMENT), questions(PDF)]
        post_all([make_draft(account, "1.01") for _number in range(150)])
        post_all([make_draft(account, "-0.50") for _number in range(50)])
        assert [questions(STATEMENT), questions(PDF)] == few


@pytest.mark.parametrize("name", ["nothing", "Statement", "statement2"])
def test_a_report_nobody_knows_is_not_found(browser, name):
    response = browser.get(f"/b2b/reports/{name}.pdf", follow=True)
    assert response.status_code == 404
