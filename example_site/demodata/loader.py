"""Loads the demo data: suppliers, accounts, invoices, orders and movements, in one transaction."""

import time
from collections import Counter
from datetime import timedelta

from django.core.files import File
from django.db import transaction
from django.utils import timezone

from b2b_portal.customers.models import CustomerAccount, Supplier
from b2b_portal.erp.models import ImportBatch
from b2b_portal.ledger.models import Entry

from .accounts import Planner, in_order
from .names import Cards
from .people import SUPPLIERS
from .products import Products
from .source import DATA, LINES, LinesError, read_customers, sha256_of
from .writer import Writer

AT_ONCE = 60  # customers


class NotEmpty(Exception):
    """The database has movements or accounts: the demo data is for an empty one."""


def load(lines_path=None, stdout=None):
    """Load the demo data, or the whole of a lines file; returns how many rows of each were made.

    The days are moved so that the last movement is yesterday. Raises ``NotEmpty`` when the
    database has an entry or an account, ``LinesError`` when the file is not one of lines.
    """
    started = time.monotonic()
    path = lines_path or LINES
    if Entry.objects.exists():
        raise NotEmpty("The database has movements already; load_demo wants an empty one.")
    if CustomerAccount.objects.exists():
        raise NotEmpty("The database has accounts already; load_demo wants an empty one.")
    customers = in_order(read_customers(path))
    first, last = _span(customers)
    with transaction.atomic():
        suppliers, batches = _suppliers(path)
        shift = timezone.localdate() - timedelta(days=1) - last
        writer = Writer(suppliers, batches, shift, last)
        planner = Planner(Cards(), Products(), first, last)
        for start in range(0, len(customers), AT_ONCE):
            plans = []
            for customer in customers[start : start + AT_ONCE]:
                plans += planner.plan(customer)
                customer.invoices = None
            writer.write(plans)
        _finish(batches, writer.posted)
    counts = {"suppliers": len(suppliers), **writer.counts}
    if stdout:
        words = ", ".join(f"{count} {name}" for name, count in counts.items())
        stdout.write(f"{words}; {time.monotonic() - started:.1f} s\n")
    return counts


def _span(customers):
    """The first day of the file, and the last on which an invoice comes to something."""
    days = [
        (invoice.at.date(), any(quantity and price for _, _, quantity, price in invoice.lines))
        for customer in customers
        for invoice in customer.invoices
    ]
    worth = [day for day, is_worth in days if is_worth]
    if not worth:
        raise LinesError("Every line of the file is free of charge.")
    return min(day for day, _ in days), max(worth)


def _suppliers(path):
    suppliers, batches = [], []
    digest = sha256_of(path)
    for fields in SUPPLIERS:
        fields = dict(fields)
        logo, _series = fields.pop("logo"), fields.pop("series")
        number = fields.pop("tax_number")
        supplier, is_new = Supplier.objects.get_or_create(tax_number=number, defaults=fields)
        if is_new:
            with open(DATA / "logos" / logo, "rb") as file:
                supplier.logo.save(logo, File(file))
        suppliers.append(supplier)
        batches.append(
            ImportBatch.objects.create(
                supplier=supplier,
                kind="entries",
                profile="demo",
                file_name="demo",
                sha256=digest,
                made_by="load_demo",
                applied_at=timezone.now(),
                applied_by="load_demo",
            )
        )
    return suppliers, batches


def _finish(batches, posted: Counter):
    for index, batch in enumerate(batches):
        batch.counts = {
            "new": posted[index],
            "changed": 0,
            "unchanged": 0,
            "matched": 0,
            "refused": 0,
        }
        batch.save(update_fields=["counts"])
