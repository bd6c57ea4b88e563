"""A Table as HTML: a real table for wide screens and print, cards on a phone, by CSS alone.

The template holds what stands around the rows. The rows are put together here: cell by cell a
template takes ten times as long.
"""

from html import escape

from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from .formats import cell_writer, labelled
from .table import MARKS, OPENING, TOTAL

TEMPLATE = "b2b_portal/tables/table.html"


def render_html(table, request=None, *, sorting=None):
    """The table as a SafeString in the active language; every value is escaped.

    Shows all rows it is given: ``paging`` makes a page of them. ``sorting``: a function that gives
    a column's (link that sorts by it, "ascending" or "descending" where it is sorted by now, or "").
    """
    write = _row_writer(table)
    sections = []
    if table.opening:
        sections.append(("tbody", write(table.opening, "opening", OPENING)))
    sections.append(("tbody", "".join(map(write, table.rows))))
    ends = [write(row, "subtotal") for row in table.subtotals]
    if table.totals:
        ends.append(write(table.totals, "totals", TOTAL))
    if ends:
        sections.append(("tfoot", "".join(ends)))
    headers = [(column, *(sorting(column) if sorting else ("", ""))) for column in table.columns]
    context = {
        "table": table,
        "sections": [(name, mark_safe(rows)) for name, rows in sections],
        "headers": headers,
    }
    return render_to_string(TEMPLATE, context, request)


def _row_writer(table):
    """A function that writes a row as a "tr"; its label, or one given instead, is its header."""
    texts_of, label_at = cell_writer(table), table.label_at
    looks = [
        f'class="{_classes(table, at)}" data-label="{escape(str(column.label))}"'
        for at, column in enumerate(table.columns)
    ]
    marks = {
        mark: f'<span class="b2b-table-badge b2b-table-badge-{mark}">{escape(str(words))}</span> '
        for mark, words in MARKS.items()
    }
    link_order = sorted(range(len(looks)), key=lambda at: _link_rank(table.columns[at]))

    def write(row, kind="row", label=""):
        texts = texts_of(table.values(row))
        label = row.label or label
        if label:
            texts = labelled(table, texts, label)
        cells = [escape(text) for text in texts]
        if row.href and any(texts):
            at = next(at for at in link_order if texts[at])
            cells[at] = f'<a href="{escape(row.href)}">{cells[at]}</a>'
        names = [kind, *sorted(row.marks)]
        if row.marks:
            cells[label_at] = "".join(marks[mark] for mark in names[1:]) + cells[label_at]
        parts = [f'<tr role="row" class="{" ".join(f"b2b-table-{name}" for name in names)}">']
        for at, (look, cell) in enumerate(zip(looks, cells)):
            if label and at == label_at:
                parts.append(f'<th scope="row" role="rowheader" {look}>{cell}</th>')
            else:
                parts.append(f'<td role="cell" {look}>{cell}</td>')
        return "\n".join([*parts, "</tr>\n"])

    return write


def _classes(table, at):
    column = table.columns[at]
    names = [f"b2b-table-{column.kind}"]
    if at == table.label_at:
        names.append("b2b-table-label")
    if column.hide_on_phone:
        names.append("b2b-table-wide-only")
    return " ".join(names)


def _link_rank(column):
    """A row's link is on its first words, else on its first figure.

    Words that a phone shows go before those it hides.
    """
    return 2 if column.kind != "text" else column.hide_on_phone
