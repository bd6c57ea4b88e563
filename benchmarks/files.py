"""Large files: what making one takes, in time and memory, beside the bare writers.

    python benchmarks/files.py [--rows N]

Fills a database of its own with one account of N movements and N invoice lines, and makes each file
in a process of its own, from the query to the last byte. Memory: what that process's peak is above
what it held before. Bare: the same cells of the same rows, already in memory, written by csv.writer
or by XlsxWriter in constant_memory without formats.
"""

import argparse
import csv
import io
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "example_site"), str(ROOT)]
REPORTS = {"statement": "period=all", "invoices": "period=all&show=lines"}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)  # folder, report, format
    options = parser.parse_args()
    if options.one:
        folder, report, format = options.one
        set_up(Path(folder))
        return make(report, format)
    with tempfile.TemporaryDirectory() as folder:
        set_up(Path(folder))
        fill(options.rows)
        for report in REPORTS:
            for format in ("csv", "xlsx", "pdf"):
                command = [sys.executable, __file__, "--one", folder, report, format]
                subprocess.run(command, check=True)


def set_up(folder):
    os.environ["DJANGO_SETTINGS_MODULE"] = "example.settings"
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = folder / "db.sqlite3"
    settings.DEBUG = False
    import django

    django.setup()


def fill(count):
    from datetime import date, timedelta
    from decimal import Decimal

    from django.core.management import call_command

    from b2b_portal.ledger.posting import post_all
    from b2b_portal.models import Invoice, InvoiceLine
    from b2b_portal.testing.factories import make_account, make_draft

    call_command("migrate", verbosity=0)
    account, first = make_account(), date(2020, 1, 1)
    for start in range(0, count, 5_000):
        post_all(
            [
                make_draft(
                    account,
                    f"{'-' * (n % 2)}{n % 997 + 1}.{n % 100:02}",
                    booked_on=first + timedelta(n * 2000 // count),
                    description=f"Sevkiyat {n} Kadıköy mağazası",
                )
                for n in range(start, min(count, start + 5_000))
            ]
        )
    invoices = [
        Invoice(
            account=account,
            number=f"ANT2026{n:09}",
            issued_on=first + timedelta(n * 20_000 // count),
            currency="TRY",
            net=100,
            vat=20,
            payable=120,
        )
        for n in range(count // 10)
    ]
    Invoice.objects.bulk_create(invoices, batch_size=5_000)
    lines = (
        InvoiceLine(
            invoice=invoices[n // 10],
            product_code=f"KP-{n % 3000:04}",
            product_name=f"Porselen kupa, desenli {n % 3000}",
            quantity=n % 48 + 1,
            unit="Adet",
            unit_price=Decimal("12.3456") + n % 7,
            net=100 + n % 90,
            vat_rate=20,
        )
        for n in range(count // 10 * 10)
    )
    InvoiceLine.objects.bulk_create(lines, batch_size=5_000)


def make(name, format):
    from django.http import QueryDict

    from b2b_portal import reports
    from b2b_portal.models import CustomerAccount
    from b2b_portal.reports import files

    account, report = CustomerAccount.objects.get(), reports.get(name)
    query = QueryDict(REPORTS[name])
    before, began = memory("VmRSS"), time.perf_counter()
    with tempfile.TemporaryFile() as stream:
        _form, tables = files.read(report, account, query, format)
        read = time.perf_counter()
        files.write(tables, account, format, stream, language="tr")
        size = stream.tell()
    wrote = time.perf_counter()
    peak = memory("VmHWM") - before
    bare = {"csv": bare_csv, "xlsx": bare_xlsx}.get(format)
    beside = ""
    if bare:
        cells = [tables[0].values(row) for row in tables[0].rows]
        began_bare = time.perf_counter()
        bare(cells)
        bare_took = time.perf_counter() - began_bare
        beside = f", {bare_took / (wrote - read):.0%} of the bare writer's speed"
    print(
        f"{name}.{format}: {len(tables[0].rows):,} rows, read in {read - began:.1f} s, written in "
        f"{wrote - read:.1f} s{beside}; {size / 1e6:.1f} MB; memory +{peak:.0f} MB",
        flush=True,
    )


def bare_csv(rows):
    with tempfile.TemporaryFile() as stream:
        text = io.TextIOWrapper(stream, "utf-8", newline="")
        csv.writer(text, delimiter=";").writerows(rows)
        text.flush()


def bare_xlsx(rows):
    from datetime import date

    import xlsxwriter

    with tempfile.TemporaryFile() as stream:
        book = xlsxwriter.Workbook(stream, {"constant_memory": True})
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            for at, value in enumerate(row):
                if value is None or value == "":
                    continue
                if isinstance(value, str):
                    sheet.write_string(number, at, value)
                elif isinstance(value, date):
                    sheet.write_datetime(number, at, value)
                else:
                    sheet.write_number(number, at, value)
        book.close()


def memory(what):
    """Megabytes this process holds now (VmRSS), or has held at most (VmHWM)."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(rf"{what}:\s+(\d+) kB", status)[1]) / 1000


if __name__ == "__main__":
    main()
