"""Excel workbooks: opened only after a look inside, cells as exact values."""

import re
import zipfile
import zlib
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from math import isfinite
from xml.etree import ElementTree

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

from ..exceptions import FileRefused

UNPACKED = 100 * 2**20  # bytes of all parts together
AREA = 13_000_000  # cells between the first and the last one, empty ones included
CHUNK = 2**20
OVERLAP = 64  # bytes: longer than what is looked for
BLOCK = 500  # rows

AMOUNTS = {
    *("debit", "credit", "amount", "fx_debit", "fx_credit", "fx_amount", "rate"),
    *("balance", "balance_debit", "balance_credit"),
    *("quantity", "unit_price", "vat_rate", "net", "vat", "withheld", "payable", "delivered"),
}
DAYS = {"booked_on", "due_on", "issued_on", "ordered_on"}

BOOK = "xl/workbook.xml"
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}sheet"
ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
PLACE = re.compile(rb' r="([A-Z]*)([0-9]*)')  # of a row or a cell
FAR = re.compile(rb' r="(?:[A-Z]{2}|[A-Z]?[0-9]{7})')
ERROR = re.compile(rb'<c r="([A-Z]+)([0-9]+)"[^>]* t="e"')


class Workbook:
    """The worksheets of a stream that is a ZIP; ``FileRefused`` where that is none or too large."""

    def __init__(self, stream):
        with _refusing():
            self.archive = zipfile.ZipFile(stream)
            self.has_errors = self._look_inside()
            stream.seek(0)
            self.book = CalamineWorkbook.from_filelike(stream)

    def sheets(self):
        """(rows from the first one on as lists of calamine's values, {number: error indexes})."""
        for sheet in self.book.sheets_metadata:
            if sheet.typ == SheetTypeEnum.WorkSheet:
                with _refusing():
                    cells = self.book.get_sheet_by_name(sheet.name)
                    if cells.start is None:
                        continue
                    errors = self._errors(sheet.name, cells.start) if self.has_errors else {}
                yield cells.iter_rows(), errors

    def _look_inside(self):
        """Unpack every part once, a piece at a time: what they claim is true and not too much.

        Calamine holds a cell for every place between the first and the last one, so two cells in
        far corners would fill any memory. Returns whether a cell holds an Excel error.
        """
        parts = self.archive.infolist()
        if BOOK not in self.archive.namelist():
            raise zipfile.BadZipFile
        if sum(part.file_size for part in parts) > UNPACKED:
            raise _too_large()
        errors = False
        for part in parts:
            rows, columns, tail = 0, 26, b""
            with self.archive.open(part) as unpacked:
                while chunk := unpacked.read(CHUNK):
                    chunk = tail + chunk
                    tail = chunk[-OVERLAP:]
                    errors = errors or b' t="e"' in chunk
                    start = 0 if FAR.search(chunk) else max(chunk.rfind(b' r="'), 0)
                    for letters, digits in PLACE.findall(chunk, start):
                        rows = max(rows, int(digits or 0))
                        columns = max(columns, _column(letters))
            if rows * columns > AREA:
                raise _too_large()
        return errors

    def _errors(self, name, start):
        """Where errors like #REF! stand, which calamine gives as empty cells."""
        errors = {}
        targets = {
            relation.get("Id"): relation.get("Target")
            for relation in ElementTree.fromstring(self.archive.read("xl/_rels/workbook.xml.rels"))
        }
        for sheet in ElementTree.fromstring(self.archive.read(BOOK)).iter(SHEET):
            if sheet.get("name") == name:
                target = targets[sheet.get(ID)]
                part = target[1:] if target.startswith("/") else f"xl/{target}"
                for letters, digits in ERROR.findall(self.archive.read(part)):
                    errors.setdefault(int(digits), set()).add(_column(letters) - 1 - start[1])
        return errors


@contextmanager
def _refusing():
    """Whatever a broken workbook lets zipfile or calamine raise becomes ``FileRefused``."""
    try:
        yield
    except BaseException as error:
        # A panic of calamine's is no Exception, and its class cannot be imported.
        if isinstance(error, BROKEN) or type(error).__name__ == "PanicException":
            reason = _("This is neither a CSV nor an Excel (.xlsx) file, or it is damaged.")
            raise FileRefused(reason) from None
        raise


BROKEN = (
    *(CalamineError, zipfile.BadZipFile, zlib.error, EOFError, ElementTree.ParseError),
    *(RuntimeError, NotImplementedError, KeyError, ValueError),
)


def _too_large():
    return FileRefused(_("This Excel file is too large. Save the table as CSV."))


def _column(letters):
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def take(rows, number):
    """A list of the next rows."""
    with _refusing():
        return list(islice(rows, number))


def blocks(rows, indexes, names):
    """Blocks of [(row, its values at the indexes, fit for the fields named)]."""
    fits = [_amounts if name in AMOUNTS else _days if name in DAYS else _texts for name in names]
    while block := take(rows, BLOCK):
        columns = list(zip(*block))
        values = [fit(columns[index]) for index, fit in zip(indexes, fits)]
        yield list(zip(block, zip(*values)))


def _texts(column):
    try:
        return list(map(str.strip, column))
    except TypeError:
        return [text(cell) for cell in column]


def _amounts(column):
    return [
        exact(cell) if type(cell) is float and isfinite(cell) else text(cell) for cell in column
    ]


def _days(column):
    return [cell if isinstance(cell, date) else text(cell) for cell in column]


def exact(number):
    """A number as Excel shows it: at most 15 digits."""
    return Decimal(f"{number:.15g}")


def text(cell):
    """What a cell says where a text is wanted: 120.0 is "120", a day 31.12.2026."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool):
        return str(int(cell))
    if isinstance(cell, (int, float)):
        return f"{exact(cell):f}"
    if isinstance(cell, datetime):
        return f"{cell:%d.%m.%Y %H:%M:%S}"
    return f"{cell:%d.%m.%Y}" if isinstance(cell, date) else str(cell)
