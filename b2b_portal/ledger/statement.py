"""The account statement: opening, the period's movements, running balance, closing."""

from collections import namedtuple
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models import BigIntegerField, DateField, Q, Value
from django.db.models.functions import Cast

from ..customers.models import CustomerAccount
from ..money import ZERO
from .balances import balance_at
from .models import Entry

FIELDS = (
    "id",
    "booked_on",
    "occurred_at",
    "document_no",
    "kind",
    "source_kind",
    "description",
    "due_on",
    "amount",
    "base_amount",
    "rate",
    "reverses_id",
)
AMOUNT, BASE_AMOUNT = map(FIELDS.index, ("amount", "base_amount"))


class Row(namedtuple("Row", [*FIELDS, "balance", "base_balance"], rename=False)):
    """One movement: the entry's ``FIELDS``, its two sides, and the balances after it."""

    __slots__ = ()

    @property
    def debit(self):
        return max(self.amount, ZERO)

    @property
    def credit(self):
        return max(-self.amount, ZERO)

    @property
    def base_debit(self):
        return max(self.base_amount or ZERO, ZERO)

    @property
    def base_credit(self):
        return max(-(self.base_amount or ZERO), ZERO)


class Sums(NamedTuple):
    """Of one currency: closing = opening + total_debit − total_credit."""

    opening: Decimal
    total_debit: Decimal
    total_credit: Decimal
    closing: Decimal


class Statement(NamedTuple):
    """The ``Sums``, and ``rows`` with their running balance.

    ``base``: the ``Sums`` in the currency of the supplier's books, where the statement is in
    another and base amounts are there; else None.
    """

    opening: Decimal
    total_debit: Decimal
    total_credit: Decimal
    closing: Decimal
    rows: list
    base: Sums | None


def statement(account, currency, start, end, *, hide_reversed=False):
    """The statement of one account in one currency, both days inclusive; ``None``: unbounded.

    Rows come in (booked_on, id) order and all from one query, so from one moment of the database.
    ``hide_reversed`` leaves out pairs of entry and reversal that both lie in the period: they move
    nothing. Returns a ``Statement``.
    """
    flow = StatementFlow(account, currency, start, end, hide_reversed=hide_reversed)
    rows = list(flow)
    return Statement(*flow.sums, rows, flow.base)


class StatementFlow:
    """A statement read row by row, however long it is; see ``statement``.

    Its ``Row``s can be read once. ``sums`` and ``base`` are those of the rows read so far.
    """

    def __init__(self, account, currency, start, end, *, hide_reversed=False):
        records, movements = _records(account, currency, start, end, hide_reversed)
        self._records = records.iterator()
        self.sums = _nothing(ZERO)
        self.base = None
        first = next(self._records) if start else None
        if first:
            self.sums = _nothing(first[AMOUNT])
        if currency != account.supplier.currency:
            opening = first and first[BASE_AMOUNT] or ZERO
            if opening or movements.exclude(base_amount=None).exclude(base_amount=0).exists():
                self.base = _nothing(opening)

    def __iter__(self):
        balance, debit = self.sums.opening, ZERO
        has_base = self.base is not None
        base_balance, base_debit = (self.base.opening, ZERO) if has_base else (None, None)
        make, opening = Row._make, self.sums.opening
        try:
            for values in self._records:
                amount = values[AMOUNT]
                balance += amount
                if amount > 0:
                    debit += amount
                if has_base:
                    amount = values[BASE_AMOUNT] or ZERO
                    base_balance += amount
                    if amount > 0:
                        base_debit += amount
                yield make((*values, balance, base_balance))
        finally:
            self.sums = Sums(opening, debit, opening + debit - balance, balance)
            if has_base:
                opening = self.base.opening
                credit = opening + base_debit - base_balance
                self.base = Sums(opening, base_debit, credit, base_balance)


def _nothing(opening):
    return Sums(opening, ZERO, ZERO, opening)


def _records(account, currency, start, end, hide_reversed):
    """(tuples of ``FIELDS`` in their order, the entries among them); querysets.

    Where the period has a start, a first tuple without an id brings the openings: so it is one
    query.
    """
    entries = Entry.objects.filter(account=account, currency=currency).order_by()
    days = {"gte": start, "lte": end}
    days = {lookup: day for lookup, day in days.items() if day}
    movements = entries.filter(**{f"booked_on__{lookup}": day for lookup, day in days.items()})
    if hide_reversed:
        for other in ("reverses", "reversed_by"):
            here = {f"{other}__booked_on__{lookup}": day for lookup, day in days.items()}
            movements = movements.filter(~Q(**{f"{other}__isnull": False}, **here))
    records = movements.values_list(*FIELDS)
    if start:
        brought = dict.fromkeys(FIELDS, Value(None, BigIntegerField()))
        brought["booked_on"] = Value(date.min, DateField())
        for field in ("amount", "base_amount"):
            before = balance_at(account.pk, currency, field, booked_on__lt=start)
            brought[field] = Cast(before, BigIntegerField())
        this = CustomerAccount.objects.filter(pk=account.pk).order_by()
        records = records.union(this.values_list(*brought.values()), all=True)
    return records.order_by("booked_on", "id"), movements
