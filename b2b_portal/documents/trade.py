"""What was sold to an account and what was bought from it, by its movements."""

from decimal import Decimal
from typing import NamedTuple

from django.db.models import BooleanField, Case, ExpressionWrapper, F, Q, Sum, Value, When

from ..ledger.models import Entry, EntryKind
from ..money import ZERO

# An invoice of a vendor credits the account, a return the other way round.
BOUGHT = Q(amount__lt=0, is_return=False) | Q(amount__gt=0, is_return=True)


class Trade(NamedTuple):
    """Of one currency, returns taken off: what the account bought, and what it sold."""

    sales: Decimal
    purchases: Decimal

    @property
    def net(self):
        """Debit positive, as it moved the account."""
        return self.sales - self.purchases


def trade(account, start, end):
    """{currency: ``Trade``} between two days, both inclusive, of accounts that sold something."""
    rows = _invoices(account).filter(booked_on__gte=start, booked_on__lte=end)
    sums = rows.values_list("currency").annotate(
        sold=Sum("amount", filter=~BOUGHT, default=ZERO),
        bought=Sum("amount", filter=BOUGHT, default=ZERO),
    )
    return {currency: Trade(sold, -bought) for currency, sold, bought in sums if bought}


def is_vendor(account):
    """Whether the supplier buys from the account and has never sold to it, as its books say."""
    bought = ExpressionWrapper(BOUGHT, BooleanField())
    return list(_invoices(account).values_list(bought, flat=True).distinct()) == [True]


def _invoices(account):
    """Invoices and returns that were not reversed, each with ``is_return``.

    The document says what it is, where it is there; else the movement's kind.
    """
    by_kind = Case(
        When(kind=EntryKind.CREDIT_NOTE, then=Value(True)),
        default=Value(False),
        output_field=BooleanField(),
    )
    return (
        Entry.objects.filter(
            account=account,
            kind__in=(EntryKind.INVOICE, EntryKind.CREDIT_NOTE),
            reversed_by=None,
        )
        .exclude(amount=0)
        .annotate(
            is_return=Case(
                When(invoice__isnull=False, then=F("invoice__is_return")), default=by_kind
            )
        )
        .order_by()
    )
