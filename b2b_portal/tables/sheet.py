"""A Table as lines of a spreadsheet: what stands in which, the same in Excel and CSV."""

from django.utils.translation import gettext as _

from .formats import labelled
from .rows import Rows
from .table import MARKS, OPENING, TOTAL

# Control characters that no XML may have; tab, line feed and carriage return it may.
CONTROLS = {at: None for at in range(32) if chr(at) not in "\t\n\r"} | {0xFFFE: None, 0xFFFF: None}


def plain(value):
    """A value as text without the characters that a spreadsheet cannot hold, or drops unseen."""
    text = str(value)
    return text if text.isprintable() else text.translate(CONTROLS)


def lines(table):
    """(kind, values) of every line, in the active language.

    Kinds: title, fact (label, value), header, opening, row, subtotal, totals, note, and blank.
    Marks of rows stand in words in a column of their own, where a row has any. Values are as the
    table has them, so a line's words may stand in a column of dates or figures.
    """
    rows = Rows.of(table.rows)
    has_marks = rows.is_marked

    def filled(row, label=""):
        values = table.values(row)
        label = row.label or label
        if label:
            values = labelled(table, values, label)
        if has_marks:
            values = [*values, ", ".join(str(MARKS[mark]) for mark in sorted(row.marks))]
        return values

    yield "title", [str(table.title)]
    for label, value in table.caption:
        yield "fact", [label, value]
    yield "blank", []
    yield "header", [*(column.label for column in table.columns), *([_("Remark")] * has_marks)]
    if table.opening:
        yield "opening", filled(table.opening, OPENING)
    for row in rows:
        yield "row", filled(row)
    if not rows:
        yield "note", [table.empty_text]
    for row in table.subtotals:
        yield "subtotal", filled(row)
    if table.totals:
        yield "totals", filled(table.totals, TOTAL)
    if table.notes:
        yield "blank", []
    for note in table.notes:
        yield "note", [note]
