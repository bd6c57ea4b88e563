"""What stored rows can prove about themselves."""

from collections import defaultdict

from django.core.exceptions import ValidationError
from django.db.models import Exists, F, OuterRef, Sum
from django.utils.translation import gettext as _

from ..money import ZERO, fits
from . import triggers
from .content import content_hash
from .models import AccountBalance, Allocation, Entry, OpenItem


def problems():
    """Yield one line for each thing that does not hold, naming the offender by its id."""
    for name in sorted(triggers.missing()):
        yield _("trigger %s is missing") % name
    yield from _entries()
    yield from _balances()
    yield from _allocations()
    yield from _open_items()


def _entries():
    rows = Entry.objects.select_related("account", "reverses").iterator(chunk_size=2000)
    for entry in rows:
        if not _is_as_posted(entry):
            yield _("entry %s: its content was changed after posting") % entry.pk
        if entry.supplier_id != entry.account.supplier_id:
            yield _("entry %s: its account is another supplier's") % entry.pk
        if not fits(entry.amount, entry.currency):
            yield _("entry %s: more digits than its currency has") % entry.pk
        original = entry.reverses
        if original and (original.account_id, original.currency, original.amount) != (
            entry.account_id,
            entry.currency,
            -entry.amount,
        ):
            yield _("entry %s: not the opposite of what it reverses") % entry.pk

    keys = ("supplier", "source", "external_id")
    later = Entry.objects.filter(revision__gt=1).exclude(
        Exists(
            Entry.objects.filter(
                **{key: OuterRef(key) for key in keys},
                revision=OuterRef("revision") - 1,
                reversed_by__isnull=False,
            )
        )
    )
    for pk in later.order_by("pk").values_list("pk", flat=True):
        yield _("entry %s: no reversed revision stands before it") % pk


def _is_as_posted(entry):
    try:
        return entry.content_hash == content_hash(entry)
    except ValidationError:
        return False


def _balances():
    sums = {
        (account, currency): (amount, base or ZERO)
        for account, currency, amount, base in Entry.objects.order_by()
        .values_list("account", "currency")
        .annotate(Sum("amount"), Sum("base_amount"))
    }
    kept = {
        (account, currency): (amount, base)
        for account, currency, amount, base in AccountBalance.objects.values_list(
            "account", "currency", "amount", "base_amount"
        )
    }
    for key in sorted(sums.keys() | kept.keys()):
        if sums.get(key, (ZERO, ZERO)) != kept.get(key, (ZERO, ZERO)):
            yield _("account %(id)s, %(currency)s: the balance is not the sum of its entries") % {
                "id": key[0],
                "currency": key[1],
            }


def _allocations():
    rows = Allocation.objects.select_related("debit", "credit", "undoes")
    for row in rows.iterator(chunk_size=2000):
        one_account = (row.debit.account_id, row.debit.currency) == (
            row.credit.account_id,
            row.credit.currency,
        )
        if not (one_account and row.debit.amount > 0 > row.credit.amount):
            yield _("allocation %s: its two sides do not belong together") % row.pk
        undone = row.undoes
        if undone and (undone.debit_id, undone.credit_id, undone.amount) != (
            row.debit_id,
            row.credit_id,
            -row.amount,
        ):
            yield _("allocation %s: not the opposite of what it undoes") % row.pk


def _open_items():
    closed = defaultdict(lambda: ZERO)
    for side, sign in (("debit", 1), ("credit", -1)):
        for entry, amount in (
            Allocation.objects.order_by().values_list(side).annotate(Sum("amount"))
        ):
            closed[entry] += sign * amount
    kept = dict(OpenItem.objects.values_list("entry", "residual"))
    due = dict(OpenItem.objects.values_list("entry", "falls_due_on"))
    entries = Entry.objects.order_by("id").values_list("id", "amount", "due_on", "booked_on")
    for pk, amount, due_on, booked_on in entries.iterator(chunk_size=5000):
        left = amount - closed[pk]
        if left * amount < 0 or abs(left) > abs(amount):
            yield _("entry %s: more is allocated than it has") % pk
        if kept.get(pk) != (left or None) or due.get(pk, due_on or booked_on) != (
            due_on or booked_on
        ):
            yield _("entry %s: what is kept as open is not what allocations leave") % pk
    strays = OpenItem.objects.exclude(
        account=F("entry__account"), currency=F("entry__currency")
    ).values_list("entry", flat=True)
    for pk in strays:
        yield _("entry %s: kept as open under another account") % pk
