"""What a file's staged rows would change, found out by comparing them with the ledger."""

import hashlib

from django.db.models import Count, Exists, Min, OuterRef, Q, Subquery
from django.utils.translation import gettext as _

from ..ledger.models import Entry, EntryKind
from ..ledger.months import closed_until
from ..tables.formats import format_date
from . import likeness, made, matching, profiles
from .changes import changed_fields
from .models import SHOWN, SOURCE, StagedEntry
from .records import chunks

Outcome = StagedEntry.Outcome
COUNTED = ("new", "changed", "unchanged", "matched")


def compare(batch):
    """Give every row of a batch its outcome; counts, refusals and warnings go on the batch, unsaved.

    May be called again: the ledger may have changed. In one transaction.
    """
    batch.count_anew()
    batch.warn_where_empty()
    made.warn(batch)
    batch.rows.exclude(outcome=Outcome.NEW, entry=None, revision=1).update(
        outcome=Outcome.NEW, entry=None, revision=1, reason=""
    )
    _warn_of_another_profile(batch)
    matching.recognise(batch)
    rows = batch.rows.exclude(outcome__in=[Outcome.MATCHED, Outcome.REFUSED])
    held = matching.held(batch.supplier)
    if not held.exists():
        held = held.none()
    known = Entry.objects.filter(supplier=batch.supplier, source=SOURCE)
    likeness.find_known(rows, known)
    likeness.settle(batch, rows, known, held)
    _post_again_what_imports_took_back(batch, rows)
    _deleted(batch, rows.filter(is_deleted=True))
    matching.match_invoices(batch, rows)
    _second_openings(batch, rows)
    _wait_on(rows, matching.payments_of(held))
    matching.propose(batch, rows, held)
    _closed(batch, rows)
    _decided_before(rows, held)
    _tell_changes(batch, rows)
    _count(batch)


def _tell_changes(batch, rows):
    changed = rows.filter(outcome=Outcome.CHANGED).select_related("account", "entry__account")
    for row in changed.order_by("line")[:SHOWN]:
        texts = (f"{label}: {old} → {new}" for label, old, new in changed_fields(row))
        name = " ".join(filter(None, [str(row.account), row.document_no]))
        batch.tell(row.line, "changed", f"{name}: {'; '.join(texts)}")


def _count(batch):
    """What comes out: as figures, and as a digest of all but what is new or unchanged."""
    counts = dict(batch.rows.order_by().values_list("outcome").annotate(Count("pk")))
    batch.counts |= dict.fromkeys(COUNTED, 0) | counts | {"refused": batch.counts["refused"]}
    digest, plain = hashlib.sha256(), {Outcome.NEW, Outcome.UNCHANGED}
    if counts.keys() - plain:
        rows = batch.rows.exclude(outcome__in=plain).order_by("line")
        for row in rows.values_list("line", "outcome", "entry", "content_hash").iterator():
            digest.update(repr(row).encode())
    if batch.complete_from or batch.complete_until:
        gone = list(missing(batch).order_by("pk").values_list("pk", flat=True))
        batch.counts["missing"] = len(gone)
        digest.update(repr(gone).encode())
    batch.digest = digest.hexdigest()


def missing(batch):
    """Movements in force that a file complete from–until should hold and does not.

    None where nobody has said that it is complete.
    """
    if not (batch.complete_from or batch.complete_until):
        return Entry.objects.none()
    days = {"gte": batch.complete_from, "lte": batch.complete_until}
    return Entry.objects.filter(
        supplier=batch.supplier,
        source=SOURCE,
        reversed_by=None,
        **{f"booked_on__{lookup}": day for lookup, day in days.items() if day},
    ).exclude(external_id__in=batch.rows.order_by().values(key=likeness.KEY))


def _warn_of_another_profile(batch):
    """Another profile may give the same rows other keys, and so count them again."""
    before = batch.supplier.import_batches.filter(
        kind=batch.kind, applied_at__isnull=False, undone_at=None
    )
    last = before.order_by("applied_at").values_list("profile", flat=True).last()
    if not last or last == batch.profile or last not in profiles.names():
        return
    in_force = Entry.objects.filter(supplier=batch.supplier, source=SOURCE, reversed_by=None)
    if in_force.filter(account__in=batch.rows.order_by().values("account")).exists():
        batch.warn(
            _("The last file came by the profile “%s”. Its rows may have other keys: look closely.")
            % profiles.get(last).label
        )


def _post_again_what_imports_took_back(batch, rows):
    """What an import deleted, or its undoing reversed, is new when it comes again."""
    reversals = Entry.objects.filter(
        supplier=batch.supplier, reverses__isnull=False, batch__isnull=False
    )
    back = rows.filter(entry__in=reversals.order_by().values("reverses"))
    back = back.exclude(outcome=Outcome.MATCHED)
    revision = Entry.objects.filter(pk=OuterRef("entry_id")).values("revision")[:1]
    back.update(outcome=Outcome.NEW, revision=Subquery(revision) + 1)


def _deleted(batch, rows):
    if not rows.exists():
        return
    gone = rows.filter(Q(entry=None) | Q(entry__reversed_by__isnull=False))
    gone.update(outcome=Outcome.UNCHANGED)
    rows.filter(entry__reversed_by=None, entry__isnull=False).update(outcome=Outcome.DELETED)
    matching.give_up(batch, rows)


def _second_openings(batch, rows):
    """A balance brought forward on top of earlier movements is the last period's: counted once."""
    openings = rows.filter(outcome=Outcome.NEW, kind=EntryKind.OPENING)
    if not openings.exists():
        return
    first = {}
    in_force = Entry.objects.filter(supplier=batch.supplier, reversed_by=None, reverses=None)
    for found in (rows.filter(is_deleted=False), in_force):
        days = found.order_by().values_list("account", "currency").annotate(Min("booked_on"))
        for account, currency, day in days:
            first[account, currency] = min(day, first.get((account, currency), day))
    again = []
    for row in openings.select_related("account"):
        if first[row.account_id, row.currency] < row.booked_on:
            again.append(row.pk)
            batch.warn(
                _(
                    "Line %(line)s, %(account)s: %(no)s brings a balance forward on top of "
                    "earlier movements; it is not counted again."
                )
                % {
                    "line": row.line,
                    "account": row.account,
                    "no": row.document_no or row.get_kind_display(),
                }
            )
    for pks in chunks(again):
        rows.filter(pk__in=pks).update(outcome=Outcome.REPEATED)


def _closed(batch, rows):
    headers = batch.table().columns
    writes = rows.filter(outcome__in=[Outcome.NEW, Outcome.CHANGED], account__is_closed=True)
    for code in writes.order_by().values_list("account__code", flat=True).distinct():
        reason = _("The account %s is closed.") % code
        _refuse(batch, writes.filter(account__code=code), headers["account_code"][0], reason)
    closed = closed_until(batch.supplier)
    if not closed:
        return
    reason = _("The books are closed until %s: reopen the month first.") % format_date(closed)
    late = rows.filter(outcome=Outcome.NEW, booked_on__lte=closed)
    _refuse(batch, late, headers["booked_on"][0], reason)
    rows.filter(outcome__in=[Outcome.CHANGED, Outcome.DELETED], entry__source=SOURCE).filter(
        Q(booked_on__lte=closed) | Q(entry__booked_on__lte=closed)
    ).update(outcome=Outcome.HELD, reason=_("The books are closed until %s.") % format_date(closed))


def _refuse(batch, rows, column, reason):
    for line in rows.order_by("line").values_list("line", flat=True):
        batch.refuse(line, column, reason)
    rows.update(outcome=Outcome.REFUSED)


def _wait_on(rows, held):
    """What may be a payment of ours is not asked again, nor booked, while it stays as it is."""
    same = held.values("content_hash")
    rows.filter(outcome=Outcome.NEW, content_hash__in=same).update(outcome=Outcome.UNCHANGED)


def _decided_before(rows, held):
    """What waits for a decision, or has had it, is not asked again while it stays as it is."""
    names = ("content_hash", "is_deleted")
    before = held.filter(**{name: OuterRef(name) for name in names})
    rows.filter(Exists(before), outcome=Outcome.HELD).update(outcome=Outcome.UNCHANGED)
