"""The worker's part of an import. A job may be handed out again: it works once."""

from contextlib import suppress
from uuid import uuid4

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from ..exceptions import B2BPortalError, HeaderNotFound, TakenOver
from .importing import KINDS, Kind, State, compare
from .models import ImportBatch
from .reading import first_rows

UNEXPECTED = _("An unexpected error; nothing was written. It stands in the worker's log.")
COLUMNS, CHARACTERS = 200, 80  # shown of a file whose columns are mapped by hand


def run(language, job, *arguments):
    """Do a job. What it says of the file is in the language of the clerk who asked for it."""
    with translation.override(language):
        {"read": read_job, "apply": apply_job, "undo": undo_job}[job](*arguments)


def _begin(batch_id, state):
    """The batch, for a job to work on; None where it is in another state.

    A queue may hand out a job again: then the newer one goes on, and the older one is stopped by
    ``ImportBatch.move`` before it writes anything more.
    """
    claim = uuid4().hex
    waiting = ImportBatch.objects.filter(pk=batch_id, state=state)
    if not waiting.update(claim=claim, moved_at=timezone.now()):
        return None
    batch = ImportBatch.objects.get(pk=batch_id)
    batch.claim = claim
    return batch


def read_job(batch_id):
    with transaction.atomic():
        batch = _begin(batch_id, State.READING)
        if batch is None:
            return
        batch.rows.all().delete()
    batch.progress, batch.counts, batch.refused = 0, {}, []
    batch.lines, batch.first_rows = [], []
    try:
        with batch.file.open("rb") as stream:
            _read(batch, stream)
    except TakenOver:
        return
    except Exception as error:
        with suppress(TakenOver):
            _leave(batch, State.FAILED, _said(error))
        if not isinstance(error, B2BPortalError):
            raise


@transaction.atomic
def _leave(batch, state, problem):
    """Leave a file that was not read to a clerk."""
    batch.move()
    batch.rows.all().delete()
    batch.state, batch.problem = state, problem
    batch.save()


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
        _leave(batch, State.UNMAPPED, str(error))
    else:
        compare(batch)


def apply_job(batch_id, by):
    batch = _begin(batch_id, State.APPLYING)
    if batch is None:
        return
    mine = ImportBatch.objects.filter(pk=batch_id, state=batch.state, claim=batch.claim)
    try:
        _stage_again(batch)
        KINDS[batch.kind].apply(batch, by=by)
    except Exception as error:
        _show_again(mine, error)
        if not isinstance(error, B2BPortalError):
            raise
    else:
        batch.file.delete()


def _show_again(mine, error):
    """Leave a batch that could not be applied to a clerk, compared anew where that can be done."""
    try:
        if isinstance(error, B2BPortalError) and (batch := mine.first()):
            batch.problem = str(error)
            _stage_again(batch)
            compare(batch)
    except B2BPortalError as reason:
        error = reason
    finally:
        mine.update(state=State.READ, problem=_said(error))


def _stage_again(batch):
    """Read the file once more where its kind keeps no rows in the database."""
    if batch.kind != Kind.ENTRIES:
        with batch.file.open("rb") as stream:
            KINDS[batch.kind].stage(batch, stream)


def undo_job(batch_id, by):
    batch = _begin(batch_id, State.UNDOING)
    if batch is None:
        return
    mine = ImportBatch.objects.filter(pk=batch_id, state=batch.state, claim=batch.claim)
    try:
        KINDS[batch.kind].undo(batch, by=by)
    except Exception as error:
        mine.update(state=State.APPLIED, problem=_said(error))
        if not isinstance(error, B2BPortalError):
            raise
