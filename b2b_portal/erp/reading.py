"""An ERP's CSV or Excel file as rows of named cells: form, encoding, separator, header found out."""

import codecs
import csv
import io
import re
from contextlib import contextmanager
from functools import partial
from itertools import chain, count
from operator import itemgetter
from statistics import median
from typing import NamedTuple

from django.utils.translation import gettext as _

from ..exceptions import FileRefused, HeaderNotFound
from .sheets import Workbook, blocks, take, text
from .totals import passed_over

HEADER_WITHIN = 30  # rows of help text a header may hide below
SEPARATORS = ";\t,"
CHUNK = 2**20
LONGEST_LINE = 2**20  # characters
WIDEST_HEADER = 1000  # columns
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<[!?a-zA-Z]")
LEADING = ("booked_on", "issued_on", "ordered_on", "code")  # a row of the table has one of them


class Line(NamedTuple):
    """``number``: as a text editor or Excel counts; ``cells``: ``Cells``.

    ``too_wide``: there is something beyond the header's last column; ``error``: the header above
    an Excel error like #REF!. A row with either is no row to take in.
    """

    number: int
    cells: dict
    too_wide: bool = False
    error: str = ""


class Cells(dict):
    """{field: value} of a row; ``headers``: {field: its header as it stands in the file}.

    Values are stripped texts; in Excel files also Decimals for amounts and dates for days.
    """

    __slots__ = ("headers",)


def read(stream, table, counts=None):
    """The data rows (``Line``) below the header of a seekable binary stream, one at a time.

    ``table``: the profile's ``Table``; ``counts``: a dict in which what is passed over
    (``totals.passed_over``) is counted. Empty rows are left out. Raises ``FileRefused``, also while
    reading, where the file is no table or no row has the headers that the profile requires.
    """
    counts = {} if counts is None else counts
    if _is_workbook(stream):
        return _of_workbook(Workbook(stream), table, counts)
    return _of_text(stream, _encoding(stream), table, counts)


def first_rows(stream):
    """The rows among which a header is looked for, as lists of stripped texts; or ``FileRefused``.

    An empty row is an empty list, so that the first one is line 1. Of a text's separators the one
    that makes most columns, of a workbook's sheets the fullest.
    """
    if _is_workbook(stream):
        tables = [take(rows, HEADER_WITHIN) for rows, _errors in Workbook(stream).sheets()]
        rows = max(tables, key=lambda rows: sum(map(len, rows)), default=[])
    else:
        with _decoded(stream, _encoding(stream)) as decoded:
            lines = _top(decoded)
        tables = [[_split(line, separator) for line in lines] for separator in SEPARATORS]
        rows = max(tables, key=lambda rows: median([0, *(len(row) for row in rows if any(row))]))
    texts = [[text(cell) for cell in row] for row in rows]
    texts = [row if any(row) else [] for row in texts]
    while texts and not texts[-1]:
        texts.pop()
    if not texts:
        raise _empty()
    return texts


def _empty():
    return FileRefused(_("The file is empty."))


def _is_workbook(stream):
    """Whether this is a ZIP and not a text; ``FileRefused`` where it is surely neither."""
    stream.seek(0)
    start = stream.read(512)
    if start.startswith(b"%PDF"):
        raise FileRefused(_("This is a PDF. Save the table as CSV or Excel (.xlsx)."))
    if start == OLE:
        reason = _("This is an old or encrypted Excel file. Save it as .xlsx without a password.")
        raise FileRefused(reason)
    if MARKUP.match(start):
        reason = _("This is a web page or XML under another name. Save it in Excel as .xlsx.")
        raise FileRefused(reason)
    return start.startswith(b"PK")


def _encoding(stream):
    """UTF-8 where the whole stream is that, else Windows-1254; ``FileRefused`` of an empty one."""
    decode = codecs.getincrementaldecoder("utf-8")().decode
    encoding, is_empty = "utf-8-sig", True
    stream.seek(0)
    while True:
        chunk = stream.read(CHUNK)
        is_empty = is_empty and not chunk.removeprefix(codecs.BOM_UTF8).strip()
        if b"\x00" in chunk:
            reason = _("This is neither a CSV nor an Excel (.xlsx) file, or it is damaged.")
            raise FileRefused(reason)
        if encoding == "utf-8-sig":
            try:
                decode(chunk, final=not chunk)
            except UnicodeDecodeError:
                encoding = "cp1254"
        if not chunk:
            if is_empty:
                raise _empty()
            return encoding


def _of_text(stream, encoding, table, counts):
    with _decoded(stream, encoding) as decoded:
        top = _top(decoded)
        search = _Search(table)
        for separator in SEPARATORS:
            for at, line in enumerate(top):
                # Help text may hold stray quotes, so the header is looked for a line at a time.
                if header := search.header(_split(line, separator)):
                    rest = iter(partial(decoded.readline, LONGEST_LINE), "")
                    lines = _whole(chain(top[at + 1 :], rest))
                    rows = csv.reader(lines, delimiter=separator, strict=True)
                    yield from _text_lines(rows, header, at + 2, counts)
                    return
        raise search.failed()


@contextmanager
def _decoded(stream, encoding):
    stream.seek(0)
    decoded = io.TextIOWrapper(stream, encoding, newline="")
    try:
        yield decoded
    except UnicodeDecodeError:
        reason = _("The file's encoding is neither UTF-8 nor Windows-1254.")
        raise FileRefused(reason) from None
    finally:
        if not stream.closed:  # by whoever stopped reading
            decoded.detach()


def _top(decoded):
    return [decoded.readline(LONGEST_LINE) for _row in range(HEADER_WITHIN)]


def _split(line, separator):
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        return []


def _whole(lines):
    for line in lines:
        if len(line) == LONGEST_LINE:
            raise csv.Error
        yield line


def _text_lines(rows, header, first, counts):
    width, pick, cells_of = header.width, itemgetter(*header.indexes, 0), header.cells_of
    leading = header.leading
    begins = first
    try:
        for row in rows:
            row = list(map(str.strip, row))
            if any(row):
                if len(row) < width:
                    row += [""] * (width - len(row))
                cells = cells_of(pick(row))
                if cells[leading][:1].isdigit() or not (what := passed_over(cells, row)):
                    yield Line(begins, cells, any(row[width:]))
                else:
                    counts[what] = counts.get(what, 0) + 1
            begins = first + rows.line_num
    except csv.Error:
        reason = _("Line %s cannot be read as CSV. Is a quotation mark left open?")
        raise FileRefused(reason % begins) from None


def _of_workbook(workbook, table, counts):
    search, is_empty = _Search(table), True
    for rows, errors in workbook.sheets():
        top = take(rows, HEADER_WITHIN)
        is_empty = is_empty and not any(map(any, top))
        for at, row in enumerate(top):
            if header := search.header([text(cell) for cell in row]):
                lines = _sheet_lines(chain(top[at + 1 :], rows), header, at + 2, errors, counts)
                yield from lines
                return
    raise _empty() if is_empty else search.failed()


def _sheet_lines(rows, header, first, errors, counts):
    numbers = count(first)
    empty = [""] * header.width
    cells_of, leading = header.cells_of, header.leading
    for block in blocks(rows, header.indexes, header.fields):
        for (row, values), number in zip(block, numbers):
            error = header.over(errors[number]) if number in errors else ""
            if row != empty or error:
                cells = cells_of(values)
                told = cells[leading]
                is_plain = not isinstance(told, str) or told[:1].isdigit()
                if is_plain or not (what := passed_over(cells, map(text, row))):
                    yield Line(number, cells, False, error)
                else:
                    counts[what] = counts.get(what, 0) + 1


class _Search:
    """Looks for the header; remembers the row that came nearest."""

    def __init__(self, table):
        self.table = table
        self.best = {}

    def header(self, cells):
        """The ``_Header`` that a row of cells is, or None."""
        fields = self.table.fields_of(cells[:WIDEST_HEADER])
        if self.table.missing(fields):
            self.best = max(self.best, fields, key=len)
            return None
        repeated = self.table.repeated(cells)
        if repeated:
            reason = _("The header “%s” stands in the file more than once.")
            raise FileRefused(reason % repeated.strip())
        return _Header(cells, fields)

    def failed(self):
        missing = ", ".join(self.table.missing(self.best))
        return HeaderNotFound(_("No header row was found. Missing: %s") % missing)


class _Header:
    """Names the cells of the rows below; of a field's columns the first that says something."""

    def __init__(self, cells, fields):
        self.width = len(cells)
        self.names = list(fields)
        self.leading = next((name for name in LEADING if name in fields), self.names[0])
        self.cells = cells
        self.headers = {name: cells[indexes[0]].strip() for name, indexes in fields.items()}
        further = [(name, index) for name, indexes in fields.items() for index in indexes[1:]]
        self.indexes = [
            *(indexes[0] for indexes in fields.values()),
            *(index for _name, index in further),
        ]
        self.fields = self.names + [name for name, _index in further]
        self.further = list(enumerate(self.fields))[len(self.names) :]

    def over(self, indexes):
        """The first header of a field over these columns, or ""."""
        return next((self.cells[index].strip() for index in self.indexes if index in indexes), "")

    def cells_of(self, values):
        cells = Cells(zip(self.names, values))
        cells.headers = self.headers
        for at, name in self.further:
            cells[name] = values[at] if cells[name] == "" else cells[name]
        return cells
