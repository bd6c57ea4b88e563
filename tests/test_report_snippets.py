"""Reports as editors set them up: on report pages, in files, in the admin."""

import csv
import io

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook
from wagtail.models import Locale, ModelLogEntry

from b2b_portal import reports
from b2b_portal.ledger.posting import post_all
from b2b_portal.models import ReportSnippet
from b2b_portal.pages.models import PortalIndexPage, ReportPage
from b2b_portal.reports.base import Report, _reports
from b2b_portal.tables.table import Column, Row, Table
from b2b_portal.testing.factories import make_account, make_draft, make_entry

from .fixtures import PORTAL, sign_in
from .reading import column, look
from .test_admin import admin, staff, text_of  # noqa: F401
from .test_all_reports import EVIL, make_invoice

pytestmark = pytest.mark.django_db

OLD = "Vadesi geçmiş ESKI"
EDIT = ("add_reportsnippet", "change_reportsnippet", "delete_reportsnippet", "view_reportsnippet")


def url(page, *args):
    return reverse(f"wagtailsnippets_b2b_portal_reportsnippet:{page}", args=args)


def typed(report="invoices", **fields):
    """What the form sends; columns and filters in the keys ``columns-<report>``."""
    return {
        "title": "Açık faturalar",
        "report": report,
        "days": "",
        "rows_per_page": "50",
        "formats": ["pdf"],
        "text_above": "null",
        "text_below": "null",
    } | fields


def make_snippet(report="invoices", title="Bu yılki faturalar", **fields):
    return ReportSnippet.objects.create(
        locale=Locale.objects.get(language_code="tr"), title=title, report=report, **fields
    )


def put_on_page(snippet, language="tr", slug="hazir"):
    """The address of a new report page that shows it."""
    index = PortalIndexPage.objects.get(locale__language_code=language)
    index.add_child(instance=ReportPage(title="Sayfa", slug=slug, snippet=snippet))
    return f"{index.url}{slug}/"


def file_text(client, snippet, query="", format="csv"):
    response = client.get(f"/b2b/reports/snippets/{snippet.pk}.{format}{query}")
    assert response.status_code == 200, response.content
    return b"".join(response.streaming_content).decode("utf-8-sig")


@pytest.fixture
def invoices(account):
    """Two of this year, one of two years ago."""
    make_invoice(account, "ESKI", [("K-1", "Kupa", 1, 100)], days=800)
    make_invoice(account, "F1", [("K-1", "Kupa", 10, 10)], days=0)
    make_invoice(account, "F2", [("K-2", "Çay", 1, "5.5")], days=0)


class TestOnAPage:
    def test_columns_stand_as_the_editor_ordered_them(self, browser, invoices):
        url = put_on_page(make_snippet(columns=["payable", "number", "gone"], days="all"))
        page = look(browser, url)
        assert page.rows["row"] == [["6,60", "F2"], ["120,00", "F1"], ["120,00", OLD]]
        assert page.rows["totals"] == [["246,60", "Toplam"]]
        assert "<caption>Bu yılki faturalar</caption>" in page.html

    def test_it_begins_with_its_own_period(self, browser, invoices):
        url = put_on_page(make_snippet(days="this_year"))
        assert column(look(browser, url), 1) == ["F2", "F1"]
        assert len(look(browser, url, period="all").rows["row"]) == 3
        year = timezone.localdate().year
        assert look(browser, url).facts["Dönem"] == f"01.01.{year} – 31.12.{year}"

    def test_a_report_of_a_day_begins_with_its_own_day(self, browser, account):
        make_entry(account, "10", booked_on=timezone.localdate())
        url = put_on_page(make_snippet("open-items", days="last_year_end"))
        assert look(browser, url).rows["row"] == []
        assert look(browser, url, as_of=timezone.localdate().isoformat()).rows["row"]

    def test_what_is_not_offered_is_not_read(self, browser, invoices):
        url = put_on_page(make_snippet(filters=["q"], days="this_year"))
        page = look(browser, url)
        for words in ('type="date"', "<select", 'aria-label="Dönem"'):
            assert words not in page.html
        for query in ({"period": "all"}, {"state": "paid"}, {"show": "lines"}, {"start": "x"}):
            assert look(browser, url, **query).rows == page.rows, query
        assert column(look(browser, url, q="çay"), 1) == ["F2"]

    def test_what_is_left_out_sorts_nothing(self, browser, invoices):
        url = put_on_page(make_snippet(columns=["number"], days="all"))
        assert column(look(browser, url, sort="payable"), 0) == ["F2", "F1", OLD]
        assert column(look(browser, url, sort="number"), 0) == [OLD, "F1", "F2"]

    def test_a_link_to_what_is_not_offered_falls_away(self, browser, invoices):
        snippet = make_snippet("purchases", filters=["days"])
        assert "product=" not in look(browser, put_on_page(snippet)).html
        snippet.filters = None
        snippet.save()
        page = look(browser, f"{PORTAL}hazir/", period="all")
        assert f"product=K-1&amp;snippet={snippet.pk}" in page.html
        history = look(browser, f"{PORTAL}hazir/", period="all", product="K-1", snippet=snippet.pk)
        assert column(history, 1) == ["ESKI", "F1"]

    def test_a_balance_never_stands_without_its_side(self, browser, account):
        make_entry(account, "-40")
        url = put_on_page(make_snippet("statement", columns=["balance", "date"]))
        (row,) = look(browser, url).rows["row"]
        assert row[:2] == ["40,00", "A"]

    def test_rows_a_page_and_texts(self, browser, account):
        post_all([make_draft(account, "1", document_no=f"A{n}") for n in range(12)])
        snippet = make_snippet(
            "statement", rows_per_page=5, text_above="<p>Üstte</p>", text_below="<p>Altta</p>"
        )
        page = look(browser, put_on_page(snippet), page="1")
        assert len(page.rows["row"]) == 5 and "12" in page.words
        before, after = page.html.split("<caption>")
        assert "<p>Üstte</p>" in before and "<p>Altta</p>" in after

    def test_each_language_shows_its_own(self, browser, invoices):
        turkish = make_snippet()
        english = turkish.copy_for_translation(Locale.objects.get(language_code="en"))
        english.title, english.columns = "Invoices of this year", ["number"]
        english.save()
        page = look(browser, put_on_page(turkish, "en", "ready"))
        assert "<caption>Invoices of this year</caption>" in page.html
        assert f"/b2b/reports/snippets/{english.pk}.pdf" in page.html
        assert (
            'filename="invoices-of-this-year-12020-'
            in (browser.get(f"/b2b/reports/snippets/{english.pk}.pdf")["Content-Disposition"])
        )


class TestFiles:
    def test_have_what_the_screen_has(self, browser, invoices):
        snippet = make_snippet(columns=["payable", "number"], days="this_year", filters=["q"])
        for query in ("", "?period=all&state=paid&show=lines", f"?snippet={snippet.pk + 1}"):
            rows = list(csv.reader(io.StringIO(file_text(browser, snippet, query)), delimiter=";"))
            start = rows.index(["Ödenecek", "Fatura no"])
            assert rows[0] == ["Bu yılki faturalar"]
            assert rows[start + 1 :] == [["6,60", "F2"], ["120,00", "F1"], ["126,60", "Toplam"]]
        data = browser.get(f"/b2b/reports/snippets/{snippet.pk}.xlsx")
        book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(data.streaming_content)))
        assert book.get_sheet_by_index(0).to_python()[-2:] == [[120.0, "F1"], [126.6, "Toplam"]]

    def test_a_total_of_nothing_is_a_figure(self, browser, account):
        make_invoice(account, "F1", [("K", "Kupa", 1, 10)], days=2)
        make_invoice(account, "I1", [("K", "Kupa", 1, 10)], days=1, is_return=True, is_credit=True)
        snippet = make_snippet(columns=["net"])
        assert look(browser, put_on_page(snippet)).rows["totals"] == [["0,00"]]
        assert "\r\n10,00\r\n0,00\r\n" in file_text(browser, snippet)
        data = browser.get(f"/b2b/reports/snippets/{snippet.pk}.xlsx")
        book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(data.streaming_content)))
        figures = [row[0] for row in book.get_sheet_by_index(0).to_python()]
        assert [-10.0, 10.0, 0.0] == [one for one in figures if isinstance(one, float)]

    def test_only_the_formats_that_are_offered(self, browser, invoices):
        snippet = make_snippet(formats=["csv"])
        page = look(browser, put_on_page(snippet))
        assert f"snippets/{snippet.pk}.csv" in page.html
        assert f"snippets/{snippet.pk}.pdf" not in page.html
        for format, status in (("csv", 200), ("pdf", 404), ("xlsx", 404), ("exe", 404)):
            url = f"/b2b/reports/snippets/{snippet.pk}.{format}"
            response = browser.get(url, follow=True)
            assert response.status_code == status
            assert "no-store" in browser.get(url)["Cache-Control"]

    def test_everyone_gets_its_own_figures(self, browser, supplier, invoices):
        snippet, stranger, other = make_snippet(days="all"), Client(), Client()
        sign_in(other, make_account(supplier, email="b@example.com"))
        assert "F1" in file_text(browser, snippet)
        assert "F1" not in file_text(other, snippet)
        response = stranger.get(f"/b2b/reports/snippets/{snippet.pk}.csv")
        assert response.status_code == 302 and "next=" in response["Location"]
        for pk in (snippet.pk + 99, "9" * 40):
            response = browser.get(f"/b2b/reports/snippets/{pk}.csv", follow=True)
            assert response.status_code == 404

    def test_a_period_that_is_none_is_told(self, browser, account):
        snippet = make_snippet()
        assert look(browser, put_on_page(snippet), start="31.02.2026").status == 422
        response = browser.get(f"/b2b/reports/snippets/{snippet.pk}.csv?start=31.02.2026")
        assert response.status_code == 400

    @pytest.mark.parametrize("title", [*EVIL, "<b>&amp;</b>", "[x]:*?/\\" * 10, "\U0001f4c8"])
    def test_any_title_can_be_printed(self, browser, account, title):
        snippet = make_snippet(title=title)
        assert b"<b>&amp;</b>" not in browser.get(put_on_page(snippet)).content
        for format in ("pdf", "xlsx", "csv"):
            response = browser.get(f"/b2b/reports/snippets/{snippet.pk}.{format}")
            assert response.status_code == 200 and b"".join(response.streaming_content)


@pytest.fixture
def passing_report():
    """A report of an agency, taken out again at the end."""

    @reports.register
    class Passing(Report):
        name, title = "passing", "Sevkiyatlar"
        columns = [Column("no", "İrsaliye"), Column("worth", "Tutar", "amount")]

        def table(self, account, params):
            rows = [Row(("S1", 5))]
            return Table(self.title, self.columns, rows, currency=params["currency"])

    yield Passing
    _reports.pop("passing", None)


class TestAReportThatIsGone:
    @pytest.fixture
    def page(self, passing_report, site):
        self.snippet = make_snippet("passing", title="Sevkiyatlarım")
        return put_on_page(self.snippet)

    def test_breaks_no_page_and_no_list(self, browser, page):
        assert look(browser, page).rows["row"] == [["S1", "5,00"]]
        assert (
            "Örnek"
            in reports.get("passing")
            .sample({"as_of": timezone.localdate()})
            .rows[0]
            .values.values()
        )
        _reports.pop("passing")
        gone = look(browser, page)
        assert gone.status == 200 and "artık sunulmuyor" in gone.words
        url = f"/b2b/reports/snippets/{self.snippet.pk}.csv"
        assert browser.get(url, follow=True).status_code == 404
        ReportPage.objects.filter(slug="hazir").update(snippet=None, report="passing")
        assert "artık sunulmuyor" in look(browser, page).words
        assert browser.get("/b2b/reports/passing.csv", follow=True).status_code == 404

    def test_is_named_in_the_admin_and_another_can_be_chosen(self, admin, page):  # noqa: F811
        _reports.pop("passing")
        assert "passing" in admin.get(url("list")).content.decode()
        edit = url("edit", self.snippet.pk)
        assert admin.get(edit).status_code == 200
        assert admin.post(edit, typed(report="orders")).status_code == 302
        assert self.snippet.chosen() is None
        self.snippet.refresh_from_db()
        assert self.snippet.chosen().report.name == "orders"


def test_a_report_that_names_no_columns_is_previewed_all_the_same(site, passing_report):
    passing_report.columns = ()
    snippet = make_snippet("passing")
    assert snippet.chosen().column_choices() == {}
    words = snippet.make_preview_request().content.decode()
    assert "Örnek veri" in words and "b2b-table-row" in words


class TestInTheAdmin:
    def test_an_editor_sets_one_up(self, client, site, settings):
        settings.LANGUAGE_CODE = "tr"
        staff(client, "editor", *EDIT)
        columns = {
            "columns-invoices": ["number", "payable", "open", "evil"],
            "columns-invoices-number": "3",
            "columns-invoices-payable": "1",
            "columns-invoices-open": "x",
            "columns-orders": ["date"],
            "filters-invoices": ["days", "evil"],
        }
        response = client.post(url("add"), typed(days="this_month", **columns))
        assert response.status_code == 302, text_of(response)
        snippet = ReportSnippet.objects.get()
        assert snippet.columns == ["payable", "number", "open"]
        assert snippet.filters == ["days"]
        assert (snippet.days, snippet.rows_per_page, snippet.formats) == ("this_month", 50, ["pdf"])
        form = client.get(url("edit", snippet.pk)).content.decode()
        places = [form.index(f'name="columns-invoices-{key}"') for key in snippet.columns]
        assert places == sorted(places)
        assert ModelLogEntry.objects.for_instance(snippet).get().action == "wagtail.create"
        for page in ("edit", "history", "usage", "delete", "copy"):
            assert client.get(url(page, snippet.pk)).status_code == 200, page

    def test_all_columns_mean_all_there_will_be(self, admin, site):  # noqa: F811
        every = list(reports.get("invoices").column_choices())
        for ticked in ({}, {"columns-invoices": every}):
            admin.post(url("add"), typed(**ticked))
            assert ReportSnippet.objects.latest("pk").columns is None
        assert ReportSnippet.objects.latest("pk").filters == []

    @pytest.mark.parametrize(
        "wrong",
        [{"days": "today"}, {"report": "gone"}, {"rows_per_page": "0"}, {"formats": ["exe"]}],
    )
    def test_what_cannot_be_is_refused(self, admin, site, wrong):  # noqa: F811
        response = admin.post(url("add"), typed(**wrong))
        assert response.status_code == 200 and not ReportSnippet.objects.exists()
        assert response.context["form"].errors.keys() == wrong.keys()

    def test_it_is_previewed_with_sample_data(self, admin, site):  # noqa: F811
        data = typed(**{"columns-invoices": ["payable", "number"], "text_above": "null"})
        assert admin.post(url("preview_on_add"), data).json()["is_valid"]
        page = look(admin, url("preview_on_add"))
        assert page.status == 200 and "Örnek veri" in page.words
        assert page.rows["row"][0] == ["4.860,50", "ORN2026000128"]
        assert page.rows["totals"] == [["16.860,50", "Toplam"]]
        assert "formaction" not in page.html
        english = make_snippet().copy_for_translation(Locale.objects.get(language_code="en"))
        english.save()
        words = english.make_preview_request().content.decode()
        assert "Sample data" in words and "Invoice no" in words

    def test_nobody_else_gets_in(self, client, site):
        snippet = make_snippet()
        staff(client, "clerk", "view_entry", "change_supplier", "change_page")
        for page, args in [
            *((page, []) for page in ("list", "add", "preview_on_add")),
            *((page, [snippet.pk]) for page in ("edit", "delete", "history", "usage", "copy")),
            ("preview_on_edit", [snippet.pk]),
        ]:
            for send in (client.get, client.post):
                assert send(url(page, *args), typed()).status_code in (302, 403), page
        assert ReportSnippet.objects.get().title == "Bu yılki faturalar"
        assert "b2b/reports/" not in client.get(reverse("wagtailadmin_home")).content.decode()

    def test_one_that_a_page_shows_is_not_deleted(self, admin, site):  # noqa: F811
        snippet = make_snippet()
        put_on_page(snippet)
        admin.post(url("delete", snippet.pk))
        assert ReportSnippet.objects.filter(pk=snippet.pk).exists()
        ReportPage.objects.get(slug="hazir").delete()
        admin.post(url("delete", snippet.pk))
        assert not ReportSnippet.objects.exists()

    def test_a_page_is_given_one_in_its_form(self, admin, site):  # noqa: F811
        put_on_page(make_snippet())
        page = ReportPage.objects.get(slug="hazir")
        form = admin.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()
        assert "Hazır rapor" in form and url("edit", page.snippet_id) in form
        words = page.make_preview_request().content.decode()
        assert "Örnek veri" in words and "Bu yılki faturalar" in words
