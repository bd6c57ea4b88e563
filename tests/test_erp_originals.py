"""Original files of invoices: kept beside them, found by their names."""

from uuid import UUID

import pytest
from django.core.files.storage import FileSystemStorage
from django.utils import translation

from b2b_portal.models import Invoice, InvoiceFile
from b2b_portal.testing.factories import make_account, make_supplier

from .invoices import NO, ROW, send, take_in, take_in_table, xml


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    """The folder of the portal's files."""
    folder = tmp_path / "files"
    column = InvoiceFile._meta.get_field("file")
    monkeypatch.setattr(column, "storage", FileSystemStorage(folder))
    return folder


@pytest.fixture
def dealer(db):
    return make_account(make_supplier(), code="120.01")


class TestOriginals:
    def test_the_file_is_kept_as_it_came_under_a_name_of_ours(self, dealer, files):
        data = xml(dealer)
        take_in(dealer, data)
        kept = InvoiceFile.objects.get()
        assert (kept.kind, kept.name) == ("xml", f"{NO}.xml")
        assert kept.file.read() == data
        assert NO not in kept.file.name

    def test_a_lost_original_comes_back_with_its_file(self, dealer):
        data = xml(dealer)
        take_in(dealer, data)
        InvoiceFile.objects.all().delete()
        assert take_in(dealer, data) == ["changed"]
        assert take_in(dealer, data) == ["unchanged"]
        assert InvoiceFile.objects.count() == 1


def unmatched(batch):
    """The names of PDFs that a batch lists as nobody's."""
    return [warning.partition(": ")[0] for warning in batch.warnings]


class TestPdfs:
    """A PDF goes to the invoice that its name tells of: whose it is, a customer may download."""

    @pytest.mark.parametrize(
        "name",
        [
            f"{NO}.pdf",
            f"{NO.lower()}_fatura.pdf",
            "Fatura ABC-2026-000000001 (1).pdf",
            "00000000-0000-0000-0000-000000000007.pdf",
            "00000000000000000000000000000007.PDF",
            f"{NO} 00000000000000000000000000000007.pdf",
        ],
    )
    def test_a_pdf_finds_its_invoice_by_its_name(self, dealer, name):
        take_in(dealer, xml(dealer, uuid=UUID(int=7)))
        assert unmatched(send(dealer, (name, b"%PDF-1"))) == []
        kept = InvoiceFile.objects.get(kind="pdf")
        assert (kept.invoice, kept.file.read()) == (Invoice.objects.get(), b"%PDF-1")

    @pytest.mark.parametrize(
        "name", ["ABC2026000000002.pdf", "ABC20260000000011.pdf", "fatura.pdf"]
    )
    def test_one_that_finds_none_is_listed(self, dealer, name):
        take_in(dealer, xml(dealer))
        assert unmatched(send(dealer, (name, b"%PDF-1"))) == [name]
        assert not InvoiceFile.objects.filter(kind="pdf").exists()

    def test_the_dry_run_lists_it_too(self, dealer):
        files = [("a.xml", xml(dealer)), (f"{NO}.pdf", b"%PDF-1"), ("b.pdf", b"%PDF-2")]
        assert unmatched(send(dealer, *files, dry_run=True)) == ["b.pdf"]
        assert not InvoiceFile.objects.exists()

    def test_it_finds_an_invoice_that_comes_in_beside_it(self, dealer):
        files = [(f"{NO}.pdf", b"%PDF-1"), ("a.xml", xml(dealer))]
        assert unmatched(send(dealer, *files)) == []
        assert InvoiceFile.objects.get(kind="pdf").invoice == Invoice.objects.get()
        assert unmatched(send(dealer, *files)) == []
        assert InvoiceFile.objects.count() == 2

    @pytest.mark.parametrize(
        ("number", "name"),
        [
            ("12", "sayfa 12.pdf"),
            ("20260115", "XYZ2026000000009 20260115.pdf"),
            ("2026/000001", "Fatura 2026 000001.pdf"),
        ],
    )
    def test_a_number_of_ones_own_form_is_the_whole_name_or_none(self, dealer, number, name):
        """Amid other words it may be a day, a page or a part of another number."""
        take_in_table(dealer, ROW.replace(NO, number))
        assert unmatched(send(dealer, (name, b"%PDF-1"))) == [name]
        name = f"{number.replace('/', '-')}.pdf"
        assert unmatched(send(dealer, (name, b"%PDF-1"))) == []

    def test_one_number_of_two_invoices_is_nobodys(self, dealer):
        take_in(dealer, xml(dealer), xml(dealer, received=True))
        assert unmatched(send(dealer, (f"{NO}.pdf", b"%PDF-1"))) == [f"{NO}.pdf"]

    def test_a_name_that_tells_of_two_invoices_is_nobodys(self, dealer):
        take_in(dealer, xml(dealer), xml(dealer, number="ABC2026000000002"))
        name = f"{NO} ABC2026000000002.pdf"
        assert unmatched(send(dealer, (name, b"%PDF-1"))) == [name]

    def test_the_same_pdf_again_is_kept_once(self, dealer):
        take_in(dealer, xml(dealer))
        for data in (b"%PDF-1", b"%PDF-1", b"%PDF-2"):
            send(dealer, (f"{NO}.pdf", data))
        newest = InvoiceFile.objects.filter(kind="pdf").first()
        assert InvoiceFile.objects.filter(kind="pdf").count() == 2
        assert newest.file.read() == b"%PDF-2"
