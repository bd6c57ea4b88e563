"""Numbers of invoices and orders that start again each year."""

from datetime import date

import pytest
from django.core.files.storage import FileSystemStorage

from b2b_portal.erp.attaching import attach
from b2b_portal.ledger import integrity
from b2b_portal.ledger.balances import balances
from b2b_portal.models import Entry, Invoice, InvoiceFile, Order
from b2b_portal.testing.factories import make_account, make_entry

from .erp import Erp, rows
from .invoices import ROW, take_in_table, xml
from .invoices import take_in as take_in_xml

HEADER = "Cari Kodu;Fatura No;Fatura Tarihi;Stok Adı;Miktar;Net Tutar;KDV;Genel Toplam"
LAST = "120.01;000001;05.01.2025;Kupa;1;100;20;120"
THIS = "120.01;000001;05.01.2026;Vazo;1;200;40;240"
ORDERS = "Cari Kodu;Sipariş No;Sipariş Tarihi;Stok Adı;Miktar;Net Tutar;Durum"


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    """The folder of the portal's files."""
    column = InvoiceFile._meta.get_field("file")
    monkeypatch.setattr(column, "storage", FileSystemStorage(tmp_path / "files"))


@pytest.fixture
def account(supplier):
    return make_account(supplier, code="120.01")


@pytest.fixture
def posting(account):
    account.supplier.posts_invoices = True
    account.supplier.save()
    return account


@pytest.fixture
def take_in(account, tmp_path):
    """Takes in lines of invoices; returns how many were new and changed."""

    def take_in(*lines):
        said = Erp(account.supplier, tmp_path, "invoices").take_in(rows(*lines, header=HEADER))
        return said["new"], said["changed"]

    return take_in


def movement(account, amount, day):
    fields = {"kind": "invoice", "document_no": "000001", "booked_on": day}
    return make_entry(account, amount, **fields)


class TestInvoices:
    def test_one_number_of_two_years_is_two_invoices(self, posting, take_in):
        assert (take_in(LAST), take_in(THIS)) == ((1, 0), (1, 0))
        assert balances(posting) == {"TRY": 360}
        assert Entry.objects.filter(reverses=None, reversed_by=None).count() == 2
        assert (take_in(LAST), take_in(THIS)) == ((0, 0), (0, 0))
        assert list(integrity.problems()) == []

    def test_both_may_stand_in_one_file(self, posting, take_in):
        last, this = LAST.replace("20;120", "20;240"), THIS.replace("40;240", "40;480")
        assert take_in(last, this, this, last) == (2, 0)
        assert [invoice.lines.count() for invoice in Invoice.objects.all()] == [2, 2]
        assert balances(posting) == {"TRY": 720}

    def test_each_is_corrected_and_deleted_by_itself(self, posting, take_in):
        take_in(LAST, THIS)
        assert take_in(LAST.replace("05.01", "06.02").replace("20;120", "30;130")) == (0, 1)
        assert balances(posting) == {"TRY": 370}
        header = "account_code;number;issued_on;payable;vat;deleted"
        gone = "120.01;000001;05.01.2025;;;1"
        assert take_in_table(posting, gone, header=header) == ["changed"]
        assert balances(posting) == {"TRY": 240}
        assert Invoice.objects.get(is_cancelled=True).issued_on.year == 2025

    def test_each_is_attached_to_the_movement_of_its_year(self, account, take_in):
        old, new = (movement(account, "120", date(year, 1, 5)) for year in (2025, 2026))
        take_in(LAST.replace("2025", "2026"))
        assert Invoice.objects.get().entry == new
        take_in(LAST)
        assert Invoice.objects.get(issued_on=date(2025, 1, 5)).entry == old

    def test_a_movement_of_another_year_is_none_of_it(self, posting, take_in):
        movement(posting, "120", date(2024, 1, 5))
        take_in(LAST)
        assert Invoice.objects.get().entry.source == "invoice"
        assert balances(posting) == {"TRY": 240}
        assert attach(posting.supplier) == 0

    def test_a_number_with_an_ettn_is_one_invoices_on_whatever_day(self, posting):
        take_in_xml(posting, xml(posting))
        other_day = ROW.replace("03.03.2026", "03.03.2027")
        assert take_in_table(posting, other_day) == ["unchanged"]
        assert balances(posting) == {"TRY": 180}


class TestOrders:
    def test_one_number_of_two_years_is_two_orders(self, account, tmp_path):
        erp = Erp(account.supplier, tmp_path, "orders")
        last = "120.01;7;05.01.2025;Kupa;1;100;Açık"
        this = last.replace("2025", "2026")
        assert erp.take_in(rows(last, this, header=ORDERS))["new"] == 2
        said = erp.take_in(rows(this.replace("Açık", "Sevk Edildi"), header=ORDERS))
        assert (said["new"], said["changed"]) == (0, 1)
        assert {order.ordered_on.year: order.state for order in Order.objects.all()} == {
            2025: "open",
            2026: "shipped",
        }
