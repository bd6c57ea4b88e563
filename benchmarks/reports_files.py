"""Files of a statement whose rows are at hand: PDF, Excel and CSV, beside the bare writers."""

import io
import random
import resource
import tempfile
from datetime import date, timedelta
from decimal import Decimal

import reports_bare
from databases import ROOT
from figures import Figure, medians, milliseconds, slower

from b2b_portal.reports.statement import COLUMNS
from b2b_portal.tables.csv import render_csv
from b2b_portal.tables.letterhead import Letterhead
from b2b_portal.tables.pdf import render_pdf
from b2b_portal.tables.rows import Rows
from b2b_portal.tables.table import Row, Table
from b2b_portal.tables.xlsx import render_xlsx

ONE_PAGE = 20  # rows
LOGO = (ROOT / "example_site/demodata/data/logos/anadolu.png").read_bytes()
LETTERHEAD = Letterhead(
    "Anadolu Ev Gereçleri Toptan A.Ş.",
    address=["Merter Keresteciler Sitesi 12", "34169 Güngören / İstanbul"],
    phone="+90 212 555 01 23",
    email="muhasebe@anadolu.example",
    customer=["Öz Güneş Hediyelik ve Züccaciye Ltd. Şti.", "Cari kodu: 120.01.0042"],
    ibans=[
        ("Türkiye İş Bankası TRY", "TR330006100519786457841326"),
        ("Ziraat Bankası TRY", "TR560001001234567890123456"),
    ],
)
FACTS = [("Dönem", "01.01.2024 – 31.12.2024"), ("Para birimi", "TRY")]
NOTES = ["Borç/Alacak firmamızın kayıtlarına göredir."]


def movements(count):
    """Tuples of a statement's cells, over five years, one after the other."""
    luck, balance = random.Random(count), Decimal(0)
    for number in range(count):
        cents = round(100 * luck.lognormvariate(7, 1)) + 100
        booked_on = date(2021, 1, 1) + timedelta(number * 1800 // count)
        is_invoice = balance <= 0 or luck.random() < 0.5
        amount = Decimal(cents * 100).scaleb(-4)  # as the database gives it
        balance += amount if is_invoice else -amount
        yield (
            booked_on,
            f"{'FTR' if is_invoice else 'THS'}{booked_on.year}{number:09}",
            "Satış Faturası" if is_invoice else "Gelen Havale",
            f"{number % 12 + 1}. ay sevkiyatı" if is_invoice else "Tahsilat",
            booked_on + timedelta(60) if is_invoice else None,
            amount if is_invoice else None,
            None if is_invoice else amount,
            abs(balance),
            "B" if balance >= 0 else "A",
        )


def statement(rows, totals=None):
    """The ``Table`` of these movements; ``totals``: opening, debit, credit, closing and its side."""
    opening, debit, credit, closing, side = totals or totals_of(rows)
    return Table(
        title="Hesap ekstresi",
        columns=COLUMNS,
        rows=rows,
        opening=Row({"balance": opening, "side": "B"}),
        totals=Row({"debit": debit, "credit": credit, "balance": closing, "side": side}),
        carry=("balance", "side"),
        currency="TRY",
        caption=FACTS,
        notes=NOTES,
    )


def totals_of(rows):
    debit, credit = (sum(row.values[at] or 0 for row in rows) for at in (5, 6))
    return Decimal(0), debit, credit, *rows[-1].values[7:]


def pdf_pair(count, logo=None):
    """(ours, bare): both write the PDF of so many movements."""
    rows = list(map(Row, movements(count)))
    table, letterhead = statement(rows), Letterhead(**vars(LETTERHEAD) | {"logo": logo})
    bare = reports_bare.BarePdf(
        [row.values for row in rows],
        totals_of(rows),
        letterhead,
        FACTS,
        NOTES,
    )

    def ours():
        stream = io.BytesIO()
        render_pdf(table, letterhead, stream, language="tr")
        return stream.getvalue()

    def theirs():
        stream = io.BytesIO()
        bare.write(stream)
        return stream.getvalue()

    return ours, theirs


def long_pdf(small, rows, runs):
    (few, _bare), (many, bare) = pdf_pair(small), pdf_pair(rows)
    of_few, of_many, of_bare = medians(runs, few, many, bare)
    yield slower(f"PDF of {rows:,} rows : bare canvas", of_many, of_bare, 1.2)
    share = rows / of_many / (small / of_few)
    yield Figure(
        f"rows a second at {rows:,} : at {small:,}",
        f"{rows / of_many:,.0f} : {small / of_few:,.0f}, {share:.2f} ×",
        "≥ 0.8 ×",
        share >= 0.8,
    )


def short_pdf(runs):
    for logo, words in ((None, ""), (LOGO, ", with a logo")):
        ours, bare = pdf_pair(ONE_PAGE, logo)
        name = f"PDF of one page, {ONE_PAGE} rows{words}"
        taken, by_bare = medians(runs * 20, ours, bare)
        share = by_bare / taken * 100
        yield Figure(
            f"{name} : bare canvas",
            f"{1 / taken:.0f} : {1 / by_bare:.0f} a second, {share:.0f} %",
            "≥ 80 %",
            share >= 80,
        )
        size = len(ours()) / 1000
        yield Figure(f"{name}: its size", f"{size:.1f} kB", "≤ 25 kB", size <= 25)


def excel(count, runs):
    rows = Rows(map(Row, movements(count)))  # as a report gives them
    table, cells = statement(rows), [row.values for row in rows]
    ours, bare = medians(
        runs,
        lambda: into_file(lambda file: render_xlsx(table, LETTERHEAD, file, language="tr")),
        lambda: into_file(lambda file: reports_bare.xlsx(cells, file)),
    )
    yield share_of(f"XLSX of {count:,} rows : bare XlsxWriter", count, ours, bare, 85)


def csv(count, runs):
    rows = Rows(map(Row, movements(count)))  # as a report gives them
    table, cells = statement(rows), [row.values for row in rows]

    def bare(write):
        def into(file):
            text = io.TextIOWrapper(file, "utf-8-sig", newline="")
            write(cells, text)
            text.detach()

        return lambda: into_file(into)

    ours, texts, values = medians(
        runs,
        lambda: into_file(lambda file: render_csv(table, LETTERHEAD, file, language="tr")),
        bare(reports_bare.csv_of_texts),
        bare(reports_bare.csv_of_values),
    )
    yield share_of(f"CSV of {count:,} rows : csv.writer, same cells", count, ours, texts, 50)
    yield share_of(f"CSV of {count:,} rows : csv.writer, values as they are", count, ours, values)
    read = rows_before_first_byte(count)
    yield Figure("CSV: rows read before the first byte", f"{read:,}", "≤ 1 %", read <= count / 100)


def rows_before_first_byte(count):
    read, at_first = 0, None

    def rows():
        nonlocal read
        for values in movements(count):
            read += 1
            yield Row(values)

    class Stream(io.BytesIO):
        def write(self, data):
            nonlocal at_first
            at_first = read if at_first is None else at_first
            return super().write(data)

    totals = totals_of(list(map(Row, movements(1))))
    render_csv(statement(rows(), totals), LETTERHEAD, Stream(), language="tr")
    return at_first


def share_of(name, count, ours, bare, at_least=None):
    share = bare / ours * 100
    return Figure(
        name,
        f"{milliseconds(ours)}, {count / ours:,.0f} rows a second, {share:.0f} %",
        f"≥ {at_least} %" if at_least else "",
        share >= at_least if at_least else None,
    )


def into_file(write):
    with tempfile.TemporaryFile() as file:
        write(file)


def growth(format, count):
    """(MB of the rows, MB more at the peak of making the file).

    The rows of a PDF are a list; those of Excel and CSV come one after the other.
    """
    render = {"pdf": render_pdf, "xlsx": render_xlsx, "csv": render_csv}[format]
    few = statement(list(map(Row, movements(ONE_PAGE))))
    into_file(lambda file: render(few, LETTERHEAD, file, language="tr"))
    at_first = peak()
    if format == "pdf":
        table = statement(list(map(Row, movements(count))))
    else:
        table = statement(map(Row, movements(count)), totals_of(few.rows))
    before = peak()
    into_file(lambda file: render(table, LETTERHEAD, file, language="tr"))
    return before - at_first, peak() - before


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
