"""Cells of a row of any file: texts, amounts, rates and days, each read by one rule.

``row``: ``reading.Cells``. A ``table`` says what its words mean: ``profiles.Table``.
"""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from ..money import LIMIT, parse_amount

TIME = r"(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,7})?)?)?"
DAY_FIRST = re.compile(rf"(\d{{1,2}})([./-])(\d{{1,2}})\2(\d{{4}}){TIME}", re.ASCII)
SHORT = re.compile(rf"(\d{{1,2}})(\.)(\d{{1,2}})\.(\d{{2}}){TIME}", re.ASCII)
YEAR_FIRST = re.compile(rf"(\d{{4}})([./-]?)(\d{{2}})\2(\d{{2}}){TIME}", re.ASCII)
RATE = re.compile(r"[0-9]{1,9}([.,][0-9]{1,8})?")
HIGHEST_RATE = 10**9
DAYS = re.compile(r"-[0-9]{1,3}")
YEARS = range(1900, 2101)
CENTURY = 70  # two digits of a year: from here on 19…, below 20…
LONGEST = 40  # characters of an amount or a day worth remembering


class RowRefused(Exception):
    """``column``: the header as it stands in the file, or ""."""

    def __init__(self, column, reason):
        self.column, self.reason = column, reason


def refusal(row, name, reason):
    """A ``RowRefused`` that names the field's header as it stands in the file."""
    return RowRefused(getattr(row, "headers", {}).get(name, name), reason)


def of_line(line):
    """The cells of a ``reading.Line``; ``RowRefused`` where the row is no row of the table."""
    if line.too_wide:
        reason = _(
            "The row has more cells than the header. A cell that holds a separator must stand "
            "in quotation marks."
        )
        raise RowRefused("", reason)
    if line.error:
        raise RowRefused(line.error, _("The cell holds an Excel error like #REF!."))
    return line.cells


def all_faults(first, *reads):
    """A ``RowRefused`` with all that is wrong with a row, one fault of a column.

    ``first``: what it was refused for; ``reads``: functions that read its parts and may refuse.
    """
    found = {first.column: first}
    for read in reads:
        try:
            read()
        except RowRefused as fault:
            found.setdefault(fault.column, fault)
    others = (f"{fault.column}: {fault.reason}" for fault in found.values() if fault is not first)
    return RowRefused(first.column, " ".join([str(first.reason), *others]))


def text(row, name):
    """A cell's text on one line, with single blanks."""
    return " ".join(row.get(name, "").split())


def number_of(row):
    """A document's number, with its series where that has a column of its own."""
    number = text(row, "series") + text(row, "number")
    if not any(map(str.isalnum, number)) or len(number) > 60:
        raise refusal(row, "number", _("“%s” is not a document number.") % number[:60])
    return number


def amount(row, name, table):
    """A Decimal below 10**12; None for an empty cell."""
    value = row.get(name, "")
    if isinstance(value, str):
        if not value:
            return None
        parse = _parsed if len(value) <= LONGEST else parse_amount
        try:
            return parse(value, table.language)
        except ValidationError as error:
            raise refusal(row, name, " ".join(error.messages)) from None
    if abs(value) >= LIMIT:
        raise refusal(row, name, _("The amount is too large."))
    return value


_parsed = lru_cache(maxsize=8192)(parse_amount)


def percent(row, name, table):
    """The figure of 20, %20 or 20%; None for an empty cell."""
    if isinstance(value := row.get(name), str):
        row[name] = value.strip("% ")
    return amount(row, name, table)


def rate(row, name="rate"):
    """An exchange rate; it has no thousands, so its one mark is the decimal mark. None for 0."""
    value = row.get(name)
    if not value:
        return None
    if not isinstance(value, str):
        is_rate = 0 < value < HIGHEST_RATE
    elif is_rate := RATE.fullmatch(value):
        value = Decimal(value.replace(",", "."))
    if not is_rate:
        raise refusal(row, name, _("“%s” is not a rate.") % str(value)[:60])
    return value or None


def day(row, name):
    """A date from 1900 to 2100, its time passed over; None for an empty cell."""
    value = row.get(name)
    if not value:
        return None
    found = _date_of(value[:LONGEST]) if isinstance(value, str) else value
    if isinstance(found, datetime):
        found = found.date()
    if found is None or found.year not in YEARS:
        shown = value[:60] if isinstance(value, str) else found
        raise refusal(row, name, _("“%s” is not a date like 31.12.2026.") % shown)
    return found


def due(row, since):
    """The due day; some ERPs write 0 for none and −30 for thirty days ``since`` a day."""
    value = row.get("due_on")
    if not value or value == "0":
        return None
    if isinstance(value, str) and DAYS.fullmatch(value):
        return since and since - timedelta(days=int(value))
    return day(row, "due_on")


@lru_cache(maxsize=4096)
def _date_of(text):
    """The day of a text, with a time or not; else None.

    31.12.2026, 31/12/2026, 31-12-2026, 31.12.26, 2026-12-31, 2026/12/31, 2026.12.31 or 20261231.
    Two digits of a year only between points: elsewhere the first figure may be the month or year.
    """
    if found := DAY_FIRST.fullmatch(text):
        day, _mark, month, year = found.groups()
    elif found := SHORT.fullmatch(text):
        day, _mark, month, year = found.groups()
        year = int(year) + (1900 if int(year) >= CENTURY else 2000)
    elif found := YEAR_FIRST.fullmatch(text):
        year, _mark, month, day = found.groups()
    else:
        return None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
