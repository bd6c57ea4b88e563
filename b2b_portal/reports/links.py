"""Where rows of reports lead to."""

from django.urls import reverse

from ..documents.models import Invoice
from ..ledger.cheques import KINDS as PAPERS
from ..ledger.models import EntryKind

# What moves money, or a paper that promises it.
PAYMENTS = (
    EntryKind.CASH,
    EntryKind.BANK_TRANSFER,
    EntryKind.CARD,
    *PAPERS,
    EntryKind.CHEQUE_RETURNED,
    EntryKind.REFUND,
)


def linker(kind):
    """A function that gives the address of a row's details: "invoice", "order" or "collection".

    The URL is looked up once: ``reverse`` for each of thousands of rows takes longer than they do.
    """
    stem, _zero, rest = reverse(f"b2b_portal:{kind}", args=[0]).rpartition("0")
    return lambda pk: f"{stem}{pk}{rest}"


def entry_links(account, currency):
    """A function that gives, for an entry's id and kind, the address of its details, or ""."""
    invoices = Invoice.objects.filter(account=account, currency=currency, entry__isnull=False)
    by_entry = dict(invoices.order_by().values_list("entry_id", "pk"))
    invoice, collection = linker("invoice"), linker("collection")

    def link(entry_id, kind):
        if entry_id in by_entry:
            return invoice(by_entry[entry_id])
        return collection(entry_id) if kind in PAYMENTS else ""

    return link
