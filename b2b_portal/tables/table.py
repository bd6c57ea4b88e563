"""What every report gives and every renderer takes: columns, rows, totals. No query, no markup."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from django.utils.translation import gettext_lazy as _

# kind: (characters usually shown, alignment)
KINDS = {
    "text": (20, "start"),
    "date": (11, "start"),
    "amount": (13, "end"),
    "balance": (15, "end"),
    "number": (9, "end"),
    "rate": (9, "end"),
    "price": (11, "end"),
    "flag": (5, "center"),
}

# What stands before a table's rows and after them, where they bear no label of their own.
OPENING, TOTAL = _("Opening balance"), _("Total")

# What a mark on a row is called. Colour alone tells nobody anything.
MARKS = {"overdue": _("Overdue")}

PORTRAIT = 130  # characters an upright page shows in a row, all columns together


@dataclass(frozen=True)
class Column:
    """One column. ``kind`` decides formatting, alignment and, unless given, the relative ``width``.

    Kinds and their values: "text" (anything, shown by ``str``), "date" (date or datetime),
    "amount" (Decimal), "balance" (Decimal, debit positive: shown with D or C instead of a sign),
    "number" (Decimal or int: a quantity), "rate" and "price" (Decimal, at least four or two
    decimal places), "flag" (a letter or two: D/C). ``None`` and "" show as nothing in all of them.
    ``currency``: that of the column's amounts or balances, where it is not the table's.
    ``follows``: key of the column that would tell half the truth without it, and is never shown
    alone (a balance and its D/C). ``width`` is about the number of characters to show; only the
    ratio to the others counts.
    """

    key: str
    label: str
    kind: str = "text"
    width: float | None = None
    hide_on_phone: bool = False
    currency: str = ""
    follows: str = ""

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ValueError(f"Unknown kind of column: {self.kind!r}")
        if self.width is None:
            object.__setattr__(self, "width", KINDS[self.kind][0])

    @property
    def align(self):
        return KINDS[self.kind][1]

    @property
    def is_figure(self):
        return self.kind not in ("text", "flag", "date")


@dataclass(frozen=True, slots=True)
class Row:
    """``values``: a tuple in the columns' order, or a dict by column key (missing keys are empty).

    ``marks``: names out of ``MARKS``. ``href``: where the row's first text leads to, in HTML.
    ``label``: of an opening, a subtotal or the totals, the words in the column of words.
    """

    values: tuple | dict
    marks: frozenset = frozenset()
    href: str = ""
    label: str = ""


@dataclass(frozen=True)
class Table:
    """One report, ready to be shown.

    ``rows`` may be any iterable; one that can be read only once serves one rendering. ``opening``
    comes before them and ``totals`` after, labelled "Opening balance" and "Total" unless they have
    a label; ``subtotals`` stand before the totals. ``carry``: keys of the columns whose last value
    is repeated at a page's foot and at the next page's head. ``currency``: ISO 4217 code of all
    amounts whose column names no other. ``caption``: (label, value) pairs that say what is shown
    (account, period). ``notes``: texts.
    """

    title: str
    columns: list[Column]
    rows: Iterable[Row]
    opening: Row | None = None
    totals: Row | None = None
    subtotals: list[Row] = ()
    carry: tuple[str, ...] = ()
    currency: str = ""
    caption: list[tuple[str, str]] = ()
    notes: list[str] = ()
    empty_text: str = _("There is nothing to show.")

    def __post_init__(self):
        if not self.columns:
            raise ValueError("A table needs a column.")
        keys = {column.key for column in self.columns}
        if unknown := {*self.carry} - keys:
            raise ValueError(f"Carried over, but not a column: {sorted(unknown)}")
        money = [column for column in self.columns if column.kind in ("amount", "balance")]
        if not all(column.currency or self.currency for column in money):
            raise ValueError("A table of amounts needs a currency.")

    @property
    def is_wide(self):
        """Whether the columns need more than an upright page."""
        return sum(column.width for column in self.columns) > PORTRAIT

    @cached_property
    def label_at(self):
        """Index of the column that holds words: the widest of kind text, else the first."""
        texts = [i for i, column in enumerate(self.columns) if column.kind == "text"]
        return max(texts, key=lambda i: self.columns[i].width, default=0)

    def values(self, row):
        """The row's values, a sequence in the columns' order; ValueError if they are not as many."""
        values = row.values
        if isinstance(values, dict):
            return [values.get(column.key) for column in self.columns]
        if len(values) != len(self.columns):
            raise ValueError(f"A row of {len(values)} values for {len(self.columns)} columns.")
        return values

    def carried(self, row):
        """The row's values in the carried columns, None in all others."""
        return tuple(
            value if column.key in self.carry else None
            for column, value in zip(self.columns, self.values(row))
        )

    def only(self, keys, link=None):
        """The table with the columns of these keys, in their order; other keys are passed over.

        None: all columns. Where none is left, the column of words is. A row at either end goes with
        its last figure. ``link``: a function that gives a row's new href for the one it had.
        """
        at = [*range(len(self.columns))]
        if keys is not None:
            at = [
                i
                for key in keys
                for i in at
                if key in (self.columns[i].key, self.columns[i].follows)
            ] or [self.label_at]
        columns = [self.columns[i] for i in at]

        def cut(row):
            values = self.values(row)
            href = link(row.href) if link else row.href
            return Row(tuple(values[i] for i in at), row.marks, href, row.label)

        def end(row):
            row = row and cut(row)
            figures = row and [
                value for column, value in zip(columns, row.values) if column.is_figure
            ]
            return row if figures and any(value is not None for value in figures) else None

        return replace(
            self,
            columns=columns,
            rows=map(cut, self.rows),
            opening=end(self.opening),
            totals=end(self.totals),
            subtotals=[row for row in map(end, self.subtotals) if row],
            carry=tuple(key for key in self.carry if key in {column.key for column in columns}),
        )
