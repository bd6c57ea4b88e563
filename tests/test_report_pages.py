"""Reports as a dealer meets them: pages, filters, pages of rows, details, files."""

import csv
import io
import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from python_calamine import CalamineWorkbook

from b2b_portal import reports
from b2b_portal.ledger.posting import allocate, post_all, reverse
from b2b_portal.models import InvoiceFile, Payment
from b2b_portal.pages.models import PortalIndexPage, ReportPage
from b2b_portal.reports.base import Report, _reports
from b2b_portal.reports.periods import bounds
from b2b_portal.tables.csv import guarded
from b2b_portal.tables.table import Column, Row, Table
from b2b_portal.testing.factories import make_account, make_draft, make_entry

from .fixtures import PORTAL, STATEMENT, sign_in
from .test_all_reports import EVIL, NAMES, full, make_invoice, make_order  # noqa: F401
from .test_reports import look

D = Decimal
ISTANBUL = ZoneInfo("Europe/Istanbul")


@pytest.fixture
def account(supplier):
    return make_account(supplier, code="120.20", email="muhasebe@gulhediyelik.com.tr")


@pytest.fixture
def browser(visitor, account):
    assert sign_in(visitor, account).status_code == 303
    return visitor


def add_page(name):
    """The address of a new Turkish page with the report."""
    index = PortalIndexPage.objects.get(locale__language_code="tr")
    page = index.add_child(instance=ReportPage(title=name, slug=f"rapor-{name}", report=name))
    return f"{PORTAL}{page.slug}/"


def see(client, name, **query):
    query.setdefault("period", "all")
    url = f"{PORTAL}rapor-{name}/"
    if not ReportPage.objects.filter(slug=f"rapor-{name}").exists():
        add_page(name)
    return look(client, url, **query)


def column(page, at):
    return [row[at] for row in page.rows["row"]]


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

    def test_a_day_that_is_none_is_told(self, browser, account):
        assert see(browser, "ageing", as_of="31.02.2026").status == 422


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


class TestDetails:
    @pytest.fixture
    def papers(self, account):
        """(address, a word that stands there) of one of each."""
        invoice = make_invoice(account, "F/1", [("K-1", "Kupa & <b>", 3, "8.5")], days=4)
        paid = make_entry(account, "-20", document_no="H1")
        allocate(paid, invoice.entry, D(20))
        order = make_order(account, "S1")
        for kind, data in [("pdf", b"%PDF-1"), ("xml", b"<a/>"), ("pdf", b"%PDF-2")]:
            file = InvoiceFile(invoice=invoice, kind=kind, sha256=str(len(data)) + str(data))
            file.file.save(f"../../x.{kind}", ContentFile(data))
        return {
            f"/b2b/invoices/{invoice.pk}/": "Kupa &amp; &lt;b&gt;",
            f"/b2b/invoices/{invoice.pk}/file.pdf": "%PDF-2",
            f"/b2b/invoices/{invoice.pk}/file.xml": "<a/>",
            f"/b2b/orders/{order.pk}/": "S1",
            f"/b2b/collections/{paid.pk}/": "F/1",
        }

    @pytest.fixture(autouse=True)
    def private_files(self, settings, tmp_path):
        settings.STORAGES = settings.STORAGES | {
            "b2b_portal": {
                "BACKEND": "b2b_portal.files.PrivateStorage",
                "OPTIONS": {"location": str(tmp_path)},
            }
        }

    def test_show_what_the_reports_lead_to(self, browser, papers):
        for url, words in papers.items():
            response = browser.get(url)
            body = b"".join(response) if response.streaming else response.content
            assert response.status_code == 200 and words in body.decode(), url
            assert (
                "no-store" in response["Cache-Control"] and "private" in response["Cache-Control"]
            )
        linked = see(browser, "invoices").html + see(browser, "orders").html
        linked += see(browser, "payments").html
        for url in papers:
            if "file" not in url:
                assert f'href="{url}"' in linked, url
        invoice = next(iter(papers))
        assert browser.get(f"{invoice}file.pdf")["Content-Disposition"] == (
            'attachment; filename="F1.pdf"'
        )
        page = browser.get(invoice).content.decode()
        assert "30,60" in page and "10,60" in page and f"{invoice}file.xml" in page

    def test_what_is_anothers_is_not_there(self, visitor, supplier, papers):
        foreign, stranger = make_account(supplier, email="b@example.com"), Client()
        sign_in(stranger, foreign)
        assert stranger.get("/b2b/reports/statement.pdf").status_code == 200
        for url in papers:
            missing = url.replace(url.split("/")[3], "999999")
            first = stranger.get(url)
            assert first.status_code == stranger.get(missing).status_code != 200
            for address in (url, missing, missing.replace("999999", "9" * 40)):
                assert stranger.get(address, follow=True).status_code == 404, address

    def test_strangers_are_led_to_the_sign_in(self, visitor, papers):
        for url in papers:
            assert visitor.get(url).status_code == 302

    def test_a_payment_that_was_reversed_says_so(self, browser, account):
        entry = make_entry(account, "-10")
        url = f"/b2b/collections/{entry.pk}/"
        assert "ters kayıt" not in browser.get(url).content.decode()
        reverse(entry, reason="yanlış")
        assert "ters kayıt" in browser.get(url).content.decode()

    def test_an_invoice_is_no_collection(self, browser, account):
        entry = make_entry(account, "10")
        assert browser.get(f"/b2b/collections/{entry.pk}/", follow=True).status_code == 404

    def test_a_file_that_is_gone_is_not_found(self, browser, account):
        invoice = make_invoice(account, "F1", [("K", "Kupa", 1, 1)], days=1)
        InvoiceFile.objects.create(invoice=invoice, kind="pdf", file="gone.pdf", sha256="x")
        for kind in ("pdf", "xml", "exe"):
            response = browser.get(f"/b2b/invoices/{invoice.pk}/file.{kind}", follow=True)
            assert response.status_code == 404


class TestFiles:
    @pytest.mark.parametrize("name", NAMES)
    def test_are_private_and_named_by_the_server(self, browser, account, name):
        for ending in ("pdf", "xlsx", "csv"):
            response = browser.get(f"/b2b/reports/{name}.{ending}?q=../../x%0d%0a")
            assert response.status_code in (200, 400)
            response = browser.get(f"/b2b/reports/{name}.{ending}")
            assert response.status_code == 200 and response.streaming
            assert b"".join(response.streaming_content)
            assert "no-store" in response["Cache-Control"]
            assert response["Content-Disposition"].endswith(
                f'-12020-{timezone.localdate()}.{ending}"'
            )
        assert browser.get(f"/b2b/reports/{name}.exe", follow=True).status_code == 404

    def test_what_looks_like_a_formula_stays_text(self, browser, account):
        for text in EVIL:
            make_entry(account, "-1234.56", description=text, kind="cash")
        data = b"".join(browser.get("/b2b/reports/statement.xlsx?period=all").streaming_content)
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
        found = [row[3] for row in sheet.to_python()]
        assert set(EVIL) - {"\rx"} <= set(found)
        assert b"<f>" not in data
        text = b"".join(browser.get("/b2b/reports/statement.csv?period=all").streaming_content)
        rows = list(csv.reader(io.StringIO(text.decode("utf-8-sig"), newline=""), delimiter=";"))
        cells = [cell for row in rows for cell in row]
        assert not [c for c in cells if c.lstrip(" ")[:1] in "=+@\t\r" and c.strip()]
        assert {f"'{word}" for word in EVIL} <= set(cells)

    def test_a_negative_figure_stays_a_figure(self, browser, account):
        make_invoice(
            account, "I1", [("K", "Kupa", 2, 1000)], days=5, is_return=True, is_credit=True
        )
        text = b"".join(browser.get("/b2b/reports/invoices.csv").streaming_content).decode()
        assert ";-2000,00;-400,00;" in text
        data = b"".join(browser.get("/b2b/reports/invoices.xlsx").streaming_content)
        rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
        assert [-2000.0, -400.0] in [row[4:6] for row in rows]

    def test_guarded_leaves_the_rest_alone(self):
        assert [guarded(text) for text in ("Kupa", "", "a=b", "12-3")] == [
            "Kupa",
            "",
            "a=b",
            "12-3",
        ]


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
