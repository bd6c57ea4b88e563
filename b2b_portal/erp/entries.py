"""Movements of an ERP's file: applied whole or not at all, undone, decided one by one."""

from itertools import groupby

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from ..exceptions import FileRefused
from ..ledger.bulk import Key, post_rows, reverse_all
from ..ledger.drafts import draft
from ..ledger.models import Entry
from ..ledger.months import open_day
from ..ledger.posting import lock, post_all, reverse, revise
from ..signals import import_undone
from . import control
from .attaching import attach
from .compare import Outcome, compare, missing
from .likeness import KEY
from .locks import hold_imports
from .matching import given_up, held, match, waiting_in_vain
from .models import SOURCE, EntryMatch, ImportBatch, StagedEntry, StatedBalance
from .records import chunks
from .staging import stage

__all__ = ["apply", "compare", "decide", "stage", "undo"]
State = ImportBatch.State
Decision = StagedEntry.Decision


@transaction.atomic
def apply(batch, *, by=""):
    """Post what a staged file brings, in one transaction. The batch's rows go, but those held.

    Compares again first. Raises ``FileRefused`` where a row is refused, or where the ledger has
    changed so that other figures come out than were shown; then nothing is written.
    """
    hold_imports(batch.supplier)
    batch.move()
    compare(batch)
    batch.check_shown()
    rows = batch.rows.all()
    gone = Entry.objects.none()
    if batch.counts.get("deleted"):
        gone = Entry.objects.filter(pk__in=rows.filter(outcome=Outcome.DELETED).values("entry"))
        ours = list(given_up(rows).values_list("entry", flat=True))
        EntryMatch.objects.filter(entry__in=ours).delete()
        gone = gone.exclude(pk__in=ours)
    if batch.options.get("reverse_missing"):
        gone |= Entry.objects.filter(pk__in=missing(batch).values("pk"))
    changed = rows.filter(outcome=Outcome.CHANGED)
    new = rows.filter(outcome=Outcome.NEW)
    _lock_all(batch.supplier_id, (new, ""), (changed, ""), (changed, "entry__"), (gone, ""))
    who = {"by": by, "batch": batch}
    _post(new, batch, by)
    before = Entry.objects.filter(pk__in=changed.values("entry"))
    reverse_all(before, batch.supplier_id, reason=_("Corrected by the ERP"), **who)
    revision = Entry.objects.filter(pk=OuterRef("entry_id")).values("revision")
    changed.update(revision=Subquery(revision[:1]) + 1)
    _post(changed, batch, by)
    reverse_all(gone, batch.supplier_id, reason=_("No longer in the ERP's books"), **who)
    matched = rows.filter(outcome=Outcome.MATCHED, entry__erp_match=None)
    EntryMatch.objects.bulk_create(match(row, batch) for row in matched)
    StagedEntry.objects.filter(pk__in=waiting_in_vain(batch, held(batch.supplier))).delete()
    rows.exclude(outcome=Outcome.HELD).delete()
    _attach_invoices(batch)
    control.keep(batch)
    batch.applied(by)


def _post(rows, batch, by):
    rows = rows.annotate(key=KEY).order_by("line")
    post_rows(rows, batch.supplier_id, source=SOURCE, batch=batch, by=by)


def _attach_invoices(batch):
    accounts = batch.entries.order_by().values_list("account_id", named=True).distinct()
    attach(batch.supplier, entries=accounts, batch=batch)


def _lock_all(supplier_id, *querysets):
    """Lock all balances that rows will move, at once and so in one order.

    ``querysets``: each with the path to what bears account and currency.
    """
    keys = set()
    for rows, path in querysets:
        names = f"{path}account", f"{path}currency"
        keys |= set(rows.order_by().values_list(*names).distinct())
    lock([Key(supplier_id, *key) for key in keys])


def draft_of(row, **fields):
    """The draft that a staged row, or an entry to be posted again, stands for."""
    names = ("account", "currency", "amount", "base_amount", "rate", "kind", "source_kind")
    names += ("booked_on", "due_on", "document_no", "description", "source", "external_id")
    return draft(**{name: getattr(row, name) for name in names} | fields)


@transaction.atomic
def undo(batch, *, by=""):
    """Take back what an applied file did: what it brought is reversed, what it changed or deleted
    is again as the last file that is not undone and brought it new or otherwise has it. A file that
    repeated it unchanged does not count: nothing is kept of such rows.

    What a later file has changed meanwhile stays, and so does what a clerk has reversed. Matches
    are given up; those that the file itself gave up come back with the next file. Closings that the
    file's changes undid do not come back. Raises ``LedgerError`` where a movement to be restored
    lies in a closed month.
    """
    hold_imports(batch.supplier)
    batch.refresh_from_db()
    if batch.state not in (State.APPLIED, State.UNDOING) or batch.kind != ImportBatch.Kind.ENTRIES:
        raise FileRefused(_("This import cannot be undone."))
    batch.state, batch.undone_at, batch.undone_by = State.UNDONE, timezone.now(), by[:254]
    batch.save()
    of_erp = Entry.objects.filter(supplier=batch.supplier_id, source=SOURCE)
    brought = of_erp.filter(batch=batch, reversed_by=None)
    keys = of_erp.order_by().values_list("external_id", flat=True)
    touched = keys.filter(reversed_by__batch=batch)
    touched = touched.union(keys.filter(batch=batch, revision__gt=1))
    _lock_all(batch.supplier_id, (brought, ""), (of_erp.filter(external_id__in=touched), ""))
    for part in chunks(sorted(touched)):
        _restore(of_erp.filter(external_id__in=part), batch, by)
    reason = _("Import %s undone") % batch.pk
    reverse_all(brought.all(), batch.supplier_id, reason=reason, by=by, batch=batch)
    batch.matches.all().delete()
    batch.rows.all().delete()
    _attach_invoices(batch)
    StatedBalance.objects.filter(batch=batch).delete()
    import_undone.send(ImportBatch, batch=batch, by=by)


def _restore(entries, batch, by):
    related = ("account__supplier", "batch", "reversed_by__batch")
    entries = entries.select_related(*related).order_by("external_id", "-revision")
    for _key, revisions in groupby(entries, key=lambda entry: entry.external_id):
        revisions = list(revisions)
        if said := _said_before(revisions):
            draft = draft_of(said, batch=said.batch, by=by)
            revise(revisions[0], draft, batch=batch)


def _said_before(revisions):
    """The revision to be posted again: the latest of a file that is not undone.

    None where it is in force, or was taken back by a clerk or a file that is not undone.
    ``revisions``: of one movement, the latest first.
    """
    for entry in revisions:
        reversal = getattr(entry, "reversed_by", None)
        if reversal and not _is_undone(reversal.batch):
            return None
        if not _is_undone(entry.batch):
            return entry if reversal else None
    return None


def _is_undone(batch):
    return bool(batch and batch.undone_at)


@transaction.atomic
def decide(row, decision, *, by=""):
    """Do with a row that is held what a clerk has decided.

    ``booked``: it counts; where it changes a movement of a closed month, from the first open day
    on. ``same``: it is the portal's own payment and counts no second time. ``left``: the ledger
    stays as it is. Raises ``LedgerError``; ``FileRefused`` where it was decided before, is no
    payment of the portal's, or another row is that payment.
    """
    batch = row.batch
    hold_imports(batch.supplier)
    row = StagedEntry.objects.select_related("account__supplier", "entry").get(pk=row.pk)
    if row.decision:
        raise FileRefused(_("This row was decided before."))
    if decision == Decision.SAME:
        if not row.is_ours:
            raise FileRefused(_("This row is no payment of the portal."))
        if EntryMatch.objects.filter(entry=row.entry).exists():
            raise FileRefused(_("Another row has brought this payment back: book it, or leave it."))
        match(row, batch).save()
    elif decision == Decision.BOOKED:
        _book(row, batch, by)
    row.decision, row.decided_at, row.decided_by = decision, timezone.now(), by[:254]
    row.save()


def _book(row, batch, by):
    known = Entry.objects.filter(supplier=batch.supplier_id, source=SOURCE)
    latest = known.filter(external_id=row.external_id).order_by("-revision").first()
    if row.is_deleted:
        reverse(latest, reason=_("No longer in the ERP's books"), by=by, batch=batch)
        attach(batch.supplier, entries=[latest])
        return
    entry = draft_of(row, booked_on=open_day(batch.supplier_id, row.booked_on), batch=batch, by=by)
    if latest:
        revise(latest, entry)
    else:
        post_all([entry])
    attach(batch.supplier, entries=[entry, latest or entry])
