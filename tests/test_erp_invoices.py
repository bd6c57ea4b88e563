"""Invoices in: as e-invoices or from a table, beside the movements that they are."""

from datetime import date
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest
from django.core.files.storage import FileSystemStorage
from django.utils import translation

from b2b_portal.erp import invoices
from b2b_portal.erp.attaching import attach, movements_without_invoice, without_movement
from b2b_portal.erp.invoice_records import from_files, from_table
from b2b_portal.erp.originals import keep_pdfs
from b2b_portal.exceptions import FileRefused
from b2b_portal.ledger import integrity
from b2b_portal.ledger.balances import balances
from b2b_portal.ledger.months import close_month
from b2b_portal.ledger.posting import reverse, revise
from b2b_portal.models import Entry, Invoice, InvoiceFile
from b2b_portal.testing.factories import make_account, make_draft, make_entry, make_supplier
from b2b_portal.testing.ledger import dump

from .efatura import D, efatura
from .erp_documents import Table, lines, outcomes

NO = "ABC2026000000001"
HEADER = (
    "account_code;number;issued_on;product_code;product_name;quantity;unit_price;net;vat;payable"
)
ROW = f"120.01;{NO};03.03.2026;KP-01;Kupa;3;50;150;30;180"


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


@pytest.fixture
def posting(dealer):
    """The dealer of a supplier whose invoices the portal posts."""
    dealer.supplier.posts_invoices = True
    dealer.supplier.save()
    return dealer


def xml(account, received=False, **said):
    """An e-invoice to the account's holder; ``received``: from it."""
    sides = [account.supplier.tax_number, account.tax_number]
    supplier, customer = reversed(sides) if received else sides
    return efatura(supplier=supplier, customer=customer, **said)


def compare_xml(account, *data):
    named = [(f"{number}.xml", one) for number, one in enumerate(data)]
    records, rows, _pdfs = from_files(account.supplier, named)
    return rows + invoices.compare(account.supplier, records)


def take_in(account, *data, **options):
    """E-invoices compared and applied; returns what became of them."""
    rows = invoices.apply(account.supplier, compare_xml(account, *data), **options)
    return outcomes(rows)


def compare_table(account, *rows, header=HEADER):
    records, bad = from_table(account.supplier, lines("\n".join([header, *rows])), Table())
    return bad + invoices.compare(account.supplier, records)


def take_in_table(account, *rows, header=HEADER):
    return outcomes(invoices.apply(account.supplier, compare_table(account, *rows, header=header)))


def refused(rows):
    """The one refusal: (line, column, reason)."""
    (row,) = [row for row in rows if row.outcome == "refused"]
    return row.line, row.column, row.reason


def movement(account, amount="180", **fields):
    """A movement as the ERP sends it."""
    return make_entry(account, amount, **{"kind": "invoice", "document_no": NO} | fields)


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
        rows = compare_xml(dealer, xml(dealer), b"<html/>")
        with pytest.raises(FileRefused):
            invoices.apply(dealer.supplier, rows)
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


class TestTables:
    def test_one_row_per_line_the_head_repeated(self, dealer):
        rows = [
            f"120.01;{NO};03.03.2026;A;Kupa;3;50;150;30;240",
            f"120.01;{NO};03.03.2026;B;Vazo;1;50;50;10;240",
        ]
        assert take_in_table(dealer, *rows) == ["new"]
        invoice = Invoice.objects.get()
        assert (invoice.net, invoice.vat, invoice.payable) == (200, 40, 240)
        assert [line.product_name for line in invoice.lines.all()] == ["Kupa", "Vazo"]
        assert take_in_table(dealer, *rows) == ["unchanged"]

    def test_the_head_in_the_first_row_alone(self, dealer):
        take_in_table(
            dealer,
            f"120.01;{NO};03.03.2026;A;Kupa;3;50;150;30;240",
            f"120.01;{NO};;B;Vazo;1;50;50;10;",
        )
        assert Invoice.objects.get().payable == 240

    def test_vat_of_the_invoice_on_each_row(self, dealer):
        take_in_table(
            dealer,
            f"120.01;{NO};03.03.2026;A;Kupa;3;50;150;40;240",
            f"120.01;{NO};03.03.2026;B;Vazo;1;50;50;40;240",
        )
        assert Invoice.objects.get().vat == 40

    def test_vat_rounded_on_each_line_is_made_good_by_payable(self, dealer):
        """Twice 0,33 + KDV 0,07, the invoice's own KDV on 0,66 is 0,13."""
        take_in_table(dealer, *[f"120.01;{NO};03.03.2026;A;Kupa;1;0,33;0,33;0,07;0,79"] * 2)
        invoice = Invoice.objects.get()
        assert (invoice.net, invoice.vat, invoice.payable) == (D("0.66"), D("0.13"), D("0.79"))

    def test_without_a_payable_total_it_is_worked_out(self, dealer):
        take_in_table(dealer, f"120.01;{NO};03.03.2026;A;Kupa;3;50;;30;")
        invoice = Invoice.objects.get()
        assert (invoice.net, invoice.payable) == (150, 180)

    def test_without_vat_it_is_worked_out(self, dealer):
        take_in_table(dealer, f"120.01;{NO};03.03.2026;A;Kupa;3;50;150;;180")
        assert Invoice.objects.get().vat == 30

    def test_withheld(self, dealer):
        header = HEADER + ";withheld"
        take_in_table(dealer, f"120.01;{NO};03.03.2026;A;T;1;100;100;20;110;10", header=header)
        assert Invoice.objects.get().withheld == 10

    def test_found_by_tax_number_or_the_erps_id(self, dealer):
        row = ROW.partition(";")[2]
        header = HEADER.replace("account_code", "tax_number")
        take_in_table(dealer, f"TR {dealer.tax_number};{row}", header=header)
        assert Invoice.objects.get().account == dealer
        named = HEADER.replace("account_code", "account_id")
        records, bad = from_table(
            dealer.supplier, lines(f"{named}\n77;{row}\n78;{row}"), Table(), {"77": dealer}
        )
        assert records[0].values["account"] == dealer
        assert refused(bad)[:2] == (3, "account_id")

    def test_a_tax_number_of_two_accounts_says_nothing(self, dealer):
        make_account(dealer.supplier, code="120.02", tax_number=dealer.tax_number)
        header = HEADER.replace("account_code", "tax_number")
        row = ROW.replace("120.01", dealer.tax_number)
        line, column, reason = refused(compare_table(dealer, row, header=header))
        assert column == "tax_number" and "120.01, 120.02" in reason

    def test_cells_of_a_workbook(self, dealer):
        values = (D("12001"), D("7"), date(2026, 3, 3), "A", "Kupa", D(3), D("0.1"))
        cells = dict(zip(HEADER.split(";"), values, strict=False))
        cells |= {"net": D("0.3"), "vat": D("0.06"), "payable": D("0.36"), "due_on": ""}
        make_account(dealer.supplier, code="12001")
        line = SimpleNamespace(number=2, cells=cells, too_wide=False, error="")
        records, bad = from_table(dealer.supplier, [line], Table())
        assert not bad
        invoices.apply(dealer.supplier, invoices.compare(dealer.supplier, records))
        invoice = Invoice.objects.get()
        assert (invoice.number, invoice.payable) == ("7", D("0.36"))
        line.error = "KDV"
        assert refused(from_table(dealer.supplier, [line], Table())[1])[:2] == (2, "KDV")

    def test_a_head_without_lines(self, dealer):
        take_in_table(dealer, f"120.01;{NO};03.03.2026;;;;;150;30;180")
        assert Invoice.objects.get().lines.count() == 0

    @pytest.mark.parametrize(
        ("row", "column"),
        [
            ("120.99;F1;03.03.2026;A;Kupa;1;1;1;1;2", "account_code"),
            ("120.01;;03.03.2026;A;Kupa;1;1;1;1;2", "number"),
            ("120.01;--;03.03.2026;A;Kupa;1;1;1;1;2", "number"),
            ("120.01;F1;;A;Kupa;1;1;1;1;2", "issued_on"),
            ("120.01;F1;31.02.2026;A;Kupa;1;1;1;1;2", "issued_on"),
            ("120.01;F1;03.03.2026;A;Kupa;1e3;1;1;1;2", "quantity"),
            ("120.01;F1;03.03.2026;A;Kupa;1;1;100;20;130", "payable"),
            ("120.01;F1;03.03.2026;A;Kupa;1;1;100;;", "payable"),
            ("120.01;F1;03.03.2026;A;Kupa;1;1;1;1;2;7", ""),
        ],
    )
    def test_bad_rows_are_named(self, dealer, row, column):
        assert refused(compare_table(dealer, ROW, row))[:2] == (3, column)

    def test_a_document_with_a_bad_row_is_not_looked_at_further(self, dealer):
        rows = compare_table(dealer, ROW, ROW.replace("Kupa;3", "Kupa;üç"))
        assert outcomes(rows) == ["refused"]

    def test_rows_that_contradict_each_other(self, dealer):
        rows = compare_table(dealer, ROW, ROW.replace("03.03", "04.03"))
        line, column, reason = refused(rows)
        assert (line, column) == (3, "issued_on") and "Line 2" in reason

    def test_more_digits_than_the_currency_has(self, dealer):
        row = ROW.replace("30;180", "30,001;180,001")
        assert "TRY" in refused(compare_table(dealer, row))[2]

    @pytest.mark.parametrize(
        ("word", "is_return", "amount"),
        [
            ("Satış Faturası", False, 180),
            ("Satış İade Faturası", True, -180),
            ("Alış Faturası", False, -180),
            ("ALIŞ İADE FATURASI", True, 180),
            ("refund", True, -180),
            ("", False, 180),
        ],
    )
    def test_words_for_kinds(self, dealer, word, is_return, amount):
        take_in_table(dealer, f"{ROW};{word}", header=HEADER + ";kind")
        invoice = Invoice.objects.get()
        assert (invoice.is_return, invoice.amount, invoice.payable) == (is_return, amount, 180)

    def test_a_total_below_zero_is_a_return(self, dealer):
        take_in_table(dealer, f"120.01;{NO};03.03.2026;A;Kupa;-3;50;-150;-30;-180")
        invoice = Invoice.objects.get()
        assert (invoice.is_return, invoice.amount, invoice.net) == (True, -180, 150)
        assert (invoice.lines.get().quantity, invoice.lines.get().net) == (3, 150)

    def test_but_not_of_a_sale(self, dealer):
        row = f"120.01;{NO};03.03.2026;A;Kupa;-3;50;-150;-30;-180;Satış Faturası"
        rows = compare_table(dealer, row, header=HEADER + ";kind")
        assert refused(rows)[1] == "payable"

    def test_what_changes_is_said(self, dealer):
        take_in_table(dealer, ROW)
        (row,) = compare_table(dealer, ROW.replace("3;50;150;30;180", "4;50;200;40;240"))
        assert row.outcome == "changed"
        assert "payable: 180.00 → 240.00" in row.changes and "lines" in row.changes
        invoices.apply(dealer.supplier, [row])
        assert Invoice.objects.get().payable == 240
        assert [line.quantity for line in Invoice.objects.get().lines.all()] == [4]

    def test_written_in_another_way_the_number_is_the_same(self, dealer):
        take_in_table(dealer, ROW)
        (row,) = compare_table(dealer, ROW.replace(NO, "abc-2026 000000001"))
        assert row.there == Invoice.objects.get()

    def test_what_a_file_does_not_say_stays(self, dealer):
        due = HEADER + ";due_on;uuid"
        take_in_table(dealer, f"{ROW};02.04.2026;{UUID(int=7)}", header=due)
        assert take_in_table(dealer, ROW) == ["unchanged"]
        assert Invoice.objects.get().due_on == date(2026, 4, 2)

    def test_an_e_invoice_is_not_rewritten_from_a_table(self, dealer):
        take_in(dealer, xml(dealer))
        before = dump()
        assert take_in_table(dealer, ROW.replace("Kupa", "Bardak")) == ["unchanged"]
        assert dump() == before
        other = ROW.replace("30;180", "31;181")
        assert "e-invoice" in refused(compare_table(dealer, other))[2]

    def test_an_e_invoice_completes_one_of_a_table(self, dealer):
        take_in_table(dealer, ROW.replace("Kupa", "Bardak"))
        assert take_in(dealer, xml(dealer)) == ["changed"]
        invoice = Invoice.objects.get()
        assert invoice.uuid and invoice.lines.get().product_name == "Kupa"

    def test_a_deleted_one_is_cancelled_and_comes_back(self, dealer):
        header = HEADER + ";deleted"
        entry = movement(dealer)
        take_in_table(dealer, f"{ROW};0", header=header)
        assert Invoice.objects.get().entry == entry
        take_in_table(dealer, f"{ROW};1", header=header)
        invoice = Invoice.objects.get()
        assert (invoice.is_cancelled, invoice.amount, invoice.entry) == (True, 0, None)
        take_in_table(dealer, f"{ROW};0", header=header)
        assert Invoice.objects.get().entry == entry

    def test_a_deleted_one_that_never_was_is_nothing(self, dealer):
        assert take_in_table(dealer, f"{ROW};1", header=HEADER + ";deleted") == ["unchanged"]
        assert not Invoice.objects.exists()

    def test_somebody_else_was_faster(self, dealer):
        rows = compare_table(dealer, ROW)
        take_in_table(dealer, ROW)
        assert outcomes(invoices.apply(dealer.supplier, rows)) == ["unchanged"]
        assert Invoice.objects.count() == 1


class TestAttaching:
    """The ERP sends the movements: an invoice is attached to the one that it is, and posts nothing."""

    def test_the_movement_first(self, dealer):
        entry = movement(dealer)
        take_in(dealer, xml(dealer))
        assert Invoice.objects.get().entry == entry
        assert Entry.objects.count() == 1

    def test_the_invoice_first(self, dealer):
        take_in(dealer, xml(dealer))
        assert not Entry.objects.exists()
        assert list(without_movement(dealer.supplier)) == [Invoice.objects.get()]
        entry = movement(dealer)
        assert list(movements_without_invoice(dealer.supplier)) == [entry]
        assert attach(dealer.supplier, entries=[entry]) == 1
        assert Invoice.objects.get().entry == entry
        assert not without_movement(dealer.supplier).exists()
        assert not movements_without_invoice(dealer.supplier).exists()

    def test_over_all_accounts_at_once(self, dealer):
        take_in(dealer, xml(dealer))
        movement(dealer)
        assert attach(dealer.supplier) == 1
        assert attach(dealer.supplier) == 0

    def test_a_return_credits(self, dealer):
        entry = movement(dealer, "-180", kind="credit_note")
        take_in(dealer, xml(dealer, received=True, type_code="IADE"))
        assert Invoice.objects.get().entry == entry

    def test_the_number_in_another_spelling_and_a_kind_nobody_knows(self, dealer):
        entry = movement(dealer, document_no="abc-2026.000000001", kind="other")
        take_in(dealer, xml(dealer))
        assert Invoice.objects.get().entry == entry

    @pytest.mark.parametrize(
        "fields",
        [
            {"amount": "180.01"},
            {"amount": "-180"},
            {"currency": "USD"},
            {"document_no": "ABC2026000000002"},
            {"document_no": "ABC202600000001"},
            {"document_no": ""},
            {"kind": "cash"},
        ],
    )
    def test_what_differs_stays_apart_and_is_listed(self, dealer, fields):
        entry = movement(dealer, **fields)
        take_in(dealer, xml(dealer))
        assert Invoice.objects.get().entry is None
        assert list(without_movement(dealer.supplier)) == [Invoice.objects.get()]
        listed = list(movements_without_invoice(dealer.supplier))
        assert listed == ([] if entry.kind == "cash" else [entry])

    def test_another_account_stays_apart(self, dealer):
        movement(make_account(dealer.supplier))
        take_in(dealer, xml(dealer))
        assert Invoice.objects.get().entry is None

    def test_a_reversed_movement_is_none(self, dealer):
        reverse(movement(dealer), reason="x")
        take_in(dealer, xml(dealer))
        assert Invoice.objects.get().entry is None
        assert not movements_without_invoice(dealer.supplier).exists()

    def test_a_movement_has_one_invoice_at_most(self, dealer):
        entries = [movement(dealer), movement(dealer)]
        take_in(dealer, xml(dealer))
        assert Invoice.objects.get().entry == entries[0]
        assert list(movements_without_invoice(dealer.supplier)) == [entries[1]]

    def test_the_revision_of_a_corrected_movement_takes_it_over(self, dealer):
        first = movement(dealer, external_id="7")
        take_in(dealer, xml(dealer))
        second = revise(
            first,
            make_draft(
                dealer,
                "180",
                kind="invoice",
                document_no=NO,
                external_id="7",
                description="corrected",
            ),
        )
        assert list(without_movement(dealer.supplier)) == [Invoice.objects.get()]
        attach(dealer.supplier, entries=[second])
        assert Invoice.objects.get().entry == second

    def test_but_not_where_it_says_another_amount_now(self, dealer):
        first = movement(dealer, external_id="7")
        take_in(dealer, xml(dealer))
        again = make_draft(dealer, "190", kind="invoice", document_no=NO, external_id="7")
        second = revise(first, again)
        attach(dealer.supplier, entries=[second])
        assert list(without_movement(dealer.supplier)) == [Invoice.objects.get()]
        assert list(movements_without_invoice(dealer.supplier)) == [second]

    def test_an_invoice_that_changes_lets_its_movement_go(self, dealer):
        entry = movement(dealer)
        take_in_table(dealer, ROW)
        assert Invoice.objects.get().entry == entry
        take_in_table(dealer, ROW.replace("30;180", "31;181"))
        assert Invoice.objects.get().entry is None
        take_in_table(dealer, ROW)
        assert Invoice.objects.get().entry == entry

    def test_an_invoice_of_nothing_needs_no_movement(self, dealer):
        take_in(dealer, xml(dealer, lines=[("", "Numune", 1, "C62", "0", 20)]))
        assert not without_movement(dealer.supplier).exists()

    def test_what_the_portal_posted_before_is_a_movement_like_others(self, posting):
        take_in_table(posting, ROW)
        entry = Invoice.objects.get().entry
        posting.supplier.posts_invoices = False
        posting.supplier.save()
        take_in_table(posting, ROW.replace("Kupa", "Bardak"))
        assert Invoice.objects.get().entry == entry
        take_in_table(posting, ROW.replace("30;180", "31;181"))
        assert Invoice.objects.get().entry is None
        assert list(movements_without_invoice(posting.supplier)) == [entry]

    def test_other_suppliers_are_left_alone(self, dealer):
        other = make_account()
        entry = movement(other)
        take_in(dealer, xml(dealer))
        assert attach(dealer.supplier) == 0
        assert list(movements_without_invoice(other.supplier)) == [entry]
        assert not movements_without_invoice(dealer.supplier).exists()


class TestPosting:
    """The portal posts the invoices of a supplier whose ERP sends no movements of them."""

    def test_an_invoice_debits(self, posting):
        uuid = uuid4()
        take_in(posting, xml(posting, uuid=uuid), by="Ayşe")
        entry = Invoice.objects.get().entry
        assert (entry.source, entry.external_id) == ("invoice", str(uuid))
        assert (entry.kind, entry.amount, entry.document_no) == ("invoice", 180, NO)
        assert (entry.booked_on, entry.due_on) == (date(2026, 3, 3), date(2026, 4, 2))
        assert (entry.base_amount, entry.posted_by) == (None, "Ayşe")
        assert balances(posting) == {"TRY": 180}

    def test_a_dealers_return_credits_and_so_does_a_vendors_sale(self, posting):
        take_in(posting, xml(posting, received=True, type_code="IADE"))
        take_in(posting, xml(posting, received=True, number="V1"))
        first, second = Entry.objects.order_by("pk")
        assert (first.kind, first.amount) == ("credit_note", -180)
        assert (second.kind, second.amount) == ("invoice", -180)

    def test_dollars_move_liras_too(self, posting):
        take_in(posting, xml(posting, currency="USD", rate="41.2345"))
        entry = Entry.objects.get()
        assert (entry.currency, entry.amount) == ("USD", 180)
        assert (entry.rate, entry.base_amount) == (D("41.2345"), D("7422.21"))

    def test_the_same_file_again_posts_nothing(self, posting):
        data = xml(posting)
        take_in(posting, data)
        before = dump()
        assert take_in(posting, data) == ["unchanged"]
        assert dump() == before

    def test_what_changes_is_reversed_and_posted_anew(self, posting):
        take_in_table(posting, ROW)
        assert take_in_table(posting, ROW.replace("30;180", "31;181")) == ["changed"]
        first, reversal, second = Entry.objects.order_by("pk")
        assert (reversal.reverses, reversal.amount) == (first, -180)
        assert (second.external_id, second.revision) == (first.external_id, 2)
        assert Invoice.objects.get().entry == second
        assert balances(posting) == {"TRY": 181}
        assert list(integrity.problems()) == []

    def test_what_no_movement_tells_of_leaves_it_alone(self, posting):
        take_in_table(posting, ROW)
        assert take_in_table(posting, ROW.replace("Kupa", "Bardak")) == ["changed"]
        assert Entry.objects.count() == 1

    def test_the_key_stays_when_the_ettn_comes_later(self, posting):
        take_in_table(posting, ROW)
        take_in(posting, xml(posting))
        assert Entry.objects.filter(reversed_by=None, reverses=None).count() == 1
        assert balances(posting) == {"TRY": 180}
        assert list(integrity.problems()) == []

    def test_a_cancelled_one_is_reversed_and_can_come_back(self, posting):
        header = HEADER + ";deleted"
        for deleted, balance in ((0, 180), (1, 0), (1, 0), (0, 180)):
            take_in_table(posting, f"{ROW};{deleted}", header=header)
            assert balances(posting) == {"TRY": balance}
        assert list(integrity.problems()) == []

    def test_one_reversed_by_hand_stays_reversed_until_it_changes(self, posting):
        take_in_table(posting, ROW)
        reverse(Entry.objects.get(), reason="x")
        assert take_in_table(posting, ROW) == ["unchanged"]
        assert balances(posting) == {"TRY": 0}
        take_in_table(posting, ROW.replace("30;180", "31;181"))
        assert balances(posting) == {"TRY": 181}

    def test_a_movement_of_the_erp_is_not_posted_again(self, posting):
        entry = movement(posting)
        take_in(posting, xml(posting))
        assert Invoice.objects.get().entry == entry
        assert Entry.objects.count() == 1

    def test_nor_corrected(self, posting):
        movement(posting)
        take_in_table(posting, ROW)
        rows = compare_table(posting, ROW.replace("30;180", "31;181"))
        assert "ERP" in refused(rows)[2]

    def test_what_came_before_the_supplier_posted_is_posted_when_it_comes_again(self, dealer):
        take_in_table(dealer, ROW)
        dealer.supplier.posts_invoices = True
        dealer.supplier.save()
        assert take_in_table(dealer, ROW) == ["changed"]
        assert balances(dealer) == {"TRY": 180}
        assert take_in_table(dealer, ROW) == ["unchanged"]

    def test_a_closed_month_takes_none(self, posting):
        close_month(posting.supplier, date(2026, 3, 1))
        assert "closed until 31/03/2026" in refused(compare_table(posting, ROW))[2]

    def test_nor_changes_one(self, posting):
        take_in_table(posting, ROW)
        close_month(posting.supplier, date(2026, 3, 1))
        assert outcomes(compare_table(posting, ROW)) == ["unchanged"]
        assert outcomes(compare_table(posting, ROW.replace("Kupa", "Bardak"))) == ["changed"]
        assert "closed until" in refused(compare_table(posting, ROW.replace("30;180", "31;181")))[2]

    def test_nor_what_is_not_posted_because_the_erp_did(self, posting):
        entry = movement(posting, booked_on=date(2026, 3, 3))
        close_month(posting.supplier, date(2026, 3, 1))
        assert take_in(posting, xml(posting)) == ["new"]
        assert Invoice.objects.get().entry == entry

    def test_one_reversed_there_may_come_again_later(self, posting):
        take_in_table(posting, ROW)
        reverse(Entry.objects.get(), reason="x")
        close_month(posting.supplier, date(2026, 3, 1))
        take_in_table(posting, ROW.replace("03.03.2026", "03.04.2026"))
        assert balances(posting) == {"TRY": 180}

    def test_a_closed_account_takes_none(self, posting):
        posting.is_closed = True
        posting.save()
        assert "120.01" in refused(compare_table(posting, ROW))[2]

    def test_an_invoice_of_nothing_moves_nothing(self, posting):
        take_in(posting, xml(posting, lines=[("", "Numune", 1, "C62", "0", 20)]))
        assert Invoice.objects.get().entry is None


def test_a_closed_month_and_account_do_not_matter_where_nothing_is_posted(dealer):
    dealer.is_closed = True
    dealer.save()
    close_month(dealer.supplier, date(2026, 3, 1))
    assert take_in(dealer, xml(dealer)) == ["new"]


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

    @pytest.mark.parametrize(
        "name",
        [
            f"{NO}.pdf",
            f"{NO.lower()}_fatura.pdf",
            "Fatura ABC-2026-000000001 (1).pdf",
            "00000000-0000-0000-0000-000000000007.pdf",
            "00000000000000000000000000000007.PDF",
        ],
    )
    def test_a_pdf_finds_its_invoice_by_its_name(self, dealer, name):
        take_in(dealer, xml(dealer, uuid=UUID(int=7)))
        assert keep_pdfs(dealer.supplier, [(name, b"%PDF-1")]) == []
        kept = InvoiceFile.objects.get(kind="pdf")
        assert (kept.invoice, kept.file.read()) == (Invoice.objects.get(), b"%PDF-1")

    @pytest.mark.parametrize(
        "name", ["ABC2026000000002.pdf", "ABC20260000000011.pdf", "fatura.pdf"]
    )
    def test_one_that_finds_none_is_listed(self, dealer, name):
        take_in(dealer, xml(dealer))
        assert keep_pdfs(dealer.supplier, [(name, b"%PDF-1")]) == [name]

    def test_a_short_number_is_the_whole_name_or_none(self, dealer):
        take_in_table(dealer, ROW.replace(NO, "12"))
        assert keep_pdfs(dealer.supplier, [("12.pdf", b"%PDF-1")]) == []
        assert keep_pdfs(dealer.supplier, [("sayfa 12.pdf", b"%PDF-2")]) == ["sayfa 12.pdf"]

    def test_one_number_of_two_invoices_is_nobodys(self, dealer):
        take_in(dealer, xml(dealer), xml(dealer, received=True))
        assert keep_pdfs(dealer.supplier, [(f"{NO}.pdf", b"%PDF-1")]) == [f"{NO}.pdf"]

    def test_the_same_pdf_again_is_kept_once(self, dealer):
        take_in(dealer, xml(dealer))
        for data in (b"%PDF-1", b"%PDF-1", b"%PDF-2"):
            keep_pdfs(dealer.supplier, [(f"{NO}.pdf", data)])
        newest = InvoiceFile.objects.filter(kind="pdf").first()
        assert InvoiceFile.objects.filter(kind="pdf").count() == 2
        assert newest.file.read() == b"%PDF-2"

    def test_pdfs_are_set_aside_when_e_invoices_are_read(self, dealer):
        named = [("a.pdf", b"%PDF-1"), ("a.xml", xml(dealer))]
        records, rows, pdfs = from_files(dealer.supplier, named)
        assert (len(records), rows, pdfs) == (1, [], [("a.pdf", b"%PDF-1")])
