"""Cheques and promissory notes: taken as payment at once, worth their money when they fall due."""

from django.db.models import Exists, OuterRef, Q

from .models import Allocation, Entry, EntryKind
from .months import today

KINDS = (EntryKind.CHEQUE, EntryKind.PROMISSORY_NOTE)


def not_yet_due(account, currency=None, as_of=None):
    """The cheques and notes that had lowered the balance by a day's end and fall due after it.

    A list of entries by due day. Those that were reversed or returned by then are out.
    ``currency``: all where it is left out; ``as_of``: today.
    """
    as_of = as_of or today()
    returned = (
        _closings(credit=OuterRef("pk"))
        .filter(debit__booked_on__lte=as_of)
        .exclude(debit__reversed_by__booked_on__lte=as_of)
        .exclude(undone_by__effective_on__lte=as_of)
    )
    return list(
        _taken(account, currency)
        .filter(booked_on__lte=as_of, due_on__gt=as_of)
        .exclude(reversed_by__booked_on__lte=as_of)
        .exclude(Exists(returned))
        .order_by("due_on", "id")
    )


def has_other_side(entry):
    """Whether this is a cheque or note that was taken, or one that was returned."""
    if entry.amount < 0:
        return entry.kind in KINDS
    return entry.kind == EntryKind.CHEQUE_RETURNED


def to_pair(entries, supplier_id):
    """Those of a supplier's entries that may be the other side of one that is there."""
    returned = Entry.objects.filter(supplier=supplier_id, kind=EntryKind.CHEQUE_RETURNED)
    return entries.exclude(document_no="").filter(
        Q(kind=EntryKind.CHEQUE_RETURNED, amount__gt=0)
        | Q(kind__in=KINDS, amount__lt=0, document_no__in=returned.values("document_no"))
    )


def other_side(entry):
    """The cheque or note that a returned one was taken as, or the return of one; None for none.

    It bears the same document no and the opposite amount, the cheque came in first, and neither is
    reversed or has found its other side. Of several that are equal, the first.
    """
    if not entry.document_no:
        return None
    if entry.amount > 0:
        rows = _taken(entry.account_id, entry.currency).filter(booked_on__lte=entry.booked_on)
        found = _closings(credit=OuterRef("pk"))
    else:
        rows = Entry.objects.filter(
            account=entry.account_id,
            currency=entry.currency,
            kind=EntryKind.CHEQUE_RETURNED,
            booked_on__gte=entry.booked_on,
        )
        found = _closings(debit=OuterRef("pk"))
    return (
        rows.filter(document_no=entry.document_no, amount=-entry.amount)
        .filter(reversed_by__isnull=True)
        .exclude(Exists(found.filter(undone_by__isnull=True)))
        .order_by("id")
        .first()
    )


def _taken(account, currency):
    rows = Entry.objects.filter(account=account, kind__in=KINDS, amount__lt=0)
    return rows.filter(currency=currency) if currency else rows


def _closings(**sides):
    """The closings of a cheque by a returned one."""
    return Allocation.objects.filter(
        debit__kind=EntryKind.CHEQUE_RETURNED, credit__kind__in=KINDS, undoes__isnull=True, **sides
    )
