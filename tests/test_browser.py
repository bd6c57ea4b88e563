"""The whole way in a real browser, through real processes."""

import re
from decimal import Decimal

import pytest
from pypdf import PdfReader

pytestmark = pytest.mark.chromium


def lira(text):
    """ "1.234,56 TL" or "1.234,56" → Decimal."""
    return Decimal(re.search(r"[\d.]+,\d\d", text)[0].replace(".", "").replace(",", "."))


def balance_of(page):
    return lira(page.locator(".b2b-card .b2b-figure").first.inner_text())


def sign_in(page, demo):
    """From the site's home page through the portal and the mailed code to the overview."""
    page.goto(demo.url)
    page.get_by_role("navigation").get_by_role("link", name="Müşteri Portalı").first.click()
    page.get_by_label("Vergi numaranız").fill(demo.shown("your tax number"))
    page.get_by_label("E-posta adresiniz").fill(demo.shown("your e-mail"))
    page.get_by_label("Tedarikçinin vergi numarası").fill(demo.shown("supplier's number"))
    page.get_by_role("button", name="Bana kod gönder").click()
    code_field = page.get_by_label("Kod", exact=True)
    code_field.wait_for()
    code_field.fill(mailed_code(page.context, demo))
    page.get_by_role("button", name="Giriş yap").click()
    page.locator(".b2b-bar").wait_for()


def mailed_code(context, demo):
    inbox = context.new_page()
    for _try in range(60):
        inbox.goto(demo.shown("the mailed code"))
        found = re.search(r"\b(\d{6})\b", inbox.locator("main").inner_text())
        if found:
            inbox.close()
            return found[1]
        inbox.wait_for_timeout(250)
    raise AssertionError("no mail came")


def test_home_page_to_code_to_statement_to_pdf_to_payment_to_receipt_to_statement(page, demo):
    sign_in(page, demo)
    before = balance_of(page)
    assert before > 0

    page.get_by_role("link", name="Hesap Ekstresi").first.click()
    table = page.locator("table.b2b-table")
    table.wait_for()
    assert f"{before:,.2f}".translate({44: ".", 46: ","}) in table.inner_text()
    with page.expect_download() as download:
        page.get_by_role("button", name="PDF").click()
    words = "".join(leaf.extract_text() for leaf in PdfReader(download.value.path()).pages)
    assert "Gül" in words and f"{before:,.2f}".translate({44: ".", 46: ","}) in words

    page.goto(demo.url + "/b2b/")
    page.get_by_role("link", name="Online Ödeme").first.click()
    first = page.locator(".b2b-ticks li").first
    chosen = lira(first.locator(".b2b-amount").inner_text())
    first.get_by_role("checkbox").check()
    page.get_by_role("button", name="İşaretlenenlerle devam et").click()
    assert lira(page.locator(".b2b-figure").inner_text()) == chosen
    page.get_by_role("button", name="Şimdi öde", exact=True).click()

    page.wait_for_url(f"http://127.0.0.1:{demo.port + 2}/**")
    pay_by_card(page)
    page.wait_for_url(f"{demo.url}/b2b/payments/**")
    assert "Tahsilat Makbuzu" in page.locator("h1").inner_text()
    assert lira(page.locator(".b2b-figure").inner_text()) == chosen
    receipt_no = re.search(r"B2B\d{9}", page.locator(".b2b-receipt").inner_text())[0]

    page.goto(demo.url + "/b2b/")
    assert balance_of(page) == before - chosen
    page.get_by_role("link", name="Hesap Ekstresi").first.click()
    assert receipt_no in page.locator("table.b2b-table").inner_text()

    proof = demo.manage("b2b_portal_verify")
    assert proof.returncode == 0, proof.stdout + proof.stderr


def pay_by_card(page):
    """On the gateway's pages: the card, then the bank's code."""
    page.locator("[autocomplete=cc-number]").fill("5526080000000006")
    page.locator("[autocomplete=cc-name]").fill("Gül Yılmaz")
    page.locator("[autocomplete=cc-exp]").fill("12/30")
    page.locator("[autocomplete=cc-csc]").fill("123")
    page.locator("button[type=submit], button:not([type])").first.click()
    page.locator("[inputmode=numeric]").first.wait_for()
    page.locator("[inputmode=numeric]").first.fill("123456")
    page.locator("button").first.click()
