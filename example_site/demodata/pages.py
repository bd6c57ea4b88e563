"""A page for every report, beside the statement's that the portal's setup makes, and a page of blocks."""

from django.utils import translation
from django.utils.text import slugify
from wagtail.models import Locale
from website.models import HomePage, StandardPage

from b2b_portal import reports
from b2b_portal.customers.fold import fold
from b2b_portal.models import ReportSnippet
from b2b_portal.pages.models import ReportPage

SHOWN = ("invoices", "purchases", "orders", "payments", "open-items", "ageing")

THIS_YEAR = {  # a ready-made report: title, text above
    "tr": ("Bu yılki faturalar", "<p>Bu yıl kesilen faturalar ve bugün açık kalan tutarları.</p>"),
    "en": ("Invoices of this year", "<p>What was invoiced this year, and what of it is open.</p>"),
}
DEALERS = {  # a page of the site with blocks of the portal: title, introduction
    "tr": ("Bayilerimiz", "Bakiyeniz ve bu yılki faturalarınız, giriş yaptığınızda burada."),
    "en": ("Our dealers", "Your balance and this year's invoices, here once you have signed in."),
}


def add_report_pages():
    """Add the pages in each language that the statement's page has."""
    statement = ReportPage.objects.get(locale=Locale.get_default(), report="statement")
    snippet = _add_snippets(statement.locale, statement.get_translations())
    last = statement
    for page in [ReportPage(report=name) for name in SHOWN] + [ReportPage(snippet=snippet)]:
        page.locale = statement.locale
        _name(page)
        last = last.add_sibling(pos="right", instance=page)
        for other in statement.get_translations():
            copy = page.copy_for_translation(other.locale)
            _name(copy)
            copy.save_revision().publish()


def _name(page):
    language = page.locale.language_code
    with translation.override(language):
        title = THIS_YEAR[language][0] if page.snippet else str(reports.get(page.report).title)
    page.title = page.draft_title = title
    page.slug = slugify(fold(title))


def _add_snippets(locale, translations):
    """The ready-made report in each language; returns that of ``locale``."""
    first = ReportSnippet(
        locale=locale,
        report="invoices",
        columns=["date", "number", "due", "payable", "open"],
        filters=["q", "state"],
        days="this_year",
        formats=["pdf", "xlsx"],
        rows_per_page=50,
    )
    first.title, first.text_above = THIS_YEAR[locale.language_code]
    first.save()
    for other in translations:
        copy = first.copy_for_translation(other.locale)
        copy.title, copy.text_above = THIS_YEAR[other.locale.language_code]
        copy.save()
    return first


def add_dealers_pages():
    """Add to each home page one for dealers, made of the portal's blocks."""
    first = None
    for home in HomePage.objects.order_by("pk"):
        title, lead = DEALERS[home.locale.language_code]
        page = StandardPage(title=title, slug=slugify(fold(title)), lead=lead, show_in_menus=True)
        page.locale = home.locale
        if first:
            page.translation_key = first.translation_key
        snippet = ReportSnippet.objects.get(locale=home.locale)
        page.body = [("balance", {}), ("report", {"report": snippet}), ("sign_in", {})]
        home.add_child(instance=page)
        page.save_revision().publish()
        first = first or page
