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


def entry_link():
    """A function that gives the address of an entry's details, or "".

    It takes the entry's id and kind, and the id of the invoice that stands on it, or None.
    """
    invoice, collection = linker("invoice"), linker("collection")

    def link(entry_id, kind, invoice_id):
        if invoice_id:
            return invoice(invoice_id)
        return collection(entry_id) if kind in PAYMENTS else ""

    return link


def entry_links(account, currency):
    """The same for entries of one account and currency, whose invoices are looked up once."""
    invoices = Invoice.objects.filter(account=account, currency=currency, entry__isnull=False)
    by_entry, link = dict(invoices.order_by().values_list("entry_id", "pk")), entry_link()
    return lambda entry_id, kind: link(entry_id, kind, by_entry.get(entry_id))
