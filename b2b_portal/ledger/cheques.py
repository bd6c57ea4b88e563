"""Cheques and promissory notes: taken as payment at once, worth their money when they fall due."""

from django.db.models import Exists, OuterRef
from django.utils import timezone

from .models import Allocation, Entry, EntryKind

KINDS = (EntryKind.CHEQUE, EntryKind.PROMISSORY_NOTE)


def not_yet_due(account, currency, as_of=None):
    """The cheques and notes that had lowered the balance by a day's end and fall due after it.

    A list of entries by due day. Those that were reversed or returned by then are out.
    ``as_of``: today where it is left out.
    """
    as_of = as_of or timezone.localdate()
    returned = _returns().filter(effective_on__lte=as_of)
    returned = returned.exclude(undone_by__effective_on__lte=as_of)
    return list(
        _taken(account, currency)
        .filter(booked_on__lte=as_of, due_on__gt=as_of)
        .exclude(reversed_by__booked_on__lte=as_of)
        .exclude(Exists(returned))
        .order_by("due_on", "id")
    )


def taken_as(returned):
    """The cheque or note that a returned one was taken as; None where it is not known.

    It bears the same document no and amount. Of several that are equal, the first.
    """
    if not returned.document_no:
        return None
    before = _returns().filter(undone_by__isnull=True)
    return (
        _taken(returned.account_id, returned.currency)
        .filter(document_no=returned.document_no, amount=-returned.amount)
        .filter(reversed_by__isnull=True)
        .exclude(Exists(before))
        .order_by("id")
        .first()
    )


def _taken(account, currency):
    return Entry.objects.filter(account=account, currency=currency, kind__in=KINDS, amount__lt=0)


def _returns():
    """The closings of a cheque by a returned one."""
    return Allocation.objects.filter(
        credit=OuterRef("pk"), debit__kind=EntryKind.CHEQUE_RETURNED, undoes__isnull=True
    )
