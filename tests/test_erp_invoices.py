"""Invoices in: as e-invoices."""

from datetime import date
from uuid import uuid4

import pytest
from django.core.files.storage import FileSystemStorage
from django.utils import translation

from b2b_portal.models import Invoice, InvoiceFile
from b2b_portal.testing.factories import make_account, make_supplier
from b2b_portal.testing.ledger import dump

from .efatura import D
from .invoices import NO, ROW, compare_xml, movement, refused, send, take_in, take_in_table, xml


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


class TestEInvoices:
    def test_all_of_it_is_kept(self, dealer):
        uuid = uuid4()
        assert take_in(dealer, xml(dealer, uuid=uuid)) == ["new"]
        invoice = Invoice.objects.get()
        assert (invoice.account, invoice.number, invoice.uuid) == (dealer, NO, uuid)
        assert (invoice.issued_on, invoice.due_on) == (date(2026, 3, 3), date(2026, 4, 2))
        assert (invoice.net, invoice.vat, invoice.withheld, invoice.payable) == (150, 30, 0, 180)
        assert (invoice.is_return, invoice.is_credit, invoice.amount) == (False, False, 180)
        line = invoice.lines.get()
        assert (line.product_code, line.product_name, line.quantity) == ("KP-01", "Kupa", 3)
        assert (line.unit, line.unit_price, line.net, line.vat_rate) == ("adet", 50, 150, 20)

    def test_the_same_file_again_changes_nothing(self, dealer, files):
        data = xml(dealer)
        take_in(dealer, data)
        before = dump()
        assert take_in(dealer, data, data) == ["unchanged", "unchanged"]
        assert dump() == before
        assert len(list(files.rglob("*.xml"))) == 1

    def test_withheld_vat_and_dollars_to_the_kurus(self, dealer):
        line = ("H1", "Temizlik", 1, "C62", "1234.57", 20)
        take_in(
            dealer,
            xml(dealer, number="TEV1", type_code="TEVKIFAT", withheld=5, lines=[line]),
            xml(dealer, number="USD1", currency="USD", rate="41.23456789", lines=[line]),
        )
        held, dollars = Invoice.objects.order_by("pk")
        assert (held.net, held.vat, held.withheld) == (D("1234.57"), D("246.91"), D("123.46"))
        assert held.payable == D("1358.02")
        assert (dollars.currency, dollars.payable) == ("USD", D("1481.48"))
        assert dollars.rate == D("41.23456789")

    @pytest.mark.parametrize(
        ("received", "type_code", "amount"),
        [(False, "SATIS", 180), (True, "IADE", -180), (True, "SATIS", -180), (False, "IADE", 180)],
    )
    def test_whose_it_is_decides_the_sign(self, dealer, received, type_code, amount):
        take_in(dealer, xml(dealer, received, type_code=type_code))
        invoice = Invoice.objects.get()
        assert invoice.amount == amount
        assert invoice.payable == 180
        assert invoice.is_return == (type_code == "IADE")

    def test_both_sides_may_count_alike(self, dealer):
        """Whoever invoices on the tax office's own portal has numbers of GIB….."""
        take_in(dealer, xml(dealer), xml(dealer, received=True, type_code="IADE"))
        assert sorted(invoice.amount for invoice in Invoice.objects.all()) == [-180, 180]

    def test_neither_side_is_the_supplier(self, dealer):
        other = make_account(make_supplier(), tax_number=dealer.tax_number)
        line, column, reason = refused(compare_xml(dealer, xml(dealer), xml(other)))
        assert (line, column) == (2, "1.xml")
        assert "neither is this supplier" in reason

    def test_nobody_has_the_number(self, dealer):
        stranger = make_account(make_supplier())
        stranger.supplier = dealer.supplier
        assert stranger.tax_number in refused(compare_xml(dealer, xml(stranger)))[2]

    def test_a_dummy_number_is_nobodys(self, dealer):
        dealer.tax_number = "2222222222"
        dealer.save()
        assert "2222222222" in refused(compare_xml(dealer, xml(dealer)))[2]

    def test_one_refusal_and_nothing_is_written(self, dealer):
        before = dump()
        batch = send(dealer, ("a.xml", xml(dealer)), ("b.xml", b"<html/>"))
        (refused,) = batch.refused
        assert (batch.pk, refused["line"], refused["column"]) == (None, 2, "b.xml")
        assert dump() == before

    def test_a_file_that_does_not_add_up_says_so_and_comes_in(self, dealer):
        (row,) = compare_xml(dealer, xml(dealer, totals={"PayableAmount": "181"}))
        assert row.outcome == "new" and "181" in row.record.warnings[0]

    def test_an_ettn_belongs_to_one_number_and_a_number_to_one_ettn(self, dealer):
        uuid = uuid4()
        take_in(dealer, xml(dealer, uuid=uuid))
        assert NO in refused(compare_xml(dealer, xml(dealer, number="ABC2", uuid=uuid)))[2]
        assert NO in refused(compare_xml(dealer, xml(dealer, uuid=uuid4())))[2]

    def test_two_different_invoices_under_one_number(self, dealer):
        assert "twice" in refused(compare_xml(dealer, xml(dealer), xml(dealer)))[2]

    def test_long_texts_are_cut_and_fine_prices_rounded_and_the_total_is_not(self, dealer):
        line = ("K" * 99, "Ü" * 999, 3, "C62", "33.333333333333", 20)
        totals = {"TaxExclusiveAmount": "100", "PayableAmount": "120"}
        take_in(dealer, xml(dealer, lines=[line], totals=totals))
        kept = Invoice.objects.get().lines.get()
        assert (len(kept.product_code), len(kept.product_name)) == (60, 250)
        assert (kept.unit_price, kept.net) == (D("33.33333333"), 100)
        assert Invoice.objects.get().payable == 120


class TestSeveralAccountsOfOneNumber:
    @pytest.fixture
    def branch(self, dealer):
        return make_account(dealer.supplier, code="120.02", tax_number=dealer.tax_number)

    def test_nothing_says_which(self, dealer, branch):
        assert "120.01, 120.02" in refused(compare_xml(dealer, xml(dealer)))[2]

    def test_the_movement_says_it(self, dealer, branch):
        entry = movement(branch)
        take_in(dealer, xml(dealer))
        assert Invoice.objects.get().entry == entry

    def test_the_movement_says_it_by_its_sign_too(self, dealer, branch):
        movement(dealer)
        entry = movement(branch, "-180")
        take_in(dealer, xml(dealer, received=True))
        assert Invoice.objects.get().entry == entry

    def test_the_invoice_that_is_there_says_it(self, dealer, branch):
        take_in_table(dealer, ROW.replace("120.01", "120.02"))
        assert take_in(dealer, xml(dealer)) == ["changed"]
        assert Invoice.objects.get().account == branch

    def test_the_only_open_one_it_is(self, dealer, branch):
        branch.is_closed = True
        branch.save()
        take_in(dealer, xml(dealer))
        assert Invoice.objects.get().account == dealer
