"""A file's way: received, read, compared, applied, undone. The same for every kind of file.

A kind is a module with ``stage(batch, stream)``, ``compare(batch)`` and ``apply(batch, by=)``, and
``undo(batch, by=)`` where that is possible.
"""

import hashlib
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language

from ..exceptions import FileRefused
from ..jobs import enqueue
from . import accounts, documents_in, entries, made
from .models import TOO_LATE, ImportBatch

Kind, State = ImportBatch.Kind, ImportBatch.State
KINDS = {
    Kind.ACCOUNTS: accounts,
    Kind.ENTRIES: entries,
    Kind.INVOICES: documents_in.INVOICES,
    Kind.ORDERS: documents_in.ORDERS,
}
ABANDONED = timedelta(days=1)
GIVEN_UP = timedelta(minutes=15)  # without a sign of life: no job is at work on it


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
            try:
                KINDS[kind].apply(batch, by=by)
            except FileRefused:
                if not batch.counts["refused"]:
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
    batch.move()
    KINDS[batch.kind].compare(batch)
    batch.state = State.READ
    batch.save()


def discard(batch):
    """Forget a batch that was not applied, with the accounts made for it."""
    made.forget(ImportBatch.objects.filter(pk=batch.pk, applied_at=None))
    batch.pk = None


def is_discardable(batch):
    return _discardable(batch).exists()


def _discardable(batch):
    return _waiting(
        batch, State.UNMAPPED, State.READ, State.FAILED, or_given_up=(State.READING, State.APPLYING)
    )


def _waiting(batch, *states, or_given_up=()):
    """The batch where it is in one of these states; or in one of the others, and no job moves it."""
    given_up = Q(state__in=or_given_up, moved_at__lt=timezone.now() - GIVEN_UP)
    return ImportBatch.objects.filter(Q(state__in=states) | given_up, pk=batch.pk)


@transaction.atomic
def discard_upload(batch):
    """Forget a file that was not applied and waits for a clerk, or that no job moves any more."""
    if not _discardable(batch).select_for_update().first():
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
    _enqueue_job("read", batch.pk)


@transaction.atomic
def map_columns(batch, name, columns):
    """Keep the columns of a file as the supplier's own profile, and have it read again by that.

    ``columns``: {field: its headers}. A profile of that name is replaced.
    """
    waiting = _waiting(batch, State.UNMAPPED)
    _enqueue(waiting, State.READING, "read", batch.pk, profile=name)
    batch.supplier.import_profiles.update_or_create(
        name=name, defaults={"kind": batch.kind, "data": {"columns": columns}}
    )


@transaction.atomic
def enqueue_apply(batch, *, by, reverse_missing=False):
    """Have the worker apply a batch as it was shown; once, however often it is asked.

    ``reverse_missing``: also reverse the movements that were shown as missing.
    """
    options = batch.options | {"reverse_missing": reverse_missing and "missing" in batch.counts}
    waiting = _waiting(batch, State.READ)
    _enqueue(waiting, State.APPLYING, "apply", batch.pk, by, options=options)


@transaction.atomic
def enqueue_undo(batch, *, by):
    """Have the worker undo an applied batch."""
    _enqueue(_undoable(batch), State.UNDOING, "undo", batch.pk, by)


def is_undoable(batch):
    return hasattr(KINDS.get(batch.kind), "undo") and _undoable(batch).exists()


def later_files(batch):
    """Numbers of the imports of movements that came after one and are not undone, rising."""
    later = batch.supplier.import_batches.filter(
        kind=batch.kind, undone_at=None, applied_at__gt=batch.applied_at
    )
    return list(later.order_by("applied_at").values_list("pk", flat=True))


def _undoable(batch):
    return _waiting(batch, State.APPLIED, or_given_up=(State.UNDOING,))


def _enqueue(waiting, then, job, *arguments, **fields):
    if not waiting.update(state=then, problem="", moved_at=timezone.now(), **fields):
        raise FileRefused(TOO_LATE)
    _enqueue_job(job, *arguments)


def _enqueue_job(job, *arguments):
    enqueue("b2b_portal.erp.work.run", get_language(), job, *arguments)
