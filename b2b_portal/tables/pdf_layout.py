"""Where a table's texts stand on a PDF page, and how high its rows are: worked out before drawing."""

from array import array
from collections.abc import Sequence
from itertools import accumulate

from .formats import cell_writer, labelled
from .table import MARKS, OPENING, TOTAL
from .typeset import BOLD, REGULAR, clean, text_width, wrap

SIZE, LEADING = 7.5, 9.6  # of the text in cells, in points
PAD, GAP = 2.6, 3  # around it: above and below, left and right
HEAD_SIZE, BADGE_SIZE = 7, 6


class Layout:
    """Of a table in the active language, ``width`` points wide.

    ``columns``: (x of start, centre or end of its text, room, align, whether it wraps).
    ``opening``, ``subtotals``, ``totals``: (texts, height). ``offsets``: how far below the first
    row each begins, and where the last ends. ``summed``: indices of the columns whose sum is
    carried from page to page.
    """

    def __init__(self, table, width):
        self.table, self.width = table, width
        self.rows = table.rows if isinstance(table.rows, Sequence) else list(table.rows)
        self.write = cell_writer(table)
        self._place_columns()
        self.marks = {mark: clean(words) for mark, words in MARKS.items()}
        self.labels = [
            wrap(clean(column.label), room, BOLD, HEAD_SIZE, most=3) or [""]
            for column, (x, room, align, wraps) in zip(table.columns, self.columns)
        ]
        self.head_height = max(map(len, self.labels)) * LEADING + 2 * PAD
        self.opening = self._special(table.opening, OPENING)
        self.subtotals = [self._special(row) for row in table.subtotals]
        self.totals = self._special(table.totals, TOTAL)
        ends = [*self.subtotals, self.totals] if self.totals else self.subtotals
        self.end_height = sum(height for texts, height in ends)
        heights = map(self._row_height, self.rows)
        self.offsets = array("d", accumulate(heights, initial=0.0))
        self.summed = self._summed()

    def _place_columns(self):
        table = self.table
        scale = self.width / sum(column.width for column in table.columns)
        self.columns, left = [], 0
        for at, column in enumerate(table.columns):
            wide = column.width * scale
            x = {"start": GAP, "center": wide / 2, "end": wide - GAP}[column.align]
            wraps = column.kind == "text" or at == table.label_at
            self.columns.append((round(left + x, 2), wide - 2 * GAP, column.align, wraps))
            left += wide
        self.wrapping = [at for at, column in enumerate(self.columns) if column[3]]

    def _summed(self):
        """Indices of the columns whose sum is carried: of amounts, where it comes to the total."""
        table = self.table
        if not table.carry or not table.totals:
            return []
        totals = table.values(table.totals)
        found = [
            at
            for at, column in enumerate(table.columns)
            if column.kind == "amount" and column.key not in table.carry
        ]
        sums = self.sums([0] * len(found), found, self.rows)
        return [at for at, total in zip(found, sums) if total == totals[at]]

    def sums(self, before, columns, rows):
        """The sums ``before``, one a column, and what the rows add to them."""
        sums = list(before)
        for row in rows:
            values = self.table.values(row)
            for number, at in enumerate(columns):
                sums[number] += values[at] or 0
        return sums

    def _special(self, row, label=""):
        """(texts, height) of the opening, a subtotal or the totals, or None."""
        if row is None:
            return None
        texts = [clean(text) for text in self.write(self.table.values(row))]
        texts = labelled(self.table, texts, clean(row.label or label))
        lines = max(len(self.lines(at, texts[at], 0, BOLD)) for at in self.wrapping)
        return texts, max(lines, 1) * LEADING + 2 * PAD

    def _row_height(self, row):
        values = self.table.values(row)
        most = 1
        for at in self.wrapping:
            value = values[at]
            if value is None or value == "":
                continue
            indent = self.indent(row) if row.marks and at == self.table.label_at else 0
            text = clean(value)
            if text_width(text, REGULAR, SIZE) > self.columns[at][1] - indent:
                most = max(most, len(self.lines(at, text, indent)))
        return most * LEADING + 2 * PAD

    def lines(self, at, text, indent=0, font=REGULAR):
        """A cleaned text as lines of the column's width."""
        return wrap(text, self.columns[at][1], font, SIZE, indent=indent)

    def indent(self, row):
        """How much of the first line a row's marks take."""
        return sum(self.badge_width(mark) + 3 for mark in row.marks)

    def badge_width(self, mark):
        return text_width(self.marks[mark], BOLD, BADGE_SIZE) + 6
