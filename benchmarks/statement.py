"""The statement of the largest account: service, page and PDF beside their bare operations.

    python benchmarks/statement.py [--lines FILE] [--runs N]

Loads the demo data (or the whole file of invoice lines) into a database of its own, signs in as the
dealer with the most movements and measures, in one run, each thing N times: medians, and ratios to
the bare operation on the same rows.
"""

import argparse
import io
import statistics
import tempfile
import time
from pathlib import Path

import databases


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lines")
    parser.add_argument("--runs", type=int, default=9)
    options = parser.parse_args()
    lines = options.lines and str(Path(options.lines).resolve())
    with tempfile.TemporaryDirectory() as folder:
        set_up(Path(folder))
        from demodata.loader import load

        began = time.perf_counter()
        load(lines)
        print(f"loaded in {time.perf_counter() - began:.1f} s")
        measure(options.runs)


def set_up(folder):
    databases.set_up((folder, None), ALLOWED_HOSTS=["testserver"])
    from django.core.management import call_command
    from django.test.utils import setup_test_environment
    from website.seed import seed_site

    from b2b_portal.cms.setup import steps

    setup_test_environment()  # mails stay here
    call_command("migrate", verbosity=0)
    seed_site()
    for _what, make in steps():
        make()


def measure(runs):
    from django.db.models import Count

    from b2b_portal.ledger.statement import statement
    from b2b_portal.models import CustomerAccount, Entry

    account = (
        CustomerAccount.objects.exclude(email="")
        .annotate(size=Count("entries"))
        .order_by("-size")
        .first()
    )
    currency = account.supplier.currency
    rows = Entry.objects.filter(account=account, currency=currency).order_by("booked_on", "id")
    columns = ("id", "booked_on", "document_no", "kind", "description", "due_on", "amount")
    client = signed_in(account)
    page = f"/tr/musteri-portali/hesap-ekstresi/?period=all&currency={currency}"
    pdf = f"/b2b/reports/statement.pdf?period=all&currency={currency}"
    size = len(b"".join(client.get(pdf).streaming_content))
    print(f"largest account: {rows.count()} movements in {currency}; PDF of {size / 1000:.0f} kB")
    bare = median(runs, lambda: list(rows.values_list(*columns)))
    report("bare rows (values_list)", bare, bare)
    report("statement()", median(runs, lambda: statement(account, currency, None, None)), bare)
    report("page (HTML, all rows)", median(runs, lambda: client.get(page).content), bare)
    canvas = median(runs, lambda: bare_canvas(statement(account, currency, None, None).rows))
    report("PDF, through HTTP", median(runs, lambda: read(client.get(pdf))), canvas, "bare canvas")


def signed_in(account):
    import re

    from django.core import mail
    from django.test import Client

    from b2b_portal.testing.worker import work

    client = Client()
    typed = {
        "tax_number": account.tax_number,
        "email": account.email,
        "supplier_number": account.supplier.tax_number,
    }
    client.post("/tr/musteri-portali/", typed)
    work()
    code = re.search(r"\b\d{6}\b", mail.outbox[-1].body)[0]
    client.post("/tr/musteri-portali/", {"step": "code", "code": code})
    client.post("/b2b/switch/", {"account": account.pk})
    return client


def read(response):
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def bare_canvas(rows):
    """The same cells drawn with nothing but reportlab's canvas, 60 rows a page."""
    from reportlab.pdfgen.canvas import Canvas

    from b2b_portal.money import format_amount
    from b2b_portal.tables.formats import format_date
    from b2b_portal.tables.typeset import REGULAR, register_fonts

    register_fonts()
    canvas = Canvas(io.BytesIO(), invariant=1, initialFontName=REGULAR, initialFontSize=7)
    for at, row in enumerate(rows):
        if at and at % 60 == 0:
            canvas.showPage()
            canvas.setFont(REGULAR, 7)
        y = 800 - at % 60 * 12
        cells = [
            format_date(row.booked_on, "tr"),
            row.document_no,
            row.source_kind,
            row.description,
            format_date(row.due_on, "tr") if row.due_on else "",
        ]
        for x, text in zip((30, 80, 170, 240, 370), cells, strict=True):
            canvas.drawString(x, y, text)
        for x, amount in zip((450, 500, 550), (row.debit, row.credit, row.balance), strict=True):
            canvas.drawRightString(x, y, format_amount(amount, "TRY", "tr"))
    canvas.save()


def median(runs, operation):
    times = []
    for _run in range(runs):
        began = time.perf_counter()
        operation()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def report(name, seconds, base, base_name="bare rows"):
    print(f"{name:26} {seconds * 1000:9.1f} ms   {seconds / base:6.2f} x {base_name}")


if __name__ == "__main__":
    main()
