"""A file's movements into the staging table: read, checked, in short transactions."""

import re
from collections import defaultdict
from itertools import islice

from django.db import connection, transaction
from django.utils.translation import gettext as _

from ..customers.fold import fold_number
from ..exceptions import FileRefused, InvalidEntry
from ..ledger.content import FIELDS
from ..ledger.drafts import complete
from ..ledger.models import Entry
from ..ledger.rows import analyze, insert
from ..payments.models import Payment
from ..payments.settle import SOURCE as PORTAL
from . import cells, made
from .control import RunningBalances
from .likeness import STEM
from .models import SOURCE, StagedEntry
from .movements import movement_of, says_nothing
from .reading import read
from .who import accounts_of

CHUNK = 500  # few enough to leave nothing for the garbage collector
SQLITE_ROWS = 100_000
LONGEST_RECEIPT = 21
STAGED = ("batch_id", "line", "is_deleted", "payment_id", "stem", "content_hash", "search_text")
STAGED += FIELDS[:-1]  # files tell no time of day
RECEIPT = re.compile(r"[\W_]*b[\W_]*2[\W_]*b[\W_0-9]{9,50}", re.IGNORECASE)


class Movement:
    """A row of a file, with what the ledger's checks ask of an ``Entry``.

    ``is_zero``: it moves nothing; where it stands for a movement, that is taken back.
    """

    source = SOURCE
    occurred_at = payment_id = None
    posted_by = ""

    def __init__(self, line, fields, row_id, is_deleted, is_zero):
        vars(self).update(fields)
        self.line, self.is_deleted, self.is_zero = line, is_deleted or is_zero, is_zero
        self.account_id = self.account.pk
        self.stem = f"#{row_id}" if row_id else stem_of(self)
        self.external_id = f"{self.stem}|1"
        self.content = complete(self, may_be_zero=self.is_deleted)

    def staged(self, batch_id):
        """The values of ``STAGED`` as the database keeps them."""
        return (
            batch_id,
            self.line,
            self.is_deleted,
            self.payment_id,
            self.stem,
            self.content_hash,
            self.search_text,
            *self.content[:-1],
        )


def stem_of(movement):
    """A movement's key where the ERP gives none, but for its running number: account and document
    no, or the day where it has none.
    """
    return f"{movement.account_id}|{movement.document_no or movement.booked_on}"


def stage(batch, stream):
    """Read a file's movements into the batch's rows; what cannot be read is ``batch.refused``.

    ``stream``: binary, seekable. Raises ``FileRefused`` for a file that cannot be read at all.
    """
    table = batch.table()
    accounts = accounts_of(batch.supplier)
    lines = read(stream, table, batch.counts)
    payments = Payment.objects.filter(account__supplier=batch.supplier, entry__source=PORTAL)
    ours = payments.exists()
    running = RunningBalances(batch.supplier, table)
    while chunk := list(islice(lines, CHUNK)):
        if batch.options.get("create_accounts"):
            made.make(batch, chunk, accounts)
        movements = list(_movements(batch, chunk, accounts, table, running))
        movements = _without_zeros(batch, movements)
        if ours:
            _recognise_payments(payments, movements)
        batch.progress += len(chunk)
        if connection.vendor == "sqlite" and batch.progress > SQLITE_ROWS:
            raise FileRefused(
                _("The file has more than %s rows: split it, or use PostgreSQL.")
                % f"{SQLITE_ROWS:,}".replace(",", ".")
            )
        with transaction.atomic():
            batch.move()
            insert(StagedEntry, STAGED, [movement.staged(batch.pk) for movement in movements])
    analyze(StagedEntry)
    running.put_on(batch)
    batch.counts["unreadable"] = batch.counts.setdefault("refused", 0)


def _movements(batch, lines, accounts, table, running):
    for line in lines:
        try:
            row = cells.of_line(line)
            fields = movement_of(row, batch.supplier, accounts, table)
            is_deleted = "deleted" in row and table.says_deleted(row["deleted"])
            is_zero = not is_deleted and says_nothing(row, fields, table)
            row_id = _row_id(row, fields, table)
            movement = Movement(line.number, fields, row_id, is_deleted, is_zero)
        except cells.RowRefused as refusal:
            batch.refuse(line.number, refusal.column, refusal.reason)
        except InvalidEntry as error:
            batch.refuse(line.number, "", error)
        else:
            movement.cells = row
            if "balance" in row:
                running.note(line, movement)
            yield movement


def _without_zeros(batch, movements):
    """The movements but for the rows of 0, which are counted.

    Those stay under whose row id or document number a movement is in force: it is 0 now.
    """
    zeros = {movement for movement in movements if movement.is_zero}
    if not zeros:
        return movements
    known = Entry.objects.filter(supplier=batch.supplier, source=SOURCE, reversed_by=None)
    ids = [movement.external_id for movement in zeros if movement.stem.startswith("#")]
    of_accounts = known.filter(account__in={movement.account_id for movement in zeros})
    numbered = [f"{movement.stem}|" for movement in zeros if movement.document_no]
    stems = {
        *known.filter(external_id__in=ids).values_list(STEM, flat=True),
        *of_accounts.alias(under=STEM).filter(under__in=numbered).values_list(STEM, flat=True),
    }
    passed = {movement for movement in zeros if f"{movement.stem}|" not in stems}
    batch.counts["zeros"] = batch.counts.get("zeros", 0) + len(passed)
    return [movement for movement in movements if movement not in passed]


def _row_id(row, fields, table):
    """The ERP's own id of the row; with the year where its ids start again each year."""
    row_id = row.get("id")
    if row_id and table.id_scope == "year":
        return f"{fields['booked_on'].year}|{row_id}"
    return row_id


def _recognise_payments(payments, movements):
    """Note which movements bear the receipt no, or the gateway's id, of one of the payments.

    A receipt no is compared by its letters and digits alone.
    """
    by_receipt, by_id = defaultdict(list), defaultdict(list)
    for movement in movements:
        row = movement.cells
        others = (row.get(name, "") for name in ("reference", "payment_id"))
        for number in (movement.document_no, *others):
            if RECEIPT.fullmatch(number):
                by_receipt[fold_number(number)].append(movement)
            elif number.isascii() and number.isdigit():
                by_id[number].append(movement)
    digits = [no[3:] for no in by_receipt if len(no) <= LONGEST_RECEIPT]
    ids = [int(number) for number in digits if number.isdecimal()]
    for payment in payments.filter(pk__in=ids):
        for movement in by_receipt[fold_number(payment.receipt_no)]:
            movement.payment_id = payment.pk
    for payment in payments.filter(gateway_payment_id__in=by_id):
        for movement in by_id[payment.gateway_payment_id]:
            if movement.account_id == payment.account_id:
                movement.payment_id = payment.pk
