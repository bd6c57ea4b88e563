"""Every page that customers and visitors meet, in a real browser on a live server."""

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test.signals import template_rendered
from django.utils import timezone
from wagtail.models import Locale
from website.models import StandardPage

import b2b_portal
from b2b_portal import reports
from b2b_portal.ledger.posting import allocate
from b2b_portal.models import Invoice, Order, Payment, ReportSnippet
from b2b_portal.pages.models import PaymentPage, PortalIndexPage, ReportPage
from b2b_portal.testing.factories import make_account, make_entry
from b2b_portal.testing.worker import work

from .fixtures import mailed_code

TEMPLATES = Path(b2b_portal.__file__).parent / "templates/b2b_portal"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@dataclass
class World:
    """A site in two languages with every report, an account with everything and a vendor's."""

    url: str
    customer: object
    vendor: object
    homes: dict  # language: the index page's address

    def reports(self, language):
        index = PortalIndexPage.objects.get(locale__language_code=language)
        return [page.url for page in ReportPage.objects.child_of(index)]

    def payment_page(self, language):
        return PaymentPage.objects.get(locale__language_code=language).url

    def details(self):
        """Addresses outside the page tree, in the language that was spoken last."""
        rows = {
            "invoices": Invoice.objects.filter(account=self.customer),
            "orders": Order.objects.filter(account=self.customer)[:1],
            "collections": self.customer.entries.filter(kind__in=["cash", "card"])[:2],
        }
        for folder, found in rows.items():
            yield from (f"/b2b/{folder}/{row.pk}/" for row in found)
        yield from (f"/b2b/orders/{order.pk}/again/" for order in rows["orders"])
        yield "/b2b/order/?period=all"
        for payment in Payment.objects.filter(account=self.customer, currency="TRY"):
            yield f"/b2b/payments/{payment.uuid}/"
        yield "/b2b/reports/statement.pdf?start=x"
        yield "/b2b/invoices/0/"
        yield "/b2b/pay/return/"


@pytest.fixture
def world(live_server, site, full):
    vendor = make_account(full.supplier, code="320.1", title="Kütahya Seramik A.Ş.")
    make_entry(vendor, "-20000", kind="invoice", booked_on=timezone.localdate())
    make_entry(full, "2345678.90", document_no="ANT2026000564743", due_on=timezone.localdate())
    # A second account of the same dealer, so that there is something to change to.
    make_account(
        full.supplier, code="120.21", tax_number=full.tax_number, email=full.email, title="Şube"
    )
    for state, _label in Payment.State.choices:
        payment, _new = Payment.objects.get_or_create(
            account=full,
            currency="TRY",
            state=state,
            defaults={"amount": "11.10", "gateway": "iyzico", "token": state},
        )
        if payment.entry:
            invoice = full.entries.filter(kind="invoice", currency="TRY").first()
            payment.items.create(entry=invoice, amount="11.10")
            allocate(payment.entry, invoice, payment.amount)
    for index in PortalIndexPage.objects.all():
        _add_pages(index)
    return World(
        live_server.url,
        full,
        vendor,
        {page.locale.language_code: page.url for page in PortalIndexPage.objects.all()},
    )


def _add_pages(index):
    """Each report, a ready-made one, and a page with every block."""
    index.intro = "<p>Hoş geldiniz / Welcome</p>"
    index.save()
    for name, title in reports.choices():
        if name != "statement":
            index.add_child(instance=ReportPage(title=str(title), report=name))
    snippet = ReportSnippet.objects.create(
        locale=index.locale,
        report="invoices",
        title="Fatura / Invoice",
        text_above="<p>Metin / Text</p>",
        rows_per_page=1,
        days="all",
    )
    index.add_child(instance=ReportPage(title="Hazır / Ready", snippet=snippet))
    page = StandardPage(title="Bayiler / Dealers", slug="blocks")
    page.body = [("balance", {}), ("report", {"report": snippet}), ("sign_in", {})]
    index.get_parent().add_child(instance=page)


def sign_in(page, world, account, language="tr", wrong_code=None):
    """Through the forms in the browser. ``wrong_code``: called on the page that refuses a code."""
    page.goto(world.url + world.homes[language])
    fill_in(page, account)
    work()
    if wrong_code:
        press(page, "code", code="12")
        wrong_code()
    press(page, "code", code=mailed_code())
    page.locator(".b2b-bar").wait_for()


def fill_in(page, account, **typed):
    page.locator("[name=tax_number]").fill(account.tax_number)
    page.locator("[name=email]").fill(account.email)
    page.locator("[name=supplier_number]").fill(
        typed.get("supplier_number", account.supplier.tax_number)
    )
    page.locator("form:has([name=email]) button").click()


def press(page, step, **typed):
    for name, value in typed.items():
        page.locator(f"[name={name}]").fill(value)
    page.locator(f"button[name=step][value={step}]").last.click()


def preview_of(language):
    """The HTML of a ready-made report's preview in the admin."""
    snippet = ReportSnippet.objects.get(locale=Locale.objects.get(language_code=language))
    return snippet.make_preview_request().render().content.decode()


@contextmanager
def templates_seen():
    """The portal's templates rendered inside the block, as paths below ``TEMPLATES``."""
    seen = set()

    def note(template, **kwargs):
        if template.name and template.name.startswith("b2b_portal/"):
            seen.add(template.name.removeprefix("b2b_portal/"))

    template_rendered.connect(note)
    try:
        yield seen
    finally:
        template_rendered.disconnect(note)


def public_templates():
    paths = {str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html")}
    return {path for path in paths if not path.startswith("admin/")}


def violations(page):
    """What axe finds on a phone and on a desk, in the light and in the dark: a line each.

    In the dark only contrast is asked, as only it can differ; so a desk need not be asked for it
    in the light, where the phone was.
    """
    every = {"type": "tag", "values": AA}
    contrast = {"type": "rule", "values": ["color-contrast"]}
    found = []
    page.wait_for_load_state("load")  # of the style sheets too
    page.evaluate(Axe().axe_script)
    for size, scheme, only, rules in (
        (PHONE, "light", every, {}),
        (DESK, "light", every, {"color-contrast": {"enabled": False}}),
        (DESK, "dark", contrast, {}),
    ):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        options = {"resultTypes": ["violations"], "runOnly": only, "rules": rules}
        for rule in page.evaluate("options => axe.run(options)", options)["violations"]:
            found += [
                f"{page.url} {size['width']} px {scheme}: {rule['id']}: "
                f"{node['html'][:160]} {node['failureSummary'][:200]}"
                for node in rule["nodes"]
            ]
    return found
