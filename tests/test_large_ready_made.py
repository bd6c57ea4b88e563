"""Large files of what editors have set up, on pages and in blocks, and of accounts that sell."""

import csv
import io
import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone
from python_calamine import CalamineWorkbook

from b2b_portal import reports
from b2b_portal.models import Invoice, ReportFile, ReportSnippet
from b2b_portal.reports import files
from b2b_portal.reports.base import _reports
from b2b_portal.tables.rows import Rows
from b2b_portal.testing.factories import make_account, make_entry
from b2b_portal.testing.worker import work

from .fixtures import sign_in
from .test_all_reports import make_invoice
from .test_blocks import add_page
from .test_large_files import (  # noqa: F401
    asked,
    data_of,
    days_of,
    is_gone,
    made_at_once,
    many,
    words,
)
from .test_report_snippets import make_snippet

HEADER = ["Borç", "Evrak No"]


def address(snippet, format="csv", query=""):
    return f"/b2b/reports/snippets/{snippet.pk}.{format}{query}"


def rows_of(client, page, width=None):
    """The lines of the CSV, without what stands right of so many columns."""
    text = data_of(client, page).decode("utf-8-sig")
    return [row[:width] for row in csv.reader(io.StringIO(text), delimiter=";")]


@pytest.fixture
def snippet(site):
    """Two columns of the statement, no period to choose."""
    return make_snippet(
        "statement", "Hareketlerim", columns=["debit", "document_no"], filters=[], days="all"
    )


class TestReadyMade:
    def test_has_its_columns_and_reads_no_filter_that_it_does_not_offer(self, many, snippet):  # noqa: F811
        page = asked(many, address(snippet, query="?start=2001-01-01&end=2001-02-01"))
        work()
        assert mail.outbox[-1].subject == "Dosyanız hazır: Hareketlerim"
        assert "Hareketlerim" in words(many.get(page)) and "hareketlerim-120" in words(
            many.get(page)
        )
        assert "hareketlerim-120" in many.get(page + "file")["Content-Disposition"]
        rows = rows_of(many, page, 2)
        assert rows[0] == ["Hareketlerim"] and HEADER in rows and ["1000,10", "ANT001"] in rows
        assert {f"C{n}" for n in range(10)} < {row[1] for row in rows if len(row) > 1}

    def test_sorted_and_searched_as_its_page_is(self, many, site, monkeypatch):  # noqa: F811
        monkeypatch.setattr(files, "AT_ONCE", 5)
        chosen = make_snippet("open-items", columns=["document_no", "open"], filters=["q"])
        query = "?q=c&sort=-document_no&as_of=2001-01-01"
        page = asked(many, address(chosen, query=query + "&snippet=" + str(chosen.pk)))
        work()
        found = [
            row[0] for row in rows_of(many, page) if re.fullmatch(r"C\d", row[0] if row else "")
        ]
        assert found == [f"C{n}" for n in reversed(range(10))]

    @pytest.mark.parametrize("format", ["pdf", "xlsx", "csv"])
    def test_has_the_bytes_of_a_file_made_at_once(self, many, snippet, monkeypatch, format):  # noqa: F811
        page = asked(many, address(snippet, format))
        work()
        monkeypatch.setattr(files, "AT_ONCE", 100)
        both = [
            b"".join(many.get(url).streaming_content)
            for url in (address(snippet, format), page + "file")
        ]
        if format == "xlsx":  # it bears its moment
            both = [
                CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
                for data in both
            ]
        assert both[0] == both[1]

    def test_is_as_the_editor_had_it_when_it_was_asked_for(self, many, snippet):  # noqa: F811
        page = asked(many, address(snippet))
        assert asked(many, address(snippet)) == page
        snippet.columns = ["balance"]
        snippet.save()
        assert asked(many, address(snippet)) != page
        ReportSnippet.objects.all().delete()
        work()
        assert HEADER in rows_of(many, page, 2)

    @pytest.mark.parametrize("filters", [[], ["days"], None])
    def test_has_its_days_as_they_were_when_asked_for(self, many, site, monkeypatch, filters):  # noqa: F811
        url = address(make_snippet("statement", filters=filters, days="this_month"))
        at_once = made_at_once(many, url, monkeypatch)
        page = asked(many, url)
        with time_machine.travel(timezone.now() + timedelta(40)):
            work()
        assert days_of(data_of(many, page)) == days_of(at_once)

    def test_is_another_file_than_the_reports_own(self, many, snippet):  # noqa: F811
        plain = asked(many, "/b2b/reports/statement.csv?period=all")
        assert plain != asked(many, address(snippet, query="?period=all"))
        work()
        assert "Açıklama" in next(row for row in rows_of(many, plain) if "Evrak No" in row)

    def test_is_not_to_be_had_in_a_format_that_is_not_offered(self, many, site):  # noqa: F811
        chosen = make_snippet("statement", formats=["pdf"], days="all")
        assert many.post(address(chosen)).status_code == 404
        assert asked(many, address(chosen, "pdf"))

    def test_is_asked_for_again_at_its_own_address(self, many, snippet):  # noqa: F811
        page = asked(many, address(snippet, query="?q=x"))
        ReportFile.objects.update(state="making", tries=files.TRIES)
        work()
        assert f'href="{address(snippet)}?period=all&amp;q=x"' in many.get(page).content.decode()

    def test_is_gone_with_its_report(self, many, snippet, monkeypatch):  # noqa: F811
        waiting, ready = asked(many, address(snippet, "pdf")), asked(many, address(snippet))
        files.make(ReportFile.objects.get(format="csv").pk)
        monkeypatch.delitem(_reports, "statement")
        work()
        assert is_gone(many, waiting) and is_gone(many, ready) and not mail.outbox

    def test_leaves_its_rows_on_the_disk(self, many, snippet, dealer):  # noqa: F811
        for report in (snippet.chosen(), make_snippet("statement").chosen()):
            _form, table = reports.read(report, dealer, {"period": "all"})
            assert isinstance(table.rows, Rows)

    def test_all_currencies_are_those_of_the_report(self, customer, dealer, site):
        day = timezone.localdate()
        for currency in ("TRY", "USD"):  # a dollar invoice that stands on no movement yet
            Invoice.objects.create(
                account=dealer, number=currency, issued_on=day, currency=currency, net=1, payable=1
            )
        chosen = make_snippet("invoices", columns=["number"])
        response = customer.get(address(chosen, "xlsx", "?currencies=all"))
        book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(response.streaming_content)))
        assert book.sheet_names == ["TRY", "USD"]
        assert [row[0] for row in book.get_sheet_by_name("USD").to_python()][-1] == "USD"


class TestBlocks:
    def test_a_blocks_button_leads_to_its_large_file(self, many, site, snippet):  # noqa: F811
        other = make_snippet("orders", "Siparişlerim")
        url = add_page(site, ("report", {"report": snippet}), ("report", {"report": other}))
        html = many.get(url).content.decode()
        form = re.search(rf'id="b2b-report-{snippet.pk}".*?</form>', html, re.S)[0]
        button = re.search(r'formaction="([^"]+\.csv)"', form)[1]
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
        assert hidden["snippet"] == str(snippet.pk)
        response = many.get(button, hidden)
        assert "10 satırdan uzun" in words(response) and "Hareketlerim" in words(response)
        page = asked(many, response.request["PATH_INFO"] + "?" + response.request["QUERY_STRING"])
        work()
        assert HEADER in rows_of(many, page, 2)

    def test_an_invoice_blocks_originals_and_a_purchase_blocks_order(self, customer, dealer, site):
        make_invoice(dealer, "F1", [("K-1", "Kupa", 12, 8)], days=4)
        blocks = [make_snippet(name, name, days="all") for name in ("invoices", "purchases")]
        html = customer.get(add_page(site, *[("report", {"report": one}) for one in blocks]))
        html = html.content.decode()
        first, second = html.split(f'id="b2b-report-{blocks[1].pk}"')
        assert "/b2b/reports/invoices/files.zip" in first and "/b2b/order/" not in first
        assert "/b2b/order/" in second and "files.zip" not in second


class TestVendors:
    @pytest.fixture
    def vendor(self, supplier, visitor, monkeypatch):
        account = make_account(supplier, code="320.01", title="Kil Seramik", email="a@kil.example")
        for n in range(12):
            day = timezone.localdate() - timedelta(40 - n)
            make_entry(account, "-10.05", kind="credit_note", booked_on=day)
        sign_in(visitor, account)
        monkeypatch.setattr(files, "AT_ONCE", 10)
        mail.outbox.clear()
        return account

    def test_a_large_statement_says_whose_books_it_is_of(self, visitor, vendor):
        page = asked(visitor, "/b2b/reports/statement.csv?period=all")
        work()
        rows = rows_of(visitor, page)
        assert ["", "", "", "Toplam", "", "0,00", "120,60", "120,60", "A"] in rows
        assert ["Borç/Alacak firmamızın kayıtlarına göredir."] in rows
        assert mail.outbox[-1].to == ["a@kil.example"]

    def test_large_invoices_of_both_directions_have_sums_apart(self, visitor, vendor):
        for n in range(6):
            make_invoice(vendor, f"A{n}", [("K", "Kil", 1, 100)], days=9, is_credit=True)
            make_invoice(vendor, f"F{n}", [("K", "Kupa", 1, 10)], days=8)
        page = asked(visitor, "/b2b/reports/invoices.csv?period=all")
        work()
        sums = {row[1]: row[7] for row in rows_of(visitor, page) if len(row) > 7 and not row[0]}
        assert sums["Bizden aldıklarınız"] == "72,00"
        assert sums["Bize sattıklarınız"] == "-720,00" and sums["Toplam"] == "-648,00"
