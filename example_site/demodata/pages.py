"""A page for every report, beside the statement's that the portal's setup makes."""

from django.utils import translation
from django.utils.text import slugify
from wagtail.models import Locale

from b2b_portal import reports
from b2b_portal.customers.fold import fold
from b2b_portal.pages.models import ReportPage

SHOWN = ("invoices", "purchases", "orders", "payments", "open-items", "ageing")


def add_report_pages():
    """Add the pages in each language that the statement's page has."""
    statement = ReportPage.objects.get(locale=Locale.get_default(), report="statement")
    last = statement
    for name in SHOWN:
        page = ReportPage(report=name, locale=statement.locale)
        _name(page)
        last = last.add_sibling(pos="right", instance=page)
        for other in statement.get_translations():
            copy = page.copy_for_translation(other.locale)
            _name(copy)
            copy.save_revision().publish()


def _name(page):
    with translation.override(page.locale.language_code):
        page.title = page.draft_title = str(reports.get(page.report).title)
        page.slug = slugify(fold(page.title))
