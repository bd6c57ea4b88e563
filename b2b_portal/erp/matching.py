"""Rows of the ERP that the portal has posted itself: known, supposed, decided, given up."""

from collections import defaultdict
from datetime import timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from ..ledger.content import content_hash
from ..ledger.models import Entry, EntryKind
from ..ledger.rows import update
from ..payments.settle import SOURCE as PORTAL
from ..tables.formats import format_date
from . import attaching
from .models import SOURCE, EntryMatch, StagedEntry
from .numbers import nearest
from .records import chunks

Outcome = StagedEntry.Outcome
Decision = StagedEntry.Decision
NEAR = timedelta(days=5)
PAYMENTS = (EntryKind.CARD, EntryKind.BANK_TRANSFER, EntryKind.CASH, EntryKind.OTHER)
INVOICES = (*attaching.KINDS, EntryKind.OTHER)


def recognise(batch):
    """Set the outcome of rows that bear our receipt no or payment id: they post nothing, ever.

    One that is deleted in the ERP is none of them; one that takes a payment back counts.
    """
    met = set()
    rows = batch.rows.filter(payment__isnull=False, is_deleted=False).order_by("line")
    related = ("account", "payment__entry__erp_match", "payment__entry__reversed_by")
    for row in sorted(rows.select_related(*related), key=_takes_back):
        _recognise(batch, row, met)
        row.save()


def _takes_back(row):
    return row.amount == -row.payment.entry.amount


def _recognise(batch, row, met):
    payment, ours = row.payment, row.payment.entry
    if _takes_back(row) and (hasattr(ours, "erp_match") or ours.pk in met):
        batch.warn(
            _("Line %(line)s: %(no)s is a payment of the portal; this row takes it back.")
            % {"line": row.line, "no": payment}
        )
    elif row.account_id != payment.account_id:
        _refuse(batch, row, _("%s is a payment of the portal, on another account.") % payment)
    elif (row.currency, row.amount) != (ours.currency, ours.amount):
        _refuse_amount(batch, row, payment)
    elif ours.pk in met:
        _refuse(batch, row, _("%s stands in the file twice.") % payment)
    else:
        met.add(ours.pk)
        row.stem, row.entry, row.outcome = _stem(payment), ours, Outcome.MATCHED
        row.content_hash = content_hash(row)
        _warn_of_what_happened_since(batch, row, getattr(ours, "erp_match", None))


def _stem(payment):
    return f"match|{payment}"


def _refuse(batch, row, reason):
    row.outcome = Outcome.REFUSED
    batch.refuse(row.line, "", reason)


def _refuse_amount(batch, row, no):
    _refuse(batch, row, _("%s is a payment of the portal, with another amount.") % no)


def _warn_of_what_happened_since(batch, row, match):
    names = {"line": row.line, "no": row.entry.document_no}
    if hasattr(row.entry, "reversed_by"):
        batch.warn(_("Line %(line)s: %(no)s was reversed in the portal.") % names)
    same_row = match and match.external_id == row.external_id
    if same_row and match.content_hash != row.content_hash:
        batch.warn(
            _(
                "Line %(line)s: %(no)s was posted by the portal itself; what has changed of it in "
                "the ERP is not taken over."
            )
            % names
        )


def meet(batch, row, match):
    """Give a row the match that stands under its key: it posts nothing, now as before.

    A payment has one amount; an invoice is corrected by the files of invoices.
    """
    ours = row.entry = match.entry
    if row.is_deleted:
        return  # see ``give_up``
    if ours.source == PORTAL and (row.currency, row.amount) != (ours.currency, ours.amount):
        _refuse_amount(batch, row, ours.document_no)
    else:
        row.outcome = Outcome.MATCHED
        _warn_of_what_happened_since(batch, row, match)


def match_invoices(batch, rows):
    """Match new rows that are invoices which the portal has posted: these post nothing either.

    By the same rule as ``attaching`` where the movement comes first.
    """
    posted = Entry.objects.filter(
        supplier=batch.supplier,
        source=attaching.SOURCE,
        reversed_by=None,
        erp_match=None,
        invoice__isnull=False,
    )
    if not posted.exists():
        return
    alike = {name: OuterRef(name) for name in ("account", "currency", "amount")}
    new = rows.filter(outcome=Outcome.NEW, kind__in=INVOICES).exclude(document_no="")
    new = list(new.filter(Exists(posted.filter(**alike))).order_by("line"))
    free, found = defaultdict(list), []
    for part in chunks({row.account_id for row in new}):
        for entry in posted.filter(account_id__in=part).select_related("invoice").order_by("pk"):
            pair = attaching.day_of(entry.invoice), entry.pk
            free[attaching.key(entry, entry.document_no)].append(pair)
    for row in new:
        dated = free[attaching.key(row, row.document_no)]
        if entry := nearest(row.booked_on, dated):
            dated[:] = [pair for pair in dated if pair[1] != entry]
            found.append((str(Outcome.MATCHED), entry, row.pk))
    update(StagedEntry, ("outcome", "entry_id"), found)


def give_up(batch, rows):
    """Let go of what is deleted in the ERP: the portal's own posting stays, and has no match then.

    ``rows``: those marked as deleted. A payment goes out to the ERP again.
    """
    nothing_there = rows.filter(outcome=Outcome.UNCHANGED, entry=None, payment__isnull=False)
    for row in nothing_there.select_related("payment__entry__erp_match"):
        match = getattr(row.payment.entry, "erp_match", None)
        if match and match.external_id == f"{_stem(row.payment)}|1":
            if not batch.rows.filter(outcome=Outcome.MATCHED, entry=match.entry_id).exists():
                row.entry_id, row.outcome = match.entry_id, Outcome.DELETED
                row.save()
    for row in given_up(rows).select_related("entry").order_by("line"):
        batch.warn(
            _(
                "Line %(line)s: %(no)s was posted by the portal itself and is deleted in the ERP. "
                "It still counts here, as not back from the ERP."
            )
            % {"line": row.line, "no": row.entry.document_no}
        )


def given_up(rows):
    return rows.filter(outcome=Outcome.DELETED).exclude(entry__source=SOURCE)


def unmatched(*suppliers):
    """What the portal collected and no file of the ERP has brought back yet."""
    return _collected(suppliers).filter(erp_match=None)


def _collected(suppliers):
    return Entry.objects.filter(
        supplier__in=suppliers, source=PORTAL, payment__isnull=False, reversed_by=None
    )


def propose(batch, rows, held):
    """Hold new credits that are probably collections of ours: same account and amount, ± 5 days.

    They are not posted until a clerk has decided: one event never counts twice. A payment waits
    for one row at a time. ``held``: the rows of earlier files that a clerk decides on.
    """
    waiting = defaultdict(list)
    taken = held.filter(decision="").exclude(pk__in=waiting_in_vain(batch, held))
    free = _collected([batch.supplier]).filter(
        Q(erp_match=None) | Q(pk__in=given_up(rows).values("entry"))
    )
    free = free.exclude(pk__in=batch.rows.filter(outcome=Outcome.MATCHED).values("entry"))
    free = free.exclude(pk__in=taken.filter(entry__isnull=False).values("entry"))
    for ours in free.select_related("payment"):
        waiting[ours.account_id, ours.currency, ours.amount].append(ours)
    accounts = {account for account, _currency, _amount in waiting}
    credits = rows.filter(outcome=Outcome.NEW, amount__lt=0, kind__in=PAYMENTS)
    for row in credits.filter(account__in=accounts).order_by("line"):
        alike = waiting[row.account_id, row.currency, row.amount]
        near = [ours for ours in alike if abs(ours.booked_on - row.booked_on) <= NEAR]
        if near:
            ours = min(near, key=lambda entry: abs(entry.booked_on - row.booked_on))
            alike.remove(ours)
            row.outcome, row.entry = Outcome.HELD, ours
            row.reason = _("Probably %(no)s of %(day)s, a payment of the portal.") % {
                "no": ours.payment,
                "day": format_date(ours.booked_on),
            }
            row.save()


def held(supplier):
    """The rows of applied files that wait for a clerk, or that one has decided on."""
    return StagedEntry.objects.filter(
        batch__supplier=supplier, batch__applied_at__isnull=False, outcome=Outcome.HELD
    )


def payments_of(held):
    """Those that may be payments of ours and were not booked: they have keys, but no entries."""
    rows = held.filter(decision__in=["", Decision.LEFT], entry__isnull=False)
    return rows.exclude(entry__source=SOURCE)


def waiting_in_vain(batch, held):
    """Ids of the rows that wait for a clerk, and of which the batch says something else."""
    waiting = list(held.filter(decision=""))
    here = {}
    for part in chunks({row.stem for row in waiting}):
        for row in batch.rows.filter(stem__in=part):
            here[row.external_id] = row
    return [row.pk for row in waiting if not _says_the_same(here.get(row.external_id), row)]


def _says_the_same(newer, row):
    return newer is None or (
        (newer.content_hash, newer.is_deleted) == (row.content_hash, row.is_deleted)
    )


def match(row, batch):
    """Set a row beside the entry of ours that it is."""
    return EntryMatch(
        supplier_id=batch.supplier_id,
        source=row.source,
        external_id=row.external_id,
        content_hash=row.content_hash,
        entry_id=row.entry_id,
        batch=batch,
    )
