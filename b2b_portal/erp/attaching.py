"""Invoices and the movements of the ERP that they are: put together, in whatever order they come."""

from collections import defaultdict
from itertools import chain

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from ..customers.fold import fold_number
from ..documents.models import Invoice
from ..ledger.models import Entry, EntryKind
from .locks import hold_imports
from .numbers import are_near, nearest
from .records import CHUNK, chunks

SOURCE = "invoice"  # of entries that the portal posted for an invoice itself
KINDS = (EntryKind.INVOICE, EntryKind.CREDIT_NOTE)


@transaction.atomic
def attach(supplier, entries=None, invoices=None, batch=None):
    """Give each invoice the movement that it is, and take from it one that it is no more.

    The same account, currency, number (letters and digits alone) and amount with its sign, and for
    an invoice without an ETTN not half a year apart; in force, and no other invoice's. So the
    revision of a reversed movement follows by itself. ``entries``, ``invoices``: what has just come
    in; without both, all is looked at. ``batch``: is warned of what falls due otherwise than its
    invoice says. Returns how many invoices were given one. Posts nothing.
    """
    supplier = hold_imports(supplier)
    rows = Invoice.objects.filter(account__supplier=supplier).select_related("entry__reversed_by")
    loose = Q(entry=None, is_cancelled=False) | Q(entry__reversed_by__isnull=False)
    ids = None
    if entries is not None or invoices is not None:
        ids = {row.account_id for row in (*(entries or ()), *(invoices or ()))}
    parts = [_parts(rows.filter(loose).order_by("pk"), ids)]
    attached = [row.pk for row in invoices or () if row.entry_id]
    parts.append(rows.filter(pk__in=part).exclude(loose) for part in chunks(attached))
    waiting, changed = [], []
    for invoice in chain.from_iterable(chain.from_iterable(parts)):
        if supplier.posts_invoices and invoice.entry and invoice.entry.source == SOURCE:
            continue  # ``post`` looks after its own
        if not _fits(invoice, invoice.entry):
            waiting.append(invoice)
    free = movements_of({invoice.account_id for invoice in waiting})
    for invoice in waiting:
        dated = free[key(invoice, invoice.number)] if invoice.amount else []
        entry_id = nearest(day_of(invoice), dated)
        dated[:] = [pair for pair in dated if pair[1] != entry_id]
        if invoice.entry_id != entry_id:
            invoice.entry_id = entry_id
            changed.append(invoice)
    Invoice.objects.bulk_update(changed, ["entry"], batch_size=CHUNK)
    given = [invoice.pk for invoice in changed if invoice.entry_id is not None]
    if batch:
        _warn_of_due_days(batch, given)
    return len(given)


def _warn_of_due_days(batch, ids):
    """The ledger has a movement's own due day: one that tells none falls due on its own day."""
    earlier = []
    for part in chunks(ids):
        rows = Invoice.objects.filter(pk__in=part, entry__due_on=None, is_credit=False)
        earlier += rows.filter(due_on__gt=F("entry__booked_on")).values_list("number", flat=True)
    if earlier:
        reason = _(
            "%(count)s invoices have a due day and their movement has none, %(no)s first: it falls "
            "due on its own day. Have the ERP's file of movements say Vade."
        )
        batch.warn(reason % {"count": len(earlier), "no": earlier[0]})


def movements_of(account_ids):
    """The movements in force that are no invoice's.

    {(account id, currency, number, amount): [(day, id), …]}
    """
    found = defaultdict(list)
    rows = _unclaimed((*KINDS, EntryKind.OTHER)).exclude(document_no="").order_by("pk")
    rows = rows.only("account", "currency", "document_no", "amount", "booked_on")
    for part in _parts(rows, account_ids):
        for entry in part:
            found[key(entry, entry.document_no)].append((entry.booked_on, entry.pk))
    return found


def day_of(invoice):
    """What tells an invoice from others of its number, where no ETTN does."""
    return None if invoice.uuid else invoice.issued_on


def without_movement(*suppliers):
    """The invoices that no movement in force was found for."""
    return (
        Invoice.objects.filter(account__supplier__in=suppliers, is_cancelled=False)
        .exclude(payable=0)
        .filter(Q(entry=None) | Q(entry__reversed_by__isnull=False))
    )


def movements_without_invoice(*suppliers):
    """The movements that are called an invoice and have none."""
    return _unclaimed(KINDS).filter(supplier__in=suppliers)


def _unclaimed(kinds):
    return Entry.objects.filter(kind__in=kinds, reversed_by=None, invoice=None)


def key(row, number):
    """By what an invoice and its movement know each other: the number's letters and digits alone."""
    return row.account_id, row.currency, fold_number(number), row.amount


def _fits(invoice, entry):
    return (
        entry is not None
        and not hasattr(entry, "reversed_by")
        and key(invoice, invoice.number) == key(entry, entry.document_no)
        and are_near(day_of(invoice), entry.booked_on)
    )


def _parts(rows, account_ids):
    """The rows in parts, of these accounts or of all."""
    if account_ids is None:
        yield rows.iterator(chunk_size=2000)
        return
    for ids in chunks(sorted(account_ids)):
        yield rows.filter(account_id__in=ids)
