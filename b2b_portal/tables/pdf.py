"""A Table as PDF, on the supplier's letterhead. Rows are drawn straight on the canvas.

One Flowable holds them, so they stand in any ReportLab document: it knows its height at once from
row heights worked out beforehand, splits at a page's foot, and repeats there and on the next page's
head what is carried over: the last values of the carried columns, and how far the sums of amounts
have come.
"""

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from copy import copy
from itertools import accumulate

from django.utils import translation
from django.utils.translation import gettext as _
from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from .formats import cell_writer, labelled
from .letterhead import closing, footer, masthead, running_head
from .table import MARKS
from .typeset import (
    BOLD,
    DANGER,
    DANGER_TINT,
    INK,
    LINE,
    MUTED,
    REGULAR,
    TINT,
    Pen,
    clean,
    register_fonts,
    text_width,
    wrap,
)

MARGIN, TOP, BOTTOM = 34, 30, 26  # points
SIZE, LEADING = 7.5, 9.6  # of the text in cells
PAD, GAP = 2.6, 3  # around it: above and below, left and right
ROW = LEADING + 2 * PAD  # the height of a row of one line
BASE = PAD + 7.5  # from a row's top edge to its first baseline
HEAD_SIZE, BADGE_SIZE = 7, 6


def render_pdf(table, letterhead, stream, *, language):
    """Write the table as a PDF to ``stream`` (binary, writable). The same input gives the same bytes.

    A4, upright unless the columns need more. ``language``: of words, dates and figures, and of the
    document. Rows that are no sequence are read into a list: pages are counted before the first is drawn.
    """
    with translation.override(language):
        register_fonts()
        size = landscape(A4) if table.is_wide else A4
        width, height = size[0] - 2 * MARGIN, size[1]
        canvas = Canvas(
            stream,
            pagesize=size,
            pageCompression=1,
            invariant=1,
            initialFontName=REGULAR,
            initialFontSize=SIZE,
            lang=language,
        )
        customer = letterhead.customer[0] if letterhead.customer else ""
        canvas.setTitle(" – ".join(filter(None, [clean(table.title), clean(customer)])))
        canvas.setAuthor(clean(letterhead.name))
        canvas.setSubject("")
        canvas.setCreator("")
        canvas.setViewerPreference("DisplayDocTitle", "true")

        pages = _plan(table, letterhead, width, height)
        for number, page in enumerate(pages, 1):
            for part, y in page:
                if isinstance(part, Flowable):
                    part.drawOn(canvas, MARGIN, y - part.height)
                else:
                    part.draw(canvas, MARGIN, y)
            foot = footer(letterhead, number, len(pages), width)
            foot.draw(canvas, MARGIN, BOTTOM + foot.height)
            canvas.showPage()
        canvas.save()


def _plan(table, letterhead, width, height):
    """The pages: for each a list of (part, y of its top edge)."""
    lowest = BOTTOM + footer(letterhead, 1, 1, width).height + 6
    end = closing(letterhead, table, width)
    heads = masthead(letterhead, table, width), running_head(letterhead, table, width)

    def turn():
        head = heads[1 if pages else 0]
        pages.append([(head, height - TOP)])
        return height - TOP - head.height, pages[-1]

    pages, left = [], TableRows(table, width)
    while left is not None:
        top, page = turn()
        parts = left.split(width, top - lowest)
        if len(parts) == 1 and end.height and top - parts[0].height - end.height < lowest:
            # The last row goes with what follows it: no page of notes alone.
            parts = left.split(width, left.height - 1) or parts
        if parts:
            page.append((parts[0], top))
            top -= parts[0].height
            left = parts[1] if len(parts) > 1 else None
    if end.height:
        if top - end.height < lowest:
            top, page = turn()
        page.append((end, top))
    return pages


class TableRows(Flowable):
    """A table's rows under their header, in the active language, ``width`` points wide.

    A part that is not the last ends in the carried columns' values, the next part begins with them.
    ``before`` and ``after``: the sums of the ``summed`` columns up to the part's first row and with
    its last.
    """

    def __init__(self, table, width):
        super().__init__()
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
        self.opening = self._special(table.opening, _("Opening balance"))
        self.subtotals = [self._special(row, "") for row in table.subtotals]
        self.totals = self._special(table.totals, _("Total"))
        ends = [*self.subtotals, self.totals] if self.totals else self.subtotals
        self.end_height = sum(height for texts, height in ends)
        heights = map(self._row_height, self.rows)
        self.offsets = array("d", accumulate(heights, initial=0.0))
        self.summed = self._summed()
        self.before = self.after = [0] * len(self.summed)
        self._span(0, len(self.rows), first=True, last=True)

    def _place_columns(self):
        """``columns``: (x of start, centre or end of its text, room, align, whether it wraps)."""
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
        if not table.carry_keys or not table.totals:
            return []
        totals = table.values(table.totals)
        found = [
            at
            for at, column in enumerate(table.columns)
            if column.kind == "amount" and column.key not in table.carry_keys
        ]
        sums = self._sums([0] * len(found), found, self.rows)
        return [at for at, total in zip(found, sums) if total == totals[at]]

    def _sums(self, before, columns, rows):
        sums = list(before)
        for row in rows:
            values = self.table.values(row)
            for number, at in enumerate(columns):
                sums[number] += values[at] or 0
        return sums

    def _special(self, row, label):
        """(texts, height) of the opening or the totals, or None."""
        if row is None:
            return None
        texts = [clean(text) for text in self.write(self.table.values(row))]
        texts = labelled(self.table, texts, label)
        lines = max(len(self._lines(at, texts[at], 0, BOLD)) for at in self.wrapping)
        return texts, max(lines, 1) * LEADING + 2 * PAD

    def _row_height(self, row):
        values = self.table.values(row)
        most = 1
        for at in self.wrapping:
            value = values[at]
            if value is None or value == "":
                continue
            indent = self._indent(row) if row.marks and at == self.table.label_at else 0
            text = clean(value)
            if text_width(text, REGULAR, SIZE) > self.columns[at][1] - indent:
                most = max(most, len(self._lines(at, text, indent)))
        return most * LEADING + 2 * PAD

    def _lines(self, at, text, indent=0, font=REGULAR):
        return wrap(text, self.columns[at][1], font, SIZE, indent=indent)

    def _indent(self, row):
        return sum(self._badge_width(mark) + 3 for mark in row.marks)

    def _badge_width(self, mark):
        return text_width(self.marks[mark], BOLD, BADGE_SIZE) + 6

    # Height and parts

    def _span(self, low, high, first, last):
        self.low, self.high, self.first, self.last = low, high, first, last
        self.height = self.offsets[high] - self.offsets[low] + self._around(first, last)

    def _around(self, first, last):
        """Height of all that is not a row."""
        carry = ROW if self.table.carry_keys else 0
        height = self.head_height
        if first:
            height += self.opening[1] if self.opening else 0
            height += 0 if self.rows else ROW
        else:
            height += carry
        if last:
            return height + self.end_height
        return height + carry

    def wrap(self, available_width, available_height):
        return self.width, self.height

    def split(self, available_width, available_height):
        """[itself] where it fits, else [what fits, the rest], else [] where no row does."""
        if self.height <= available_height:
            return [self]
        room = available_height - self._around(self.first, last=False)
        high = bisect_right(self.offsets, self.offsets[self.low] + room) - 1
        high = min(high, self.high - 1)  # the totals never stand alone
        if high <= self.low:
            return []
        part = self._part(self.low, high, self.first, last=False)
        rest = self._part(high, self.high, first=False, last=self.last)
        between = self._sums(self.before, self.summed, self.rows[self.low : high])
        part.after = rest.before = between
        return [part, rest]

    def _part(self, *span, **ends):
        part = copy(self)
        for trace in ("canv", "_frame", "_postponed"):  # a document's traces on this one
            part.__dict__.pop(trace, None)
        part._span(*span, **ends)
        return part

    # Drawing: y is the top edge of what is drawn next

    def draw(self):
        pen, y = Pen(self.canv), self.height
        y = self._draw_head(pen, y)
        if self.first and self.opening:
            y = self._draw_band(pen, y, *self.opening)
        elif not self.first and self.table.carry_keys:
            y = self._draw_carried(pen, y, self.low, self.before, _("Brought forward"))
        if not self.rows:
            y -= ROW
            text = clean(self.table.empty_text)
            pen.put(self.width / 2, y + 4.7, text, REGULAR, SIZE, MUTED, "center", self.width)
        rules = []
        for at, row in enumerate(self.rows[self.low : self.high], self.low):
            self._draw_row(pen, y, row)
            y -= self.offsets[at + 1] - self.offsets[at]
            rules.append((0, y, self.width, y))
        self.canv.setStrokeColor(LINE)
        self.canv.setLineWidth(0.4)
        self.canv.lines(rules)
        if not self.last and self.table.carry_keys:
            self._draw_carried(pen, y, self.high, self.after, _("Carried forward"))
        elif self.last and self.end_height:
            self._rule(y, INK, 0.9)
            for texts, height in self.subtotals:
                self._draw_texts(pen, y, texts, REGULAR)
                y -= height
            if self.totals:
                self._draw_texts(pen, y, self.totals[0], BOLD)
        self._rule(self.height - self.head_height, INK, 0.9)
        pen.done()

    def _draw_head(self, pen, y):
        bottom = y - self.head_height
        for (x, room, align, wraps), lines in zip(self.columns, self.labels):
            base = bottom + PAD + 2.2 + (len(lines) - 1) * LEADING
            for line in lines:
                pen.put(x, base, line, BOLD, HEAD_SIZE, MUTED, align, room)
                base -= LEADING
        return bottom

    def _draw_carried(self, pen, y, upto, sums, label):
        """The carried columns and the sums as they stand after the first ``upto`` rows."""
        values = self.table.carried(self.rows[upto - 1])
        for at, total in zip(self.summed, sums):
            values[at] = total
        texts = labelled(self.table, self.write(values), label)
        return self._draw_band(pen, y, texts, ROW, MUTED)

    def _draw_band(self, pen, y, texts, height, colour=INK):
        self.canv.setFillColor(TINT)
        self.canv.rect(0, y - height, self.width, height, stroke=0, fill=1)
        self._draw_texts(pen, y, texts, BOLD, colour)
        return y - height

    def _draw_texts(self, pen, y, texts, font, colour=INK):
        for at, text in enumerate(texts):
            if not text:
                continue
            x, room, align, wraps = self.columns[at]
            base = y - BASE
            for line in self._lines(at, text, font=font) if wraps else [text]:
                pen.put(x, base, line, font, SIZE, colour, align, room)
                base -= LEADING

    def _draw_row(self, pen, y, row):
        base = y - BASE
        for at, text in enumerate(self.write(self.table.values(row))):
            x, room, align, wraps = self.columns[at]
            indent = 0
            if row.marks and at == self.table.label_at:
                indent = self._draw_badges(pen, x, base, row)
            if not text:
                continue
            if not wraps:
                late = row.marks and at and self.table.columns[at].kind == "date"
                style = (BOLD, SIZE, DANGER) if late else (REGULAR, SIZE, INK)
                pen.put(x, base, text, *style, align, room)
                continue
            text = clean(text)
            if text_width(text, REGULAR, SIZE) <= room - indent:
                pen.put(x + indent, base, text, REGULAR, SIZE, INK, align)
                continue
            for number, line in enumerate(self._lines(at, text, indent)):
                inset = indent if number == 0 else 0
                below = base - number * LEADING
                pen.put(x + inset, below, line, REGULAR, SIZE, INK, align, room - inset)

    def _draw_badges(self, pen, x, base, row):
        """The row's marks in words; gives the room they take."""
        start = x
        for mark in sorted(row.marks):
            wide = self._badge_width(mark)
            self.canv.setFillColor(DANGER_TINT)
            self.canv.roundRect(x, base - 2, wide, 8.4, 2, stroke=0, fill=1)
            pen.put(x + 3, base + 0.2, self.marks[mark], BOLD, BADGE_SIZE, DANGER)
            x += wide + 3
        return x - start

    def _rule(self, y, colour, width):
        self.canv.setStrokeColor(colour)
        self.canv.setLineWidth(width)
        self.canv.line(0, y, self.width, y)
