"""A statement to be printed, and what its PDF says."""

import io
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

from PIL import Image
from pypdf import PdfReader

from b2b_portal.tables.letterhead import Letterhead
from b2b_portal.tables.pdf import render_pdf
from b2b_portal.tables.table import Column, Row, Table

COLUMNS = [
    Column("date", "Date", "date"),
    Column("number", "Document no.", width=19, hide_on_phone=True),
    Column("kind", "Type", width=14),
    Column("text", "Description", width=31),
    Column("due", "Due", "date"),
    Column("debit", "Debit", "amount"),
    Column("credit", "Credit", "amount"),
    Column("balance", "Balance", "amount"),
    Column("side", "D/C", "flag"),
]
OPENING = Decimal("1000.00")
ROOT = Path(__file__).parent.parent
LOGO = ROOT / "example_site" / "demodata" / "data" / "logos" / "anadolu.png"


def statement(count, description="Ağustos sevkiyatı", marks=frozenset(), **changes):
    """A statement of ``count`` invoices of 10.01 each, so that every balance occurs once."""
    balance, rows = OPENING, []
    for number in range(count):
        balance += Decimal("10.01")
        day = date(2026, 1, 1)
        values = (
            day,
            f"F{number}",
            "Invoice",
            description,
            day,
            Decimal("10.01"),
            None,
            balance,
            "D",
        )
        rows.append(Row(values, marks))
    total = Decimal("10.01") * count
    parts = {
        "title": "Account statement",
        "columns": COLUMNS,
        "rows": rows,
        "opening": Row({"balance": OPENING, "side": "D"}),
        "totals": Row({"debit": total, "credit": Decimal(0), "balance": balance, "side": "D"}),
        "carry": ("balance", "side"),
        "currency": "TRY",
    }
    return Table(**{**parts, **changes})


def pdf(table, language="en", **letterhead):
    stream = io.BytesIO()
    render_pdf(table, Letterhead(**{"name": "Supplier", **letterhead}), stream, language=language)
    return stream.getvalue()


def texts(data):
    return [page.extract_text() for page in PdfReader(io.BytesIO(data)).pages]


def words(text):
    return " ".join(text.split())


def figures_after(page, label):
    """The amounts on the line of the page that begins with the label; none where there is no such."""
    found = re.search(rf"{label}((?:\s+[\d,]+\.\d\d\b)+)", page)
    return [Decimal(text.replace(",", "")) for text in found[1].split()] if found else []


def balance_after(page, label):
    """The last amount on that line, or None."""
    return (figures_after(page, label) or [None])[-1]


def picture(size=(300, 100), mode="RGBA", kind="PNG"):
    stream = io.BytesIO()
    Image.new(mode, size).save(stream, kind)
    return stream.getvalue()
