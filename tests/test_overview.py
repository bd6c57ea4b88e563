"""Where one stands, as a dealer reads it on the portal's first page."""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from b2b_portal.ledger.balances import balances
from b2b_portal.ledger.posting import reverse
from b2b_portal.models import Payment
from b2b_portal.pages.models import PortalIndexPage, ReportPage
from b2b_portal.reports.letterhead import letterhead_of
from b2b_portal.reports.overview import overview
from b2b_portal.testing.factories import make_account, make_entry

from .fixtures import PAY, PORTAL, sign_in, start_paying
from .reading import PDF, Page, look, pages_of, text
from .test_all_reports import make_invoice, make_order

pytestmark = pytest.mark.django_db
D = Decimal
NOW = datetime(2026, 6, 30, 12, tzinfo=ZoneInfo("Europe/Istanbul"))
TODAY = NOW.date()


@pytest.fixture
def facts(visitor, supplier):
    """What the page says after these movements: (amount, days until due, more)."""

    def read(*movements):
        with time_machine.travel(NOW):
            account = make_account(supplier)
            for amount, days, more in movements:
                make_entry(
                    account,
                    amount,
                    booked_on=TODAY - timedelta(days=60),
                    due_on=TODAY + timedelta(days=days),
                    **more,
                )
            sign_in(visitor, account)
            return Page(visitor.get(PORTAL)).facts

    return read


def test_what_is_overdue_what_is_next_and_the_average(facts):
    assert facts(("100", -10, {}), ("200", 5, {}), ("100", 10, {})) == {
        "Vadesi geçmiş": "100,00 TL",
        "Sıradaki vade": "05.07.2026: 200,00 TL",
        "Ortalama vade": "03.07.2026",  # (−10 × 100 + 5 × 200 + 10 × 100) / 400 = 2.5 days
    }


def test_cheques_stand_beside_the_balance_until_they_fall_due(facts):
    cheque = {"kind": "cheque", "document_no": "CEK-1"}
    due = {"kind": "promissory_note", "document_no": "S-1"}
    assert facts(("500", 5, {}), ("-300", 30, cheque), ("-200", 0, due)) == {
        "Vadesi gelmemiş çek ve senetleriniz": "300,00 TL"
    }


def test_an_account_in_credit_has_no_due_day(facts):
    assert facts(("-500", 5, {})) == {}


@pytest.fixture
def account(supplier):
    return make_account(
        supplier,
        code="120.20",
        email="muhasebe@gulhediyelik.com.tr",
        phone="0532 555 12 34",
        address="Çarşı Cad. 5",
        city="İzmir",
    )


@pytest.fixture
def browser(visitor, account, iyzico):
    assert sign_in(visitor, account).status_code == 303
    return visitor


def ago(days):
    return timezone.localdate() - timedelta(days)


def sell(account, amount, days=20, **more):
    return make_entry(account, amount, kind="invoice", booked_on=ago(days), **more)


def section(page, heading):
    """The words of the card or chart under a heading."""
    parts = re.findall(r"<(section|figure)\b(.*?)</\1>", page.html, re.S)
    (found,) = [words for words in (text(f"<{body}") for _tag, body in parts) if heading in words]
    return found


class TestTheBalance:
    def test_of_each_currency_in_words_and_those_of_the_books_first(self, browser, account):
        make_entry(account, "1500.10")
        make_entry(account, "-20", currency="EUR")
        make_entry(account, "7", currency="USD")
        make_entry(account, "-7", currency="USD")
        found = re.findall(
            r"Borcunuz \S+ \w+|Alacağınız \S+ \w+|Açık tutar yok. \S+ \w+",
            look(browser, PORTAL).words,
        )
        assert found == ["Borcunuz 1.500,10 TL", "Alacağınız 20,00 EUR", "Açık tutar yok. 0,00 USD"]
        assert "You owe 1,500.10 TL" in look(browser, "/en/customer-portal/").words

    def test_an_account_without_movements_has_no_chart_and_nothing_to_pay(self, browser):
        page = look(browser, PORTAL)
        assert "Açık tutar yok. 0,00 TL" in page.words
        assert "<svg" not in page.html and "<dl" not in page.html and "Şimdi öde" not in page.words
        assert "Sizi bekleyenler" not in page.words

    def test_an_account_in_credit_has_no_empty_list_of_facts(self, browser, account):
        make_entry(account, "-12450")
        page = look(browser, PORTAL)
        assert "Alacağınız 12.450,00 TL" in page.words
        assert "<dl" not in page.html and "Şimdi öde" not in page.words
        assert "Gecikme gününe göre" not in page.words

    def test_the_pay_button_leads_to_the_currency_that_is_owed(self, browser, account):
        make_entry(account, "10", currency="USD")
        make_entry(account, "-5")
        page = look(browser, PORTAL)
        assert re.findall(r'href="([^"]+)"[^>]*>Şimdi öde', page.html) == [f"{PAY}?currency=USD"]

    def test_a_closed_account_has_no_pay_button(self, browser, account):
        make_entry(account, "10")
        type(account).objects.filter(pk=account.pk).update(is_closed=True)
        assert "Şimdi öde" not in look(browser, PORTAL).words


class TestPictures:
    def test_twelve_months_end_in_todays_balance(self, browser, account):
        with time_machine.travel(NOW):
            make_entry(account, "100", booked_on=TODAY - timedelta(days=400))
            make_entry(account, "50.25", booked_on=TODAY.replace(day=1))
            make_entry(account, "-200", booked_on=TODAY.replace(month=3, day=31))
            make_entry(account, "9", booked_on=TODAY + timedelta(days=1))
            sign_in(browser, account)
            page = look(browser, PORTAL)
        rows = re.findall(r"(\d\d\.\d\d\.\d{4}) (\S+ [BA])", section(page, "Gün sonu"))
        half = len(rows) - 12  # the picture's own description comes first
        assert [balance for _day, balance in rows[half:]] == [
            *["100,00 B"] * 8,
            *["100,00 A"] * 3,
            "49,75 A",
        ]
        days = [day for day, _balance in rows[half:]]
        assert (days[0], days[7], days[-1]) == ("31.07.2025", "28.02.2026", "30.06.2026")

    def test_ages_add_up_to_the_balance(self, account):
        for days, amount in ((200, "40"), (70, "30.5"), (45, "20"), (10, "10"), (-5, "7")):
            make_entry(account, amount, booked_on=ago(210), due_on=ago(days))
        make_entry(account, "-45")
        (standing,) = overview(account)["standings"]
        assert [row.values[1] for row in standing.ages.rows] == [7, 10, 20, D("25.5"), 0]
        assert [bool(row.marks) for row in standing.ages.rows] == [False, True, True, True, False]
        assert sum(row.values[1] for row in standing.ages.rows) == balances(account)["TRY"]

    def test_the_last_movements_lead_to_their_pages_and_leave_out_what_was_reversed(
        self, browser, account
    ):
        for number in range(7):
            make_entry(account, "10", document_no=f"D{number}", booked_on=ago(20 - number))
        reverse(make_entry(account, "99", document_no="YANLIS"), reason="yanlış")
        invoice = make_invoice(account, "F-1", [("K", "Kupa", 1, 10)], days=1)
        paid = make_entry(account, "-3", currency="USD", document_no="H-1")
        page = look(browser, PORTAL)
        rows = [row for row in page.rows["row"] if len(row) == 6]
        assert [row[1] for row in rows] == ["F-1", "D6", "D5", "D4", "D3", "H-1"]
        assert f"/b2b/invoices/{invoice.pk}/" in page.html
        assert f"/b2b/collections/{paid.pk}/" in page.html


class TestWhatWaits:
    def test_overdue_items_orders_and_payments_not_finished(self, browser, account):
        index = PortalIndexPage.objects.get(locale__language_code="tr")
        index.add_child(instance=ReportPage(title="Açık", slug="acik", report="open-items"))
        for days in (40, 30, -5):
            make_entry(account, "100.05", booked_on=ago(50), due_on=ago(days))
        make_order(account, "S1")
        for state in ("cancelled", "shipped", "invoiced"):
            make_order(account, state, state=state)
        for number in ("B2BS1", "B2BS2"):
            make_order(account, number, state="requested")
        start_paying(browser, amount="12,50")
        words = section(look(browser, PORTAL), "Sizi bekleyenler")
        assert "Vadesi geçmiş kalem: 2, 200,10 TL" in words
        assert "Henüz sevk edilmemiş sipariş: 1" in words
        assert "Yanıt bekleyen sipariş talebi: 2" in words
        assert "12,50 TL : sonucu henüz bilinmiyor" in words
        html = look(browser, PORTAL).html
        assert f"{PORTAL}acik/?state=overdue&amp;currency=TRY" in html
        payment = Payment.objects.get()
        assert f"/b2b/payments/{payment.uuid}/" in html
        Payment.objects.update(state="review")
        assert "lütfen yeniden ödemeyin" in look(browser, PORTAL).words
        Payment.objects.update(state="declined")
        assert str(payment.uuid) not in look(browser, PORTAL).html

    def test_nothing_of_another_account(self, browser, account):
        other = make_account(account.supplier)
        make_entry(other, "77", document_no="BASKA", due_on=ago(5), booked_on=ago(9))
        make_order(other, "S1")
        Payment.objects.create(account=other, currency="TRY", amount=7, gateway="iyzico")
        page = look(browser, PORTAL)
        assert "Sizi bekleyenler" not in page.words and "BASKA" not in page.words


class TestAVendor:
    """We buy from it: what it sold us credits the account."""

    @pytest.fixture
    def vendor(self, account):
        sell(account, "-20000", days=60, due_on=ago(10))
        sell(account, "-900", days=500)
        make_entry(account, "550", kind="credit_note", booked_on=ago(40))
        make_entry(account, "8000", kind="bank_transfer", booked_on=ago(5))
        return account

    def test_sees_what_it_is_owed_and_what_it_sold_and_cannot_pay(self, browser, vendor):
        page = look(browser, PORTAL)
        assert "Alacağınız 12.350,00 TL" in page.words
        assert page.facts == {"Bize sattıklarınız, son 12 ay": "19.450,00 TL"}
        assert PAY not in page.html and "Şimdi öde" not in page.words
        assert "online ödenemez" in look(browser, PAY).words
        response = browser.post(PAY, {"step": "pay", "amount": "5", "currency": "TRY"})
        assert "online ödenemez" in text(response.content.decode())
        assert not Payment.objects.exists()

    def test_does_not_pay_either_when_it_was_paid_in_advance(self, browser, vendor):
        make_entry(vendor, "50000", kind="bank_transfer")
        page = look(browser, PORTAL)
        assert "Borcunuz 37.650,00 TL" in page.words and PAY not in page.html

    def test_one_that_buys_too_sees_both_apart_and_net_per_currency(self, browser, vendor):
        sell(vendor, "30000", days=30)
        make_entry(vendor, "-1000", kind="credit_note", booked_on=ago(20))
        sell(vendor, "-70", currency="USD")
        page = look(browser, PORTAL)
        euro, dollar = (section(page, f"{code} bakiyesi") for code in ("TRY", "USD"))
        assert "Bize sattıklarınız, son 12 ay 19.450,00 TL" in euro
        assert "Bizden aldıklarınız, son 12 ay 29.000,00 TL" in euro
        assert "Net, bizden aldığınız 9.550,00 TL" in euro
        assert "Bize sattıklarınız, son 12 ay 70,00 USD" in dollar and "Net" not in dollar
        assert "Alacağınız 70,00 USD" in dollar
        assert f'{PAY}?currency=TRY"' in page.html and f'{PAY}?currency=USD"' not in page.html

    def test_a_dealers_return_makes_no_vendor(self, browser, account):
        sell(account, "100")
        make_entry(account, "-40", kind="credit_note")
        wrong = sell(account, "-30")
        reverse(wrong, reason="yanlış")
        page = look(browser, PORTAL)
        assert "Bize sattıklarınız" not in page.words and PAY in page.html

    def test_the_document_says_what_a_credit_is_where_it_is_there(self, browser, account):
        make_invoice(account, "A-1", [("K", "Kutu", 10, 10)], days=9, is_credit=True)
        page = look(browser, PORTAL)
        assert page.facts == {"Bize sattıklarınız, son 12 ay": "120,00 TL"}
        assert PAY not in page.html

    def test_invoices_of_both_directions_have_sums_apart(self, browser, account):
        lines = [("K", "Kutu", 10, 10)]
        make_invoice(account, "F-1", lines * 2, days=9)
        make_invoice(account, "I-1", lines, days=8, is_return=True, is_credit=True)
        index = PortalIndexPage.objects.get(locale__language_code="tr")
        index.add_child(instance=ReportPage(title="F", slug="f", report="invoices"))
        assert "Bizden aldıklarınız" not in look(browser, f"{PORTAL}f/").words
        make_invoice(account, "A-1", lines * 4, days=9, is_credit=True)
        words = look(browser, f"{PORTAL}f/").words
        assert "Bizden aldıklarınız 100,00 20,00 0,00 120,00" in words
        assert "Bize sattıklarınız -400,00 -80,00 0,00 -480,00" in words


def test_every_statement_says_whose_books_it_follows(browser, account):
    make_entry(account, "10")
    note = "Borç/Alacak firmamızın kayıtlarına göredir."
    assert note in look(browser, f"{PORTAL}hesap-ekstresi/").words
    assert note in " ".join("".join(pages_of(browser, period="all")).split())
    csv = browser.get(PDF.replace(".pdf", ".csv"))
    assert note in b"".join(csv.streaming_content).decode("utf-8-sig")
    english = look(browser, "/en/customer-portal/account-statement/").words
    assert "Debit and credit are as in our books." in english


@pytest.mark.parametrize(
    "address, city, last",
    [
        ("Kemeraltı No 27\n35250 Konak / İZMİR", "İzmir", "35250 Konak / İZMİR"),
        ("İzmir Cad. 5\nKızılay", "Ankara", "Ankara"),
        ("Divan Sok. 3", "Van", "Van"),
        ("", "Van", "Van"),
        ("Çarşı Cad. 5", "", "Çarşı Cad. 5"),
    ],
)
def test_a_letter_names_the_city_once(account, address, city, last):
    account.address, account.city = address, city
    assert [line for line in letterhead_of(account).customer if line][-1] == last


def test_the_account_is_changed_by_buttons_that_say_the_whole_name(browser, account):
    title = "Gül Hediyelik Eşya Turizm Sanayi ve Ticaret Limited Şirketi – Karşıyaka Şubesi"
    second = make_account(
        account.supplier, tax_number=account.tax_number, email=account.email, title=title
    )
    page = look(browser, PORTAL)
    assert "Hesap değiştir (2)" in page.words
    (pk,) = re.findall(
        rf'value="(\d+)"[^>]*><span>{second.code}</span> {title}</button>', page.html
    )
    browser.post("/b2b/switch/", {"account": pk})
    assert text(re.search(r"b2b-bar-who.*?</a>", look(browser, PORTAL).html, re.S)[0]).endswith(
        title
    )


class TestQueries:
    """What one page asks of the database, however much there is."""

    def fill(self, account, count, currency="TRY"):
        for number in range(count):
            days = 400 - number % 390
            sell(account, "50", days=days, currency=currency)
            sell(account, "-1", days=days, currency=currency)
            cheque = {"kind": "cheque", "due_on": ago(-30)}
            make_entry(account, "-5", currency=currency, booked_on=ago(days), **cheque)

    def test_ten_and_two_for_each_further_currency(
        self, account, iyzico, django_assert_num_queries
    ):
        self.fill(account, 3)
        with django_assert_num_queries(10):
            overview(account)
        self.fill(account, 30)
        with django_assert_num_queries(10):
            overview(account)
        self.fill(account, 3, "USD")
        self.fill(account, 3, "EUR")
        with django_assert_num_queries(14):
            overview(account)

    def test_the_page_asks_no_more_for_more_rows(self, browser, account):
        def count():
            with CaptureQueriesContext(connection) as queries:
                assert browser.get(PORTAL).status_code == 200
            return len(queries)

        self.fill(account, 3)
        make_order(account, "S1")
        count()
        few = count()
        self.fill(account, 30)
        for number in range(5):
            make_order(account, f"T{number}")
        assert count() == few
