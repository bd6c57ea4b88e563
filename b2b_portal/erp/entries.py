"""Movements of an ERP's file: applied whole or not at all, undone, decided one by one."""

from django.db import transaction
from django.db.models import Exists, OuterRef
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
from .compare import KEY, Outcome, compare, missing
from .locks import hold_imports
from .matching import match
from .models import SOURCE, EntryMatch, ImportBatch, StagedEntry, StatedBalance
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
    gone = Entry.objects.filter(pk__in=rows.filter(outcome=Outcome.DELETED).values("entry"))
    if batch.options.get("reverse_missing"):
        gone |= Entry.objects.filter(pk__in=missing(batch).values("pk"))
    changed = rows.filter(outcome=Outcome.CHANGED)
    new = rows.filter(outcome=Outcome.NEW)
    _lock_all(batch.supplier_id, (new, ""), (changed, ""), (changed, "entry__"), (gone, ""))
    new = new.annotate(key=KEY).order_by("line")
    post_rows(new, batch.supplier_id, source=SOURCE, batch=batch, by=by)
    for row in changed.select_related("entry", "account__supplier").order_by("line"):
        revise(row.entry, draft_of(row, batch=batch, by=by))
    reverse_all(
        gone, batch.supplier_id, reason=_("No longer in the ERP's books"), by=by, batch=batch
    )
    matched = rows.filter(outcome=Outcome.MATCHED, entry__erp_match=None)
    EntryMatch.objects.bulk_create(match(row, batch) for row in matched)
    _forget_what_waits_in_vain(batch)
    rows.exclude(outcome=Outcome.HELD).delete()
    _attach_invoices(batch)
    control.keep(batch)
    batch.applied(by)


def _attach_invoices(batch):
    accounts = batch.entries.order_by().values_list("account_id", named=True).distinct()
    attach(batch.supplier, entries=accounts)


def _lock_all(supplier_id, *querysets):
    """Lock all balances that rows will move, at once and so in one order.

    ``querysets``: each with the path to what bears account and currency.
    """
    keys = set()
    for rows, path in querysets:
        keys |= set(rows.order_by().values_list(f"{path}account", f"{path}currency"))
    lock([Key(supplier_id, *key) for key in keys])


def _forget_what_waits_in_vain(batch):
    """A row that waits for a decision goes when the ERP has said something else of it."""
    newer = batch.rows.filter(stem=OuterRef("stem"), number=OuterRef("number")).exclude(
        content_hash=OuterRef("content_hash")
    )
    waiting = StagedEntry.objects.filter(
        batch__supplier=batch.supplier_id, outcome=Outcome.HELD, decision=""
    ).exclude(batch=batch)
    waiting.filter(Exists(newer)).delete()


def draft_of(row, **fields):
    """The draft that a staged row, or an entry to be posted again, stands for."""
    names = ("account", "currency", "amount", "base_amount", "rate", "kind", "source_kind")
    names += ("booked_on", "due_on", "document_no", "description", "source", "external_id")
    return draft(**{name: getattr(row, name) for name in names} | fields)


@transaction.atomic
def undo(batch, *, by=""):
    """Take back what an applied file did: what it brought is reversed, what it changed, deleted or
    matched is again as it was.

    What a later file has changed meanwhile stays. Closings that the file's changes undid do not
    come back. Raises ``LedgerError`` where a movement to be restored lies in a closed month.
    """
    hold_imports(batch.supplier)
    batch.refresh_from_db()
    if batch.state not in (State.APPLIED, State.UNDOING) or batch.kind != ImportBatch.Kind.ENTRIES:
        raise FileRefused(_("This import cannot be undone."))
    of_erp = Entry.objects.filter(supplier=batch.supplier_id, source=SOURCE)
    brought = of_erp.filter(batch=batch, reversed_by=None)
    replaced = of_erp.filter(reversed_by__batch=batch).select_related("account__supplier", "batch")
    _lock_all(batch.supplier_id, (brought, ""), (replaced, ""))
    for external_id, old in {old.external_id: old for old in replaced.order_by("revision")}.items():
        last = of_erp.filter(external_id=external_id).order_by("-revision")[0]
        reversal = getattr(last, "reversed_by", None)
        if last.batch_id == batch.pk if reversal is None else reversal.batch_id:
            revise(last, draft_of(old, batch=old.batch, by=by), batch=batch)
    reason = _("Import %s undone") % batch.pk
    reverse_all(brought.all(), batch.supplier_id, reason=reason, by=by, batch=batch)
    batch.matches.all().delete()
    batch.rows.all().delete()
    _attach_invoices(batch)
    StatedBalance.objects.filter(batch=batch).delete()
    batch.state, batch.undone_at, batch.undone_by = State.UNDONE, timezone.now(), by[:254]
    batch.save()
    import_undone.send(ImportBatch, batch=batch, by=by)


@transaction.atomic
def decide(row, decision, *, by=""):
    """Do with a row that is held what a clerk has decided.

    ``booked``: it counts; where it changes a movement of a closed month, from the first open day
    on. ``same``: it is the portal's own payment and counts no second time. ``left``: the ledger
    stays as it is. Raises ``LedgerError``, or ``FileRefused`` where it was decided before.
    """
    batch = row.batch
    hold_imports(batch.supplier)
    row = StagedEntry.objects.select_related("account__supplier", "entry").get(pk=row.pk)
    if row.decision or (decision == Decision.SAME and not row.is_ours):
        raise FileRefused(_("This row was decided before."))
    if decision == Decision.SAME:
        match(row, batch).save()
    elif decision == Decision.BOOKED:
        _book(row, None if row.is_ours else row.entry, batch, by)
    row.decision, row.decided_at, row.decided_by = decision, timezone.now(), by[:254]
    row.save()


def _book(row, entry, batch, by):
    day = open_day(batch.supplier_id, row.booked_on)
    if entry is None:
        post_all([draft_of(row, booked_on=day, batch=batch, by=by)])
        return
    known = Entry.objects.filter(supplier=batch.supplier_id, source=SOURCE)
    latest = known.filter(external_id=entry.external_id).order_by("-revision").first()
    if row.is_deleted:
        reverse(latest, reason=_("No longer in the ERP's books"), by=by, batch=batch)
    else:
        revise(latest, draft_of(row, booked_on=day, batch=batch, by=by))
