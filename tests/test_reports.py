"""The account statement as a dealer reads it: the page, and the PDF."""

import html
import io
import re
from datetime import date, datetime
from decimal import Decimal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pypdf import PdfReader

from b2b_portal.ledger.posting import post_all, reverse
from b2b_portal.models import ImportBatch
from b2b_portal.money import format_amount
from b2b_portal.testing.factories import make_account, make_draft, make_entry

from .fixtures import STATEMENT, sign_in

D = Decimal
ISTANBUL = ZoneInfo("Europe/Istanbul")
ENGLISH = "/en/customer-portal/account-statement/"
PDF = "/b2b/reports/statement.pdf"


@pytest.fixture
def account(supplier):
    return make_account(
        supplier,
        code="120.20",
        title="Gül Hediyelik Eşya Ltd. Şti.",
        tax_office="Karşıyaka",
        email="muhasebe@gulhediyelik.com.tr",
    )


@pytest.fixture
def dealer_browser(visitor, account):
    """A browser signed in as the account's dealer, now."""
    assert sign_in(visitor, account).status_code == 303
    return visitor


class Page:
    """What a reader sees of a statement page."""

    def __init__(self, response):
        self.status = response.status_code
        self.html = response.content.decode()
        self.facts = {
            text(label): text(value)
            for label, value in re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", self.html, re.S)
        }
        self.rows = {"opening": [], "row": [], "totals": []}
        self.order = []
        for kind, row in re.findall(
            r'<tr role="row" class="b2b-table-(opening|row|totals)[^"]*">(.*?)</tr>',
            self.html,
            re.S,
        ):
            cells = re.findall(r"<t[dh] [^>]*>(.*?)</t[dh]>|<th [^>]*>(.*?)</th>", row, re.S)
            self.rows[kind].append([text(one or other) for one, other in cells])
            self.order.append(kind)
        self.words = text(self.html)

    def documents(self):
        return [row[1] for row in self.rows["row"]]


def text(markup):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def look(client, url=STATEMENT, **query):
    return Page(client.get(f"{url}?{urlencode(query)}"))


def at(*moment):
    return time_machine.travel(datetime(*moment, tzinfo=ISTANBUL), tick=True)


def pages_of(client, **query):
    """The text of each page of the PDF."""
    response = client.get(f"{PDF}?{urlencode(query)}")
    assert response.status_code == 200
    assert response["Content-Type"] == "application/pdf"
    data = b"".join(response.streaming_content)
    return [page.extract_text() for page in PdfReader(io.BytesIO(data)).pages]


class TestPeriods:
    @pytest.mark.parametrize(
        ("today", "shown"),
        [
            (  # leap day
                (2028, 2, 29, 12),
                {
                    "this_month": "01.02.2028 – 29.02.2028",
                    "last_month": "01.01.2028 – 31.01.2028",
                    "this_year": "01.01.2028 – 31.12.2028",
                    "last_12_months": "01.03.2027 – 29.02.2028",
                    "": "01.03.2027 – 29.02.2028",
                },
            ),
            (  # the month before is shorter
                (2028, 3, 31, 12),
                {
                    "this_month": "01.03.2028 – 31.03.2028",
                    "last_month": "01.02.2028 – 29.02.2028",
                    "last_12_months": "01.04.2027 – 31.03.2028",
                },
            ),
            ((2027, 3, 31, 12), {"last_month": "01.02.2027 – 28.02.2027"}),
            (  # the month before is another year's; half past midnight is still last year in London
                (2028, 1, 1, 0, 30),
                {
                    "this_month": "01.01.2028 – 31.01.2028",
                    "last_month": "01.12.2027 – 31.12.2027",
                    "this_year": "01.01.2028 – 31.12.2028",
                    "last_12_months": "02.01.2027 – 01.01.2028",
                },
            ),
            (
                (2027, 12, 31, 23, 30),
                {
                    "this_month": "01.12.2027 – 31.12.2027",
                    "this_year": "01.01.2027 – 31.12.2027",
                },
            ),
        ],
        ids=["29 Feb", "31 Mar 2028", "31 Mar 2027", "1 Jan", "31 Dec"],
    )
    def test_named_periods_on_awkward_days(self, visitor, account, today, shown):
        with at(*today):
            sign_in(visitor, account)
            found = {period: look(visitor, period=period).facts["Dönem"] for period in shown}
        assert found == shown

    def test_two_days(self, dealer_browser):
        for start, end, shown in [
            ("2026-01-15", "2026-02-15", "15.01.2026 – 15.02.2026"),
            ("15.01.2026", "15.02.2026", "15.01.2026 – 15.02.2026"),
            ("2026-01-15", "2026-01-15", "15.01.2026 – 15.01.2026"),
            ("2026-01-15", "", "15.01.2026 – …"),
            ("", "2026-02-15", "… – 15.02.2026"),
        ]:
            page = look(dealer_browser, period="custom", start=start, end=end)
            assert (page.status, page.facts["Dönem"]) == (200, shown)

    def test_no_bounds(self, dealer_browser):
        for query in ({"period": "all"}, {"period": "custom"}):
            assert look(dealer_browser, **query).facts["Dönem"] == "tüm hareketler"

    def test_days_alone_are_enough(self, dealer_browser):
        page = look(dealer_browser, start="2026-01-15", end="2026-02-15")
        assert page.facts["Dönem"] == "15.01.2026 – 15.02.2026"

    @pytest.mark.parametrize(
        ("url", "sentence"),
        [
            (STATEMENT, "Dönemin bitişi başlangıcından önce."),
            (ENGLISH, "The period ends before it begins."),
        ],
    )
    def test_an_end_before_the_start_is_told(self, dealer_browser, url, sentence):
        page = look(dealer_browser, url, period="custom", start="2026-02-15", end="2026-01-15")
        assert page.status == 422
        assert sentence in page.words
        assert not page.order

    def test_so_by_the_download(self, dealer_browser):
        response = dealer_browser.get(f"{PDF}?period=custom&start=2026-02-15&end=2026-01-15")
        assert response.status_code in (400, 422)
        assert "Dönemin bitişi başlangıcından önce." in response.content.decode()

    def test_nonsense_is_told_and_shows_nothing(self, dealer_browser, account):
        make_entry(account, "10", document_no="ANT001")
        for query in [
            {"period": "custom", "start": "31.02.2026"},
            {"start": "yesterday"},
            {"start": "2026-01-15\x00"},
            {"end": "9" * 400},
            {"period": "last_century"},
            {"currency": "XXX"},
            {"currency": "' OR 1=1 --"},
        ]:
            page = look(dealer_browser, **query)
            assert page.status == 422, query
            assert "ANT001" not in page.words
            assert dealer_browser.get(f"{PDF}?{urlencode(query)}").status_code in (400, 422)

    def test_days_typed_beside_a_named_period_are_not_dropped(self, dealer_browser):
        """The form always sends a period, "Son 12 ay" unless one changes that too."""
        page = look(dealer_browser, period="last_12_months", start="2020-01-01", end="2020-12-31")
        assert page.status == 422 or page.facts["Dönem"] == "01.01.2020 – 31.12.2020"


@pytest.fixture
def moved(account):
    """
    date        what            debit    credit   balance
    10.01.2026  ANT001         500,00                500,00 B
    05.02.2026  ANT002         300,10                800,10 B
    20.02.2026  HVL001                 1.000,00      199,90 A
    10.03.2026  ANT003         199,90                  0,00
    01.04.2026  ANT004          50,00                 50,00 B
    """
    for no, day, due, amount in [
        ("ANT001", date(2026, 1, 10), date(2026, 2, 9), "500"),
        ("ANT002", date(2026, 2, 5), date(2026, 3, 7), "300.10"),
        ("HVL001", date(2026, 2, 20), None, "-1000"),
        ("ANT003", date(2026, 3, 10), date(2026, 4, 9), "199.90"),
        ("ANT004", date(2026, 4, 1), date(2026, 5, 1), "50"),
    ]:
        make_entry(account, amount, document_no=no, booked_on=day, due_on=due)
    return account


class TestThePage:
    def test_opening_movements_totals(self, dealer_browser, moved):
        page = look(dealer_browser, period="custom", start="2026-02-01", end="2026-03-31")
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

    def test_in_english(self, dealer_browser, moved):
        page = look(dealer_browser, ENGLISH, period="custom", start="2026-02-01", end="2026-02-28")
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

    def test_a_period_without_movements_shows_what_is_carried(self, dealer_browser, moved):
        page = look(dealer_browser, period="custom", start="2026-03-15", end="2026-03-20")
        assert page.order == ["opening", "totals"]
        assert "Gösterilecek kayıt yok." in page.words
        page = look(dealer_browser, period="custom", start="2026-02-25", end="2026-02-28")
        assert page.rows["opening"][0][7:] == page.rows["totals"][0][7:] == ["199,90", "A"]

    def test_an_account_without_movements(self, dealer_browser):
        page = look(dealer_browser, period="all")
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

    def test_what_was_paid_in_time_is_not_overdue(self, dealer_browser, moved):
        """ANT001 and ANT002 are paid by HVL001, and 199,90 of ANT003."""
        page = look(dealer_browser, period="all")
        marked = [row[1] for row in page.rows["row"] if "Vadesi geçmiş" in row[3]]
        assert marked == ["ANT004"]

    def test_a_pair_of_movement_and_reversal_is_left_out(self, dealer_browser, account):
        make_entry(account, "10", document_no="ANT001", booked_on=date(2026, 1, 10))
        wrong = make_entry(account, "99.99", document_no="ANT002", booked_on=date(2026, 1, 11))
        reverse(wrong, reason="Yanlış tutar", booked_on=date(2026, 2, 1))
        page = look(dealer_browser, period="all")
        assert page.documents() == ["ANT001"]
        assert page.rows["totals"][0][5:] == ["10,00", "0,00", "10,00", "B"]
        # Where only one of the two lies in the period it counts:
        page = look(dealer_browser, period="custom", start="2026-01-01", end="2026-01-31")
        assert page.documents() == ["ANT001", "ANT002"]
        assert page.rows["totals"][0][7] == "109,99"
        page = look(dealer_browser, period="custom", start="2026-02-01", end="2026-02-28")
        assert page.rows["opening"][0][7] == "109,99" and page.rows["totals"][0][7] == "10,00"

    def test_one_chooses_a_currency(self, dealer_browser, account):
        make_entry(account, "100", currency="USD", document_no="US1", booked_on=date(2026, 1, 1))
        assert look(dealer_browser, period="all").documents() == ["US1"]
        make_entry(account, "10", document_no="TR1", booked_on=date(2026, 1, 1))
        make_entry(account, "-5", currency="EUR", document_no="EU1", booked_on=date(2026, 1, 1))
        page = look(dealer_browser, period="all")
        assert (page.facts["Para birimi"], page.documents()) == ("TRY", ["TR1"])
        options = re.findall(r'<option value="([A-Z]{3})"', page.html)
        assert options == ["TRY", "EUR", "USD"]
        for currency, document, side in [("USD", "US1", "B"), ("EUR", "EU1", "A")]:
            page = look(dealer_browser, period="all", currency=currency)
            assert (page.facts["Para birimi"], page.documents()) == (currency, [document])
            assert page.rows["totals"][0][8] == side

    def test_the_newest_import_dates_the_figures(self, dealer_browser, account, tmp_path):
        assert look(dealer_browser).facts["ERP verisinin tarihi"] == "—"
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
        assert look(dealer_browser).facts["ERP verisinin tarihi"] == "02.05.2026 00:30"
        assert look(dealer_browser, ENGLISH).facts["Data of the ERP as of"] == "02/05/2026 00:30"

    def test_names_the_account(self, dealer_browser):
        assert look(dealer_browser).facts["Cari hesap"] == "120.20 Gül Hediyelik Eşya Ltd. Şti."

    def test_what_others_wrote_is_only_text(self, dealer_browser, account):
        evil = '<script>alert(1)</script> =HYPERLINK("http://evil.example")'
        make_entry(account, "10", description=evil, document_no="<b>ANT</b>")
        page = look(dealer_browser)
        assert "<script>alert" not in page.html and "<b>ANT" not in page.html
        assert "&lt;script&gt;alert(1)" in page.html

    def test_nothing_of_another_account_is_in_it(self, dealer_browser, moved):
        foreign = make_account(moved.supplier, code="120.21", title="Başka Ltd.")
        for currency in ("TRY", "USD"):
            make_entry(foreign, "777.77", document_no="FREMD", currency=currency)
        for query in [
            {"period": "all"},
            {"period": "all", "account": foreign.pk},
            {"period": "all", "account": "120.21", "supplier": foreign.supplier.tax_number},
        ]:
            page = look(dealer_browser, **query)
            assert page.documents() == ["ANT001", "ANT002", "HVL001", "ANT003", "ANT004"]
            whole = page.html + "".join(pages_of(dealer_browser, **query))
            for secret in ("FREMD", "777,77", "Başka", "120.21"):
                assert secret not in whole
        assert look(dealer_browser, period="all", currency="USD").status == 422

    def test_strangers_are_led_to_the_sign_in(self, visitor, moved):
        for url in (STATEMENT, ENGLISH, PDF):
            response = visitor.get(url)
            assert response.status_code == 302
            assert b"ANT001" not in response.content

    def test_asks_the_database_no_more_for_more_rows(self, dealer_browser, account):
        def questions(url):
            with CaptureQueriesContext(connection) as queries:
                response = dealer_browser.get(url + "?period=all")
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


class TestThePdf:
    def test_has_the_pages_figures_and_words(self, dealer_browser, moved):
        query = {"period": "custom", "start": "2026-01-01", "end": "2026-04-30"}
        page = look(dealer_browser, **query)
        (pdf,) = pages_of(dealer_browser, **query)
        for row in [*page.rows["opening"], *page.rows["row"], *page.rows["totals"]]:
            for cell in row:
                for word in cell.replace("Vadesi geçmiş", "").split():
                    assert word in pdf
        assert page.rows["totals"][0][5:] == ["1.050,00", "1.000,00", "50,00", "B"]
        (total,) = [line for line in pdf.splitlines() if line.startswith("Toplam")] or [pdf]
        assert "50,00" in total
        for words in (
            "Hesap Ekstresi",
            "Anadolu Toptan Ltd. Şti.",
            "Başakşehir",
            "Gül Hediyelik Eşya Ltd. Şti.",
            "Karşıyaka",
            "120.20",
            "Vadesi geçmiş",
            "Sayfa 1 / 1",
        ):
            assert words in pdf, words

    def test_turkish_letters_and_the_lira_sign(self, dealer_browser, account):
        description = "ğüşıöç İĞÜŞÖÇ ₺1.234,50"
        make_entry(account, "10", description=description)
        (pdf,) = pages_of(dealer_browser, period="all")
        assert all(word in pdf for word in description.split())

    def test_in_the_language_the_reader_has_chosen(self, dealer_browser, moved):
        dealer_browser.get(ENGLISH)
        (pdf,) = pages_of(dealer_browser, period="all")
        assert "Account statement" in pdf and "Page 1 of 1" in pdf and "1,000.00" in pdf
        dealer_browser.get(STATEMENT)
        (pdf,) = pages_of(dealer_browser, period="all")
        assert "Hesap Ekstresi" in pdf and "1.000,00" in pdf

    def test_three_pages_carry_the_balance_over(self, dealer_browser, account):
        post_all(
            [
                make_draft(account, "10.01", document_no=f"ANT{n:03}", booked_on=date(2026, 1, 1))
                for n in range(1, 101)
            ]
        )
        pages = pages_of(dealer_browser, period="all")
        assert len(pages) == 3
        assert [f"Sayfa {n} / 3" in page for n, page in enumerate(pages, 1)] == [True] * 3
        found = [sorted(set(re.findall(r"ANT\d{3}", page))) for page in pages]
        assert sum(found, []) == [f"ANT{n:03}" for n in range(1, 101)]
        for left, right, documents in zip(pages, pages[1:], found):
            # n invoices of 10,01 so far:
            balance = f"{len(sum(found[: found.index(documents) + 1], [])) * D('10.01'):.2f}"
            figure = balance.replace(".", ",")
            foot = left[left.index("Devreden") :]
            head = right[right.index("Nakli yekûn") :].split("ANT")[0]
            assert figure in foot and figure in head
        assert "Devreden" not in pages[-1] and "Nakli yekûn" not in pages[0]
        assert "1.001,00" in pages[-1]  # 100 × 10,01
        assert all("Anadolu Toptan Ltd. Şti." in page for page in pages)

    def test_twice_it_is_the_same_bytes(self, dealer_browser, moved):
        first, second = (
            b"".join(dealer_browser.get(f"{PDF}?period=all").streaming_content) for _n in range(2)
        )
        assert first == second

    def test_is_a_download_with_a_name(self, dealer_browser, moved):
        response = dealer_browser.get(PDF)
        assert response["Content-Disposition"] == (
            f'attachment; filename="cari-hesap-ekstresi-12020-{timezone.localdate()}.pdf"'
        )


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


def headings_of(page):
    return [text(th) for th in re.findall(r'<th scope="col".*?</th>', page.html, re.S)]


def lines_of(page):
    """The rows of the statement's page as lines of words, opening and totals among them."""
    rows = [*page.rows["opening"], *page.rows["row"], *page.rows["totals"]]
    return [" ".join(filter(None, row)) for row in rows]


class TestForeignCurrency:
    def test_shows_both_currencies(self, dealer_browser, golden):
        page = look(dealer_browser, period="all")
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
    def test_the_pdf_shows_the_same_line_by_line(self, dealer_browser, golden, url):
        for query in [
            {"period": "all"},
            {"period": "custom", "start": "2026-02-01", "end": "2026-02-10"},
        ]:
            page = look(dealer_browser, url, **query)
            (pdf,) = pages_of(dealer_browser, **query)
            rows = [" ".join(headings_of(page)), *lines_of(page)]
            assert " ".join(rows) in " ".join(pdf.split())

    def test_a_period_opens_and_closes_in_both(self, dealer_browser, golden):
        def opening_and_closing(start, end):
            page = look(dealer_browser, period="custom", start=start, end=end)
            return [page.rows[kind][0][at] for kind in ("opening", "totals") for at in (7, 11)]

        assert opening_and_closing("2026-01-06", "2026-02-10") == [
            "1.000,00 B",
            "34.000,00 B",
            "0,00",
            "1.123,40 A",
        ]
        assert opening_and_closing("2026-02-11", "") == ["0,00", "1.123,40 A", "0,00", "0,00"]

    def test_in_english(self, dealer_browser, golden):
        page = look(dealer_browser, ENGLISH, period="all")
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

    def test_a_movement_without_an_amount_in_the_books_shows_none(self, dealer_browser, account):
        make_entry(account, "1000", currency="USD", booked_on=date(2026, 1, 5))
        make_entry(
            account,
            "-400",
            currency="USD",
            base_amount=D("-14000"),
            rate=D("35"),
            booked_on=date(2026, 1, 6),
        )
        page = look(dealer_browser, period="all")
        assert [row[5:] for row in page.rows["row"]] == [
            ["1.000,00", "", "1.000,00 B", "", "", "", "0,00"],
            ["", "400,00", "600,00 B", "35,0000", "", "14.000,00", "14.000,00 A"],
        ]
        note = "TL tutarı olmayan hareketler TL bakiyesine dahil değildir."
        assert note in page.words
        assert note in pages_of(dealer_browser, period="all")[0]

    def test_books_in_euro(self, dealer_browser, golden):
        golden.supplier.currency = "EUR"
        golden.supplier.save()
        page = look(dealer_browser, period="all")
        assert headings_of(page)[9:] == ["EUR Borç", "EUR Alacak", "EUR Bakiye"]
        assert headings_of(look(dealer_browser, ENGLISH))[9:] == [
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

    def test_where_the_books_have_no_amounts_nothing_is_added(self, dealer_browser, account):
        make_entry(account, "1000", currency="USD")
        page = look(dealer_browser)
        assert headings_of(page)[5:] == ["Borç", "Alacak", "Bakiye", "B/A"]
        assert page.rows["totals"][0][5:] == ["1.000,00", "0,00", "1.000,00", "B"]
        assert "tutarı olmayan" not in page.words

    def test_a_movement_before_the_period_that_lacks_an_amount_is_told_too(
        self, dealer_browser, account
    ):
        make_entry(account, "1000", currency="USD", booked_on=date(2026, 1, 5))
        make_entry(
            account,
            "100",
            currency="USD",
            base_amount=D(3500),
            rate=D(35),
            booked_on=date(2026, 3, 5),
        )
        page = look(dealer_browser, period="custom", start="2026-03-01", end="2026-03-31")
        assert "tutarı olmayan" in page.words

    def test_both_balances_and_the_sums_are_carried_over(self, dealer_browser, account):
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
        page = look(dealer_browser, period="all")
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
        pages = pages_of(dealer_browser, period="all")
        last = None
        for number, pdf in enumerate(pages, 1):
            lines = [" ".join(line.split()) for line in pdf.splitlines()]
            brought = [line for line in lines if line.startswith("Nakli yekûn")]
            carried = [line for line in lines if line.startswith("Devreden")]
            assert brought == ([f"Nakli yekûn {after[last]}"] if number > 1 else [])
            last = re.findall(r"ANT\d{3}", pdf)[-1]
            assert carried == ([f"Devreden {after[last]}"] if number < len(pages) else [])
        assert len(pages) > 2 and last == "ANT090"


@pytest.mark.parametrize("name", ["nothing", "Statement", "statement2"])
def test_a_report_nobody_knows_is_not_found(dealer_browser, name):
    response = dealer_browser.get(f"/b2b/reports/{name}.pdf", follow=True)
    assert response.status_code == 404
