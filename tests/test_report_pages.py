"""Reports as a dealer meets them: their pages and filters."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from b2b_portal import reports
from b2b_portal.ledger.posting import allocate, reverse
from b2b_portal.models import Payment
from b2b_portal.pages.models import ReportPage
from b2b_portal.reports.base import Report, _reports
from b2b_portal.reports.periods import bounds
from b2b_portal.tables.table import Column, Row, Table
from b2b_portal.testing.factories import make_entry

from .fixtures import PORTAL
from .reading import ISTANBUL, add_page, column, see, text
from .test_all_reports import NAMES, make_invoice, make_order

D = Decimal


class TestInvoices:
    def test_what_is_open_of_each(self, browser, account):
        old = make_invoice(account, "F1", [("K", "Kupa", 10, "8.5")], days=60)
        make_invoice(account, "F2", [("K", "Kupa", 10, "10")], days=10)
        paid = make_entry(account, "-50", document_no="H1")
        allocate(paid, old.entry, D(50))
        page = see(browser, "invoices")
        assert [row[1:] for row in page.rows["row"]] == [
            ["F2", "Fatura", page.rows["row"][0][3], "100,00", "20,00", "", "120,00", "120,00"],
            [
                "Vadesi geçmiş F1",
                "Fatura",
                page.rows["row"][1][3],
                "85,00",
                "17,00",
                "",
                "102,00",
                "52,00",
            ],
        ]
        assert page.rows["totals"][0][4:] == ["185,00", "37,00", "0,00", "222,00", "172,00"]
        assert column(see(browser, "invoices", state="overdue"), 1) == ["Vadesi geçmiş F1"]
        assert see(browser, "invoices", state="paid").rows["row"] == []

    def test_what_was_bought_on_which_day_in_how_many_units(self, browser, account):
        make_invoice(
            account, "F1", [("K-1", "Kupa İSTANBUL", 12, "8.5"), ("K-2", "Çay", "2.5", 4)], days=5
        )
        page = see(browser, "invoices", show="lines")
        assert [row[1:] for row in page.rows["row"]] == [
            ["F1", "K-1", "Kupa İSTANBUL", "12", "Adet", "8,50", "20", "102,00"],
            ["F1", "K-2", "Çay", "2,5", "Adet", "4,00", "20", "10,00"],
        ]
        assert page.rows["totals"][0][-1] == "112,00"
        for words in ("istanbul", "İSTANBUL", "kupa ıstanbul", "K-1"):
            assert column(see(browser, "invoices", show="lines", q=words), 2) == ["K-1"]
            assert column(see(browser, "invoices", q=words), 1) == ["F1"]
        assert see(browser, "invoices", q="yok").rows["row"] == []

    def test_a_return_lowers_and_a_cancelled_one_counts_nothing(self, browser, account):
        make_invoice(account, "F1", [("K", "Kupa", 10, 10)], days=9)
        make_invoice(account, "I1", [("K", "Kupa", 2, 10)], days=5, is_return=True, is_credit=True)
        cancelled = make_invoice(account, "F2", [("K", "Kupa", 5, 10)], days=3)
        reverse(cancelled.entry, reason="iptal")
        type(cancelled).objects.filter(pk=cancelled.pk).update(is_cancelled=True)
        page = see(browser, "invoices")
        assert column(page, 2) == ["İptal", "İade", "Fatura"]
        assert column(page, 7) == ["0,00", "-24,00", "120,00"]
        assert page.rows["totals"][0][7:] == ["96,00", "96,00"]
        assert "-0,00" not in page.words
        assert "Eksi tutarlar" in page.words


class TestPurchases:
    def test_each_product_once_and_how_its_price_went(self, browser, account):
        make_invoice(account, "F1", [("K-1", "Kupa", 10, 8), ("K-2", "Çay", 1, 5)], days=40)
        make_invoice(account, "F2", [("K-1", "Kupa, yeni", 5, 10)], days=20)
        make_invoice(
            account, "I1", [("K-1", "Kupa", 2, 8)], days=10, is_return=True, is_credit=True
        )
        page = see(browser, "purchases")
        last_on = page.rows["row"][0][7]
        assert page.rows["row"][0] == [
            *("K-1", "Kupa", "13", "Adet", "8,00", "10,00", "10,00", last_on, "114,00"),
        ]
        assert page.rows["totals"][0][-1] == "119,00"
        assert "product=K-1" in page.html
        history = see(browser, "purchases", product="K-1")
        assert column(history, 1) == ["F1", "F2", "I1"]
        assert column(history, 7) == ["", "25,00", ""]
        assert column(history, 4) == ["10", "5", "-2"]

    def test_what_the_account_sold_is_no_purchase(self, browser, account):
        make_invoice(account, "F1", [("K", "Kupa", 10, 10)], days=9)
        make_invoice(
            account, "A1", [("K", "Kupa", 4, 3), ("S", "Sepet", 1, 1)], days=5, is_credit=True
        )
        make_invoice(account, "AI1", [("K", "Kupa", 1, 3)], days=4, is_return=True)
        make_invoice(account, "I1", [("K", "Kupa", 2, 10)], days=2, is_return=True, is_credit=True)
        page = see(browser, "purchases")
        bought_on = f"{timezone.localdate() - timedelta(9):%d.%m.%Y}"
        assert page.rows["row"] == [
            ["K", "Kupa", "8", "Adet", "10,00", "10,00", "10,00", bought_on, "80,00"]
        ]
        assert page.rows["totals"][0][-1] == "80,00"
        assert column(see(browser, "purchases", product="K"), 1) == ["F1", "I1"]
        order = text(browser.get("/b2b/order/?period=all").content.decode())
        assert f"en son {bought_on} tarihinde 10 Adet" in order and "Sepet" not in order

    def test_a_price_that_hardly_moved_has_no_minus(self, browser, account):
        for number, price, days in (("F1", 100_000, 9), ("F2", 99_999, 5), ("F3", 90_000, 1)):
            make_invoice(account, number, [("K", "Kupa", 1, price)], days=days)
        assert column(see(browser, "purchases", product="K"), 7) == ["", "0,00", "-10,00"]
        response = browser.get("/b2b/reports/purchases.csv?period=all&product=K")
        assert ";-0;" not in b"".join(response.streaming_content).decode()


class TestPayments:
    @pytest.fixture
    def paid(self, account):
        today = timezone.localdate()
        invoice = make_entry(account, "500", document_no="F1", booked_on=today - timedelta(9))
        moments = {
            "H1": datetime(2026, 1, 5, 14, 7, 59, tzinfo=ISTANBUL),
            "H2": datetime(2026, 1, 5, 0, 0, tzinfo=ISTANBUL),
            "H3": None,
        }
        for no, moment in moments.items():
            make_entry(
                account,
                "-10.05",
                document_no=no,
                booked_on=today - timedelta(5),
                occurred_at=moment,
                description="Ziraat Bankası",
            )
        card = make_entry(account, "-100", kind="card", document_no="B2B1", booked_on=today)
        allocate(card, invoice, D(100))
        Payment.objects.create(
            account=account,
            currency="TRY",
            amount=100,
            state="paid",
            gateway="x",
            card="552608******0006",
            installments=3,
            entry=card,
        )
        cheque = make_entry(account, "-40", kind="cheque", document_no="C1", booked_on=today)
        make_entry(account, "40", kind="cheque_returned", document_no="C1", booked_on=today)
        gone = make_entry(account, "-77", kind="cash", document_no="GONE", booked_on=today)
        reverse(gone, reason="yanlış")
        return cheque

    def test_when_how_much_by_what_and_for_what(self, browser, paid):
        page = see(browser, "payments")
        rows = {(row[2], row[-1]): row for row in page.rows["row"]}
        assert rows["B2B1", "100,00"][3:] == [
            *("Online kart ödemesi", "552608******0006", "3", "", "F1", "100,00")
        ]
        times = {no: rows[no, "10,05"][1] for no in ("H1", "H2", "H3")}
        assert times == {"H1": "14:07", "H2": "—", "H3": "—"}
        assert "GONE" not in page.words and "00:00" not in page.words
        assert rows["C1", "-40,00"][3] == "Karşılıksız çek"
        assert page.rows["totals"][0][-1] == "130,15"
        for words in ("(3) 30,15", "(1) 100,00", "(1) 40,00", "(1) -40,00"):
            assert words in page.words

    def test_one_method(self, browser, paid):
        assert column(see(browser, "payments", method="online"), 2) == ["B2B1"]
        assert column(see(browser, "payments", method="bank_transfer"), -1) == ["10,05"] * 3
        assert column(see(browser, "payments", q="ziraat"), 2) == ["H3", "H2", "H1"]


class TestOpenItemsAndAgeing:
    def test_both_come_to_the_balance_of_the_day(self, browser, account):
        today = timezone.localdate()
        for no, amount, age in [("F1", "100", 100), ("F2", "50.50", 45), ("F3", "20", 0)]:
            day = today - timedelta(age)
            make_entry(account, amount, document_no=no, booked_on=day, due_on=day)
        make_entry(account, "-30", booked_on=today - timedelta(1))
        page = see(browser, "open-items")
        assert [row[-1] for row in page.rows["row"]] == ["70,00", "50,50", "20,00"]
        assert column(page, 5) == ["100", "45", ""]
        assert page.rows["totals"][0][-1] == "140,50"
        assert [r[1] for r in see(browser, "open-items", state="overdue").rows["row"]] == [
            "F1",
            "F2",
        ]
        ageing = see(browser, "ageing")
        assert column(ageing, 1) == ["20,00 B", "0,00", "50,50 B", "0,00", "70,00 B"]
        assert ageing.rows["totals"][0][1] == "140,50 B"
        before = (today - timedelta(2)).isoformat()
        assert see(browser, "ageing", as_of=before).rows["totals"][0][1] == "150,50 B"
        assert see(browser, "open-items", as_of=before).rows["totals"][0][-1] == "150,50"

    @pytest.mark.parametrize("day", ["31.02.2026", "0001-01-01", "31.12.1899"])
    def test_a_day_that_is_none_is_told(self, browser, account, day):
        for name in ("ageing", "open-items"):
            assert see(browser, name, as_of=day).status == 422
            assert browser.get(f"/b2b/reports/{name}.csv?as_of={day}").status_code == 400
        assert see(browser, "statement", start=day).status == 422


class TestOrders:
    def test_in_lines_and_without_what_was_cancelled(self, browser, account):
        make_order(account, "S1")
        make_order(account, "S2", state="cancelled", days=1)
        page = see(browser, "orders")
        assert [row[1:] for row in page.rows["row"]] == [
            ["S2", "İptal edildi", "1", "24,60"],
            ["S1", "Açık", "1", "24,60"],
        ]
        assert page.rows["totals"][0][-1] == "24,60"
        lines = see(browser, "orders", show="lines", state="open")
        assert lines.rows["row"][0][3:] == ["K-1", "Kupa", "2,5", "Adet", "8,20", "20,50"]


@pytest.mark.parametrize("name", NAMES)
def test_asks_the_database_no_more_for_more_rows(browser, account, name):
    def fill(count, start):
        for n in range(start, start + count):
            invoice = make_invoice(account, f"F{n}", [(f"K{n}", "Kupa", 1, 10)] * 3, days=5)
            allocate(make_entry(account, "-5", document_no=f"H{n}"), invoice.entry, D(5))
            make_order(account, f"S{n}")

    def count():
        urls = [f"{PORTAL}rapor-{name}/?show=lines"]
        urls += [f"/b2b/reports/{name}.{ending}" for ending in ("pdf", "xlsx", "csv")]
        found = []
        for url in urls:
            with CaptureQueriesContext(connection) as queries:
                response = browser.get(url)
                assert response.status_code == 200
                if response.streaming:
                    b"".join(response.streaming_content)
            found.append(len(queries))
        return found

    add_page(name)
    fill(2, 0)
    count()
    few = count()
    fill(8, 2)
    assert count() == few


def test_an_agency_adds_a_report_with_one_class(browser, account):
    class Hello(Report):
        name = "hello"
        title = "Merhaba"

        def table(self, account, params):
            return Table(
                title=self.title,
                columns=[Column("what", "Ne"), Column("amount", "Tutar", "amount")],
                rows=[Row((account.code, D("1.50")))],
                currency=params["currency"],
            )

    reports.register(Hello)
    try:
        assert ("hello", "Merhaba") in reports.choices()
        assert see(browser, "hello").rows["row"] == [["120.20", "1,50"]]
        for ending in ("pdf", "xlsx", "csv"):
            assert browser.get(f"/b2b/reports/hello.{ending}").status_code == 200
    finally:
        del _reports["hello"]


def test_twelve_months_are_exactly_twelve():
    day = date(2027, 1, 1)
    while day < date(2029, 1, 1):
        start, end = bounds("last_12_months", day)
        before = start - timedelta(1)
        assert end == day
        assert (before.month, before.year) == (day.month, day.year - 1)
        assert before.day == day.day or {before.day, day.day} == {28, 29}
        day += timedelta(1)


def test_a_page_with_a_report_is_previewed_with_sample_data(site):
    add_page("payments")
    page = ReportPage.objects.get(report="payments")
    response = page.make_preview_request()
    assert response.status_code == 200
    words = response.content.decode()
    assert "Örnek veri" in words and "B2B000000019" in words
