"""Files too large to wait for: asked for, made by the worker, mailed as a link, gone after a week."""

import csv
import io
import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.utils import timezone
from django_q.models import OrmQ
from python_calamine import CalamineWorkbook

from b2b_portal.models import ReportFile
from b2b_portal.reports import files
from b2b_portal.testing.factories import make_account, make_contact, make_entry
from b2b_portal.testing.worker import work

from .fixtures import PORTAL, sign_in

URL = "/b2b/reports/statement.csv?period=all"


@pytest.fixture
def many(customer, dealer, monkeypatch):
    """The dealer has twelve movements; more than ten are too many to wait for."""
    monkeypatch.setattr(files, "AT_ONCE", 10)
    for n in range(10):
        make_entry(dealer, "10.05", document_no=f"C{n}")
    mail.outbox.clear()
    return customer


def asked(client, url=URL):
    """The page of a file that was asked for."""
    response = client.post(url)
    assert response.status_code == 303
    return response["Location"]


def words(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def made_at_once(client, url, monkeypatch):
    """The file's bytes where a customer waits for it."""
    with monkeypatch.context() as patch:
        patch.setattr(files, "AT_ONCE", 100)
        return b"".join(client.get(url).streaming_content)


def days_of(data):
    """What a CSV shows, but for what is overdue: that is so when it is made."""
    return [line.split(";")[:3] for line in data.decode("utf-8-sig").splitlines()]


def is_gone(client, page):
    """Whether neither the page nor the file is there."""
    return all(client.get(url, follow=True).status_code == 404 for url in (page, page + "file"))


def data_of(client, page):
    response = client.get(page + "file")
    assert response.status_code == 200
    return b"".join(response.streaming_content)


class TestTheWay:
    def test_a_few_rows_come_at_once(self, many):
        assert (
            "attachment"
            in many.get(URL + "&start=2000-01-01&end=2000-02-01")["Content-Disposition"]
        )
        assert not ReportFile.objects.exists()

    def test_looking_asks_for_nothing(self, many):
        response = many.get(URL)
        assert "10 satırdan uzun" in words(response) and "Dosyayı hazırla" in words(response)
        assert not ReportFile.objects.exists() and not OrmQ.objects.exists()

    def test_asked_for_made_mailed_downloaded(self, many, dealer):
        page = asked(many)
        waiting = many.get(page)
        assert "sırasını bekliyor" in words(waiting) and waiting["Refresh"] == "5"
        assert "no-store" in waiting["Cache-Control"]
        assert many.get(page + "file", follow=True).status_code == 404
        work()
        ready = many.get(page)
        assert "Dosya hazır." in words(ready) and "Refresh" not in ready
        (message,) = mail.outbox
        assert message.to == [dealer.email]
        assert message.subject == "Dosyanız hazır: Cari Hesap Ekstresi"
        assert re.search(r"https?://\S+(/b2b/files/\S+)", message.body)[1] == page
        rows = list(csv.reader(io.StringIO(data_of(many, page).decode("utf-8-sig")), delimiter=";"))
        assert [row[1] for row in rows if row and row[0].count(".") == 2][-1] == "C9"
        assert ["", "", "", "Toplam", "", "1600,60", "0,00", "1600,60", "B"] in [
            row[:9] for row in rows
        ]

    def test_the_page_can_be_kept_still(self, many):
        page = asked(many)
        assert "Refresh" not in many.get(page + "?still")

    def test_the_same_request_while_one_is_under_way_is_the_same_file(self, many):
        page = asked(many)
        assert asked(many, "/b2b/reports/statement.csv?page=2&period=all") == page
        assert asked(many, URL.replace("csv", "xlsx")) != page
        assert asked(many, URL + "&currency=TRY") != page
        work()
        assert asked(many) != page, "its figures may be others by now"

    @pytest.mark.parametrize("format", ["pdf", "xlsx", "csv"])
    def test_has_the_bytes_of_a_file_made_at_once(self, many, monkeypatch, format):
        url = URL.replace("csv", format)
        page = asked(many, url)
        work()
        at_once = made_at_once(many, url, monkeypatch)
        made = data_of(many, page)
        if format == "xlsx":  # it bears its moment
            at_once, made = (
                CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
                for data in (at_once, made)
            )
        assert made == at_once

    @pytest.mark.parametrize(
        "query",
        [
            "statement.csv?period=this_month",
            "statement.csv",
            "open-items.csv",
            "statement.csv?start=2100-01-01&start=2001-01-01",
        ],
    )
    def test_has_the_days_it_would_have_had_at_once(self, many, monkeypatch, query):
        """However late the worker comes, and whichever of two days a page would have taken."""
        url = f"/b2b/reports/{query}"
        at_once = made_at_once(many, url, monkeypatch)
        page = asked(many, url)
        with time_machine.travel(timezone.now() + timedelta(40)):
            work()
        assert days_of(data_of(many, page)) == days_of(at_once)

    def test_in_the_language_of_who_asked(self, many):
        many.get("/en/customer-portal/")
        page = asked(many)
        many.get(PORTAL)
        work()
        assert mail.outbox[-1].subject == "Your file is ready: Account statement"
        assert b"Opening balance" in data_of(many, page)
        assert '"account-statement-' in many.get(page + "file")["Content-Disposition"]

    def test_a_sorted_one(self, many):
        page = asked(many, "/b2b/reports/open-items.csv?sort=-amount")
        work()
        text = data_of(many, page).decode("utf-8-sig")
        assert text.index("ANT001") < text.index("ANT002") < text.index("C0;")


class TestWhoMaySee:
    def test_no_stranger(self, many):
        page = asked(many)
        work()
        many.logout()
        for url in (page, page + "file"):
            response = many.get(url)
            assert response.status_code == 302 and "next=" in response["Location"]

    def test_no_other_person_of_the_account(self, many, dealer):
        page = asked(many)
        work()
        other = make_contact(dealer, email="baska@gulhediyelik.com.tr")
        browser = Client()
        dealer.email = other.email
        assert sign_in(browser, dealer).status_code == 303
        assert browser.get("/b2b/reports/statement.csv").status_code == 200
        assert is_gone(browser, page)

    def test_no_other_account(self, many):
        page = asked(many)
        work()
        browser = Client()
        sign_in(browser, make_account())
        assert is_gone(browser, page)

    def test_nobody_who_lost_the_account_is_mailed(self, many, dealer):
        asked(many)
        row = ReportFile.objects.get()
        files.make(row.pk)
        dealer.email = ""
        dealer.save()
        work()
        assert ReportFile.objects.get().state == "ready" and not mail.outbox

    @pytest.mark.parametrize("tries", [0, files.TRIES])
    @pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": True}])
    def test_nothing_is_made_for_who_may_not_sign_in_any_more(self, many, tries, change):
        asked(many)
        ReportFile.objects.update(tries=tries, state="making")
        User.objects.filter(b2b_portal_mailbox__isnull=False).update(**change)
        work()
        assert not ReportFile.objects.exists() and not mail.outbox

    def test_not_who_sees_the_account_no_more(self, many, dealer):
        page = asked(many)
        work()
        second = make_account(
            dealer.supplier, tax_number=dealer.tax_number, email=dealer.email, code="120.77"
        )
        dealer.email = ""
        dealer.save()
        browser = Client()
        assert sign_in(browser, second).status_code == 303
        assert is_gone(browser, page)

    def test_nothing_is_made_for_who_sees_the_account_no_more(self, many, dealer):
        asked(many)
        dealer.email = ""
        dealer.save()
        work()
        assert not ReportFile.objects.exists() and not mail.outbox

    def test_another_of_ones_accounts_may_be_open_by_then(self, many, dealer):
        page = asked(many)
        work()
        second = make_account(
            dealer.supplier, tax_number=dealer.tax_number, email=dealer.email, code="120.77"
        )
        many.post("/b2b/switch/", {"account": second.pk})
        assert b"ANT001" in data_of(many, page)


class TestAllCurrencies:
    def test_one_sheet_a_currency(self, customer, dealer):
        make_entry(dealer, "70", currency="USD", document_no="US1")
        make_entry(dealer, "-5", currency="EUR", document_no="EU1")
        url = "/b2b/reports/statement.xlsx?period=all&currency=USD"
        one = customer.get(url)
        book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(one.streaming_content)))
        assert book.sheet_names == ["USD"]
        every = customer.get(url + "&currencies=all")
        book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(every.streaming_content)))
        assert book.sheet_names == ["TRY", "EUR", "USD"]
        for name, document in (("TRY", "ANT002"), ("EUR", "EU1"), ("USD", "US1")):
            cells = [row[1] for row in book.get_sheet_by_name(name).to_python()]
            assert document in cells
            assert not {"ANT002", "EU1", "US1"} - {document} & set(cells)
