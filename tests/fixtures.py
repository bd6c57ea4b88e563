"""A portal on a site in two languages, a dealer, and ways to act as one."""

import re
from datetime import date, timedelta

import pytest
from django.core import mail
from django.utils import timezone
from wagtail.models import Locale, Page, Site

from b2b_portal.cms.setup import steps
from b2b_portal.testing.factories import make_account, make_entry, make_supplier
from b2b_portal.testing.iyzico import API_KEY, SECRET_KEY, Simulator
from b2b_portal.testing.worker import work

PORTAL = "/tr/musteri-portali/"
STATEMENT = PORTAL + "hesap-ekstresi/"
PAY = PORTAL + "online-odeme/"


@pytest.fixture
def site(db):
    """The default site with the portal's pages in Turkish and English."""
    site = Site.objects.filter(is_default_site=True).first() or make_site()
    english = site.root_page.copy_for_translation(
        Locale.objects.get_or_create(language_code="en")[0]
    )
    english.save_revision().publish()
    for _what, make in steps():
        make()
    Site.clear_site_root_paths_cache()
    return site


def make_site():
    """What Wagtail's migrations make, and a test that flushes the database takes away."""
    locale, _new = Locale.objects.get_or_create(language_code="tr")
    root = Page.get_first_root_node() or Page.add_root(title="Root", slug="root", locale=locale)
    home = root.add_child(instance=Page(title="Home", slug="home", locale=locale))
    return Site.objects.create(hostname="localhost", root_page=home, is_default_site=True)


@pytest.fixture
def supplier(db):
    return make_supplier(name="Anadolu Toptan Ltd. Şti.", tax_office="Başakşehir")


@pytest.fixture
def dealer(supplier):
    """A dealer with an overdue invoice of 1.000,10 and one of 500,00 that is due in ten days."""
    account = make_account(
        supplier,
        title="Gül Hediyelik Eşya Ltd. Şti.",
        email="muhasebe@gulhediyelik.com.tr",
        phone="0532 555 12 34",
        address="Çarşı Cad. 5",
        city="İzmir",
    )
    today = timezone.localdate()
    make_entry(
        account,
        "1000.10",
        document_no="ANT001",
        booked_on=today - timedelta(40),
        due_on=today - timedelta(10),
    )
    make_entry(
        account,
        "500",
        document_no="ANT002",
        booked_on=today - timedelta(20),
        due_on=today + timedelta(10),
    )
    return account


@pytest.fixture
def visitor(client, site):
    """A browser that is not signed in."""
    return client


def mailed_code():
    """The code in the newest mail."""
    return next(
        word for word in mail.outbox[-1].body.split() if word.isdecimal() and len(word) == 6
    )


def ask_for_code(client, account, **typed):
    """Fill in the first sign-in form as the account's dealer would, but for what is ``typed``."""
    return client.post(
        PORTAL,
        {
            "tax_number": account.tax_number,
            "email": account.email,
            "supplier_number": account.supplier.tax_number,
            **typed,
        },
    )


def sign_in(client, account, url=PORTAL):
    """Sign in through the two forms, the worker and the mail."""
    ask_for_code(client, account)
    work()
    return client.post(url, {"step": "code", "code": mailed_code()})


@pytest.fixture
def customer(visitor, dealer):
    """A browser signed in as the dealer."""
    response = sign_in(visitor, dealer)
    assert response.status_code == 303, response.content.decode()
    return visitor


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
def browser(visitor, account):
    """A browser signed in as the account's dealer, now."""
    assert sign_in(visitor, account).status_code == 303
    return visitor


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


@pytest.fixture(scope="session")
def iyzico_session(tmp_path_factory):
    with Simulator(ca_file=tmp_path_factory.mktemp("iyzico") / "ca.pem") as simulator:
        yield simulator


@pytest.fixture
def iyzico(iyzico_session, settings):
    """The simulator, and a portal that pays through it."""
    settings.DEBUG = True
    settings.B2B_PORTAL = {
        "BASE_URL": "http://testserver",
        "GATEWAYS": {
            "iyzico": {
                "class": "b2b_portal.payments.gateways.iyzico.IyzicoGateway",
                "api_key": API_KEY,
                "secret_key": SECRET_KEY,
                "base_url": iyzico_session.base_url,
                "ca_file": str(iyzico_session.ca_file),
            }
        },
    }
    return iyzico_session


def post_pay(client, data, url=PAY):
    """Send the payment form as the page has it, hidden fields and all, with ``data`` filled in."""
    return client.post(url, hidden(client.get(url)) | data)


def hidden(response):
    """{name: value} of a page's hidden fields."""
    fields = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', response.content.decode())
    return {name: value for name, value in fields if name != "csrfmiddlewaretoken"}


def start_paying(client, **chosen):
    """Choose, confirm; returns the response that leads to the gateway."""
    review = post_pay(client, {"step": "review", **chosen})
    assert review.status_code == 200, review.content.decode()
    return client.post(PAY, hidden(review) | {"step": "pay"} | chosen)
