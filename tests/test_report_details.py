"""An invoice, an order, a payment: what rows of reports lead to."""

import re
from decimal import Decimal

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from b2b_portal.ledger.posting import allocate, reverse
from b2b_portal.models import InvoiceFile
from b2b_portal.testing.factories import make_account, make_entry

from .fixtures import PORTAL, sign_in
from .reading import see
from .test_all_reports import make_invoice, make_order

D = Decimal


class TestDetails:
    @pytest.fixture
    def papers(self, account):
        """(address, a word that stands there) of one of each."""
        invoice = make_invoice(account, "F/1", [("K-1", "Kupa & <b>", 3, "8.5")], days=4)
        paid = make_entry(account, "-20", document_no="H1")
        allocate(paid, invoice.entry, D(20))
        order = make_order(account, "S1")
        for kind, data in [("pdf", b"%PDF-1"), ("xml", b"<a/>"), ("pdf", b"%PDF-2")]:
            file = InvoiceFile(invoice=invoice, kind=kind, sha256=str(len(data)) + str(data))
            file.file.save(f"../../x.{kind}", ContentFile(data))
        return {
            f"/b2b/invoices/{invoice.pk}/": "Kupa &amp; &lt;b&gt;",
            f"/b2b/invoices/{invoice.pk}/file.pdf": "%PDF-2",
            f"/b2b/invoices/{invoice.pk}/file.xml": "<a/>",
            f"/b2b/orders/{order.pk}/": "S1",
            f"/b2b/collections/{paid.pk}/": "F/1",
        }

    @pytest.fixture(autouse=True)
    def private_files(self, settings, tmp_path):
        settings.STORAGES = settings.STORAGES | {
            "b2b_portal": {
                "BACKEND": "b2b_portal.files.PrivateStorage",
                "OPTIONS": {"location": str(tmp_path)},
            }
        }

    def test_show_what_the_reports_lead_to(self, browser, papers):
        for url, words in papers.items():
            response = browser.get(url)
            body = b"".join(response) if response.streaming else response.content
            assert response.status_code == 200 and words in body.decode(), url
            assert (
                "no-store" in response["Cache-Control"] and "private" in response["Cache-Control"]
            )
        linked = see(browser, "invoices").html + see(browser, "orders").html
        linked += see(browser, "payments").html
        for url in papers:
            if "file" not in url:
                assert f'href="{url}"' in linked, url
        invoice = next(iter(papers))
        assert browser.get(f"{invoice}file.pdf")["Content-Disposition"] == (
            'attachment; filename="F1.pdf"'
        )
        page = browser.get(invoice).content.decode()
        assert "30,60" in page and "10,60" in page and f"{invoice}file.xml" in page

    def test_amounts_are_written_as_on_the_dashboard(self, browser, account, papers):
        make_entry(account, "1663.20")
        papers = [url for url in papers if "file" not in url]
        for home, figure in ((PORTAL, r"[\d.]+,\d\d"), ("/en/customer-portal/", r"[\d,]+\.\d\d")):
            for url in (home, *papers):
                page = browser.get(url).content.decode()
                figures = re.findall(r'<p class="b2b-figure">(.*?)</p>', page)
                assert figures and "₺" not in page, url
                assert all(re.search(rf"{figure}\xa0TL$", one) for one in figures), figures

    def test_what_is_anothers_is_not_there(self, visitor, supplier, papers):
        foreign, stranger = make_account(supplier, email="b@example.com"), Client()
        sign_in(stranger, foreign)
        assert stranger.get("/b2b/reports/statement.pdf").status_code == 200
        for url in papers:
            missing = url.replace(url.split("/")[3], "999999")
            first = stranger.get(url)
            assert first.status_code == stranger.get(missing).status_code != 200
            for address in (url, missing, missing.replace("999999", "9" * 40)):
                assert stranger.get(address, follow=True).status_code == 404, address

    def test_strangers_are_led_to_the_sign_in(self, visitor, papers):
        for url in papers:
            assert visitor.get(url).status_code == 302

    def test_a_payment_that_was_reversed_says_so(self, browser, account):
        entry = make_entry(account, "-10")
        url = f"/b2b/collections/{entry.pk}/"
        assert "ters kayıt" not in browser.get(url).content.decode()
        reverse(entry, reason="yanlış")
        assert "ters kayıt" in browser.get(url).content.decode()

    def test_an_invoice_is_no_collection(self, browser, account):
        entry = make_entry(account, "10")
        assert browser.get(f"/b2b/collections/{entry.pk}/", follow=True).status_code == 404

    def test_a_file_that_is_gone_is_not_found(self, browser, account):
        invoice = make_invoice(account, "F1", [("K", "Kupa", 1, 1)], days=1)
        InvoiceFile.objects.create(invoice=invoice, kind="pdf", file="gone.pdf", sha256="x")
        for kind in ("pdf", "xml", "exe"):
            response = browser.get(f"/b2b/invoices/{invoice.pk}/file.{kind}", follow=True)
            assert response.status_code == 404
