"""Reads the lines file: invoices of a real wholesaler, grouped by customer."""

import csv
import hashlib
import lzma
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from sys import intern

DATA = Path(__file__).parent / "data"
LINES = DATA / "invoice_lines.csv.xz"
COLUMNS = (
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
)


class LinesError(Exception):
    """The file is not what the demo data is made from."""


@dataclass(slots=True)
class SourceInvoice:
    """One invoice of the file; ``lines``: (stock code, description, quantity, price in GBP)."""

    number: str
    at: datetime
    lines: list = field(default_factory=list)

    @property
    def is_return(self):
        return self.number.startswith("C")


@dataclass(slots=True)
class SourceCustomer:
    """A customer of the file with its invoices, oldest first."""

    key: str
    country: str
    invoices: list


def open_lines(path):
    """A text file to read, whether it is packed (.xz) or not."""
    opener = lzma.open if str(path).endswith(".xz") else open
    return opener(path, "rt", encoding="utf-8-sig", newline="")


def read_customers(path):
    """All customers of a lines file, by key. Raises ``LinesError`` naming the line."""
    found = {}
    try:
        with open_lines(path) as file:
            reader = csv.DictReader(file)
            missing = set(COLUMNS) - set(reader.fieldnames or ())
            if missing:
                raise LinesError(f"Columns are missing: {', '.join(sorted(missing))}")
            for row in reader:
                try:
                    _take(found, row)
                except (ValueError, InvalidOperation, TypeError, AttributeError):
                    raise LinesError(f"Line {reader.line_num} cannot be read.") from None
    except (OSError, lzma.LZMAError, UnicodeDecodeError, csv.Error) as error:
        raise LinesError(f"{path}: {error}") from None
    if not found:
        raise LinesError("The file has no lines.")
    customers = [
        SourceCustomer(key, country, sorted(invoices.values(), key=_when))
        for key, (country, invoices) in found.items()
    ]
    return sorted(customers, key=lambda customer: customer.key)


def _when(invoice):
    return invoice.at, invoice.number


def _take(found, row):
    key, number = row["CustomerID"].strip(), row["InvoiceNo"].strip()
    if not key or not number:
        raise ValueError
    _country, invoices = found.setdefault(key, (row["Country"], {}))
    if number not in invoices:
        invoices[number] = SourceInvoice(number, datetime.fromisoformat(row["InvoiceDate"]))
    quantity, price = Decimal(row["Quantity"]), Decimal(row["UnitPrice"])
    if not (quantity.is_finite() and price.is_finite()):
        raise ValueError
    invoices[number].lines.append(
        (intern(row["StockCode"].strip()), intern(row["Description"]), quantity, price)
    )


def sha256_of(path):
    """The file's SHA-256 in hex digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
