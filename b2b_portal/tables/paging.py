"""A page of a table's rows, as the screen shows them. Print and files take them all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from .table import Row

ROWS = 200


@dataclass(frozen=True)
class Page:
    """Which rows are shown: ``first`` to ``last`` of ``count``; ``number`` 0: all of them."""

    number: int
    pages: int
    first: int
    last: int
    count: int

    @property
    def numbers(self):
        """The pages to offer: the ends, those beside this one, and None for a gap."""
        near = {
            1,
            self.pages,
            *range(max(1, self.number - 2), min(self.pages, self.number + 2) + 1),
        }
        before = 0
        for number in sorted(near):
            if number > before + 1:
                yield None
            yield number
            before = number


def page_of(table, wanted, rows=ROWS):
    """(the table with one page of its rows, its ``Page``); ``wanted``: a number, "last" or "all".

    What is no page gives the first, what is beyond the last page the last. A further page begins
    with what the carried columns had come to; the totals are those of all pages.
    """
    if not isinstance(table.rows, Sequence):
        table = replace(table, rows=list(table.rows))
    count = len(table.rows)
    pages = max(1, -(-count // rows))
    if wanted == "all" or pages == 1:
        return table, Page(0 if wanted == "all" else 1, pages, min(count, 1), count, count)
    wanted = pages if wanted == "last" else str(wanted)[:9]
    number = int(wanted) if str(wanted).isdecimal() else 1
    number = min(pages, max(1, number))
    start, end = (number - 1) * rows, min(number * rows, count)
    opening = table.opening
    if start:
        opening = None
        if table.carry_keys:
            carried = table.carried(table.rows[start - 1])
            opening = _named(table, carried, _("Brought forward"))
    totals = table.totals and _named(table, table.values(table.totals), _("Total of all pages"))
    part = replace(table, rows=table.rows[start:end], opening=opening, totals=totals)
    return part, Page(number, pages, start + 1, end, count)


def _named(table, values, label):
    values = list(values)
    values[table.label_at] = values[table.label_at] or label
    return Row(tuple(values))
