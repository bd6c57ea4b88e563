"""Files of invoices and of orders on an import's way.

What was read lies on the batch, in memory: whoever applies it in another process stages it again.
"""

from collections import Counter

from django.db import transaction
from django.utils.translation import gettext as _

from ..documents.archives import is_archive_or_xml, read_files
from ..documents.models import InvoiceFile
from . import invoice_records, invoices, orders, originals
from .locks import hold_imports
from .reading import read


class Documents:
    """A kind of file: ``module`` compares and applies records, ``read_table`` makes them."""

    def __init__(self, module, read_table):
        self.module, self.read_table = module, read_table

    def stage(self, batch, stream):
        """Read a file's documents; what cannot be read is ``batch.refused``."""
        table, batch.counts = batch.table(), {}
        lines = read(stream, table, batch.counts)
        batch.records, bad = self.read_table(batch.supplier, lines, table)
        batch.pdfs = []
        self._staged(batch, bad)

    def _staged(self, batch, bad):
        batch.refused, batch.progress = [], len(batch.records)
        for row in sorted(bad, key=lambda row: row.line):
            batch.refuse(row.line, row.column, row.reason)
        batch.counts["unreadable"] = batch.counts.setdefault("refused", 0)

    def compare(self, batch):
        """Say what the documents would change: counts, refusals, warnings and lines of the batch."""
        self._compare(batch, batch.supplier)

    def _compare(self, batch, supplier):
        """(the module's rows, {name of a PDF: its invoice}); what to show goes on the batch."""
        rows = self.module.compare(supplier, batch.records)
        _show(batch, rows)
        names = [name for name, _data in batch.pdfs]
        found = originals.invoices_of(supplier, names, rows)
        for name in names:
            if name not in found:
                batch.warn(_("%s: no invoice has this number or ETTN.") % name)
        return rows, found

    @transaction.atomic
    def apply(self, batch, *, by=""):
        """Write the documents, all or nothing. Raises ``FileRefused``, as ``check_shown`` does."""
        supplier = hold_imports(batch.supplier)
        batch.move()
        rows, found = self._compare(batch, supplier)
        batch.check_shown()
        self.module.apply(supplier, rows, batch=batch, by=by)
        for name, data in batch.pdfs:
            if name in found:
                originals.keep(found[name], InvoiceFile.Kind.PDF, data)
        batch.applied(by)


class Invoices(Documents):
    def stage(self, batch, stream):
        """A table, an e-invoice, or a ZIP of e-invoices and PDFs."""
        if not is_archive_or_xml(stream):
            return super().stage(batch, stream)
        files, batch.counts = read_files(stream, batch.file_name), {}
        batch.records, bad, batch.pdfs = invoice_records.from_files(batch.supplier, files)
        self._staged(batch, bad)


def _show(batch, rows):
    batch.count_anew()
    outcomes = Counter(row.outcome for row in rows)
    batch.counts |= {name: outcomes[name] for name in ("new", "changed", "unchanged", "matched")}
    for row in rows:
        if row.outcome == "refused":
            batch.refuse(row.line, row.column, row.reason)
        elif row.outcome != "unchanged":
            account, number = row.record.values["account"], row.record.values["number"]
            text = ": ".join(filter(None, [f"{account.code} {number}", row.changes]))
            batch.tell(row.line, row.outcome, text)
        for warning in row.record.warnings if row.record else ():
            batch.warn(f"{row.record.values['number']}: {warning}")


INVOICES = Invoices(invoices, invoice_records.from_table)
ORDERS = Documents(orders, orders.from_table)
