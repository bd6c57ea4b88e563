"""The account statement: opening, the period's movements, running balance, closing."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import FilteredRelation, Q, Subquery, Sum

from ..customers.models import CustomerAccount
from ..money import ZERO, AmountField
from .models import AccountBalance, Entry

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


class Row:
    """One movement: the entry's fields (``FIELDS``), ``debit``, ``credit`` and ``balance`` after."""

    __slots__ = (*FIELDS, "balance")

    @property
    def debit(self):
        return self.amount if self.amount > 0 else ZERO

    @property
    def credit(self):
        return -self.amount if self.amount < 0 else ZERO


@dataclass
class Statement:
    opening: Decimal
    rows: list
    total_debit: Decimal
    total_credit: Decimal
    closing: Decimal


def statement(account, currency, start, end, *, hide_reversed=False):
    """The statement of one account in one currency, both days inclusive; ``None``: unbounded.

    Rows come in (booked_on, id) order and all from one query, so from one moment of the database.
    ``hide_reversed`` leaves out pairs of entry and reversal that both lie in the period: they move
    nothing. Returns a ``Statement``: closing = opening + total_debit − total_credit.
    """
    period = Q(entries__currency=currency)
    if start:
        period &= Q(entries__booked_on__gte=start)
    if end:
        period &= Q(entries__booked_on__lte=end)
    before = (
        Entry.objects.filter(account_id=account.pk, currency=currency, booked_on__lt=start)
        .order_by()
        .values("account_id")
        .annotate(total=Sum("amount"))
        .values("total")
        if start
        else Entry.objects.none().values("amount")
    )
    records = (
        CustomerAccount.objects.filter(pk=account.pk)
        .annotate(
            movement=FilteredRelation("entries", condition=period),
            opening=Subquery(before, output_field=AmountField()),
        )
        .order_by("movement__booked_on", "movement__id")
        .values_list("opening", *(f"movement__{name}" for name in FIELDS))
    )
    opening, rows = ZERO, []
    for opening_sum, *values in records:
        opening = opening_sum or ZERO
        if values[0] is not None:
            row = Row()
            for name, value in zip(FIELDS, values, strict=True):
                setattr(row, name, value)
            rows.append(row)
    if hide_reversed:
        rows = [row for row in rows if not _cancels(row, start, end)]
    balance, debit, credit = opening, ZERO, ZERO
    for row in rows:
        balance += row.amount
        debit += row.debit
        credit += row.credit
        row.balance = balance
    return Statement(opening, rows, debit, credit, balance)


def _cancels(row, start, end):
    other = row.reversed_by__booked_on or row.reverses__booked_on
    return other and (not start or start <= other) and (not end or other <= end)


def balances(account):
    """{currency: balance} of an account now, from what is kept; currencies it never used are out."""
    return dict(
        AccountBalance.objects.filter(account=account)
        .order_by("currency")
        .values_list("currency", "amount")
    )


def balance_on(account, currency, day):
    """The balance at the end of a day, from the entries themselves."""
    return (
        Entry.objects.filter(account=account, currency=currency, booked_on__lte=day).aggregate(
            total=Sum("amount")
        )["total"]
        or ZERO
    )
