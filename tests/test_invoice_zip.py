"""The originals of a period's invoices as one ZIP: those the report shows, and no others."""

import io
import re
import zipfile

import pytest

from b2b_portal.documents import invoice_zip
from b2b_portal.erp.originals import keep
from b2b_portal.models import InvoiceFile
from b2b_portal.testing.factories import make_account

from .reading import see
from .test_all_reports import make_invoice

URL = "/b2b/reports/invoices/files.zip"


@pytest.fixture
def invoices(dealer):
    """One of 40 days ago with an XML and two PDFs, one of 10 days ago with an XML."""
    old = make_invoice(dealer, "ABC2026/01", [("K-1", "Kupa", 1, 10)], days=40)
    new = make_invoice(dealer, "ABC2026/02", [("K-2", "Çay", 1, 10)], days=10)
    keep(old, "xml", b"<old/>" * 100)
    keep(old, "pdf", b"%PDF first")
    keep(old, "pdf", b"%PDF second")
    keep(new, "xml", b"<new/>")
    return old, new


def zip_of(client, **query):
    response = client.get(URL, {"period": "all", **query})
    assert response.status_code == 200 and response.streaming
    assert "no-store" in response["Cache-Control"]
    return zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))


def contents(archive):
    assert archive.testzip() is None
    return {name: archive.read(name) for name in archive.namelist()}


def words(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_the_newest_of_each_kind_under_names_made_here(customer, invoices):
    response = customer.get(URL + "?period=all")
    assert re.search(
        r'filename="cari-fatura-raporu-[0-9]+-\d{4}-\d\d-\d\d\.zip"',
        response["Content-Disposition"],
    )
    assert response["Content-Type"] == "application/zip"
    assert contents(zip_of(customer)) == {
        "ABC202601.pdf": b"%PDF second",
        "ABC202601.xml": b"<old/>" * 100,
        "ABC202602.xml": b"<new/>",
    }


def test_can_be_read_from_a_stream(customer, invoices):
    """Java's ZipInputStream takes a size that comes afterwards only of what is deflated."""
    for info in zip_of(customer).infolist():
        assert info.compress_type == zipfile.ZIP_DEFLATED


def test_by_the_same_filters_as_the_page(customer, invoices):
    assert f'formaction="{URL}"' in see(customer, "invoices").html
    for query in (
        {"q": "çay"},
        {"show": "lines", "q": "K-2"},
        {"period": "last_12_months", "q": "26/02"},
    ):
        assert zip_of(customer, **query).namelist() == ["ABC202602.xml"]
    assert len(zip_of(customer, state="open").namelist()) == 3
    response = customer.get(URL, {"state": "overdue", "period": "this_year", "q": "26/02"})
    assert response.status_code == 400
    assert customer.get(URL, {"start": "yok"}).status_code == 400


def test_nothing_of_another_account(customer, dealer, invoices):
    foreign = make_invoice(make_account(dealer.supplier), "X1", [("K-1", "Kupa", 1, 1)], days=3)
    keep(foreign, "pdf", b"%PDF foreign")
    assert "X1.pdf" not in zip_of(customer).namelist()
    assert "X1.pdf" not in zip_of(customer, account=foreign.account_id).namelist()


def test_a_sale_and_a_return_of_one_number_both_keep_a_name(customer, dealer, invoices):
    back = make_invoice(
        dealer, "ABC2026-02", [("K", "Kupa", 1, 1)], days=5, is_return=True, is_credit=True
    )
    keep(back, "xml", b"<back/>")
    found = contents(zip_of(customer))
    assert found["ABC202602.xml"] == b"<new/>" and found["ABC202602-2.xml"] == b"<back/>"


def test_an_original_that_storage_has_lost_is_named(customer, invoices):
    row = InvoiceFile.objects.get(invoice=invoices[1])
    row.file.storage.delete(row.file.name)
    found = contents(zip_of(customer))
    assert found["eksik.txt"] == b"ABC202602.xml" and "ABC202602.xml" not in found
    assert len(found) == 3


def test_none_at_all_is_told(customer):
    response = customer.get(URL + "?period=all")
    assert response.status_code == 400
    assert "e-Fatura dosyası ya da PDF'i yok" in words(response).replace("&#x27;", "'")


def test_too_many_or_too_large_is_told(customer, invoices, monkeypatch):
    monkeypatch.setattr(invoice_zip, "MOST_FILES", 2)
    assert "Bunlar 2 dosyadan fazla" in words(customer.get(URL + "?period=all"))
    monkeypatch.setattr(invoice_zip, "MOST_FILES", 3)
    monkeypatch.setattr(invoice_zip, "MOST_BYTES", 600)
    assert "Daha kısa bir dönem seçin" in words(customer.get(URL + "?period=all"))
    monkeypatch.setattr(invoice_zip, "MOST_BYTES", 700)
    assert len(zip_of(customer).namelist()) == 3


def test_comes_in_parts_and_not_whole(dealer, invoices):
    parts = list(invoice_zip.zipped(list(InvoiceFile.objects.all()), "missing.txt"))
    assert len(parts) > 3


def test_strangers_are_led_to_the_sign_in(visitor, invoices):
    assert visitor.get(URL).status_code == 302
