"""Accounts of an ERP's file: made and changed whole or not at all.

A file's rows are kept in memory, on the batch, between ``stage`` and ``apply``: another process
stages the file again before it applies it.
"""

from collections import defaultdict
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat
from django.template.defaultfilters import yesno
from django.utils import timezone
from django.utils.translation import gettext as _

from ..customers.models import Contact, CustomerAccount
from ..exceptions import FileRefused
from . import addresses, control
from .account_rows import AccountRecord, record_of
from .cells import RowRefused, refusal
from .locks import hold_imports
from .reading import read
from .who import accounts_of, who_is_who

MOST = 100_000  # rows kept in memory
CHUNK = 500
COUNTED = ("new", "changed", "unchanged", "matched", "addresses")


@dataclass
class Plan:
    """What becomes of an account. ``values``: {field: value} that change."""

    record: AccountRecord
    account: CustomerAccount
    values: dict
    addresses: list


def stage(batch, stream):
    """Read a file's rows into ``batch.records``; what cannot be read is ``batch.refused``.

    ``stream``: binary, seekable. Raises ``FileRefused`` for a file that cannot be read at all.
    """
    table = batch.table()
    batch.progress, batch.counts, batch.refused = 0, {"refused": 0}, []
    records, codes, ids = [], {}, {}
    for line in read(stream, table, batch.counts):
        batch.progress += 1
        if batch.progress > MOST:
            limit = f"{MOST:,}".replace(",", ".")
            raise FileRefused(_("The file has more than %s rows.") % limit)
        try:
            record = record_of(line, batch.supplier, table)
            if not record.is_deleted:
                _refuse_again(record, "code", record.code, codes)
                _refuse_again(record, "id", record.id, ids)
        except RowRefused as refused:
            batch.refuse(line.number, refused.column, refused.reason)
        else:
            records.append(record)
    # A code that was deleted and given anew is the new row's.
    alive = {record.code for record in records if not record.is_deleted}
    batch.records = [row for row in records if not (row.is_deleted and row.code in alive)]
    batch.counts["unreadable"] = batch.counts["refused"]


def _refuse_again(record, column, value, seen):
    key = (value, record.stated[0]) if record.only_states else value
    if value and seen.setdefault(key, record.line) != record.line:
        reason = _("“%(value)s” stands in the file twice, first in line %(line)s.")
        raise refusal(record, column, reason % {"value": value, "line": seen[key]})


def compare(batch):
    """Find out what a staged file changes: ``batch.plans``; what to show goes on the batch, unsaved.

    May be called again: the accounts may have changed.
    """
    batch.count_anew(*COUNTED)
    batch.warn_where_empty()
    accounts = accounts_of(batch.supplier)
    found = who_is_who(batch.records, accounts)
    held = {code for code, account in accounts.by_code.items() if account.code == code}
    held -= {
        found[record.line].code
        for record in batch.records
        if record.line in found and record.renames(found[record.line])
    }
    contacts = defaultdict(dict)
    for contact in Contact.objects.filter(account__supplier=batch.supplier):
        contacts[contact.account_id][contact.email] = contact
    batch.plans, passed_over = [], 0
    for record in batch.records:
        account = found.get(record.line)
        if account is None and record.only_states:
            passed_over += 1
        elif account is None and record.is_deleted:
            batch.counts["unchanged"] += 1
        else:
            try:
                plan = _plan(batch, record, account, held, contacts)
            except RowRefused as refused:
                batch.refuse(record.line, refused.column, refused.reason)
            else:
                batch.plans.append(plan)
                _tell(batch, plan)
    if passed_over:
        reason = _("%s rows are of no account of the portal: their balances are passed over.")
        batch.warn(reason % passed_over)
    if batch.counts["addresses"] and not _may_change_addresses(batch):
        batch.warn(_("Changes of addresses are left out: %s.") % batch.counts["addresses"])


def _plan(batch, record, account, held, contacts):
    values = dict(record.values)
    if record.id and not (record.is_deleted or record.only_states):
        values["external_id"] = record.id
    if account is None:
        if "title" not in values:
            raise refusal(record, "title", _("A new account needs a title."))
        values["code"] = record.code
        account = CustomerAccount(supplier=batch.supplier, batch=batch)
    else:
        if record.renames(account):
            values["code"] = record.code
        if "external_id" in values and _is_another_customers(record, account):
            raise refusal(
                record,
                "code",
                _("In the portal “%s” is another customer's: give that account another code first.")
                % record.code,
            )
    values = {name: value for name, value in values.items() if getattr(account, name) != value}
    if values.get("code") in held:
        raise refusal(record, "code", _("Another account has the code “%s”.") % record.code)
    changed = addresses.changes(record.line, account, contacts[account.pk], record.emails)
    return Plan(record, account, values, list(changed))


def _is_another_customers(record, account):
    """Whether the ERP has another row under an account's code, and not of the same tax number."""
    same = account.tax_number and record.values.get("tax_number") == account.tax_number
    return record.is_of_another_row(account) and not same


def _tell(batch, plan):
    """Count what a plan does, and note what it changes for people to see."""
    name = str(plan.account)
    if plan.account.pk is None:
        outcome, name = "new", f"{plan.values['code']} {plan.values['title']}"
        batch.tell(plan.record.line, outcome, name)
    elif plan.values:
        outcome = "changed"
        changes = [
            f"{CustomerAccount._meta.get_field(field).verbose_name}: "
            f"{_shown(getattr(plan.account, field))} → {_shown(value)}"
            for field, value in plan.values.items()
        ]
        batch.tell(plan.record.line, outcome, f"{name}: {'; '.join(changes)}")
    else:
        outcome = "unchanged"
    batch.counts[outcome] += 1
    batch.counts["addresses"] += len(plan.addresses)
    for change in plan.addresses:
        batch.tell(plan.record.line, "address", f"{name}, {change}")


def _shown(value):
    return yesno(value) if isinstance(value, bool) else value or "–"


def _may_change_addresses(batch):
    return batch.options.get("addresses", True)


@transaction.atomic
def apply(batch, *, by=""):
    """Write what a staged file brings, in one transaction.

    Compares again first. Raises ``FileRefused`` where a row is refused, or where the accounts have
    changed so that other figures come out than were shown; then nothing is written.
    """
    hold_imports(batch.supplier)
    batch.move()
    compare(batch)
    batch.check_shown()
    try:
        with transaction.atomic():
            told = _write(batch)
    except IntegrityError:
        reason = _("The books have changed since this was shown. Look again.")
        raise FileRefused(reason) from None
    batch.stated, today = [], timezone.localdate(batch.made_at)
    for plan in batch.plans:
        if plan.record.stated:
            control.state(batch, plan.account.pk, *plan.record.stated, today)
    control.keep(batch)
    batch.applied(by)
    for change in told:
        change.tell(by)


def _write(batch):
    """Save the accounts and contacts; returns the address changes of accounts that were there."""
    if not _may_change_addresses(batch):
        for plan in batch.plans:
            plan.addresses = []
    known = [plan for plan in batch.plans if plan.account.pk]
    fresh = [plan for plan in batch.plans if plan.account.pk is None]
    _free_codes([plan.account.pk for plan in known if "code" in plan.values])
    for plan in batch.plans:
        for name, value in plan.values.items():
            setattr(plan.account, name, value)
        for change in plan.addresses:
            change.set()
    for plan in known:
        fields = {*plan.values, *("email" for change in plan.addresses if not change.contact)}
        if fields:
            plan.account.save(update_fields=[*fields, "search_text"])
    for plan in fresh:
        plan.account.index()
    CustomerAccount.objects.bulk_create([plan.account for plan in fresh], batch_size=CHUNK)
    addresses.save_contacts([change for plan in batch.plans for change in plan.addresses])
    return [change for plan in known for change in plan.addresses]


def _free_codes(pks):
    """Let accounts give up their codes, so that those of one file may change places."""
    for start in range(0, len(pks), CHUNK):
        accounts = CustomerAccount.objects.filter(pk__in=pks[start : start + CHUNK])
        accounts.update(code=Concat(Value("~~"), Cast("pk", CharField())))
