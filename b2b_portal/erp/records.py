"""Invoices and orders on their way in: one shape, whatever file they come from."""

from collections import defaultdict
from copy import copy
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import partial

from django.core.exceptions import ValidationError
from django.db import models
from django.template.defaultfilters import yesno
from django.utils.translation import gettext as _

from ..customers.fold import fold_number
from ..money import digits_of, rounded
from ..tables.formats import format_date, format_number
from . import cells
from .cells import RowRefused
from .numbers import are_near
from .who import accounts_of

CHUNK = 500
LINE = ("product_code", "product_name", "quantity", "unit", "unit_price", "net")


@dataclass
class Record:
    """A document as a file tells it.

    ``values``: {field of the model: value}, only what the file says; ``account`` and ``number``
    always. ``lines``: dicts of the line model's fields; None where the file tells no lines.
    ``place``: a file's name, or ""; ``line``: where in the table, or which file of the ZIP.
    ``xml``: the original's bytes.
    """

    line: int = field(compare=False)
    values: dict
    lines: list | None = None
    place: str = field(default="", compare=False)
    xml: bytes | None = None
    warnings: tuple = ()


@dataclass
class Row:
    """What becomes of a record: ``outcome`` is new, changed, unchanged or refused.

    ``reason``: of a refusal. ``changes``: what changes, for people. ``there``: the stored row;
    ``after``: what it will be.
    """

    outcome: str
    line: int
    column: str = ""
    reason: str = ""
    changes: str = ""
    record: Record | None = None
    there: models.Model | None = None
    after: models.Model | None = None


@dataclass
class Document:
    """The rows of a table that are one document: its head, and its lines as they were parsed.

    ``line`` and ``headers``: of the first row.
    """

    line: int
    headers: dict
    account: object
    number: str
    head: dict = field(default_factory=dict)
    rows: list = field(default_factory=list)

    def add(self, row, values, head):
        """A row of cells more: its head says the same as those before, or nothing."""
        for name, value in head.items():
            if value not in (None, "") and self.head.setdefault(name, value) != value:
                reason = _("Line %s says something else of this document.") % self.line
                raise cells.refusal(row, name, reason)
        self.rows.append(values)


def refused(line, column, reason):
    return Row("refused", line, column, reason)


def read_documents(lines, supplier, day, parse, record_of):
    """(a ``Record`` of each document in a table, a refused ``Row`` for each bad row).

    ``lines``: as ``reading.read`` gives them; ``day``: the head's field of its date;
    ``parse(row)`` → (a line's values, the head's); ``record_of(document)`` → ``Record``. A number
    with a bad row is left out.
    """
    accounts = accounts_of(supplier)
    documents, rows, broken = defaultdict(list), [], set()
    for line in lines:
        key = None
        try:
            row = cells.of_line(line)
            try:
                account, number = accounts.of_row(row), cells.number_of(row)
                key = account.pk, fold_number(number)
                values, head = parse(row)
            except RowRefused as first:
                reads = (accounts.of_row, cells.number_of, parse)
                raise cells.all_faults(first, *(partial(read, row) for read in reads)) from None
            same = (
                one for one in reversed(documents[key]) if are_near(one.head.get(day), head[day])
            )
            document = next(same, None)
            if document is None:
                headers = getattr(row, "headers", {})
                document = Document(line.number, headers, account, number)
                documents[key].append(document)
            document.add(row, values, head)
        except RowRefused as refusal:
            broken.add(key)
            rows.append(refused(line.number, refusal.column, refusal.reason))
    records = []
    for document in (row for key in documents if key not in broken for row in documents[key]):
        try:
            records.append(record_of(document))
        except RowRefused as refusal:
            column = document.headers.get(refusal.column, refusal.column)
            rows.append(refused(document.line, column, refusal.reason))
    return records, rows


def parse_line(row, table, names=LINE):
    """The values of a line's columns: texts as they are, figures as Decimals or None."""
    texts = ("product_code", "product_name", "unit")
    return {
        name: cells.text(row, name) if name in texts else cells.amount(row, name, table)
        for name in names
    }


def fitted(model, values, currency):
    """A line's values as its columns hold them, or ``RowRefused``.

    Texts are cut and figures rounded: lines are for reading, so their net has no more digits than
    can be shown, and what is shown adds up. What is owed stands in the head, and is never rounded.
    """
    result = {}
    for name, value in values.items():
        column = model._meta.get_field(name)
        if isinstance(value, Decimal):
            try:
                value = rounded(value, digits_of(currency) if name == "net" else column.places)
                column.to_units(value)
            except (ValidationError, InvalidOperation):
                raise RowRefused(name, _("The amount is too large.")) from None
        else:
            value = value[: column.max_length]
        result[name] = value
    return result


def after(model, record, there):
    """The row as it will be, unsaved."""
    row = copy(there) if there else model()
    for name, value in record.values.items():
        setattr(row, name, value)
    return row


def changes(there, after, record):
    """What a record changes of a stored row, for people; "" for nothing."""
    texts = []
    for name in record.values:
        old, new = getattr(there, name), getattr(after, name)
        if old != new:
            label = there._meta.get_field(name).verbose_name
            texts.append(f"{label}: {_shown(old)} → {_shown(new)}")
    if record.lines is not None and not _same_lines(there, record.lines):
        texts.append(_("lines"))
    return "; ".join(texts)


def _shown(value):
    if value in (None, ""):
        return "–"
    if isinstance(value, bool):
        return yesno(value)
    if isinstance(value, Decimal):
        return format_number(value, places=2)
    return format_date(value) if isinstance(value, date) else str(value)


def _same_lines(there, lines):
    stored = list(there.lines.all())
    return len(stored) == len(lines) and all(
        getattr(row, name) == value
        for row, line in zip(stored, lines, strict=True)
        for name, value in line.items()
    )


def write(model, rows):
    """Save what new and changed rows will be, with their lines; returns the saved objects.

    ``model``: of the documents; the lines' model hangs on it as ``lines``.
    """
    relation = model._meta.get_field("lines")
    fresh = [row.after for row in rows if row.outcome == "new"]
    model.objects.bulk_create(fresh, batch_size=CHUNK)
    written, lines = [], []
    for row in rows:
        if row.outcome not in ("new", "changed"):
            continue
        if row.outcome == "changed":
            row.after.save()
            if row.record.lines is not None:
                row.after.lines.all().delete()
        owner = {relation.field.name: row.after}
        lines += [relation.related_model(**owner, **line) for line in row.record.lines or ()]
        written.append(row.after)
    relation.related_model.objects.bulk_create(lines, batch_size=CHUNK)
    return written


def chunks(items):
    items = list(items)
    return (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))
