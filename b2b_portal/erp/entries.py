"""Movements of an ERP's file: read, compared with the ledger, applied whole or not at all."""

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import chain

from django.db import transaction
from django.db.models import Min
from django.utils.translation import gettext as _

from ..customers.fold import fold
from ..customers.models import CustomerAccount
from ..exceptions import InvalidEntry
from ..ledger.content import content
from ..ledger.drafts import draft, set_key
from ..ledger.models import Entry, EntryKind
from ..ledger.months import closed_until
from ..ledger.posting import lock, post_all, revise
from ..payments.models import Payment
from ..payments.settle import SOURCE as PORTAL
from ..tables.formats import format_date
from . import profiles
from .models import EntryMatch, ImportBatch
from .movements import RowRefused, movement_of
from .reading import read


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
    rows = _drafts(supplier, read(data, profile), profile, difference, by)
    known = _known(supplier, profile.source)
    payments = _payments(supplier)
    ordinary = []
    for line, entry, reference in rows:
        numbers = (fold(entry.document_no), fold(reference))
        payment = next(filter(None, map(payments.get, numbers)), None)
        if payment and _is_ours(difference, line, payment, entry):
            set_key(entry, f"match|{payment.receipt_no}")
            _match(difference, line, payment, entry)
        elif not payment or _takes_back(difference, payment, entry):
            ordinary.append((line, entry))
    closed = closed_until(supplier)
    for line, entry in _keyed(ordinary, known):
        _compare(difference, line, entry, known.get(entry.external_id), profile, closed)
    _warn_of_second_openings(difference)
    return difference


def _compare(difference, line, entry, there, profile, closed):
    if there and there.content_hash == entry.content_hash:
        difference.unchanged += 1
    elif entry.account.is_closed:
        reason = _("The account %s is closed.") % entry.account.code
        _refuse(difference, line, profile.columns["account_code"][0], reason)
    elif closed and min(row.booked_on for row in (entry, there) if row) <= closed:
        reason = _("The books are closed until %s: reopen the month first.")
        column = profile.columns["booked_on"][0]
        _refuse(difference, line, column, reason % format_date(closed))
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
    lock([*difference.new, *chain.from_iterable(difference.changed)])
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
    """[(line number, draft without its key, reference)]; bad rows go on the refused list."""
    accounts = {
        account.code: account
        for account in CustomerAccount.objects.filter(supplier=supplier).select_related("supplier")
    }
    rows = []
    for line in lines:
        try:
            if line.too_wide:
                raise RowRefused("", _("The row has more cells than the header."))
            movement = movement_of(line.cells, supplier, accounts, profile)
            entry = draft(**movement, source=profile.source, external_id="?", by=by)
        except RowRefused as refusal:
            _refuse(difference, line.number, refusal.column, refusal.reason)
        except InvalidEntry as error:
            _refuse(difference, line.number, "", str(error))
        else:
            rows.append((line.number, entry, line.cells.get("reference", "")))
    return rows


def _keyed(rows, known):
    """The rows of a file without an id column, each draft with its key.

    The key is account, document no (the day where there is none) and a running number. Of the
    movements that are there under one account and number, a row is first the one that says the
    same word for word, then one of the same kind by the ERP's word, then by ours; what is left is
    new. So a file in another order is the same file, and a kind may be renamed.
    """
    groups = defaultdict(list)
    for _line, entry in rows:
        number = entry.document_no or str(entry.booked_on)
        groups[f"{entry.account_id}|{number}"].append(entry)
    for stem, waiting in groups.items():
        there, number = {}, 1
        while (key := f"{stem}|{number}") in known:
            there[key] = known[key]
            number += 1
        for alike in (content, _word, _kind):
            waiting = [entry for entry in waiting if not _take_key(entry, there, alike)]
        for number, entry in enumerate(waiting, number):
            set_key(entry, f"{stem}|{number}")
    return rows


def _word(entry):
    return fold(entry.source_kind)


def _kind(entry):
    return entry.kind


def _take_key(entry, there, alike):
    """Give a draft the key of the first entry that is like it, taking that from ``there``."""
    key = next((key for key, other in there.items() if alike(other) == alike(entry)), None)
    if key:
        set_key(entry, key)
        del there[key]
    return bool(key)


def _refuse(difference, line, column, reason):
    difference.refused.append({"line": line, "column": column, "reason": reason})


def _known(supplier, source):
    """{external id: entry in force}."""
    rows = Entry.objects.filter(supplier=supplier, source=source).order_by("revision")
    return {entry.external_id: entry for entry in rows.iterator(chunk_size=2000)}


def _payments(supplier):
    """{folded receipt no: payment} of what the portal booked itself."""
    rows = Payment.objects.filter(account__supplier=supplier, entry__source=PORTAL)
    return {
        fold(payment.receipt_no): payment
        for payment in rows.select_related("entry__erp_match", "entry__reversed_by")
    }


def _takes_back(difference, payment, entry):
    """Whether a row is the ERP's own reversal of a payment that it had booked."""
    booked = hasattr(payment.entry, "erp_match") or payment.entry_id in difference.met
    return booked and entry.amount == -payment.entry.amount


def _is_ours(difference, line, payment, entry):
    """Whether a row with our receipt no is the payment; told where it is something else."""
    if _takes_back(difference, payment, entry):
        difference.warnings.append(
            _("Line %(line)s: %(no)s is a payment of the portal; this row takes it back.")
            % {"line": line, "no": payment}
        )
    elif entry.account_id != payment.account_id:
        reason = _("%s is a payment of the portal, on another account.") % payment
        _refuse(difference, line, "", reason)
    else:
        return True
    return False


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
        if hasattr(ours, "reversed_by"):
            difference.warnings.append(
                _("Line %(line)s: %(no)s was reversed in the portal.")
                % {"line": line, "no": payment}
            )
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


def _warn_of_second_openings(difference):
    """A balance brought forward on top of movements is often the last period, counted twice."""
    openings = [entry for entry in difference.new if entry.kind == EntryKind.OPENING]
    if not openings:
        return
    first = {
        (account, currency): day
        for account, currency, day in Entry.objects.filter(supplier=openings[0].supplier_id)
        .order_by()
        .values_list("account", "currency")
        .annotate(Min("booked_on"))
    }
    for entry in difference.new:
        key = (entry.account_id, entry.currency)
        first[key] = min(first.get(key, entry.booked_on), entry.booked_on)
    for entry in openings:
        if first[entry.account_id, entry.currency] < entry.booked_on:
            difference.warnings.append(
                _("%(account)s: %(no)s brings a balance forward on top of earlier movements.")
                % {"account": entry.account, "no": entry.document_no}
            )
