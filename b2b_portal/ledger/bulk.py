"""The writer of many: rows of a table posted at once, many entries reversed at once.

Under the same locks and guards as ``posting``, in a few statements for all. Sends no signals.
"""

from collections import defaultdict
from operator import attrgetter
from types import SimpleNamespace
from typing import NamedTuple

from django.db import IntegrityError, connection, transaction
from django.db.models import Case, DateTimeField, F, Max, Sum, Value, When
from django.db.models.functions import Abs, Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from ..exceptions import ContentConflict, InvalidEntry
from ..money import ZERO
from . import cheques
from .content import FIELDS, content
from .models import AccountBalance, Allocation, Entry, OpenItem
from .months import closed_until, first_open
from .posting import CHUNK, lock, month_is_closed, opposite, pair_returned, reverse
from .rows import insert, insert_selected

COPIED = [name.removesuffix("_id") for name in FIELDS if name != "occurred_at"]
COPIED += ["revision", "content_hash", "search_text"]

_OWN = ("supplier_id", "source", "external_id", "reverses_id", "batch_id", "posted_by")
_OWN += ("content_hash", "search_text")
_own = attrgetter(*_OWN)
REVERSAL = (*_OWN, *FIELDS, "revision", "posted_at")


class Key(NamedTuple):
    """What ``lock`` asks of an entry."""

    supplier_id: int
    account_id: int
    currency: str


@transaction.atomic
def post_rows(rows, supplier_id, *, source, batch=None, by=""):
    """Post every row of a queryset, in its order: all or none. Returns how many there are.

    The rows are of one supplier, bear the fields of an ``Entry`` as ``drafts.complete`` leaves
    them, and their key as ``key``. Raises what ``post_all`` does.
    """
    sums = list(
        rows.order_by()
        .values_list("account", "currency")
        .annotate(Sum("amount"), Sum("base_amount"))
    )
    lock([Key(supplier_id, account, currency) for account, currency, *_sums in sums])
    if refused := rows.filter(account__is_closed=True).select_related("account").first():
        raise InvalidEntry(_("The account %s is closed.") % refused.account.code)
    closed = closed_until(supplier_id)
    if closed and (late := rows.filter(booked_on__lte=closed).first()):
        raise month_is_closed(late.booked_on)
    last = Entry.objects.aggregate(last=Max("pk"))["last"] or 0
    constants = {
        "supplier": supplier_id,
        "source": source,
        "batch": batch and batch.pk,
        "posted_by": by,
        "posted_at": Value(timezone.now(), DateTimeField()),
    }
    try:
        with transaction.atomic():
            count = insert_selected(
                Entry, {name: name for name in COPIED} | {"external_id": "key"}, rows, constants
            )
    except IntegrityError:
        raise ContentConflict(_("A row of the file was posted in the meantime.")) from None
    posted = Entry.objects.filter(supplier=supplier_id, source=source, pk__gt=last)
    posted = posted.filter(batch=batch) if batch else posted
    insert_selected(
        OpenItem,
        {
            "entry": "pk",
            "account": "account",
            "currency": "currency",
            "booked_on": "booked_on",
            "falls_due_on": Coalesce("due_on", "booked_on"),
            "residual": "amount",
        },
        posted.exclude(amount=0),
    )
    _add_to_balances(sums)
    for entry in cheques.to_pair(posted, supplier_id).order_by("pk"):
        pair_returned(entry)
    return count


def _add_to_balances(sums):
    """``sums``: (account id, currency, amount, base amount or None)."""
    table = connection.ops.quote_name(AccountBalance._meta.db_table)
    units = AccountBalance._meta.get_field("amount").to_units
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {table} SET amount = amount + %s, base_amount = base_amount + %s"
            " WHERE account_id = %s AND currency = %s",
            [
                (units(amount), units(base_amount or ZERO), account, currency)
                for account, currency, amount, base_amount in sums
            ],
        )


@transaction.atomic
def reverse_all(entries, supplier_id, *, reason, by="", batch=None):
    """Reverse those entries of a queryset that are not reversed yet, as ``posting.reverse`` does.

    Returns how many there were. ``batch``: the import that takes them back.
    """
    entries = entries.filter(reverses__isnull=True)
    keys = entries.order_by().values_list("account", "currency").distinct()
    lock([Key(supplier_id, *key) for key in keys])
    entries = entries.filter(reversed_by__isnull=True).order_by("pk")
    pks, closed = list(entries.values_list("pk", flat=True)), closed_until(supplier_id)
    sums = defaultdict(lambda: [ZERO, ZERO])
    for start in range(0, len(pks), CHUNK):
        chunk = Entry.objects.filter(pk__in=pks[start : start + CHUNK]).order_by("pk")
        allocated = chunk.exclude(allocations_as_debit=None, allocations_as_credit=None)
        for entry in allocated.distinct():
            reverse(entry, reason=reason, by=by, batch=batch)
        whole = [SimpleNamespace(**row) for row in chunk.filter(reversed_by=None).values()]
        for row in _reverse_whole(whole, closed, reason, by, batch) if whole else ():
            moved = sums[row.account_id, row.currency]
            moved[0] += row.amount
            moved[1] += row.base_amount or 0
    _add_to_balances((*key, *moved) for key, moved in sums.items())
    return len(pks)


def _reverse_whole(entries, closed, reason, by, batch):
    """Reverse entries that were never allocated; their balances are still to be moved.

    ``entries``: with the fields of ``Entry``. Returns the reversals, with the same.
    """
    now = timezone.now()
    last = 1, connection.ops.adapt_datetimefield_value(now)
    reversals = [
        opposite(
            entry, first_open(closed, entry.booked_on), reason, by, batch, make=SimpleNamespace
        )
        for entry in entries
    ]
    insert(Entry, REVERSAL, [(*_own(row), *content(row), *last) for row in reversals])
    reversed_ids = [row.reverses_id for row in reversals]
    is_debit = {"amount__gt": 0}
    insert_selected(
        Allocation,
        {
            "debit": Case(When(**is_debit, then=F("pk")), default=F("reverses")),
            "credit": Case(When(**is_debit, then=F("reverses")), default=F("pk")),
            "amount": Abs("amount"),
            "effective_on": "booked_on",
        },
        Entry.objects.filter(reverses__in=reversed_ids).exclude(amount=0).order_by("pk"),
        {"posted_by": by, "posted_at": Value(now, DateTimeField())},
    )
    OpenItem.objects.filter(entry__in=reversed_ids).delete()
    return reversals
