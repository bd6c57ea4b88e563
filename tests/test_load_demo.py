"""The example site's demo data: what load_demo puts into an empty database."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest
from demodata.loader import load
from demodata.people import DEMO_DEALER, DEMO_SUPPLIER
from demodata.products import Products, counted
from demodata.source import COLUMNS, LINES, open_lines, read_customers
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Count, Sum
from django.test.utils import override_settings
from django.utils import timezone

from b2b_portal.customers.access import proven_accounts
from b2b_portal.customers.tax_numbers import is_dummy, is_tax_number
from b2b_portal.ledger import integrity
from b2b_portal.ledger.balances import balances
from b2b_portal.ledger.open_items import open_items
from b2b_portal.ledger.statement import statement
from b2b_portal.models import (
    AccountBalance,
    Allocation,
    Contact,
    CustomerAccount,
    Entry,
    ImportBatch,
    Invoice,
    InvoiceLine,
    Order,
    Supplier,
)

KINDS = {
    "opening",
    "invoice",
    "credit_note",
    "cash",
    "bank_transfer",
    "card",
    "cheque",
    "cheque_returned",
    "promissory_note",
    "offset",
    "fx_difference",
    "debit_note",
}


@pytest.fixture(scope="class")
def loaded(django_db_setup, django_db_blocker, tmp_path_factory):
    """The demo data, loaded once for a class of tests and rolled back after it."""
    media = tmp_path_factory.mktemp("media")
    with (
        django_db_blocker.unblock(),
        override_settings(MEDIA_ROOT=media),
        transaction.atomic(),
    ):
        out = io.StringIO()
        call_command("load_demo", stdout=out)
        yield out.getvalue()
        transaction.set_rollback(True)


@pytest.fixture
def demo(loaded, db):
    """The demo's dealer's main account."""
    return CustomerAccount.objects.get(
        supplier__tax_number=DEMO_SUPPLIER["tax_number"], code=DEMO_DEALER["code"]
    )


@pytest.mark.usefixtures("loaded", "db")
class TestTheDemoData:
    def test_counts_are_told(self, loaded):
        assert f"{Entry.objects.count()} entries" in loaded
        assert f"{Invoice.objects.count()} invoices" in loaded

    def test_accounts_at_two_suppliers(self):
        sizes = dict(Supplier.objects.annotate(size=Count("accounts")).values_list("pk", "size"))
        assert len(sizes) == 2 and min(sizes.values()) >= 15 and sum(sizes.values()) >= 60
        entries = CustomerAccount.objects.annotate(size=Count("entries"))
        assert entries.filter(size__lte=5).count() >= 10
        assert entries.filter(size__gte=100).exists()

    def test_suppliers_are_complete(self):
        for supplier in Supplier.objects.all():
            assert is_tax_number(supplier.tax_number)
            assert supplier.logo.size < 20_000
            assert supplier.address and supplier.phone and supplier.email and supplier.ibans
            supplier.full_clean()

    def test_numbers_and_mailboxes(self):
        for account in CustomerAccount.objects.all():
            assert is_tax_number(account.tax_number) and not is_dummy(account.tax_number)
            assert account.email.endswith(".com.tr")
            account.full_clean()
        shared = (
            CustomerAccount.objects.values("supplier", "tax_number")
            .annotate(size=Count("pk"))
            .filter(size__gt=1)
        )
        assert {row["size"] for row in shared} == {2} and len(shared) == 2
        assert Contact.objects.filter(role="payment_officer").count() >= 60
        for contact in Contact.objects.all():
            contact.full_clean()

    def test_kinds(self):
        assert KINDS <= set(Entry.objects.values_list("kind", flat=True))
        words = set(Entry.objects.values_list("source_kind", flat=True))
        assert {"Devir", "Karşılıksız Çek", "Tevkifatlı Satış Faturası", "Alış Faturası"} <= words

    def test_the_last_movement_is_yesterday(self):
        yesterday = timezone.localdate() - timedelta(days=1)
        days = Entry.objects.order_by("booked_on").values_list("booked_on", flat=True)
        assert days.last() == yesterday
        assert days.first() >= yesterday - timedelta(days=375)
        assert not Order.objects.filter(ordered_on__gt=yesterday).exists()

    def test_currencies(self):
        entries = Entry.objects.order_by()
        accounts = dict(entries.values_list("currency").annotate(Count("account", distinct=True)))
        assert set(accounts) == {"TRY", "USD", "EUR"}
        assert accounts["TRY"] > 5 * (accounts["USD"] + accounts["EUR"])
        foreign = entries.exclude(currency="TRY")
        assert not foreign.filter(base_amount=None).exists()
        assert foreign.filter(amount=0, kind="fx_difference").exists()

    def test_all_that_is_posted_holds(self):
        assert list(integrity.problems()) == []
        for balance in AccountBalance.objects.select_related("account"):
            account, currency = balance.account, balance.currency
            closing = statement(account, currency, None, None).closing
            assert (
                closing
                == balance.amount
                == account.entries.filter(currency=currency).aggregate(sum=Sum("amount"))["sum"]
            )
            assert closing == sum(item.open for item in open_items(account, currency))

    def test_clear_overdue_and_in_credit(self):
        today, clear, overdue, credit = timezone.localdate(), 0, 0, 0
        for balance in AccountBalance.objects.select_related("account"):
            items = open_items(balance.account, balance.currency)
            clear += not balance.amount
            credit += balance.amount < 0
            overdue += any(item.is_overdue(today) for item in items)
        assert clear >= 10 and overdue >= 10 and credit >= 2

    def test_allocations(self):
        assert Allocation.objects.count() > 50
        returned = Entry.objects.filter(kind="cheque_returned")
        assert not returned.filter(open_item__isnull=False).exists()

    def test_invoices(self):
        for invoice in Invoice.objects.select_related("entry"):
            assert invoice.payable == invoice.net + invoice.vat - invoice.withheld
            sign = -1 if invoice.is_return else 1
            amount = invoice.entry.amount if invoice.entry else Decimal(0)
            assert amount == sign * invoice.payable
        nets = dict(InvoiceLine.objects.order_by().values_list("invoice").annotate(Sum("net")))
        assert nets == dict(Invoice.objects.values_list("pk", "net"))
        assert Invoice.objects.filter(withheld__gt=0).exists()

    def test_orders(self):
        states = set(Order.objects.values_list("state", flat=True))
        assert states == {"open", "shipped", "invoiced", "cancelled"}
        invoiced = Order.objects.filter(state="invoiced").count()
        assert invoiced == Invoice.objects.filter(is_return=False).count()

    def test_every_product_is_translated(self):
        listed = {name for name, _rate in Products().listed.values()}
        used = set(InvoiceLine.objects.values_list("product_name", flat=True))
        assert used <= listed

    def test_customer_and_supplier_at_once(self):
        vendor = CustomerAccount.objects.get(code__startswith="320.")
        customer = CustomerAccount.objects.exclude(pk=vendor.pk).get(tax_number=vendor.tax_number)
        assert balances(vendor)["TRY"] < 0 < balances(customer)["TRY"]
        given, taken = (one.entries.filter(kind="offset") for one in (customer, vendor))
        assert sorted(-entry.amount for entry in given) == sorted(entry.amount for entry in taken)

    def test_the_import_says_how_new_the_data_is(self):
        for batch in ImportBatch.objects.filter(kind="entries"):
            assert batch.counts["new"] == batch.entries.count() > 0
        assert not Entry.objects.filter(batch=None).exists()

    def test_a_second_load_is_refused(self):
        before = Entry.objects.count()
        with pytest.raises(CommandError, match="movements already"):
            call_command("load_demo")
        assert Entry.objects.count() == before

    def test_the_dealers_two_accounts_on_one_number(self, demo):
        accounts = proven_accounts(demo.supplier, DEMO_DEALER["tax_number"], DEMO_DEALER["email"])
        assert {one.code for one in accounts} == {DEMO_DEALER["code"], DEMO_DEALER["branch_code"]}
        assert {currency for one in accounts for currency in balances(one)} == {"TRY", "USD"}

    def test_the_dealers_year(self, demo):
        since = timezone.localdate() - timedelta(days=365)
        assert demo.entries.filter(booked_on__gte=since).count() >= 200
        kinds = set(demo.entries.values_list("kind", flat=True))
        assert KINDS - {"offset", "fx_difference"} <= kinds
        assert 20_000 < balances(demo)["TRY"] < 60_000

    def test_what_the_dealer_owes(self, demo):
        today = timezone.localdate()
        items = open_items(demo, "TRY")
        assert all(item.open > 0 for item in items)
        assert any(item.is_overdue(today) for item in items)
        assert any(not item.is_overdue(today) for item in items)
        assert any(item.open < item.entry.amount for item in items)


class TestOtherFiles:
    def _write(self, path, rows):
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            writer.writerows(rows)
        return path

    def test_a_file_of_ones_own(self, db, tmp_path, settings):
        settings.MEDIA_ROOT = tmp_path
        lines = self._write(
            tmp_path / "lines.csv",
            [
                ("536365", "85123A", "HOLDER", 6, "2010-12-01T08:26", "2.5500", "90001", "UK"),
                ("536365", "99999", "SET OF 3 TINS", 1, "2010-12-01T08:26", "0", "90001", "UK"),
                ("536366", "99999", "SET OF 3 TINS", 5, "2010-12-02T08:26", "0", "90001", "UK"),
                ("C536367", "85123A", "HOLDER", -1, "2010-12-03T08:26", "2.55", "90001", "UK"),
            ],
        )
        counts = load(lines)
        assert counts["invoices"] == 3 and counts["invoice_lines"] == 4
        sale, free, back = Invoice.objects.order_by("issued_on")
        assert (sale.net, sale.vat, sale.payable) == (
            Decimal("688.50"),
            Decimal("137.70"),
            Decimal("826.20"),
        )
        assert (free.payable, free.entry) == (0, None)
        assert back.is_return and back.entry.amount == Decimal("-137.70")
        assert back.entry.booked_on == timezone.localdate() - timedelta(days=1)
        assert {line.product_name for line in free.lines.all()} == {"Teneke Kutu 3'lü"}
        assert list(integrity.problems()) == []

    @pytest.mark.parametrize(
        "row",
        [
            ("1", "A", "B", "many", "2010-12-01T08:26", "2.55", "1", "UK"),
            ("1", "A", "B", "1", "1 December", "2.55", "1", "UK"),
            ("1", "A", "B", "1", "2010-12-01T08:26", "2.55", "", "UK"),
            ("1", "A", "B", "1", "2010-12-01T08:26", "NaN", "1", "UK"),
            ("1",),
        ],
    )
    def test_a_line_that_cannot_be_read_is_named(self, db, tmp_path, row):
        lines = self._write(tmp_path / "lines.csv", [row])
        with pytest.raises(CommandError, match="Line 2"):
            call_command("load_demo", lines=lines)
        assert not Supplier.objects.exists()

    def test_a_file_that_is_none(self, db, tmp_path):
        for path in (tmp_path / "missing.csv", tmp_path / "other.csv.xz"):
            with pytest.raises(CommandError, match=path.name):
                call_command("load_demo", lines=path)
        (tmp_path / "other.csv.xz").write_bytes(b"no xz")
        with pytest.raises(CommandError, match="other.csv.xz"):
            call_command("load_demo", lines=tmp_path / "other.csv.xz")

    def test_the_part_that_is_here(self):
        assert LINES.stat().st_size < 300_000
        assert len(read_customers(LINES)) >= 60
        with open_lines(LINES) as file:
            assert tuple(next(csv.reader(file))) == COLUMNS


@pytest.mark.parametrize(
    "number, words", [(3, "3'lü"), (6, "6'lı"), (10, "10'lu"), (12, "12'li"), (100, "100'lü")]
)
def test_numbers_have_their_endings(number, words):
    assert counted(number) == words
