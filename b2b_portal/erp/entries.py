"""Movements of an ERP's file: read, compared with the ledger, applied whole or not at all."""

import hashlib
import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from ..customers.models import CustomerAccount
from ..exceptions import InvalidEntry
from ..ledger.content import content
from ..ledger.models import Entry, EntryKind
from ..ledger.posting import draft, post_all, revise
from ..money import ZERO, parse_amount, round_to
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
    met: set = field(default_factory=set)  # ids of entries that rows of the file are
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
    rows = _movements(supplier, read(data, profile), profile, difference)
    known = _known(supplier, profile.source)
    payments = _payments(supplier)
    ordinary = []
    for line, movement, reference in rows:
        account_id = movement["account"].pk
        payment = payments.get((account_id, movement["document_no"])) or payments.get(
            (account_id, reference)
        )
        if payment:
            key = f"match|{payment.receipt_no}"
            entry = _draft(difference, line, movement, profile, key, by)
            if entry:
                _match(difference, line, payment, entry)
        else:
            ordinary.append((line, movement))
    for line, movement, key in _keyed(ordinary, known):
        entry = _draft(difference, line, movement, profile, key, by)
        if entry:
            _compare(difference, line, entry, known.get(key), profile)
    _warn_of_second_openings(supplier, difference)
    return difference


def _compare(difference, line, entry, there, profile):
    if there and there.content_hash == entry.content_hash:
        difference.unchanged += 1
    elif entry.account.is_closed:
        reason = _("The account %s is closed.") % entry.account.code
        _refuse(difference, line, profile.columns["account_code"][0], reason)
    elif there:
        difference.changed.append((there, entry))
    else:
        difference.new.append(entry)


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


def _movements(supplier, lines, profile, difference):
    """[(line number, movement, reference)]; rows that make none go on the refused list."""
    accounts = {
        account.code: account
        for account in CustomerAccount.objects.filter(supplier=supplier).select_related("supplier")
    }
    rows = []
    for line in lines:
        try:
            if line.too_wide:
                raise RowRefused("", _("The row has more cells than the header."))
            movement = _movement(line.cells, supplier, accounts, profile)
        except RowRefused as refusal:
            _refuse(difference, line.number, refusal.column, refusal.reason)
        else:
            rows.append((line.number, movement, line.cells.get("reference", "")))
    return rows


def _keyed(rows, known):
    """[(line, movement, key)] of a file without an id column.

    The key is account, document no (the day where there is none), kind, and a running number among
    equals. Among equals a row that is there already, word for word, keeps its number; the others
    take the free ones in their order: so a file in another order is the same file.
    """
    groups = defaultdict(list)
    for line, movement in rows:
        stem = (
            movement["account"].code,
            movement["document_no"] or str(movement["booked_on"]),
            movement["kind"],
        )
        groups["|".join(stem)].append((line, movement))
    keyed = []
    for stem, group in groups.items():
        keys = [f"{stem}|{number}" for number in range(1, len(group) + 1)]
        number = len(group) + 1
        while f"{stem}|{number}" in known:
            keys.append(f"{stem}|{number}")
            number += 1
        there = defaultdict(list)
        for key in reversed(keys):
            if key in known:
                there[str(content(known[key]))].append(key)
        waiting = []
        for line, movement in group:
            same = there[str(content(Entry(**movement)))]
            if same:
                key = same.pop()
                keys.remove(key)
                keyed.append((line, movement, key))
            else:
                waiting.append((line, movement))
        keyed += [(*row, key) for row, key in zip(waiting, keys, strict=False)]
    return sorted(keyed, key=lambda row: row[0])


def _draft(difference, line, movement, profile, key, by):
    try:
        return draft(**movement, source=profile.source, external_id=key, by=by)
    except InvalidEntry as error:
        _refuse(difference, line, "", str(error))
        return None


def _movement(cells, supplier, accounts, profile):
    account = accounts.get(cells["account_code"])
    if account is None:
        raise _refusal(profile, "account_code", _("No account has the code “%s”."), cells)
    currency = _currency(cells.get("currency", ""), supplier)
    debit, credit = _amount(profile, "debit", cells), _amount(profile, "credit", cells)
    if debit and credit:
        column = profile.columns["credit"][0]
        raise RowRefused(column, _("A row is a debit or a credit, not both."))
    amount = debit - credit
    rate = _rate(profile, cells) if currency != supplier.currency else None
    word = cells.get("kind", "")
    return {
        "account": account,
        "currency": currency,
        "amount": amount,
        "base_amount": rate and round_to(amount * rate, supplier.currency),
        "rate": rate,
        "kind": profile.kind_of(word),
        "source_kind": word,
        "booked_on": _day(profile, "booked_on", cells, required=True),
        "due_on": _day(profile, "due_on", cells),
        "document_no": cells.get("document_no") or cells.get("reference", ""),
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


def _rate(profile, cells):
    """An exchange rate; it has no thousands, so its one mark is the decimal mark."""
    text = cells.get("rate", "")
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,9}([.,][0-9]{1,8})?", text):
        raise _refusal(profile, "rate", _("“%s” is not a rate."), cells)
    return Decimal(text.replace(",", ".")) or None


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


def _payments(supplier):
    """{(account, receipt no): payment} of what the portal booked itself."""
    rows = Payment.objects.filter(account__supplier=supplier, entry__source=PORTAL)
    return {
        (payment.account_id, payment.receipt_no): payment
        for payment in rows.select_related("entry__erp_match")
    }


def _match(difference, line, payment, entry):
    """Set a row beside the payment of ours that it is; it posts nothing, now or ever."""
    ours = payment.entry
    if (entry.currency, entry.amount) != (ours.currency, ours.amount):
        reason = _("%s is a payment of the portal, with another amount.") % payment
        _refuse(difference, line, "", reason)
    elif ours.pk in difference.met:
        _refuse(difference, line, "", _("%s stands in the file twice.") % payment)
    else:
        difference.met.add(ours.pk)
        match = getattr(ours, "erp_match", None)
        if match is None:
            difference.matched.append((ours, entry))
        else:
            difference.matched_before += 1
            if match.content_hash != entry.content_hash:
                difference.warnings.append(
                    _(
                        "Line %(line)s: %(no)s is matched to a payment of the portal and has changed."
                    )
                    % {"line": line, "no": payment}
                )


def _warn_of_second_openings(supplier, difference):
    """A balance brought forward on top of movements is often the last period, counted twice."""
    openings = [entry for entry in difference.new if entry.kind == EntryKind.OPENING]
    for entry in openings:
        if entry.account.entries.filter(
            currency=entry.currency, booked_on__lt=entry.booked_on
        ).exists():
            difference.warnings.append(
                _("%(account)s: %(no)s brings a balance forward on top of earlier movements.")
                % {"account": entry.account, "no": entry.document_no}
            )
