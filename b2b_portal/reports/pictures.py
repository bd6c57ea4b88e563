"""What the dashboard shows of one currency beside its figures: tables, to be drawn or read."""

from datetime import timedelta

from django.db.models import F
from django.utils.translation import gettext as _

from ..ledger.ageing import labels
from ..ledger.models import Entry
from ..money import shown_code
from ..tables.table import Column, Row, Table
from .base import kind_labels
from .links import entry_link

MONTHS = 12
MOVEMENTS = 5


def month_ends(today):
    """Twelve days: the ends of the eleven months before, and today."""
    days = [today]
    while len(days) < MONTHS:
        days.append(days[-1].replace(day=1) - timedelta(days=1))
    return days[::-1]


def history(currency, days, amounts):
    """The balance at the end of each day as a ``Table``; None where nothing ever stood open."""
    if not any(amounts):
        return None
    notes = []
    if min(amounts) < 0:
        notes.append(_("Above the line is what you owe, below it what is owed to you."))
    return Table(
        title=_("Balance over twelve months, %s") % shown_code(currency),
        columns=[
            Column("day", _("End of day"), "date"),
            Column("balance", _("Balance"), "balance"),
        ],
        rows=[Row(values) for values in zip(days, amounts)],
        currency=currency,
        notes=notes,
    )


def ages(currency, age):
    """An ``Ageing`` as a ``Table``; None where nobody owes anything."""
    if age is None or not any(age.buckets):
        return None
    rows = [
        Row((label, amount), frozenset({"overdue"} if at and amount else ()))
        for at, (label, amount) in enumerate(zip(labels(), age.buckets))
    ]
    if age.credit:
        rows.append(Row((_("In your favour, not yet used"), age.credit)))
    return Table(
        title=_("What is open by days overdue, %s") % shown_code(currency),
        columns=[Column("age", _("Days overdue")), Column("amount", _("Open amount"), "balance")],
        rows=rows,
        currency=currency,
    )


def last_movements(account, currency):
    """The last movements as a ``Table``, the newest first; what was reversed is none. Or None."""
    entries = (
        Entry.objects.filter(account=account, currency=currency, reverses=None, reversed_by=None)
        .annotate(invoice_pk=F("invoice__pk"))
        .order_by("-booked_on", "-id")[:MOVEMENTS]
    )
    label, link, rows = kind_labels(), entry_link(), []
    for entry in entries:
        words = entry.document_no, label(entry), entry.description
        sides = entry.debit or None, entry.credit or None
        href = link(entry.pk, entry.kind, entry.invoice_pk)
        rows.append(Row((entry.booked_on, *words, *sides), href=href))
    if not rows:
        return None
    return Table(
        title=_("Last movements, %s") % shown_code(currency),
        columns=[
            Column("date", _("Date"), "date"),
            Column("document_no", _("Document no"), width=19),
            Column("kind", _("Kind"), width=14),
            Column("description", _("Description"), width=31, hide_on_phone=True),
            Column("debit", _("Debit"), "amount"),
            Column("credit", _("Credit"), "amount"),
        ],
        rows=rows,
        currency=currency,
    )
