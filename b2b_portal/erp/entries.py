"""Movements of an ERP's file: read, compared with the ledger, applied whole or not at all."""

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from ..customers.models import CustomerAccount
from ..exceptions import InvalidEntry
from ..ledger.models import Entry
from ..ledger.posting import draft, post_all, revise
from ..money import ZERO, parse_amount
from ..payments.models import Payment
from ..payments.settle import SOURCE as PORTAL
from . import profiles
from .models import EntryMatch, ImportBatch
from .reading import read

DATE_FORMATS = ("%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M")


class RowRefused(Exception):
    def __init__(self, column, reason):
        self.column, self.reason = column, reason


@dataclass
class Difference:
    """What a file would change. ``refused``: dicts of line, column and reason."""

    file_name: str
    sha256: str
    new: list = field(default_factory=list)
    changed: list = field(default_factory=list)  # (entry in force, draft)
    unchanged: int = 0
    matched: list = field(default_factory=list)  # (entry of the portal, draft); new ones only
    matched_before: int = 0
    refused: list = field(default_factory=list)
    warnings: list = field(default_factory=list)

    def counts(self):
        return {
            "new": len(self.new),
            "changed": len(self.changed),
            "unchanged": self.unchanged,
            "matched": len(self.matched) + self.matched_before,
        }


def compare(supplier, data, *, profile="general", file_name="", by=""):
    """Read a file's bytes and say what it would change; writes nothing.

    Raises ``FileRefused`` for a file that cannot be read at all.
    """
    profile = profiles.get(profile)
    difference = Difference(file_name, hashlib.sha256(data).hexdigest())
    drafts = _drafts(supplier, read(data, profile), profile, difference, by)
    known = _known(supplier, profile.source)
    matches = {
        match.external_id: match
        for match in EntryMatch.objects.filter(supplier=supplier, source=profile.source)
    }
    receipts = _receipts(supplier)
    for line, entry in drafts:
        there = known.get(entry.external_id)
        if entry.external_id in matches:
            _compare_match(difference, line, matches[entry.external_id], entry)
        elif there is None:
            payment = receipts.get((entry.account_id, entry.document_no))
            if payment:
                _match(difference, line, payment, entry)
            else:
                difference.new.append(entry)
        elif there.content_hash == entry.content_hash:
            difference.unchanged += 1
        else:
            difference.changed.append((there, entry))
    return difference


@transaction.atomic
def apply(supplier, difference, *, profile="general", by=""):
    """Apply a difference without refusals in one transaction; returns the ``ImportBatch``."""
    batch = ImportBatch.objects.create(
        supplier=supplier,
        kind="entries",
        profile=profile,
        file_name=difference.file_name[:250],
        sha256=difference.sha256,
        counts=difference.counts(),
        applied_by=by,
    )
    for entry in difference.new:
        entry.batch = batch
    post_all(difference.new)
    for there, entry in difference.changed:
        entry.batch = batch
        revise(there, entry)
    EntryMatch.objects.bulk_create(
        EntryMatch(
            supplier=supplier,
            source=entry.source,
            external_id=entry.external_id,
            content_hash=entry.content_hash,
            entry=ours,
            batch=batch,
        )
        for ours, entry in difference.matched
    )
    return batch


def _drafts(supplier, lines, profile, difference, by):
    """[(line number, draft)]; rows that make none are put on the refused list."""
    accounts = {
        account.code: account for account in CustomerAccount.objects.filter(supplier=supplier)
    }
    equals = Counter()
    drafts = []
    for line in lines:
        try:
            movement = _movement(line.cells, supplier, accounts, profile)
        except RowRefused as refusal:
            _refuse(difference, line.number, refusal.column, refusal.reason)
            continue
        # Without an id column: account, document no, kind, and running number among equals.
        key = (movement["account"].code, movement["document_no"], movement["kind"])
        equals[key] += 1
        external_id = "|".join([*key, str(equals[key])])
        try:
            entry = draft(**movement, source=profile.source, external_id=external_id, by=by)
        except InvalidEntry as error:
            _refuse(difference, line.number, "", str(error))
            continue
        drafts.append((line.number, entry))
    return drafts


def _movement(cells, supplier, accounts, profile):
    account = accounts.get(cells["account_code"])
    if account is None:
        raise _refusal(profile, "account_code", _("No account has the code “%s”."), cells)
    currency = _currency(cells.get("currency", ""), supplier)
    debit, credit = _amount(profile, "debit", cells), _amount(profile, "credit", cells)
    amount = debit - credit
    rate = _amount(profile, "rate", cells) or None
    word = cells.get("kind", "")
    return {
        "account": account,
        "currency": currency,
        "amount": amount,
        "rate": rate if currency != supplier.currency else None,
        "kind": profile.kind_of(word),
        "source_kind": word,
        "booked_on": _day(profile, "booked_on", cells, required=True),
        "due_on": _day(profile, "due_on", cells),
        "document_no": cells.get("document_no", ""),
        "description": cells.get("description", ""),
    }


def _currency(text, supplier):
    text = text.upper()
    return {"": supplier.currency, "TL": "TRY", "₺": "TRY", "$": "USD", "€": "EUR"}.get(text, text)


def _amount(profile, name, cells):
    text = cells.get(name, "")
    if not text:
        return ZERO
    try:
        return parse_amount(text, "tr")
    except ValidationError as error:
        raise RowRefused(profile.columns[name][0], " ".join(error.messages)) from None


def _day(profile, name, cells, required=False):
    text = cells.get(name, "")
    if not text and not required:
        return None
    for pattern in DATE_FORMATS:
        try:
            return datetime.strptime(text, pattern).date()
        except ValueError:
            continue
    raise _refusal(profile, name, _("“%s” is not a date like 31.12.2026."), cells)


def _refusal(profile, name, reason, cells):
    return RowRefused(profile.columns[name][0], reason % cells.get(name, "")[:60])


def _refuse(difference, line, column, reason):
    difference.refused.append({"line": line, "column": column, "reason": reason})


def _known(supplier, source):
    """{external id: entry in force}."""
    rows = Entry.objects.filter(supplier=supplier, source=source).order_by("revision")
    return {entry.external_id: entry for entry in rows.iterator(chunk_size=2000)}


def _receipts(supplier):
    """{(account, receipt no): payment} of what the portal booked and the ERP has not sent yet."""
    rows = Payment.objects.filter(
        account__supplier=supplier, entry__source=PORTAL, entry__erp_match=None
    ).select_related("entry")
    return {(payment.account_id, payment.receipt_no): payment for payment in rows}


def _match(difference, line, payment, entry):
    ours = payment.entry
    if (entry.currency, entry.amount) != (ours.currency, ours.amount):
        _refuse(
            difference, line, "", _("%s is a payment of the portal, with another amount.") % payment
        )
    elif any(ours == other for other, _draft in difference.matched):
        _refuse(difference, line, "", _("%s stands in the file twice.") % payment)
    else:
        difference.matched.append((ours, entry))


def _compare_match(difference, line, match, entry):
    difference.matched_before += 1
    if match.content_hash != entry.content_hash:
        difference.warnings.append(
            _("Line %(line)s: %(no)s is matched to a payment of the portal and has changed since.")
            % {"line": line, "no": entry.document_no}
        )
