"""A Table as CSV, the way Excel of the reader's language opens it right."""

import csv
import io
from datetime import date, datetime
from decimal import Decimal

from django.utils import translation
from django.utils.timezone import is_aware, localtime

from ..money import digits_of
from .formats import decimal_mark, format_date
from .sheet import lines

# What a spreadsheet would reckon where a cell begins with it.
FORMULA = tuple("=+-@\t\r\n＝＋－＠")


def render_csv(table, letterhead, stream, *, language):
    """Write the table as CSV to ``stream`` (binary, writable): UTF-8 with a mark that says so.

    Cells are parted as Excel of the language expects it: by ";" where decimals have a comma, else
    by ",". Figures have no marks between thousands; a balance bears a sign, debit positive.
    """
    with translation.override(language):
        mark = decimal_mark(language)
        text = io.TextIOWrapper(stream, "utf-8-sig", newline="", write_through=True)
        writer = csv.writer(text, delimiter=";" if mark == "," else ",")
        columns = [
            digits_of(column.currency or table.currency)
            if column.kind in ("amount", "balance")
            else 0
            for column in table.columns
        ]
        for kind, values in lines(table):
            if kind in ("title", "fact", "header", "note"):
                writer.writerow([guarded(str(value)) for value in values])
                continue
            places = [*columns, 0]
            writer.writerow(
                [_written(value, at, mark, language) for value, at in zip(values, places)]
            )
        text.detach()


def _written(value, places, mark, language):
    if value is None:
        return ""
    if isinstance(value, Decimal | int):
        figure = f"{value:f}" if isinstance(value, Decimal) else str(value)
        whole, _point, rest = figure.partition(".")
        rest = rest.rstrip("0").ljust(places, "0")
        return f"{whole}{mark}{rest}" if rest else whole
    if isinstance(value, date):
        if mark == ",":
            return format_date(value, language)
        # Excel in English reads 03/04/2026 by its country; this it reads alike everywhere.
        is_time = isinstance(value, datetime) and is_aware(value)
        return f"{localtime(value) if is_time else value:%Y-%m-%d}"
    return guarded(str(value))


def guarded(text):
    """A text that no spreadsheet takes for a formula: an apostrophe before what begins like one."""
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text
