"""A file's movements into the staging table: read, checked, in short transactions."""

import re
from collections import defaultdict
from itertools import islice
from operator import attrgetter

from django.db import connection, transaction
from django.utils.translation import gettext as _

from ..customers.models import CustomerAccount, FormerCode
from ..exceptions import FileRefused, InvalidEntry
from ..ledger.content import NUMBERS
from ..ledger.drafts import complete
from ..payments.models import Payment
from ..payments.settle import SOURCE as PORTAL
from . import made, rows
from .control import RunningBalances
from .models import SOURCE, ImportBatch, StagedEntry
from .movements import Accounts, RowRefused, cells_of, movement_of
from .reading import read

CHUNK = 2000
SQLITE_ROWS = 200_000
RECEIPT = re.compile("b2b([0-9]{9,18})", re.IGNORECASE)


class Movement:
    """A row of a file, as the ledger's checks and the staging table want it."""

    STAGED = (
        "line",
        "account_id",
        "currency",
        "amount",
        "base_amount",
        "rate",
        "kind",
        "source_kind",
        "booked_on",
        "due_on",
        "document_no",
        "description",
        "search_text",
        "stem",
        "content_hash",
        "is_deleted",
        "payment_id",
    )
    __slots__ = (
        *STAGED,
        "account",
        "external_id",
        "numbers",
        "occurred_at",
        "posted_by",
    )

    source = SOURCE

    def __init__(self, line, fields, row_id):
        for name, value in fields.items():
            setattr(self, name, value)
        self.line = line
        self.account_id = self.account.pk
        self.occurred_at = self.payment_id = None
        self.posted_by = ""
        self.stem = row_id and f"#{row_id}" or stem_of(self)
        self.external_id = f"{self.stem}|1"
        complete(self)

    def staged(self):
        """The values of ``STAGED`` as the database keeps them."""
        for name, field in NUMBERS.items():
            value = getattr(self, name)
            if value is not None:
                setattr(self, name, field.to_units(value))
        self.booked_on = self.booked_on.isoformat()
        self.due_on = self.due_on and self.due_on.isoformat()
        return _staged(self)


_staged = attrgetter(*Movement.STAGED)


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
    lines = read(stream, table)
    payments = Payment.objects.filter(account__supplier=batch.supplier, entry__source=PORTAL)
    ours = payments.exists()
    running = RunningBalances(batch.supplier, table)
    while chunk := list(islice(lines, CHUNK)):
        if batch.options.get("create_accounts"):
            made.make(batch, chunk, accounts)
        movements = list(_movements(batch, chunk, accounts, table, running))
        if ours:
            _recognise_payments(payments, movements)
        batch.progress += len(chunk)
        if connection.vendor == "sqlite" and batch.progress > SQLITE_ROWS:
            raise FileRefused(
                _("The file has more than %s rows: split it, or use PostgreSQL.")
                % f"{SQLITE_ROWS:,}".replace(",", ".")
            )
        with transaction.atomic():
            rows.insert(
                StagedEntry,
                ("batch", *(name.removesuffix("_id") for name in Movement.STAGED)),
                [(batch.pk, *movement.staged()) for movement in movements],
            )
            ImportBatch.objects.filter(pk=batch.pk).update(progress=batch.progress)
    rows.analyze(StagedEntry)
    running.put_on(batch)
    batch.counts["unreadable"] = batch.counts.setdefault("refused", 0)


def accounts_of(supplier):
    """The supplier's accounts by code, former ones too, and by their row ids in the ERP."""
    by_code, by_id, by_pk = {}, {}, {}
    for account in CustomerAccount.objects.filter(supplier=supplier):
        account.supplier = supplier
        by_code[account.code] = by_pk[account.pk] = account
        if account.external_id:
            by_id[account.external_id] = account
    for former in FormerCode.objects.filter(supplier=supplier):
        by_code.setdefault(former.code, by_pk[former.account_id])
    return Accounts(by_code, by_id)


def _movements(batch, lines, accounts, table, running):
    for line in lines:
        try:
            cells = cells_of(line)
            fields = movement_of(cells, batch.supplier, accounts, table)
            movement = Movement(line.number, fields, _row_id(cells, fields, table))
            movement.is_deleted = table.says_deleted(cells.get("deleted", ""))
        except RowRefused as refusal:
            batch.refuse(line.number, refusal.column, refusal.reason)
        except InvalidEntry as error:
            batch.refuse(line.number, "", error)
        else:
            movement.numbers = [
                str(cells[name])
                for name in ("document_no", "reference", "payment_id")
                if cells.get(name)
            ]
            if "balance" in cells:
                running.note(line, movement)
            yield movement


def _row_id(cells, fields, table):
    """The ERP's own id of the row; with the year where its ids start again each year."""
    row_id = cells.get("id")
    if row_id and table.id_scope == "year":
        return f"{fields['booked_on'].year}|{row_id}"
    return row_id


def _recognise_payments(payments, movements):
    """Note which movements bear the receipt no, or the gateway's id, of one of the payments."""
    by_receipt, by_id = defaultdict(list), defaultdict(list)
    for movement in movements:
        for number in movement.numbers:
            if receipt := RECEIPT.fullmatch(number):
                by_receipt[int(receipt[1])].append((movement, number))
            elif number.isascii() and number.isdigit():
                by_id[number].append(movement)
    for payment in payments.filter(pk__in=by_receipt):
        for movement, number in by_receipt[payment.pk]:
            if number.upper() == payment.receipt_no:
                movement.payment_id = payment.pk
    for payment in payments.filter(gateway_payment_id__in=by_id):
        for movement in by_id[payment.gateway_payment_id]:
            if movement.account_id == payment.account_id:
                movement.payment_id = payment.pk
