"""A table's rows, drawn straight on a PDF's canvas.

One Flowable holds them, so they stand in any ReportLab document: it knows its height at once from
row heights worked out beforehand, splits at a page's foot, and repeats there and on the next page's
head what is carried over: the last values of the carried columns, and how far the sums of amounts
have come.
"""

from bisect import bisect_right
from copy import copy

from django.utils.translation import gettext as _
from reportlab.platypus import Flowable

from .formats import labelled
from .pdf_layout import BADGE_SIZE, HEAD_SIZE, LEADING, PAD, SIZE, Layout
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
    text_width,
)

ROW = LEADING + 2 * PAD  # the height of a row of one line
BASE = PAD + 7.5  # from a row's top edge to its first baseline


class TableRows(Flowable):
    """A table's rows under their header, in the active language, ``width`` points wide.

    A part that is not the last ends in the carried columns' values, the next part begins with them.
    ``before`` and ``after``: the carried sums up to the part's first row and with its last.
    """

    def __init__(self, table, width):
        super().__init__()
        self.layout, self.width = Layout(table, width), width
        self.before = self.after = [0] * len(self.layout.summed)
        self._span(0, len(self.layout.rows), first=True, last=True)

    # Height and parts

    def _span(self, low, high, first, last):
        self.low, self.high, self.first, self.last = low, high, first, last
        self.height = (
            self.layout.offsets[high] - self.layout.offsets[low] + self._around(first, last)
        )

    def _around(self, first, last):
        """Height of all that is not a row."""
        carry = ROW if self.layout.table.carry else 0
        height = self.layout.head_height
        if first:
            height += self.layout.opening[1] if self.layout.opening else 0
            height += 0 if self.layout.rows else ROW
        else:
            height += carry
        if last:
            return height + self.layout.end_height
        return height + carry

    def wrap(self, available_width, available_height):
        return self.width, self.height

    def split(self, available_width, available_height):
        """[itself] where it fits, else [what fits, the rest], else [] where no row does."""
        if self.height <= available_height:
            return [self]
        room = available_height - self._around(self.first, last=False)
        high = bisect_right(self.layout.offsets, self.layout.offsets[self.low] + room) - 1
        high = min(high, self.high - 1)  # the totals never stand alone
        if high <= self.low:
            return []
        part = self._part(self.low, high, self.first, last=False)
        rest = self._part(high, self.high, first=False, last=self.last)
        between = self.layout.sums(
            self.before, self.layout.summed, self.layout.rows[self.low : high]
        )
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
        if self.first and self.layout.opening:
            y = self._draw_band(pen, y, *self.layout.opening)
        elif not self.first and self.layout.table.carry:
            y = self._draw_carried(pen, y, self.low, self.before, _("Brought forward"))
        if not self.layout.rows:
            y -= ROW
            text = clean(self.layout.table.empty_text)
            pen.put(self.width / 2, y + 4.7, text, REGULAR, SIZE, MUTED, "center", self.width)
        rules = []
        for at, row in enumerate(self.layout.rows[self.low : self.high], self.low):
            self._draw_row(pen, y, row)
            y -= self.layout.offsets[at + 1] - self.layout.offsets[at]
            rules.append((0, y, self.width, y))
        self.canv.setStrokeColor(LINE)
        self.canv.setLineWidth(0.4)
        self.canv.lines(rules)
        if not self.last and self.layout.table.carry:
            self._draw_carried(pen, y, self.high, self.after, _("Carried forward"))
        elif self.last and self.layout.end_height:
            self._rule(y, INK, 0.9)
            for texts, height in self.layout.subtotals:
                self._draw_texts(pen, y, texts, REGULAR)
                y -= height
            if self.layout.totals:
                self._draw_texts(pen, y, self.layout.totals[0], BOLD)
        self._rule(self.height - self.layout.head_height, INK, 0.9)
        pen.done()

    def _draw_head(self, pen, y):
        bottom = y - self.layout.head_height
        for (x, room, align, wraps), lines in zip(self.layout.columns, self.layout.labels):
            base = bottom + PAD + 2.2 + (len(lines) - 1) * LEADING
            for line in lines:
                pen.put(x, base, line, BOLD, HEAD_SIZE, MUTED, align, room)
                base -= LEADING
        return bottom

    def _draw_carried(self, pen, y, upto, sums, label):
        """The carried columns and the sums as they stand after the first ``upto`` rows."""
        values = [*self.layout.table.carried(self.layout.rows[upto - 1])]
        for at, total in zip(self.layout.summed, sums):
            values[at] = total
        texts = labelled(self.layout.table, self.layout.write(values), label)
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
            x, room, align, wraps = self.layout.columns[at]
            base = y - BASE
            for line in self.layout.lines(at, text, font=font) if wraps else [text]:
                pen.put(x, base, line, font, SIZE, colour, align, room)
                base -= LEADING

    def _draw_row(self, pen, y, row):
        base = y - BASE
        for at, text in enumerate(self.layout.write(self.layout.table.values(row))):
            x, room, align, wraps = self.layout.columns[at]
            indent = 0
            if row.marks and at == self.layout.table.label_at:
                indent = self._draw_badges(pen, x, base, row)
            if not text:
                continue
            if not wraps:
                late = row.marks and at and self.layout.table.columns[at].kind == "date"
                style = (BOLD, SIZE, DANGER) if late else (REGULAR, SIZE, INK)
                pen.put(x, base, text, *style, align, room)
                continue
            text = clean(text)
            if text_width(text, REGULAR, SIZE) <= room - indent:
                pen.put(x + indent, base, text, REGULAR, SIZE, INK, align)
                continue
            for number, line in enumerate(self.layout.lines(at, text, indent)):
                inset = indent if number == 0 else 0
                below = base - number * LEADING
                pen.put(x + inset, below, line, REGULAR, SIZE, INK, align, room - inset)

    def _draw_badges(self, pen, x, base, row):
        """The row's marks in words; gives the room they take."""
        start = x
        for mark in sorted(row.marks):
            wide = self.layout.badge_width(mark)
            self.canv.setFillColor(DANGER_TINT)
            self.canv.roundRect(x, base - 2, wide, 8.4, 2, stroke=0, fill=1)
            pen.put(x + 3, base + 0.2, self.layout.marks[mark], BOLD, BADGE_SIZE, DANGER)
            x += wide + 3
        return x - start

    def _rule(self, y, colour, width):
        self.canv.setStrokeColor(colour)
        self.canv.setLineWidth(width)
        self.canv.line(0, y, self.width, y)
