"""A page of a table's rows, as the screen shows them. Print and files take them all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from .table import Row

ROWS = 200


@dataclass(frozen=True)
class Page:
    """Which rows are shown: ``first`` to ``last`` of ``count``; ``number`` 0: all of them.

    ``has_all``: whether all may be asked for at once.
    """

    number: int
    pages: int
    first: int
    last: int
    count: int
    has_all: bool = True

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


def page_of(table, wanted, rows=ROWS, most=None):
    """(the table with one page of its rows, its ``Page``); ``wanted``: a number, "last" or "all".

    What is no page gives the first, as does "all" of more than ``most`` rows; what is beyond the
    last page gives the last. A further page begins with what the carried columns had come to; the
    totals are those of all pages.
    """
    if not isinstance(table.rows, Sequence):
        table = replace(table, rows=list(table.rows))
    count = len(table.rows)
    pages = max(1, -(-count // rows))
    has_all = most is None or count <= most
    if pages == 1 or wanted == "all" and has_all:
        number = 0 if wanted == "all" else 1
        return table, Page(number, pages, min(count, 1), count, count, has_all)
    wanted = pages if wanted == "last" else str(wanted)[:9]
    number = int(wanted) if str(wanted).isdecimal() else 1
    number = min(pages, max(1, number))
    start, end = (number - 1) * rows, min(number * rows, count)
    opening, totals = table.opening, table.totals
    if start:
        carried = table.carry and table.carried(table.rows[start - 1])
        opening = Row(carried, label=_("Brought forward")) if carried else None
    if totals:
        totals = replace(totals, label=totals.label or _("Total of all pages"))
    part = replace(table, rows=table.rows[start:end], opening=opening, totals=totals)
    return part, Page(number, pages, start + 1, end, count, has_all)
