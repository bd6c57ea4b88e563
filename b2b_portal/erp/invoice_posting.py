"""Movements that the portal posts for invoices itself, where the supplier's ERP sends none."""

from django.utils.translation import gettext as _

from ..customers.fold import fold_number
from ..documents.models import Invoice
from ..exceptions import InvalidEntry
from ..ledger.drafts import draft
from ..ledger.models import EntryKind
from ..ledger.posting import lock, post_all, reverse, revise
from ..money import round_to
from ..tables.formats import format_date
from .attaching import SOURCE, day_of
from .models import EntryMatch
from .numbers import nearest
from .records import CHUNK, chunks


def post(rows, *, batch=None, by=""):
    """Post what written invoices move, or what has changed of it, in the caller's transaction.

    ``rows``: of ``compare``. An invoice with the ERP's movement keeps that. One that moves nothing
    any more is reversed. What somebody has reversed by hand stays so until it moves something else.
    """
    before = {row.after.pk: row.there for row in rows if row.after}
    fresh, revised, reversed_ = [], [], []
    for invoice in _invoices(before):
        own = own_entry(invoice)
        if invoice.entry and not own:
            continue
        entry = movement(invoice, batch=batch, by=by)
        if own is None and entry:
            fresh.append((invoice, entry))
        elif own and entry and _is_other(before[invoice.pk], own, entry):
            revised.append((invoice, own, entry))
        elif own and not entry and not hasattr(own, "reversed_by"):
            reversed_.append(own)
    lock(
        [entry for _invoice, entry in fresh]
        + [entry for _invoice, *both in revised for entry in both]
        + reversed_
    )
    posted = post_all([entry for _invoice, entry in fresh])
    for (invoice, _draft), entry in zip(fresh, posted, strict=True):
        invoice.entry = entry
    for own in reversed_:
        reverse(own, reason=_("The invoice was cancelled"), by=by)
    for invoice, own, entry in revised:
        invoice.entry = revise(own, entry)
        EntryMatch.objects.filter(entry=own).update(entry=invoice.entry)
    changed = [invoice for invoice, *_entries in (*fresh, *revised)]
    Invoice.objects.bulk_update(changed, ["entry"], batch_size=CHUNK)


def own_entry(invoice):
    """The last movement that the portal posted for it, reversed or not; None where it is the ERP's."""
    entry = invoice.entry
    return entry if entry and entry.source == SOURCE else None


def movement(invoice, *, batch=None, by=""):
    """The draft of what an invoice moves; None where that is nothing. Raises ``InvalidEntry``.

    A key is kept as it was first: ETTN, or else account, number and date.
    """
    if not invoice.amount:
        return None
    own, account = own_entry(invoice), invoice.account
    key = f"{account.pk}|{fold_number(invoice.number)}|{invoice.issued_on}"
    key += "|credit" if invoice.is_credit else ""
    foreign = invoice.rate and invoice.currency != account.supplier.currency
    return draft(
        account=account,
        currency=invoice.currency,
        amount=invoice.amount,
        rate=invoice.rate if foreign else None,
        base_amount=round_to(invoice.amount * invoice.rate, account.supplier.currency)
        if foreign
        else None,
        kind=EntryKind.CREDIT_NOTE if invoice.is_return else EntryKind.INVOICE,
        booked_on=invoice.issued_on,
        due_on=invoice.due_on,
        document_no=invoice.number,
        source=SOURCE,
        external_id=own.external_id if own else str(invoice.uuid or key),
        batch=batch,
        by=by,
    )


def refusal_to_post(there, after, closed, movements):
    """Why an invoice cannot be posted as it will be; "" where it can, or need not.

    ``there``: as it is stored, or None; ``closed``: the last closed day; ``movements``: of the
    ERP, one of which it may be (``attaching.movements_of``).
    """
    own = own_entry(after)
    if after.entry and not own:
        moved = (after.entry.currency, after.entry.amount) != (after.currency, after.amount)
        return _("Its movement is the ERP's: it is corrected there.") if moved else ""
    try:
        entry = movement(after)
    except InvalidEntry as error:
        return str(error)
    key = (after.account.pk, after.currency, fold_number(after.number), after.amount)
    if own is None and (entry is None or nearest(day_of(after), movements[key])):
        return ""
    if own and entry and not _is_other(there, own, entry):
        return ""
    if own and hasattr(own, "reversed_by"):
        own = None
    days = [row.booked_on for row in (own, entry) if row]
    if days and after.account.is_closed:
        return _("The account %s is closed.") % after.account.code
    if days and closed and min(days) <= closed:
        return _("The books are closed until %s: reopen the month first.") % format_date(closed)
    return ""


def _is_other(there, own, entry):
    """Whether a draft is to replace the own movement: it says something else, or came back."""
    came_back = there is not None and not there.amount
    return came_back or own.content_hash != entry.content_hash


def _invoices(ids):
    rows = Invoice.objects.select_related("account__supplier", "entry__reversed_by")
    for part in chunks(ids):
        yield from rows.filter(pk__in=part).order_by("pk")
