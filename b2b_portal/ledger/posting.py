"""The ledger's only writer.

Every verb first holds the suppliers' months, then locks the balance row of each account and
currency it touches, in one order, so writers on one account wait for each other and never
deadlock. A refused act changes nothing.
"""

from collections import defaultdict

from django.db import IntegrityError, transaction
from django.db.models import F, Max, Q, Value
from django.utils.translation import gettext as _

from ..customers.fold import fold
from ..customers.models import CustomerAccount
from ..exceptions import (
    AlreadyReversed,
    ContentConflict,
    InvalidEntry,
    MonthClosed,
    OverAllocation,
)
from ..money import ZERO, ExactDecimalField
from ..signals import entry_posted, entry_reversed
from ..tables.formats import format_date
from . import cheques
from .content import content_hash
from .drafts import REVERSAL, check_day, draft, exact
from .models import AccountBalance, Allocation, Entry, EntryKind, OpenItem
from .months import closed_until, hold_months, open_day, today

CHUNK = 500
SUM = ExactDecimalField(places=4)  # of amounts: may be larger than one amount is


def post(**movement):
    """Post one movement and return its ``Entry``; see ``draft`` for what it takes.

    The same (supplier, source, external_id) with the same content returns the entry that is
    there; with other content ``ContentConflict`` is raised.
    """
    return post_all([draft(**movement)])[0]


@transaction.atomic
def post_all(drafts):
    """Post many drafts in one transaction: all or none. Returns their entries, in order."""
    lock(drafts)
    known = _in_force(drafts)
    entries, fresh = [], []
    for entry in drafts:
        key = (entry.supplier_id, entry.source, entry.external_id)
        there = known.get(key)
        if there is None:
            known[key] = entry
            fresh.append(entry)
        elif there.content_hash != entry.content_hash:
            raise ContentConflict(
                _("“%s” was posted before with other content.") % entry.external_id
            )
        entries.append(known[key])
    _refuse_closed(fresh)
    _insert(fresh)
    return entries


def _refuse_closed(entries):
    ids = sorted({entry.account_id for entry in entries})
    for start in range(0, len(ids), CHUNK):
        closed = CustomerAccount.objects.filter(pk__in=ids[start : start + CHUNK], is_closed=True)
        if account := closed.first():
            raise InvalidEntry(_("The account %s is closed.") % account.code)
    for supplier_id in {entry.supplier_id for entry in entries}:
        closed = closed_until(supplier_id)
        for entry in entries:
            if closed and entry.supplier_id == supplier_id and entry.booked_on <= closed:
                raise month_is_closed(entry.booked_on)


def month_is_closed(day):
    return MonthClosed(_("%s lies in a closed month.") % format_date(day))


def _in_force(drafts):
    """{(supplier, source, external id): the latest revision} of what is there already."""
    keys = defaultdict(list)
    for entry in drafts:
        keys[entry.supplier_id, entry.source].append(entry.external_id)
    known = {}
    for (supplier_id, source), ids in keys.items():
        for start in range(0, len(ids), CHUNK):
            rows = Entry.objects.filter(
                supplier_id=supplier_id, source=source, external_id__in=ids[start : start + CHUNK]
            )
            for entry in rows.order_by("revision"):
                known[supplier_id, source, entry.external_id] = entry
    return known


def _insert(entries):
    try:
        with transaction.atomic():
            Entry.objects.bulk_create(entries, batch_size=CHUNK)
    except IntegrityError:
        _refuse_closed(entries)
        raise ContentConflict(
            _("“%s” was posted before with other content.") % entries[0].external_id
        ) from None
    OpenItem.objects.bulk_create(
        [_open_item(entry, entry.amount) for entry in entries if entry.amount], batch_size=CHUNK
    )
    sums = defaultdict(lambda: [ZERO, ZERO])
    for entry in entries:
        totals = sums[entry.account_id, entry.currency]
        totals[0] += entry.amount
        totals[1] += entry.base_amount or 0
    for (account_id, currency), (amount, base_amount) in sums.items():
        AccountBalance.objects.filter(account_id=account_id, currency=currency).update(
            amount=F("amount") + Value(amount, SUM),
            base_amount=F("base_amount") + Value(base_amount, SUM),
        )
    for entry in entries:
        if cheques.has_other_side(entry):
            pair_returned(entry)
    for entry in entries:
        entry_posted.send(Entry, entry=entry, by=entry.posted_by)


def pair_returned(entry):
    """A returned cheque pays nothing: what it was allocated to is open again, and it is closed.

    ``entry``: the cheque or its return, whichever comes last.
    """
    other = cheques.other_side(entry) if residual(entry) == entry.amount else None
    if other is None:
        return
    returned, cheque = (entry, other) if entry.amount > 0 else (other, entry)
    for row in (cheque, returned):
        for allocation in live_allocations(row):
            _undo(allocation, returned.booked_on, entry.posted_by)
    _close(returned, cheque, returned.amount, None, entry.posted_by)


def _open_item(entry, residual):
    return OpenItem(
        entry=entry,
        account_id=entry.account_id,
        currency=entry.currency,
        booked_on=entry.booked_on,
        falls_due_on=entry.falls_due_on,
        residual=residual,
    )


def lock(entries):
    """Hold the months and lock the balance rows of these entries, making rows that are missing.

    Every verb does. Who calls several verbs in one transaction does it first, for all of them.
    """
    hold_months({entry.supplier_id for entry in entries})
    keys = sorted({(entry.account_id, entry.currency) for entry in entries})
    there = set(_balances(keys))
    AccountBalance.objects.bulk_create(
        [
            AccountBalance(account_id=account_id, currency=currency)
            for account_id, currency in keys
            if (account_id, currency) not in there
        ],
        ignore_conflicts=True,
    )
    return _balances(keys, lock=True)


def _balances(keys, lock=False):
    """[(account id, currency)] of the rows there are; locked in the order of accounts."""
    rows = AccountBalance.objects.order_by("account_id", "currency")
    if lock:
        rows = rows.select_for_update()
    ids = sorted({account_id for account_id, _currency in keys})
    currencies = {currency for _account_id, currency in keys}
    found = []
    for start in range(0, len(ids), CHUNK):
        found += rows.filter(
            account_id__in=ids[start : start + CHUNK], currency__in=currencies
        ).values_list("account_id", "currency")
    return found


@transaction.atomic
def reverse(entry, *, booked_on=None, reason, by="", batch=None):
    """Take an entry back by its equal and opposite; returns the reversal.

    It bears the original's date, or the first open day where that month is closed, unless
    ``booked_on`` says otherwise. What the original was allocated to is open again, and the pair
    closes itself. An entry is reversed once, a reversal never: ``AlreadyReversed``. ``MonthClosed``
    for a ``booked_on`` in a closed month, ``InvalidEntry`` for one before the original's.
    ``batch``: the import that takes it back; without one the ERP's row is not posted again.
    """
    lock([entry])
    if entry.reverses_id or Entry.objects.filter(reverses=entry).exists():
        raise AlreadyReversed(_("This movement was reversed before."))
    booked_on = booked_on or open_day(entry.supplier_id, entry.booked_on)
    check_day(booked_on)
    if booked_on < entry.booked_on:
        raise InvalidEntry(_("A reversal cannot lie before what it reverses."))
    if booked_on != open_day(entry.supplier_id, booked_on):
        raise month_is_closed(booked_on)
    for allocation in live_allocations(entry):
        _undo(allocation, booked_on, by)
    reversal = opposite(entry, booked_on, reason, by, batch)
    _insert([reversal])
    if entry.amount:
        debit, credit = (entry, reversal) if entry.amount > 0 else (reversal, entry)
        _close(debit, credit, abs(entry.amount), None, by)
    entry_reversed.send(Entry, entry=entry, reversal=reversal, by=by)
    return reversal


def opposite(entry, booked_on, reason, by="", batch=None, make=Entry):
    """The reversal of an entry, unsaved. ``make``: what bears its fields."""
    reversal = make(
        supplier_id=entry.supplier_id,
        account_id=entry.account_id,
        currency=entry.currency,
        amount=-entry.amount,
        base_amount=None if entry.base_amount is None else -entry.base_amount,
        rate=entry.rate,
        kind=EntryKind.REVERSAL,
        source_kind=entry.source_kind,
        booked_on=booked_on,
        due_on=entry.due_on,
        document_no=entry.document_no,
        description=reason[:500],
        source=REVERSAL,
        external_id=str(entry.id),
        reverses_id=entry.id,
        occurred_at=None,
        posted_by=by,
        search_text=fold(entry.document_no, reason),
        batch_id=batch and batch.pk,
    )
    reversal.content_hash = content_hash(reversal)
    return reversal


@transaction.atomic
def revise(entry, revised, *, batch=None):
    """Correct what a source has changed: reverse ``entry``, post the draft as the next revision.

    Returns the new entry; ``revised`` bears the same key. Where somebody has reversed ``entry``
    before, only the new revision is posted. ``batch``: the import that takes ``entry`` back, where
    it is not the draft's own. For the importer alone.
    """
    lock([entry, revised])
    _refuse_closed([revised])
    if not Entry.objects.filter(reverses=entry).exists():
        reverse(
            entry,
            reason=_("Corrected by the ERP"),
            by=revised.posted_by,
            batch=batch or revised.batch,
        )
    revised.revision = entry.revision + 1
    _insert([revised])
    return revised


@transaction.atomic
def allocate(credit, debit, amount=None, *, on=None, by=""):
    """Close ``debit`` by ``credit``: ``amount``, or as much as is open on both sides.

    ``on``: from which day it counts, or the first one on which it can: both are booked, earlier
    allocations are undone, the month is open. Raises ``OverAllocation`` for more than is open, for two
    accounts, currencies or equal signs, ``InvalidEntry`` for what is no exact amount.
    """
    if (credit.account_id, credit.currency) != (debit.account_id, debit.currency):
        raise OverAllocation(_("Only movements of one account and currency close each other."))
    if not (debit.amount > 0 > credit.amount):
        raise OverAllocation(_("A credit closes a debit."))
    lock([debit])
    if on is not None:
        check_day(on)
    possible = min(residual(debit), -residual(credit))
    amount = possible if amount is None else exact(amount, debit.currency)
    if not 0 < amount <= possible:
        raise OverAllocation(_("Not that much is open."))
    return _close(debit, credit, amount, on, by)


@transaction.atomic
def unallocate(allocation, *, on=None, by=""):
    """Undo an allocation by its opposite, from ``on`` (today) on; returns the opposite row.

    Not before it counted, nor in a closed month.
    """
    debit = allocation.debit
    lock([debit])
    if allocation.undoes_id or Allocation.objects.filter(undoes=allocation).exists():
        raise OverAllocation(_("This allocation was undone before."))
    return _undo(allocation, on or today(), by)


def live_allocations(entry):
    """The allocations of an entry that were not undone."""
    return Allocation.objects.filter(
        Q(debit=entry) | Q(credit=entry), undoes__isnull=True, undone_by__isnull=True
    ).select_related("debit", "credit")


def residual(entry):
    """What explicit allocations have left of an entry, with its sign."""
    item = OpenItem.objects.filter(entry=entry).first()
    return item.residual if item else ZERO


def _close(debit, credit, amount, on, by):
    # From the day on which what was undone counts no more; it may never have counted for a day.
    undone = Allocation.objects.filter(
        Q(debit__in=(debit, credit)) | Q(credit__in=(debit, credit)),
        undoes__effective_on__lt=F("effective_on"),
    ).aggregate(last=Max("effective_on"))["last"]
    days = [on, debit.booked_on, credit.booked_on, undone]
    allocation = Allocation.objects.create(
        debit=debit,
        credit=credit,
        amount=amount,
        effective_on=open_day(debit.supplier_id, max(day for day in days if day)),
        posted_by=by,
    )
    _move(debit, -amount)
    _move(credit, amount)
    return allocation


def _undo(allocation, on, by):
    opposite = Allocation.objects.create(
        debit=allocation.debit,
        credit=allocation.credit,
        amount=-allocation.amount,
        effective_on=open_day(allocation.debit.supplier_id, max(on, allocation.effective_on)),
        undoes=allocation,
        posted_by=by,
    )
    _move(allocation.debit, allocation.amount)
    _move(allocation.credit, -allocation.amount)
    return opposite


def _move(entry, change):
    """Change what is open of an entry; its row goes at 0 and comes back."""
    left = residual(entry) + change
    if left:
        OpenItem.objects.update_or_create(
            entry=entry,
            defaults={
                "account_id": entry.account_id,
                "currency": entry.currency,
                "booked_on": entry.booked_on,
                "falls_due_on": entry.falls_due_on,
                "residual": left,
            },
        )
    else:
        OpenItem.objects.filter(entry=entry).delete()
