"""A Table as HTML: a real table for wide screens and print, cards on a phone, by CSS alone."""

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from .formats import cell_writer, labelled
from .table import MARKS

TEMPLATE = "b2b_portal/tables/table.html"


def render_html(table, request=None, *, sorting=None):
    """The table as a SafeString in the active language; every value is escaped.

    Shows all rows it is given: ``paging`` makes a page of them. ``sorting``: a function that gives a
    column's (link that sorts by it, "ascending" or "descending" where it is sorted by now, or "").
    """
    write = cell_writer(table)
    looks = [_classes(table, at) for at in range(len(table.columns))]

    def shown(row, kind="row", label=None):
        texts = write(table.values(row))
        if label:
            texts = labelled(table, texts, label)
        link_at = _link_at(table, texts) if row.href else None
        cells = [
            {
                "text": text,
                "column": column,
                "classes": looks[at],
                "is_label": at == table.label_at,
                "is_header": bool(label) and at == table.label_at,
                "href": row.href if at == link_at else "",
            }
            for at, (column, text) in enumerate(zip(table.columns, texts))
        ]
        return {"kind": kind, "cells": cells, "marks": [(m, MARKS[m]) for m in sorted(row.marks)]}

    sections = []
    if table.opening:
        sections.append(("tbody", [shown(table.opening, "opening", _("Opening balance"))]))
    sections.append(("tbody", [shown(row) for row in table.rows]))
    ends = [shown(row, "subtotal") for row in table.subtotals]
    if table.totals:
        ends.append(shown(table.totals, "totals", _("Total")))
    if ends:
        sections.append(("tfoot", ends))
    headers = [(column, *(sorting(column) if sorting else ("", ""))) for column in table.columns]
    context = {"table": table, "sections": sections, "headers": headers}
    return render_to_string(TEMPLATE, context, request)


def _classes(table, at):
    column = table.columns[at]
    names = [f"b2b-table-{column.kind}"]
    if at == table.label_at:
        names.append("b2b-table-label")
    if column.hide_on_phone:
        names.append("b2b-table-wide-only")
    return " ".join(names)


def _link_at(table, texts):
    """Index of the cell that bears the row's link: its first words, else its first figure.

    Words that a phone shows go before those it hides.
    """
    filled = [at for at, text in enumerate(texts) if text]
    words = [at for at in filled if table.columns[at].kind == "text"]
    shown = [at for at in words if not table.columns[at].hide_on_phone]
    return (shown or words or filled or [None])[0]
