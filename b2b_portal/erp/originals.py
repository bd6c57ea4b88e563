"""Original files of invoices: kept as they came, PDFs found their invoice by its number or ETTN."""

import hashlib
import re
from itertools import combinations

from django.core.files.base import ContentFile

from ..customers.fold import fold, fold_number
from ..documents.models import Invoice, InvoiceFile

SHORTEST = 6  # letters and digits of a number that may stand amid other words in a file's name


def digest(data):
    return hashlib.sha256(data).hexdigest()


def keep(invoice, kind, data):
    """Store an original beside its invoice, once."""
    sha256 = digest(data)
    if not InvoiceFile.objects.filter(invoice=invoice, sha256=sha256).exists():
        file = ContentFile(data, name=f"{sha256}.{kind}")
        InvoiceFile.objects.create(invoice=invoice, kind=kind, file=file, sha256=sha256)


def keep_pdfs(supplier, files):
    """Store PDFs, (name, bytes), with the invoices their names tell of; returns the other names.

    A name tells of an invoice by its number or ETTN, alone or among other words.
    """
    files = list(files)
    if not files:
        return []
    invoices = {}
    rows = Invoice.objects.filter(account__supplier=supplier)
    for pk, number, uuid in rows.values_list("pk", "number", "uuid").iterator(chunk_size=2000):
        for key in (fold_number(number), uuid.hex if uuid else None):
            if key:
                invoices.setdefault(key, set()).add(pk)
    left = []
    for name, data in files:
        found = next((invoices[key] for key in _keys(name) if key in invoices), ())
        if len(found) == 1:
            keep(Invoice(pk=next(iter(found))), InvoiceFile.Kind.PDF, data)
        else:
            left.append(name)
    return left


def _keys(name):
    """What of a file's name may be a number, the longest first."""
    words = re.findall(r"[^\W_]+", fold(name.rpartition(".")[0] or name))[:20]
    runs = ["".join(words[a:b]) for a, b in combinations(range(len(words) + 1), 2)]
    whole = "".join(words)
    return sorted({run for run in runs if len(run) >= SHORTEST} | {whole}, key=len, reverse=True)
