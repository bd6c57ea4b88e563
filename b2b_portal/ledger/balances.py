"""Balances, per currency: what is kept of today, or the end of any past day worked out."""

from collections import defaultdict
from datetime import date
from itertools import accumulate, pairwise

from django.db.models import ExpressionWrapper, OuterRef, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from ..money import ZERO, AmountField
from .models import AccountBalance, Entry, MonthBalance

FIRST_DAY = Value(date.min)  # no entry is dated that early
NOTHING = Value(ZERO, AmountField())


def balances(account, as_of=None):
    """{currency: balance} of an account now, or at the end of a day, by the day of booking.

    Every currency the account has ever moved in is there; others are not.
    """
    rows, balance = _kept(as_of)
    return dict(rows.filter(account=account).values_list("currency", balance))


def balances_on(account, days):
    """{currency: [balance at the end of each of these days]}, in one query; ``days`` rise.

    The first is worked out from the last closed month before it, each further one from the day
    before: however many days there are, an entry is read once.
    """
    key = OuterRef("account"), OuterRef("currency")
    moves = [
        an_amount(_or_nothing(_moved(*key, "amount", booked_on__gt=day, booked_on__lte=next_day)))
        for day, next_day in pairwise(days)
    ]
    rows = AccountBalance.objects.filter(account=account).values_list(
        "currency", balance_at(*key, booked_on__lte=days[0]), *moves
    )
    return {currency: list(accumulate(amounts)) for currency, *amounts in rows}


def balances_of(accounts, as_of=None):
    """{account id: {currency: balance}} of a page of accounts, or of a queryset, in one query."""
    rows, balance = _kept(as_of)
    found = defaultdict(dict)
    rows = rows.filter(account__in=accounts).values_list("account", "currency", balance)
    for account, currency, amount in rows:
        found[account][currency] = amount
    return found


def totals(supplier, as_of=None):
    """{currency: sum of the balances of all of a supplier's accounts}."""
    rows, balance = _kept(as_of)
    found = defaultdict(lambda: ZERO)
    rows = rows.filter(account__supplier=supplier).values_list("currency", balance)
    for currency, amount in rows:
        found[currency] += amount
    return dict(found)


def _kept(as_of):
    """A row for each account and currency, and what tells its balance."""
    if as_of is None:
        return AccountBalance.objects, "amount"
    then = balance_at(OuterRef("account"), OuterRef("currency"), booked_on__lte=as_of)
    return AccountBalance.objects, then


def balance_at(account, currency, field="amount", **booked_on):
    """The balance of an account in a currency as an SQL expression.

    ``account``, ``currency`` and the day of ``booked_on__lt`` or ``booked_on__lte``: values or
    ``OuterRef``. It is the last closed month's balance and what was booked since.
    """
    ((lookup, day),) = booked_on.items()
    lookup = lookup.replace("booked_on", "ends_on")

    def month(account, currency, day):
        rows = MonthBalance.objects.filter(account=account, currency=currency, **{lookup: day})
        return rows.order_by("-ends_on")[:1]

    last = month(account, currency, day)
    closed = month(*map(_from_inside, (account, currency, day))).values("ends_on")
    since = _moved(
        account,
        currency,
        field,
        booked_on__gt=Coalesce(Subquery(closed), FIRST_DAY),
        **booked_on,
    )
    return an_amount(_or_nothing(last.values(field)) + _or_nothing(since))


def _moved(account, currency, field, **booked_on):
    """A subquery's sum of what moved on these days; no row where nothing did."""
    rows = Entry.objects.filter(account=account, currency=currency, **booked_on).order_by()
    return rows.values("account").annotate(total=Sum(field)).values("total")


def an_amount(expression):
    """The same SQL expression, said to give an amount: Django does not tell it from a sum."""
    return ExpressionWrapper(expression, AmountField())


def _from_inside(reference):
    """The same, seen from a subquery of the subquery."""
    return OuterRef(reference) if isinstance(reference, OuterRef) else reference


def _or_nothing(query):
    return Coalesce(Subquery(query), NOTHING)
