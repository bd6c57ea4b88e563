"""One database: what a file of movements takes, beside bare ways of writing the same rows."""

import io
import random
import resource
import statistics
from datetime import date, timedelta

from django.core.management import call_command
from django.db import connection, transaction
from figures import Figure, medians, milliseconds, seconds, times

from b2b_portal.erp import profiles
from b2b_portal.erp.reading import read
from b2b_portal.ledger import triggers
from b2b_portal.models import CustomerAccount, Entry, Supplier
from b2b_portal.testing.ledger import empty_ledger

ACCOUNTS = 5_000
NUMBER = "4540536920"
HEADER = "Cari Kodu;Tarih;Vade;Evrak No;İşlem Türü;Açıklama;Borç;Alacak"
COLUMNS = [field.column for field in Entry._meta.concrete_fields if not field.primary_key]
ON_POSTGRESQL = connection.vendor == "postgresql"


def speed(folder, rows, runs):
    """The figures of a file of so many rows."""
    call_command("migrate", verbosity=0)
    path = folder / "movements.csv"
    path.write_text(csv(rows), "utf-8-sig")
    taken = {}

    def time(name, operation):
        taken.setdefault(name, []).append(seconds(operation))

    for _run in range(runs + 1):
        empty()
        time("new", lambda: take_in(path))
        time("again", lambda: take_in(path))
        tuples = written()
        empty()
        triggers.remove()
        time("without the guards", lambda: take_in(path))
        empty()
        triggers.remove()
        time("bare", lambda: bare(tuples))
        triggers.install()
        empty()
        objects = entries(tuples)
        time("bulk_create", lambda: Entry.objects.bulk_create(objects, batch_size=2000))
    typical = {name: statistics.median(times[1:]) for name, times in taken.items()}
    return [*ratios(rows, typical), *excel(folder, rows, runs)]


def ratios(rows, typical):
    bare = typical["bare"]
    for name, goal in (("new", 30), ("again", 30), ("without the guards", 50)):
        share = bare / typical[name] * 100
        yield Figure(
            f"the file, {name} : bare rows",
            f"{rows / typical[name]:,.0f} rows a second, {share:.0f} %",
            f"≥ {goal} %",
            share >= goal,
        )
    yield Figure("bare rows", f"{rows / bare:,.0f} rows a second")
    ratio = typical["bulk_create"] / typical["new"]
    yield Figure("the file, new : bulk_create of its rows", times(ratio), "≥ 2.5 ×", ratio >= 2.5)


def excel(folder, rows, runs):
    """Reading the same rows from .xlsx, beside calamine alone."""
    import xlsxwriter
    from python_calamine import CalamineWorkbook

    path = folder / "movements.xlsx"
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as workbook:
        sheet, day = workbook.add_worksheet(), workbook.add_format({"num_format": "dd.mm.yyyy"})
        for number, line in enumerate(csv(rows).splitlines()):
            for column, cell in enumerate(line.split(";")):
                if number and column in (1, 2) and cell:
                    sheet.write_datetime(number, column, as_date(cell), day)
                elif number and column > 5 and cell:
                    sheet.write_number(
                        number, column, float(cell.replace(".", "").replace(",", "."))
                    )
                else:
                    sheet.write_string(number, column, cell)
    table = profiles.get("general").table("entries")

    def ours():
        with path.open("rb") as stream:
            return sum(1 for _line in read(stream, table))

    def theirs():
        sheet = CalamineWorkbook.from_path(path).get_sheet_by_index(0)
        return sum(1 for _row in sheet.iter_rows())

    def theirs_whole():
        return len(CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python())

    assert ours() == theirs() - 1 == rows
    mine, streamed, whole = medians(runs, ours, theirs, theirs_whole)
    for name, bare in (("iter_rows()", streamed), ("to_python()", whole)):
        share = bare / mine * 100
        yield Figure(
            f"rows of .xlsx read : calamine's {name} alone",
            f"{milliseconds(mine)}, {share:.0f} %",
            "≥ 80 %",
            share >= 80,
        )


def prepare(folder, rows):
    """An empty ledger, and files of a thousand rows and of so many."""
    call_command("migrate", verbosity=0)
    empty()
    for name, size in (("small.csv", 1000), ("large.csv", rows)):
        with (folder / name).open("w", encoding="utf-8-sig", newline="") as file:
            file.writelines(f"{line}\r\n" for line in lines(size))


def growth(folder):
    """MB that the large file adds to the peak of a process that has taken in the small one."""
    take_in(folder / "small.csv")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    take_in(folder / "large.csv")
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def empty():
    if ON_POSTGRESQL:  # a DELETE there checks each row's references, one by one
        triggers.remove()
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE b2b_portal_supplier CASCADE")
        triggers.install()
    else:
        empty_ledger()
    supplier = Supplier.objects.create(pk=1, name="Anadolu Toptan", tax_number=NUMBER)
    CustomerAccount.objects.bulk_create(
        CustomerAccount(
            pk=number + 1, supplier=supplier, code=f"120.{number:05}", title=f"Bayi {number}"
        )
        for number in range(ACCOUNTS)
    )


def take_in(path):
    call_command("b2b_portal_import", "entries", str(path), supplier=NUMBER, stdout=io.StringIO())


def written():
    """The entries as the driver gives them, without their batch."""
    columns = ", ".join("NULL" if name == "batch_id" else name for name in COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM b2b_portal_entry ORDER BY id")
        return cursor.fetchall()


def entries(rows):
    """The same rows as unsaved ``Entry`` objects."""
    fields = [field for field in Entry._meta.concrete_fields if not field.primary_key]
    read = [
        (field.attname, getattr(field, "from_db_value", lambda value, *_: value))
        for field in fields
    ]
    return [
        Entry(**{name: of(value, None, connection) for (name, of), value in zip(read, row)})
        for row in rows
    ]


def bare(rows):
    names = ", ".join(COLUMNS)
    with transaction.atomic(), connection.cursor() as cursor:
        if ON_POSTGRESQL:
            with cursor.copy(f"COPY b2b_portal_entry ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(COLUMNS))
            cursor.executemany(f"INSERT INTO b2b_portal_entry ({names}) VALUES ({marks})", rows)


def csv(rows):
    return "\r\n".join(lines(rows)) + "\r\n"


def lines(rows):
    """Invoices and transfers over two years, each with a number of its own."""
    yield HEADER
    luck = random.Random(1)
    for number in range(rows):
        day = date(2024, 1, 1) + timedelta(days=luck.randrange(700))
        amount = f"{luck.randrange(1, 900)}.{luck.randrange(1000):03},{luck.randrange(100):02}"
        account = f"120.{luck.randrange(ACCOUNTS):05}"
        if number % 3:
            due = day + timedelta(days=60)
            yield (
                f"{account};{day:%d.%m.%Y};{due:%d.%m.%Y};FAT{number:08};Satış Faturası;"
                f"Ağustos sevkiyatı {number};{amount};"
            )
        else:
            yield (
                f"{account};{day:%d.%m.%Y};;HAV{number:08};Gelen Havale;"
                f"Havale {number} müşteri ödemesi;;{amount}"
            )


def as_date(text):
    day, month, year = map(int, text.split("."))
    return date(year, month, day)
