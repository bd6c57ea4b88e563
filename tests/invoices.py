"""What the tests of invoices have in common."""

import io
import zipfile
from datetime import date

from django.db import transaction

from b2b_portal.erp import importing, invoices
from b2b_portal.erp.invoice_records import from_files, from_table
from b2b_portal.testing.factories import make_entry

from .efatura import efatura
from .erp_documents import Table, lines, outcomes

NO = "ABC2026000000001"
HEADER = (
    "account_code;number;issued_on;product_code;product_name;quantity;unit_price;net;vat;payable"
)
ROW = f"120.01;{NO};03.03.2026;KP-01;Kupa;3;50;150;30;180"


def xml(account, received=False, **said):
    """An e-invoice to the account's holder; ``received``: from it."""
    sides = [account.supplier.tax_number, account.tax_number]
    supplier, customer = reversed(sides) if received else sides
    return efatura(supplier=supplier, customer=customer, **said)


def send(account, *files, dry_run=False):
    """Take in a ZIP of (name, bytes); returns its batch."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files:
            archive.writestr(name, data)
    return importing.take_in(
        account.supplier, "invoices", out, dry_run=dry_run, profile="general", file_name="x.zip"
    )


def compare_xml(account, *data):
    named = [(f"{number}.xml", one) for number, one in enumerate(data)]
    records, rows, _pdfs = from_files(account.supplier, named)
    return rows + invoices.compare(account.supplier, records)


def take_in(account, *data, **options):
    """E-invoices compared and applied; returns what became of them."""
    return apply(account, compare_xml(account, *data), **options)


@transaction.atomic
def apply(account, rows, **options):
    said = outcomes(rows)
    assert "refused" not in said
    invoices.apply(account.supplier, rows, **options)
    return said


def compare_table(account, *rows, header=HEADER):
    records, bad = from_table(account.supplier, lines("\n".join([header, *rows])), Table())
    return bad + invoices.compare(account.supplier, records)


def take_in_table(account, *rows, header=HEADER):
    return apply(account, compare_table(account, *rows, header=header))


def refused(rows):
    """The one refusal: (line, column, reason)."""
    (row,) = [row for row in rows if row.outcome == "refused"]
    return row.line, row.column, row.reason


def movement(account, amount="180", **fields):
    """A movement as the ERP sends it."""
    usual = {"kind": "invoice", "document_no": NO, "booked_on": date(2026, 3, 3)}
    return make_entry(account, amount, **usual | fields)
