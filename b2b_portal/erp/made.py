"""Accounts that a file of movements names and the portal lacks, made where that is asked for."""

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from ..customers.models import CustomerAccount
from .cells import text
from .models import StagedEntry

LONGEST_CODE = CustomerAccount._meta.get_field("code").max_length
LONGEST_TITLE = CustomerAccount._meta.get_field("title").max_length
LONGEST_ID = CustomerAccount._meta.get_field("external_id").max_length


@transaction.atomic
def make(batch, lines, accounts):
    """Make the accounts that lines name by a code nobody bears; ``accounts`` knows them then.

    One that is known by the ERP's row id has another code here: that is for an accounts file.
    """
    for line in lines:
        written = line.cells.get("account_code", "")
        code, row_id = text(line.cells, "account_code"), text(line.cells, "account_id")
        if not code or {written, code} & accounts.by_code.keys() or row_id in accounts.by_id:
            continue
        if len(code) > LONGEST_CODE or len(row_id) > LONGEST_ID:
            continue
        account = CustomerAccount(supplier=batch.supplier, code=code, external_id=row_id)
        account.title = line.cells.get("title", "")[:LONGEST_TITLE] or code
        account.batch = batch
        batch.move()
        account.save()
        accounts.by_code[code] = account
        if row_id:
            accounts.by_id[row_id] = account


def warn(batch):
    """Name the accounts that were made for a batch."""
    for account in batch.accounts.order_by("code"):
        batch.warn(_("New account: %s") % account)


@transaction.atomic
def forget(batches):
    """Delete batches that were not applied, and what was made for them and nothing else uses."""
    StagedEntry.objects.filter(batch__in=batches).delete()
    accounts = CustomerAccount.objects.filter(batch__in=batches)
    try:
        with transaction.atomic():
            accounts.delete()
    except ProtectedError as error:
        used = {row.account_id for row in error.protected_objects}
        accounts.exclude(pk__in=used).delete()
    batches.delete()
