"""Invoices in: from a table with one row per line."""

from datetime import date
from types import SimpleNamespace
from uuid import UUID

import pytest
from django.core.files.storage import FileSystemStorage
from django.utils import translation

from b2b_portal.erp import invoices
from b2b_portal.erp.invoice_records import from_table
from b2b_portal.models import Invoice, InvoiceFile
from b2b_portal.testing.factories import make_account, make_supplier
from b2b_portal.testing.ledger import dump

from .efatura import D
from .erp_documents import Table, lines, outcomes
from .invoices import (
    HEADER,
    NO,
    ROW,
    compare_table,
    movement,
    refused,
    take_in,
    take_in_table,
    xml,
)


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

    def test_a_lines_net_has_no_more_digits_than_are_shown(self, dealer):
        row = f"120.01;{NO};03.03.2026;KP-01;Kupa;1;0,125;0,125;0,08;0,46"
        take_in_table(dealer, row, row, row)
        invoice = Invoice.objects.get()
        assert [line.net for line in invoice.lines.all()] == [D("0.13")] * 3
        assert (invoice.net, invoice.vat, invoice.payable) == (D("0.38"), D("0.08"), D("0.46"))

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
        dealer.external_id = "77"
        dealer.save()
        records, bad = from_table(dealer.supplier, lines(f"{named}\n77;{row}\n78;{row}"), Table())
        assert records[0].values["account"] == dealer
        assert refused(bad)[:2] == (3, "account_id")

    def test_a_tax_number_of_two_accounts_says_nothing(self, dealer):
        make_account(dealer.supplier, code="120.02", tax_number=dealer.tax_number)
        header = HEADER.replace("account_code", "tax_number")
        row = ROW.replace("120.01", dealer.tax_number)
        line, column, reason = refused(compare_table(dealer, row, header=header))
        assert column == "tax_number" and "120.01, 120.02" in reason

    def test_cells_of_a_workbook(self, dealer):
        values = ("12001", "7", date(2026, 3, 3), "A", "Kupa", D(3), D("0.1"))
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
