"""A Table as an Excel workbook: real figures and dates; text stays text, whatever it is."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import xlsxwriter
from django.utils import translation
from django.utils.timezone import is_aware, localtime
from django.utils.translation import pgettext

from ..exceptions import TooManyRows
from ..money import digits_of
from .rows import Rows
from .sheet import lines, plain
from .table import Table

NUMBERS = (Decimal, int)
DIGITS = 15  # of a figure that Excel keeps
WIDEST = 60
MOST_ROWS = 1_048_000  # Excel ends at 1,048,576 lines; some stand around the rows
LOOKS = {
    "title": {"bold": True, "font_size": 14},
    "fact": {"font_color": "#5b6775"},
    "header": {"bold": True, "bottom": 1, "text_wrap": True, "valign": "bottom"},
    "opening": {"bold": True, "bg_color": "#f4f6f8"},
    "row": {},
    "subtotal": {"italic": True},
    "totals": {"bold": True, "top": 1},
    "note": {"font_color": "#5b6775"},
}


def render_xlsx(table, letterhead, stream, *, language):
    """Write the table as a workbook to ``stream`` (binary, writable), row by row.

    ``table``: one, or several, each of which gets a sheet that is called as its currency.
    ``TooManyRows`` where one has more than Excel.
    """
    tables = [table] if isinstance(table, Table) else table
    tables = [replace(table, rows=Rows.of(table.rows)) for table in tables]
    if any(len(table.rows) > MOST_ROWS for table in tables):
        raise TooManyRows
    with translation.override(language):
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
        }
        book = xlsxwriter.Workbook(stream, options)
        book.set_properties({"title": str(tables[0].title), "author": letterhead.name})
        for table in tables:
            sheet = book.add_worksheet(table.currency or None)
            sheet.set_paper(9)
            sheet.fit_to_pages(1, 0)
            if table.is_wide:
                sheet.set_landscape()
            for at, column in enumerate(table.columns):
                sheet.set_column(at, at, min(WIDEST, column.width * 1.15 + 2))
            _Writer(book, sheet, table, language).write()
        book.close()


class _Writer:
    def __init__(self, book, sheet, table, language):
        self.book, self.sheet, self.table = book, sheet, table
        self.day = "dd/mm/yyyy" if language.startswith("en") else "dd.mm.yyyy"
        self.formats, self.figures = {}, {}

    def write(self):
        """All lines; the header stays in view and has a filter over the rows below it."""
        header, last = None, 0
        for number, (kind, values) in enumerate(lines(self.table)):
            for at, value in enumerate(values):
                if value is not None and value != "":
                    self.cell(number, at, kind, value)
                elif kind in ("opening", "totals"):
                    self.sheet.write_blank(number, at, None, self.look(kind))
            if kind == "header":
                self.sheet.freeze_panes(number + 1, 0)
                self.sheet.repeat_rows(number)
                header, width = number, len(values)
            if kind in ("header", "row"):
                last = number
        self.sheet.autofilter(header, 0, last, width - 1)

    def cell(self, number, at, kind, value):
        if kind == "header":
            align = self.table.columns[at].align if at < len(self.table.columns) else "start"
            look = self.look(kind, align={"start": "left", "end": "right"}.get(align, align))
            self.sheet.write_string(number, at, str(value), look)
        elif isinstance(value, NUMBERS) and _is_exact(value):
            # A Decimal goes into the file digit by digit; Excel gives 15 digits back unchanged.
            self.sheet.write_number(number, at, value, self.look(kind, self.figure(at, value)))
        elif isinstance(value, date):
            if isinstance(value, datetime):
                value = (localtime(value) if is_aware(value) else value).date()
            self.sheet.write_datetime(number, at, value, self.look(kind, self.day, "left"))
        else:
            self.sheet.write_string(number, at, plain(value)[:32767], self.look(kind))

    def figure(self, at, value):
        """Excel's number format for a value of the column."""
        if at not in self.figures:
            self.figures[at] = self._figure(self.table.columns[at])
        return self.figures[at] or ("#,##0" if value == int(value) else "#,##0.######")

    def _figure(self, column):
        """The same where it is one for all values of the column, else None."""
        if column.kind in ("amount", "balance"):
            digits = digits_of(column.currency or self.table.currency)
            plain = "#,##0" + ("." + "0" * digits if digits else "")
            if column.kind == "amount":
                return plain
            debit, credit = pgettext("debit", "D"), pgettext("credit", "C")
            return f'{plain}" {debit}";{plain}" {credit}";{plain}'
        return {"rate": "#,##0.0000####", "price": "#,##0.00######"}.get(column.kind)

    def look(self, kind, num_format=None, align=None):
        key = kind, num_format, align
        if key not in self.formats:
            more = {"num_format": num_format, "align": align}
            more = {name: value for name, value in more.items() if value}
            self.formats[key] = self.book.add_format(LOOKS[kind] | more)
        return self.formats[key]


def _is_exact(value):
    """Whether Excel, which keeps 15 digits, keeps this figure; a longer one is written as text."""
    if len(str(value)) <= DIGITS:
        return True
    return len(Decimal(value).normalize().as_tuple().digits) <= DIGITS
