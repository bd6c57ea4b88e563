"""What a reader sees of a report: of its page, and of its PDF."""

import html
import io
import re
from datetime import datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import time_machine
from pypdf import PdfReader

from b2b_portal.pages.models import PortalIndexPage, ReportPage

from .fixtures import PORTAL, STATEMENT
from .test_all_reports import EVIL, NAMES, full, make_invoice, make_order  # noqa: F401

ISTANBUL = ZoneInfo("Europe/Istanbul")
ENGLISH = "/en/customer-portal/account-statement/"
PDF = "/b2b/reports/statement.pdf"


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


def headings_of(page):
    return [text(th) for th in re.findall(r'<th scope="col".*?</th>', page.html, re.S)]


def lines_of(page):
    """The rows of the statement's page as lines of words, opening and totals among them."""
    rows = [*page.rows["opening"], *page.rows["row"], *page.rows["totals"]]
    return [" ".join(filter(None, row)) for row in rows]


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
