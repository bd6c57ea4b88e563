"""The account statement: opening, the period's movements, running balance, closing."""

from collections import namedtuple
from decimal import Decimal
from itertools import accumulate, repeat
from operator import itemgetter
from typing import NamedTuple

from django.db.models import BigIntegerField, Value
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
ID, AMOUNT, BASE_AMOUNT, REVERSES = map(
    FIELDS.index, ("id", "amount", "base_amount", "reverses_id")
)
DAY_AND_ID = itemgetter(FIELDS.index("booked_on"), ID)


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
    foreign = currency != account.supplier.currency
    opening, base_opening, records = _read(account, currency, start, end, foreign)
    if hide_reversed:
        records = _without_pairs(records)
    sums, balances = _add_up(opening, [values[AMOUNT] for values in records])
    base, base_balances = None, repeat(None)
    if foreign and (base_opening or any(values[BASE_AMOUNT] for values in records)):
        base, base_balances = _add_up(
            base_opening, [values[BASE_AMOUNT] or ZERO for values in records]
        )
    rows = [
        Row._make((*values, balance, base_balance))
        for values, balance, base_balance in zip(records, balances, base_balances)
    ]
    return Statement(*sums, rows, base)


def _add_up(opening, amounts):
    """The ``Sums`` of these movements, and the balance after each."""
    balances = list(accumulate(amounts, initial=opening))
    debit = sum((amount for amount in amounts if amount > 0), ZERO)
    closing = balances[-1]
    return Sums(opening, debit, opening + debit - closing, closing), balances[1:]


def _read(account, currency, start, end, foreign):
    """Opening, opening in the books' currency, and tuples of ``FIELDS`` in their order."""
    entries = Entry.objects.filter(account=account, currency=currency).order_by()
    if end:
        entries = entries.filter(booked_on__lte=end)
    if not start:
        return ZERO, ZERO, sorted(entries.values_list(*FIELDS), key=DAY_AND_ID)

    # One more row, without an id, brings the openings: so it is one query.
    brought = dict.fromkeys(FIELDS, Value(None, BigIntegerField()))
    for field in ("amount", "base_amount") if foreign else ("amount",):
        before = balance_at(account.pk, currency, field, booked_on__lt=start)
        brought[field] = Cast(before, BigIntegerField())
    extra = CustomerAccount.objects.filter(pk=account.pk).order_by().values_list(*brought.values())
    movements = entries.filter(booked_on__gte=start).values_list(*FIELDS)
    records = list(movements.union(extra, all=True))
    first = next(values for values in records if values[ID] is None)
    records.remove(first)
    records.sort(key=DAY_AND_ID)
    return first[AMOUNT], first[BASE_AMOUNT] or ZERO, records


def _without_pairs(records):
    """The records but those whose reversal, or whose original, is among them."""
    ids = {values[ID] for values in records}
    reversed_here = {values[REVERSES] for values in records if values[REVERSES] in ids}
    return [
        values
        for values in records
        if values[ID] not in reversed_here and values[REVERSES] not in reversed_here
    ]
