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

# What a mark on a row is called. Colour alone tells nobody anything.
MARKS = {"overdue": _("Overdue")}

PORTRAIT = 130  # characters an upright page shows in a row, all columns together


@dataclass(frozen=True)
class Column:
    """One column. ``kind`` decides formatting, alignment and, unless given, the relative ``width``.

    Kinds and their values: "text" (anything, shown by ``str``), "date" (date or datetime),
    "amount" (Decimal), "balance" (Decimal, debit positive: shown with D or C instead of a sign),
    "number" (Decimal or int: a quantity), "rate" and "price" (Decimal, at least four or two decimal
    places), "flag" (a letter or two: D/C). ``None`` and "" show as nothing in all of them. ``currency``: that of the
    column's amounts or balances, where it is not the table's. ``follows``: key of the column that
    would tell half the truth without it, and is never shown alone (a balance and its D/C).
    ``width`` is about the number of characters to show; only the ratio to the others counts.
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
    """

    values: tuple | dict
    marks: frozenset = frozenset()
    href: str = ""


@dataclass(frozen=True)
class Table:
    """One report, ready to be shown.

    ``rows`` may be any iterable; one that can be read only once serves one rendering. ``opening``
    comes before them and ``totals`` after; where they bring no text of their own, "Opening balance"
    and "Total" are put in. ``subtotals``, with words of their own, stand before the totals. ``carry``: key, or keys, of the columns whose last value is repeated at
    a page's foot and at the next page's head. ``currency``: ISO 4217 code of all amounts whose
    column names no other.
    ``caption``: (label, value) pairs that say what is shown (account, period). ``notes``: texts.
    """

    title: str
    columns: list[Column]
    rows: Iterable[Row]
    opening: Row | None = None
    totals: Row | None = None
    subtotals: list[Row] = ()
    carry: str | tuple[str, ...] = ()
    currency: str = ""
    caption: list[tuple[str, str]] = ()
    notes: list[str] = ()
    empty_text: str = _("There is nothing to show.")

    def __post_init__(self):
        if not self.columns:
            raise ValueError("A table needs a column.")
        keys = {column.key for column in self.columns}
        if unknown := self.carry_keys - keys:
            raise ValueError(f"Carried over, but not a column: {sorted(unknown)}")
        money = [column for column in self.columns if column.kind in ("amount", "balance")]
        if not all(column.currency or self.currency for column in money):
            raise ValueError("A table of amounts needs a currency.")

    @cached_property
    def carry_keys(self):
        return frozenset([self.carry] if isinstance(self.carry, str) and self.carry else self.carry)

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
        """The row's values as a sequence in the columns' order; ValueError if they are not as many."""
        values = row.values
        if isinstance(values, dict):
            return [values.get(column.key) for column in self.columns]
        if len(values) != len(self.columns):
            raise ValueError(f"A row of {len(values)} values for {len(self.columns)} columns.")
        return values

    def carried(self, row):
        """The row's values in the carried columns, None in all others."""
        return [
            value if column.key in self.carry_keys else None
            for column, value in zip(self.columns, self.values(row))
        ]

    def only(self, keys):
        """The table with the columns of these keys, in their order; keys it has not are passed over.

        Where none is left, the column of words is. A row at either end goes with its last figure;
        its words move on where their column goes.
        """
        at = [
            i for key in keys for i, one in enumerate(self.columns) if key in (one.key, one.follows)
        ]
        at = at or [self.label_at]
        columns = [self.columns[i] for i in at]
        carry = tuple(self.carry_keys & {column.key for column in columns})
        part = replace(self, columns=columns, carry=carry)

        def cut(row):
            values = self.values(row)
            return replace(row, values=tuple(values[i] for i in at))

        def end(row):
            words = row and self._words(row)
            row = row and cut(row)
            if not row or not any(
                value is not None for column, value in zip(columns, row.values) if column.is_figure
            ):
                return None
            if words and not part._words(row) and columns[part.label_at].kind == "text":
                values = list(row.values)
                values[part.label_at] = words
                row = replace(row, values=tuple(values))
            return row

        return replace(
            part,
            rows=map(cut, self.rows),
            opening=end(self.opening),
            totals=end(self.totals),
            subtotals=[row for row in map(end, self.subtotals) if row],
        )

    def _words(self, row):
        """The first words of a row, or None."""
        pairs = zip(self.columns, self.values(row))
        return next((value for column, value in pairs if value and column.kind == "text"), None)
