"""A Table as CSV, the way Excel of the reader's language opens it right."""

import csv
import io
from datetime import date, datetime
from decimal import Decimal
from functools import cache

from django.utils import translation
from django.utils.timezone import is_aware, localtime

from ..money import digits_of
from .formats import decimal_mark, format_date
from .sheet import lines, plain

NUMBERS = (Decimal, int)
# What a spreadsheet would reckon where a cell begins with it.
FORMULA = tuple("=+-@\t\r\n＝＋－＠")


def render_csv(table, letterhead, stream, *, language):
    """Write the table as CSV to ``stream`` (binary, writable): UTF-8 with a mark that says so.

    Cells are parted as Excel of the language expects it: by ";" where decimals have a comma, else
    by ",". Figures have no marks between thousands; a balance bears a sign, debit positive.
    """
    with translation.override(language):
        mark = decimal_mark(language)
        text = io.TextIOWrapper(stream, "utf-8-sig", newline="")
        writer = csv.writer(text, delimiter=";" if mark == "," else ",")
        columns = [
            digits_of(column.currency or table.currency)
            if column.kind in ("amount", "balance")
            else 0
            for column in table.columns
        ]
        writers = [_writer(places, mark, language) for places in [*columns, 0]]
        for kind, values in lines(table):
            if kind in ("title", "fact", "header", "note"):
                writer.writerow([guarded(value) for value in values])
            else:
                writer.writerow([write(value) for write, value in zip(writers, values)])
        text.detach()


def _writer(places, mark, language):
    """A function that writes one column's values; figures with at least so many decimals."""

    @cache
    def day(value):
        if mark == ",":
            return format_date(value, language)
        # Excel in English reads 03/04/2026 by its country; this it reads alike everywhere.
        return f"{value:%Y-%m-%d}"

    def write(value):
        if value is None:
            return ""
        if isinstance(value, str):
            return guarded(value)
        if isinstance(value, NUMBERS):
            figure = f"{value:f}" if isinstance(value, Decimal) else str(value)
            whole, _point, rest = figure.partition(".")
            if len(rest) != places:
                rest = rest.rstrip("0").ljust(places, "0")
            return f"{whole}{mark}{rest}" if rest else whole
        if isinstance(value, date):
            if isinstance(value, datetime):
                value = (localtime(value) if is_aware(value) else value).date()
            return day(value)
        return guarded(value)

    return write


def guarded(value):
    """A text that no spreadsheet takes for a formula: an apostrophe before what begins like one."""
    text = plain(value)
    if text[:1].isalnum():
        return text
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text
