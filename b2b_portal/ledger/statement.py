"""The account statement: opening, the period's movements, running balance, closing."""

from collections import namedtuple
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import FilteredRelation, Q

from ..customers.models import CustomerAccount
from ..money import ZERO
from .balances import NOTHING, balance_at

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
    "reversed_by__booked_on",
    "reverses__booked_on",
)
AMOUNT, BASE_AMOUNT, REVERSED_ON, REVERSES_OF = map(
    FIELDS.index, ("amount", "base_amount", "reversed_by__booked_on", "reverses__booked_on")
)


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


@dataclass
class Sums:
    """Of one currency: closing = opening + total_debit − total_credit."""

    opening: Decimal
    total_debit: Decimal
    total_credit: Decimal
    closing: Decimal


@dataclass
class Statement(Sums):
    """``rows`` with their running balance, and the sums of all.

    ``base``: the same ``Sums`` in the currency of the supplier's books, where the statement is in
    another and base amounts are there.
    """

    rows: list
    base: Sums | None


def statement(account, currency, start, end, *, hide_reversed=False):
    """The statement of one account in one currency, both days inclusive; ``None``: unbounded.

    Rows come in (booked_on, id) order and all from one query, so from one moment of the database.
    ``hide_reversed`` leaves out pairs of entry and reversal that both lie in the period: they move
    nothing. Returns a ``Statement``.
    """
    foreign = currency != account.supplier.currency
    records = _read(account, currency, start, end, foreign)
    opening, base_opening = records[0][-2:] if records else (ZERO, ZERO)
    balance, base_balance, debit, base_debit = opening, base_opening, ZERO, ZERO
    rows = []
    for values in records:
        if values[0] is None or (hide_reversed and _cancels(values, start, end)):
            continue
        amount, base_amount = values[AMOUNT], values[BASE_AMOUNT]
        balance += amount
        if amount > 0:
            debit += amount
        if foreign and base_amount:
            base_balance += base_amount
            if base_amount > 0:
                base_debit += base_amount
        rows.append(Row._make((*values[:-2], balance, base_balance)))
    base = None
    if base_opening or any(values[BASE_AMOUNT] for values in records if foreign):
        base = Sums(
            base_opening, base_debit, base_opening + base_debit - base_balance, base_balance
        )
    return Statement(opening, debit, opening + debit - balance, balance, rows, base)


def _read(account, currency, start, end, foreign):
    """Tuples of ``FIELDS`` and the two opening balances; at least one, of an empty movement."""
    period = Q(entries__currency=currency)
    if start:
        period &= Q(entries__booked_on__gte=start)
    if end:
        period &= Q(entries__booked_on__lte=end)

    def opening(field):
        return balance_at(account.pk, currency, field, booked_on__lt=start) if start else NOTHING

    return list(
        CustomerAccount.objects.filter(pk=account.pk)
        .annotate(
            movement=FilteredRelation("entries", condition=period),
            opening=opening("amount"),
            base_opening=opening("base_amount") if foreign else NOTHING,
        )
        .order_by("movement__booked_on", "movement__id")
        .values_list(*(f"movement__{name}" for name in FIELDS), "opening", "base_opening")
    )


def _cancels(values, start, end):
    other = values[REVERSED_ON] or values[REVERSES_OF]
    return other and (not start or start <= other) and (not end or other <= end)
