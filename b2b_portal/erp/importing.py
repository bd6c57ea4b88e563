"""A file's way: received, read, compared, applied, undone. The same for every kind of file.

A kind is a module with ``stage(batch, stream)``, ``compare(batch)`` and ``apply(batch, by=)``, and
``undo(batch, by=)`` where that is possible.
"""

import hashlib
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..exceptions import B2BPortalError, FileRefused, HeaderNotFound
from ..jobs import enqueue
from . import accounts, documents_in, entries, made
from .models import ImportBatch
from .reading import first_rows

Kind, State = ImportBatch.Kind, ImportBatch.State
KINDS = {
    Kind.ACCOUNTS: accounts,
    Kind.ENTRIES: entries,
    Kind.INVOICES: documents_in.INVOICES,
    Kind.ORDERS: documents_in.ORDERS,
}
WAITING = (State.UNMAPPED, State.READ, State.FAILED)  # for a clerk
TOO_LATE = _("This import is no longer in that state.")
UNEXPECTED = _("An unexpected error; nothing was written. It stands in the worker's log.")
COLUMNS, CHARACTERS = 200, 80  # shown of a file whose columns are mapped by hand
ABANDONED = timedelta(days=1)


def take_in(supplier, kind, stream, *, dry_run=False, by="", **fields):
    """Read a file and apply it at once; returns its ``ImportBatch``.

    ``stream``: binary, seekable. ``fields``: of the batch. It has no ``pk`` where nothing was
    written: after a dry run, and where a row is refused. Raises ``FileRefused`` for a file that
    cannot be read at all.
    """
    batch = receive(supplier, kind, stream, made_by=by, **fields)
    try:
        KINDS[kind].stage(batch, stream)
        if dry_run or batch.counts["refused"]:
            compare(batch)
        else:
            KINDS[kind].apply(batch, by=by)
    except FileRefused:
        if not batch.counts.get("refused"):
            raise
    finally:
        if batch.state != State.APPLIED:
            discard(batch)
    return batch


def receive(supplier, kind, stream, **fields):
    """A new batch of a file, not read yet. ``fields``: of ``ImportBatch``."""
    _forget_abandoned(supplier)
    stream.seek(0)
    digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return ImportBatch.objects.create(
        supplier=supplier, kind=kind, state=State.READING, sha256=digest, **fields
    )


@transaction.atomic
def compare(batch):
    """Work out what applying would change: the batch's counts, refusals, warnings and rows."""
    KINDS[batch.kind].compare(batch)
    batch.state = State.READ
    batch.save()


def discard(batch):
    """Forget a batch that was not applied, with the accounts made for it."""
    made.forget(ImportBatch.objects.filter(pk=batch.pk, applied_at=None))
    batch.pk = None


@transaction.atomic
def discard_upload(batch):
    """Forget a file that waits for a clerk and was not applied."""
    waiting = ImportBatch.objects.select_for_update().filter(pk=batch.pk, state__in=WAITING)
    if not waiting.first():
        raise FileRefused(TOO_LATE)
    file = batch.file
    discard(batch)
    if file:
        transaction.on_commit(lambda: file.storage.delete(file.name))


def _forget_abandoned(supplier):
    """What broken-off commands have left."""
    abandoned = ImportBatch.objects.filter(
        supplier=supplier,
        state=State.READING,
        file="",
        made_at__lt=timezone.now() - ABANDONED,
    )
    if abandoned.exists():
        made.forget(abandoned)


def enqueue_read(batch):
    """Have the worker read and compare an uploaded file."""
    enqueue("b2b_portal.erp.importing.read_job", batch.pk)


def read_job(batch_id):
    batch = ImportBatch.objects.get(pk=batch_id)
    if batch.state != State.READING:
        return
    batch.rows.all().delete()
    batch.progress, batch.counts, batch.refused = 0, {}, []
    batch.lines, batch.first_rows = [], []
    try:
        with batch.file.open("rb") as stream:
            _read(batch, stream)
    except Exception as error:
        batch.rows.all().delete()
        batch.state, batch.problem = State.FAILED, _said(error)
        batch.save()
        if not isinstance(error, B2BPortalError):
            raise


def _said(error):
    """What a clerk reads of an error; ours are written for people, others stand in the log."""
    return str(error if isinstance(error, B2BPortalError) else UNEXPECTED)


def _read(batch, stream):
    try:
        if not batch.profile:
            raise HeaderNotFound
        KINDS[batch.kind].stage(batch, stream)
    except HeaderNotFound as error:
        batch.first_rows = [
            [cell[:CHARACTERS] for cell in row[:COLUMNS]] for row in first_rows(stream)
        ]
        batch.state, batch.problem = State.UNMAPPED, str(error)
        batch.save()
    else:
        compare(batch)


@transaction.atomic
def map_columns(batch, name, columns):
    """Keep the columns of a file as the supplier's own profile, and have it read again by that.

    ``columns``: {field: its headers}. A profile of that name is replaced.
    """
    _enqueue(batch, State.UNMAPPED, State.READING, "read_job", profile=name)
    batch.supplier.import_profiles.update_or_create(
        name=name, defaults={"kind": batch.kind, "data": {"columns": columns}}
    )


@transaction.atomic
def enqueue_apply(batch, *, by, reverse_missing=False):
    """Have the worker apply a batch as it was shown; once, however often it is asked.

    ``reverse_missing``: also reverse the movements that were shown as missing.
    """
    options = batch.options | {"reverse_missing": reverse_missing and "missing" in batch.counts}
    _enqueue(batch, State.READ, State.APPLYING, "apply_job", by, options=options)


@transaction.atomic
def enqueue_undo(batch, *, by):
    """Have the worker undo an applied batch."""
    _enqueue(batch, State.APPLIED, State.UNDOING, "undo_job", by)


def is_undoable(batch):
    return batch.state == State.APPLIED and hasattr(KINDS.get(batch.kind), "undo")


def _enqueue(batch, now, then, job, *arguments, **fields):
    waiting = ImportBatch.objects.filter(pk=batch.pk, state=now)
    if not waiting.update(state=then, problem="", **fields):
        raise FileRefused(TOO_LATE)
    enqueue(f"b2b_portal.erp.importing.{job}", batch.pk, *arguments)


def apply_job(batch_id, by):
    batch = ImportBatch.objects.get(pk=batch_id)
    if batch.state != State.APPLYING:
        return
    try:
        _stage_again(batch)
        KINDS[batch.kind].apply(batch, by=by)
    except B2BPortalError as error:
        batch = ImportBatch.objects.get(pk=batch_id)
        _stage_again(batch)
        compare(batch)
        batch.problem = str(error)
        batch.save()
    except Exception:
        ImportBatch.objects.filter(pk=batch_id).update(state=State.READ, problem=str(UNEXPECTED))
        raise
    else:
        batch.file.delete()


def _stage_again(batch):
    """Read the file once more where its kind keeps no rows in the database."""
    if batch.kind != Kind.ENTRIES:
        with batch.file.open("rb") as stream:
            KINDS[batch.kind].stage(batch, stream)


def undo_job(batch_id, by):
    batch = ImportBatch.objects.get(pk=batch_id)
    if batch.state != State.UNDOING:
        return
    try:
        KINDS[batch.kind].undo(batch, by=by)
    except Exception as error:
        waiting = ImportBatch.objects.filter(pk=batch_id)
        waiting.update(state=State.APPLIED, problem=_said(error))
        if not isinstance(error, B2BPortalError):
            raise
