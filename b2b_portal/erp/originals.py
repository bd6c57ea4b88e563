"""Original files of invoices: kept as they came, PDFs found their invoice by its number or ETTN."""

import hashlib
import re
from collections import defaultdict
from itertools import chain, combinations

from django.core.files.base import ContentFile

from ..customers.fold import fold, fold_number
from ..documents.models import Invoice, InvoiceFile

FORMAL = re.compile("[a-z0-9]{3}20[0-9]{11}|[0-9a-f]{32}")  # ABC2026000000001, or an ETTN


def digest(data):
    return hashlib.sha256(data).hexdigest()


def keep(invoice, kind, data):
    """Store an original beside its invoice, once."""
    sha256 = digest(data)
    if not InvoiceFile.objects.filter(invoice=invoice, sha256=sha256).exists():
        file = ContentFile(data, name=f"{sha256}.{kind}")
        InvoiceFile.objects.create(invoice=invoice, kind=kind, file=file, sha256=sha256)


def invoices_of(supplier, names, rows):
    """{a PDF's name: the invoice it tells of}; names that tell of none, or of several, are not there.

    A name tells of an invoice when it is its number or ETTN, or when one that has the form of an
    ETTN, or of the tax office's numbers, stands among its words. ``rows``: of invoices that come in
    beside the PDFs; those that are new are found as they will be.
    """
    if not names:
        return {}
    keys = {name: _keys(name) for name in names}
    wanted, found = set().union(*keys.values()), defaultdict(dict)
    stored = Invoice.objects.filter(account__supplier=supplier).only("number", "uuid")
    coming = [row.after for row in rows if row.after]
    for invoice in chain(stored.iterator(chunk_size=2000), coming):
        own = {fold_number(invoice.number), invoice.uuid and invoice.uuid.hex}
        for key in own & wanted:
            found[key][invoice.pk or id(invoice)] = invoice
    told = {}
    for name in names:
        invoices = {}
        for key in keys[name]:
            invoices |= found[key]
        if len(invoices) == 1:
            told[name] = invoices.popitem()[1]
    return told


def _keys(name):
    """What of a file's name may be a number or an ETTN: all of it, or a run of words in their form."""
    words = re.findall(r"[^\W_]+", fold(name.rpartition(".")[0] or name))[:20]
    runs = ["".join(words[a:b]) for a, b in combinations(range(len(words) + 1), 2)]
    return {"".join(words), *filter(FORMAL.fullmatch, runs)} - {""}
