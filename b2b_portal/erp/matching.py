"""Rows of the ERP that are collections of the portal's own: known, supposed, decided."""

from collections import defaultdict
from datetime import timedelta

from django.utils.translation import gettext as _

from ..ledger.content import content_hash
from ..ledger.models import Entry, EntryKind
from ..payments.settle import SOURCE as PORTAL
from ..tables.formats import format_date
from .models import EntryMatch, StagedEntry

Outcome = StagedEntry.Outcome
NEAR = timedelta(days=5)
PAYMENTS = (EntryKind.CARD, EntryKind.BANK_TRANSFER, EntryKind.CASH, EntryKind.OTHER)


def recognise(batch):
    """Set the outcome of rows that bear our receipt no or payment id: they post nothing, ever."""
    met = set()
    rows = batch.rows.filter(payment__isnull=False).order_by("line")
    related = ("account", "payment__entry__erp_match", "payment__entry__reversed_by")
    for row in rows.select_related(*related):
        _recognise(batch, row, met)
        row.save()


def _recognise(batch, row, met):
    payment, ours = row.payment, row.payment.entry
    booked = hasattr(ours, "erp_match") or ours.pk in met
    if booked and row.amount == -ours.amount:
        batch.warn(
            _("Line %(line)s: %(no)s is a payment of the portal; this row takes it back.")
            % {"line": row.line, "no": payment}
        )
        row.payment = None
    elif row.account_id != payment.account_id:
        _refuse(batch, row, _("%s is a payment of the portal, on another account.") % payment)
    elif (row.currency, row.amount) != (ours.currency, ours.amount):
        _refuse(batch, row, _("%s is a payment of the portal, with another amount.") % payment)
    elif ours.pk in met:
        _refuse(batch, row, _("%s stands in the file twice.") % payment)
    else:
        met.add(ours.pk)
        row.stem, row.entry, row.outcome = f"match|{payment}", ours, Outcome.MATCHED
        row.content_hash = content_hash(row)
        _warn_of_what_happened_since(batch, row, payment, ours)


def _refuse(batch, row, reason):
    row.outcome = Outcome.REFUSED
    batch.refuse(row.line, "", reason)


def _warn_of_what_happened_since(batch, row, payment, ours):
    names = {"line": row.line, "no": payment}
    if hasattr(ours, "reversed_by"):
        batch.warn(_("Line %(line)s: %(no)s was reversed in the portal.") % names)
    match = getattr(ours, "erp_match", None)
    if match and match.content_hash != row.content_hash:
        batch.warn(
            _("Line %(line)s: %(no)s is matched to a payment of the portal and has changed.")
            % names
        )


def unmatched(*suppliers):
    """What the portal collected and no file of the ERP has brought back yet."""
    return Entry.objects.filter(
        supplier__in=suppliers,
        source=PORTAL,
        payment__isnull=False,
        erp_match=None,
        reversed_by=None,
    )


def propose(batch, rows):
    """Hold new credits that are probably collections of ours: same account and amount, ± 5 days.

    They are not posted until a clerk has decided: one event never counts twice.
    """
    waiting = defaultdict(list)
    here = batch.rows.filter(outcome=Outcome.MATCHED).values("entry")
    for ours in unmatched(batch.supplier).exclude(pk__in=here).select_related("payment"):
        waiting[ours.account_id, ours.currency, ours.amount].append(ours)
    accounts = {account for account, _currency, _amount in waiting}
    credits = rows.filter(outcome=Outcome.NEW, amount__lt=0, kind__in=PAYMENTS)
    for row in credits.filter(account__in=accounts).order_by("line"):
        alike = waiting[row.account_id, row.currency, row.amount]
        near = [ours for ours in alike if abs(ours.booked_on - row.booked_on) <= NEAR]
        if near:
            ours = min(near, key=lambda entry: abs(entry.booked_on - row.booked_on))
            alike.remove(ours)
            row.outcome, row.entry = Outcome.HELD, ours
            row.reason = _("Probably %(no)s of %(day)s, a payment of the portal.") % {
                "no": ours.payment,
                "day": format_date(ours.booked_on),
            }
            row.save()


def match(row, batch):
    """Set a row beside the entry of ours that it is."""
    return EntryMatch(
        supplier_id=batch.supplier_id,
        source=row.source,
        external_id=row.external_id,
        content_hash=row.content_hash,
        entry_id=row.entry_id,
        batch=batch,
    )
