"""Stories a bookkeeper can follow on paper: the tables are the ERP's own, worked out by hand.

Each table is at once the file that the ERP sends and what the portal must show: the column Bakiye,
which the import does not read, is compared line by line with the portal's statement.
"""

import csv
import io
import json
import re
from calendar import monthrange
from contextlib import contextmanager
from datetime import date
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone, translation

from b2b_portal.erp.control import differences
from b2b_portal.ledger import triggers
from b2b_portal.ledger.balances import balances
from b2b_portal.ledger.open_items import open_items
from b2b_portal.ledger.posting import allocate, post, reverse, unallocate
from b2b_portal.ledger.statement import statement
from b2b_portal.models import (
    AccountBalance,
    Allocation,
    Entry,
    Invoice,
    OpenItem,
    Payment,
    StatedBalance,
)
from b2b_portal.money import format_amount, parse_amount
from b2b_portal.testing.factories import make_account, make_entry

from .fixtures import STATEMENT, sign_in, start_paying

D = Decimal


@pytest.fixture
def account(supplier):
    return make_account(
        supplier,
        code="120.10",
        title="Gül Hediyelik Eşya Ltd. Şti.",
        email="muhasebe@gulhediyelik.com.tr",
        phone="0532 555 12 34",
        address="Çarşı Cad. 5",
        city="İzmir",
    )


@pytest.fixture
def send(supplier, tmp_path):
    """Take in a table as the ERP's file; returns what the command says."""

    def send(table):
        path = tmp_path / "hareketler.csv"
        path.write_text(table.replace("|", ";"), "utf-8")
        out = io.StringIO()
        call_command(
            "b2b_portal_import",
            "entries",
            str(path),
            "--supplier",
            supplier.tax_number,
            "--json",
            stdout=out,
        )
        return json.loads(out.getvalue())

    return send


def cells(table):
    """The table's rows as dicts."""
    lines = [line.split("|") for line in table.strip().splitlines()]
    header, *rows = [[cell.strip() for cell in line] for line in lines]
    return [dict(zip(header, row, strict=True)) for row in rows]


def as_on_paper(account, table, currency="TRY"):
    """The portal's statement of all time has the table's rows and balances, and ends on its last."""
    paper = [row for row in cells(table) if row["Cari Kodu"] == account.code]
    shown = statement(account, currency, None, None, hide_reversed=True)
    assert [(f"{row.booked_on:%d.%m.%Y}", row.balance) for row in shown.rows] == [
        (row["Tarih"], parse_amount(row["Bakiye"], "tr")) for row in paper
    ]
    assert balances(account)[currency] == parse_amount(paper[-1]["Bakiye"], "tr")


def still_open(account, currency="TRY"):
    """{document no: what is open}, credit negative."""
    return {item.entry.document_no: item.open for item in open_items(account, currency)}


def verify():
    """(exit code, lines) of the command that proves the books."""
    out = io.StringIO()
    with translation.override("en"):
        try:
            call_command("b2b_portal_verify", stdout=out)
        except SystemExit as exit:
            return exit.code, out.getvalue().splitlines()
    return 0, out.getvalue().splitlines()


@contextmanager
def tampered(rows, **fields):
    """Rows changed behind the portal's back, with the database's guard lifted; put back after."""
    with transaction.atomic():
        connection.check_constraints()
        triggers.remove()
        assert rows.update(**fields) == 1
        connection.check_constraints()
        triggers.install()
        yield
        transaction.set_rollback(True)


def holds(account):
    """The books are proven, and would not be with a single kuruş moved in any of their rows."""
    assert verify()[0] == 0
    for entry in account.entries.all():
        with tampered(Entry.objects.filter(pk=entry.pk), amount=entry.amount + D("0.01")):
            code, lines = verify()
        assert code == 1
        assert any(line.startswith(f"entry {entry.pk}:") for line in lines)
        assert any(line.startswith(f"account {account.pk},") for line in lines)
    assert verify()[0] == 0


def test_the_whole_round_trip(visitor, site, account, send, iyzico, tmp_path):
    """Files in, a dealer pays an invoice by card, the ERP books it and sends it back."""
    # 2.500,00 brought forward, two invoices, a transfer that pays what was brought forward:
    january = """\
Cari Kodu | Tarih      | Vade       | Evrak No | İşlem Türü     | Borç     | Alacak   | Bakiye
120.10    | 01.01.2025 |            | DVR      | Devir          | 2.500,00 |          | 2.500,00
120.10    | 10.01.2025 | 10.02.2025 | ANT101   | Satış Faturası | 1.180,00 |          | 3.680,00
120.10    | 15.01.2025 |            | HVL1     | Gelen Havale   |          | 2.500,00 | 1.180,00
120.10    | 03.02.2025 | 05.03.2025 | ANT102   | Satış Faturası |   749,90 |          | 1.929,90
"""
    assert send(january)["new"] == 4
    as_on_paper(account, january)
    assert still_open(account) == {"ANT101": D(1180), "ANT102": D("749.90")}

    # The dealer signs in, ticks the second invoice, which is not the oldest, and pays it:
    assert sign_in(visitor, account).status_code == 303
    invoice = Entry.objects.get(document_no="ANT102")
    response = start_paying(visitor, entries=[invoice.pk])
    token = re.search(r"token=([0-9a-f-]+)", response["Location"])[1]
    iyzico.pay(token)
    back = visitor.post("/b2b/pay/return/", {"token": token})
    assert back.status_code == 303
    payment = Payment.objects.get()
    assert (payment.state, payment.amount) == ("paid", D("749.90"))

    # 1.929,90 − 749,90 = 1.180,00; that invoice is closed and the older one is not:
    assert balances(account) == {"TRY": D(1180)}
    assert still_open(account) == {"ANT101": D(1180)}
    page = visitor.get(STATEMENT + "?period=all").content.decode()
    assert payment.receipt_no in page and "749,90" in page and "1.180,00" in page

    # Collections go out to the ERP:
    path = tmp_path / "tahsilat.csv"
    call_command(
        "b2b_portal_export_collections",
        "--supplier",
        account.supplier.tax_number,
        "-o",
        str(path),
        stdout=io.StringIO(),
    )
    text = path.read_text("utf-8-sig")
    (collected,) = csv.DictReader(io.StringIO(text, newline=""), delimiter=";")
    today = f"{timezone.localdate():%d.%m.%Y}"
    assert (collected["Cari Kodu"], collected["Tarih"]) == ("120.10", today)
    assert (collected["Evrak No"], collected["Alacak"]) == (payment.receipt_no, "749,90")

    # The ERP has booked it, and invoices another 320,10: 1.180,00 + 320,10 = 1.500,10
    november = january + (
        f"120.10 | {today} | | {payment.receipt_no} | {collected['İşlem Türü']} | | 749,90 | 1.180,00\n"
        f"120.10 | {today} | | ANT103 | Satış Faturası | 320,10 | | 1.500,10\n"
    )
    said = send(november)
    assert (said["unchanged"], said["matched"], said["new"], said["changed"]) == (4, 1, 1, 0)
    as_on_paper(account, november)
    assert still_open(account) == {"ANT101": D(1180), "ANT103": D("320.10")}
    # One payment, one credit:
    assert Entry.objects.filter(document_no=payment.receipt_no).get() == payment.entry
    assert payment.entry.amount == D("-749.90")
    # And so it stays, however often the ERP sends it:
    assert send(november)["unchanged"] == 5
    as_on_paper(account, november)
    # The balance that the ERP itself states in the column Bakiye is the portal's:
    assert StatedBalance.objects.get().amount == D("1500.10")
    assert not differences(account.supplier)
    holds(account)


CHEQUE = """\
Cari Kodu | Tarih      | Vade       | Evrak No | İşlem Türü      | Borç   | Alacak | Bakiye
120.10    | 05.01.2025 | 04.02.2025 | ANT201   | Satış Faturası  | 600,00 |        | 600,00
120.10    | 20.01.2025 | 20.04.2025 | ÇEK1     | Çek             |        | 600,00 | 0,00
"""
BOUNCED = (
    CHEQUE
    + "120.10 | 21.04.2025 | 21.04.2025 | KÇEK1 | Karşılıksız Çek | 600,00 | | 600,00\n"
    + "120.10 | 22.04.2025 | 22.05.2025 | ANT202 | Satış Faturası | 150,00 | | 750,00\n"
)


def test_a_cheque_that_bounces_owes_again(account, send):
    """As the ERP alone books it: the cheque has paid the invoice, the bounced one is a new debt."""
    send(CHEQUE)
    as_on_paper(account, CHEQUE)
    assert still_open(account) == {}
    send(BOUNCED)
    as_on_paper(account, BOUNCED)
    assert still_open(account) == {"KÇEK1": D(600), "ANT202": D(150)}
    holds(account)


def test_a_cheque_that_bounces_opens_its_invoice_again(account, send):
    """As a clerk closes items one by one: cheque against bounced cheque, and the invoice is open."""
    send(CHEQUE)
    invoice, cheque = Entry.objects.order_by("pk")
    closed = allocate(cheque, invoice)
    send(BOUNCED)
    assert still_open(account) == {"KÇEK1": D(600), "ANT202": D(150)}

    unallocate(closed, on=date(2025, 4, 21))
    allocate(cheque, Entry.objects.get(document_no="KÇEK1"))
    assert still_open(account) == {"ANT201": D(600), "ANT202": D(150)}
    # Overdue since the invoice's own day, not since the cheque's:
    (item,) = [i for i in open_items(account, "TRY") if i.entry == invoice]
    assert item.days_overdue(date(2025, 4, 21)) == 76  # 24 + 31 + 21: 4 February to 21 April
    # Before the cheque bounced, the invoice counted as paid:
    then = open_items(account, "TRY", as_of=date(2025, 4, 20))
    assert [i.entry.document_no for i in then] == []
    as_on_paper(account, BOUNCED)
    holds(account)


def test_a_cheque_taken_back_opens_its_invoice_again(account, send):
    """As the portal takes a movement back: by its opposite, which frees what it had paid."""
    send(CHEQUE)
    invoice, cheque = Entry.objects.order_by("pk")
    allocate(cheque, invoice)
    reverse(cheque, reason="Karşılıksız", booked_on=date(2025, 4, 21))
    assert still_open(account) == {"ANT201": D(600)}
    assert balances(account) == {"TRY": D(600)}
    holds(account)


def test_an_invoice_with_vat_withheld(account, send):
    """Tevkifatlı fatura: the buyer pays part of the VAT to the tax office itself.

    net                              1.234,57
    KDV 20 %          246,914   →      246,91
    tevkifat 5/10     123,455   →      123,46
    payable  1.234,57 + 246,91 − 123,46 = 1.358,02
    """
    table = """\
Cari Kodu | Tarih      | Vade       | Evrak No | İşlem Türü                | Borç     | Alacak   | Bakiye
120.10    | 05.01.2025 | 04.02.2025 | ANT301   | Tevkifatlı Satış Faturası | 1.358,02 |          | 1.358,02
120.10    | 01.02.2025 |            | HVL3     | Gelen Havale              |          | 1.358,02 | 0,00
"""
    send(table)
    as_on_paper(account, table)
    assert still_open(account) == {}
    entry = Entry.objects.get(document_no="ANT301")
    assert entry.kind == "invoice"
    Invoice.objects.create(
        account=account,
        number="ANT301",
        issued_on=entry.booked_on,
        currency="TRY",
        net=D("1234.57"),
        vat=D("246.91"),
        withheld=D("123.46"),
        payable=D("1358.02"),
        entry=entry,
    )
    kept = Invoice.objects.get()
    assert kept.net + kept.vat - kept.withheld == kept.payable == kept.entry.amount
    holds(account)


def test_goods_sent_back(account, send):
    """İade: a quarter of 1.000,00 + KDV 200,00 comes back, 900,00 is left to pay."""
    table = """\
Cari Kodu | Tarih      | Vade       | Evrak No | İşlem Türü          | Borç     | Alacak | Bakiye
120.10    | 05.01.2025 | 04.02.2025 | ANT401   | Satış Faturası      | 1.200,00 |        | 1.200,00
120.10    | 12.01.2025 |            | IAD401   | Satış İade Faturası |          | 300,00 | 900,00
"""
    send(table)
    as_on_paper(account, table)
    assert Entry.objects.get(document_no="IAD401").kind == "credit_note"
    assert still_open(account) == {"ANT401": D(900)}

    table += "120.10 | 04.02.2025 | | HVL4 | Gelen Havale | | 900,00 | 0,00\n"
    send(table)
    as_on_paper(account, table)
    assert still_open(account) == {}
    holds(account)


def test_an_account_in_dollars_closes_in_both_currencies(account):
    """Kur farkı: nothing is owed in dollars, and what the rate has moved is booked in lira alone.

    date        what          USD        rate     TRY
    10.01.2025  invoice      1.000,00   35,50    35.500,00
    10.02.2025  invoice        500,00   36,00    18.000,00
    20.03.2025  transfer    -1.500,00   37,00   -55.500,00
                                 0,00            -2.000,00
    20.03.2025  kur farkı        0,00             2.000,00
                                 0,00                 0,00
    """
    for no, day, amount, rate, base, kind in [
        ("ANT501", date(2025, 1, 10), "1000", "35.50", "35500", "invoice"),
        ("ANT502", date(2025, 2, 10), "500", "36.00", "18000", "invoice"),
        ("HVL5", date(2025, 3, 20), "-1500", "37.00", "-55500", "bank_transfer"),
    ]:
        assert D(amount) * D(rate) == D(base)
        make_entry(
            account,
            amount,
            currency="USD",
            rate=D(rate),
            base_amount=D(base),
            kind=kind,
            booked_on=day,
            document_no=no,
        )
    kept = AccountBalance.objects.get(account=account, currency="USD")
    assert (kept.amount, kept.base_amount) == (D(0), D(-2000))

    post(
        account=account,
        currency="USD",
        amount=D(0),
        base_amount=D(2000),
        kind="fx_difference",
        booked_on=date(2025, 3, 20),
        document_no="KF5",
        source="erp",
        external_id="KF5",
    )
    kept.refresh_from_db()
    assert (kept.amount, kept.base_amount) == (D(0), D(0))
    shown = statement(account, "USD", None, None)
    assert [row.balance for row in shown.rows] == [D(1000), D(1500), D(0), D(0)]
    assert (shown.total_debit, shown.total_credit) == (D(1500), D(1500))
    assert still_open(account, "USD") == {}
    # The lira of a dollar account are no lira account:
    assert set(balances(account)) == {"USD"}
    holds(account)


def test_an_offset_between_two_accounts(account, send):
    """Virman: 400,00 of what one account owes is carried to another; together they owe the same."""
    other = make_account(account.supplier, code="120.11")
    table = """\
Cari Kodu | Tarih      | Vade       | Evrak No | İşlem Türü     | Borç     | Alacak | Bakiye
120.10    | 05.01.2025 | 04.02.2025 | ANT601   | Satış Faturası | 1.000,00 |        | 1.000,00
120.11    | 06.01.2025 | 05.02.2025 | ANT602   | Satış Faturası |   250,00 |        | 250,00
120.10    | 10.01.2025 |            | VRM1     | Virman         |          | 400,00 | 600,00
120.11    | 10.01.2025 |            | VRM1     | Virman         |   400,00 |        | 650,00
"""
    send(table)
    as_on_paper(account, table)
    as_on_paper(other, table)
    assert still_open(account) == {"ANT601": D(600)}
    assert still_open(other) == {"VRM1": D(400), "ANT602": D(250)}
    assert balances(account)["TRY"] + balances(other)["TRY"] == D(1250)
    assert {entry.kind for entry in Entry.objects.filter(document_no="VRM1")} == {"offset"}
    holds(account)
    holds(other)


def test_what_is_paid_too_much_pays_the_next_invoices_first_in_first_out(account, send):
    """800,00 for an invoice of 500,00 leaves 300,00: 200,00 for the next, 100,00 for the one after."""
    table = """\
Cari Kodu | Tarih      | Vade       | Evrak No | İşlem Türü     | Borç   | Alacak | Bakiye
120.10    | 05.01.2025 | 04.02.2025 | ANT701   | Satış Faturası | 500,00 |        | 500,00
120.10    | 03.02.2025 |            | HVL7     | Gelen Havale   |        | 800,00 | -300,00
"""
    send(table)
    as_on_paper(account, table)
    assert still_open(account) == {"HVL7": D(-300)}

    table += """\
120.10    | 10.02.2025 | 12.03.2025 | ANT702   | Satış Faturası | 200,00 |        | -100,00
120.10    | 20.02.2025 | 22.03.2025 | ANT703   | Satış Faturası | 250,00 |        | 150,00
"""
    send(table)
    as_on_paper(account, table)
    assert still_open(account) == {"ANT703": D(150)}
    assert not Allocation.objects.exists()
    holds(account)


def year_on_paper():
    """2025: 1.250,00 brought forward; in month n an invoice of n × 100,01 and a payment of n × 100,00.

    So month n leaves n kuruş, and the year 1 + 2 + … + 12 = 78: it closes at 1.250,78.
    """
    lines = [
        "Cari Kodu | Tarih | Evrak No | İşlem Türü | Borç | Alacak | Bakiye",
        "120.10 | 01.01.2025 | DVR25 | Devir | 1.250,00 | | 1.250,00",
    ]
    balance = D(1250)
    for month in range(1, 13):
        last = monthrange(2025, month)[1]
        for day, no, kind, debit, credit in [
            ("01", f"ANT8{month:02}", "Satış Faturası", month * D("100.01"), D(0)),
            (f"{last}", f"HVL8{month:02}", "Gelen Havale", D(0), month * D(100)),
        ]:
            balance += debit - credit
            figures = [format_amount(figure, "TRY", "tr") for figure in (debit, credit, balance)]
            lines.append(" | ".join(["120.10", f"{day}.{month:02}.2025", no, kind, *figures]))
    return "\n".join(lines) + "\n"


def test_twelve_months_make_a_year(account, send):
    table = year_on_paper()
    send(table)
    as_on_paper(account, table)

    year = statement(account, "TRY", date(2025, 1, 1), date(2025, 12, 31))
    assert (year.opening, year.closing) == (D(0), D("1250.78"))
    assert year.total_debit == D("9050.78")  # 1.250,00 + 78 × 100,01
    assert year.total_credit == D("7800.00")  # 78 × 100,00

    months = [
        statement(account, "TRY", date(2025, m, 1), date(2025, m, monthrange(2025, m)[1]))
        for m in range(1, 13)
    ]

    def lines(*statements):
        return [(row.id, row.debit, row.credit, row.balance) for s in statements for row in s.rows]

    assert lines(*months) == lines(year)
    assert [month.closing for month in months] == [
        D("1250") + D(n) / 100 for n in (1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 66, 78)
    ]
    assert [month.opening for month in months[1:]] == [month.closing for month in months[:-1]]
    assert sum(month.total_debit for month in months) == year.total_debit
    assert sum(month.total_credit for month in months) == year.total_credit

    # What the year closes at is brought forward to the next, without a movement of its own:
    following = statement(account, "TRY", date(2026, 1, 1), date(2026, 12, 31))
    assert (following.opening, following.rows, following.closing) == (
        D("1250.78"),
        [],
        D("1250.78"),
    )
    holds(account)


def test_the_new_years_devir_is_not_counted_on_top_of_the_old_year(account, send):
    """Logo and others keep a table a year, which begins with what the last one closed at."""
    send(year_on_paper())
    said = send(
        "Cari Kodu;Tarih;Evrak No;İşlem Türü;Borç;Alacak\n120.10;01.01.2026;DVR26;Devir;1.250,78;\n"
    )
    assert balances(account) == {"TRY": D("1250.78")} or said["warnings"]


class TestTampering:
    """What ``holds`` does to entries, for all else that the books consist of."""

    @pytest.fixture
    def books(self, account, send):
        send(CHEQUE)
        invoice, cheque = Entry.objects.order_by("pk")
        allocate(cheque, invoice, D(400))
        assert verify() == (0, ["The ledger holds."])
        return account

    def fails(self, rows, name, **fields):
        with tampered(rows, **fields):
            code, lines = verify()
        assert code == 1
        assert any(re.match(rf"{name}[:,]", line) for line in lines), lines
        assert verify()[0] == 0

    @pytest.mark.parametrize(
        "fields",
        [
            {"booked_on": date(2025, 1, 6)},
            {"due_on": None},
            {"currency": "USD"},
            {"document_no": "ANT202"},
            {"description": "x"},
            {"kind": "cash"},
        ],
        ids=lambda fields: next(iter(fields)),
    )
    def test_an_entry(self, books, fields):
        first = Entry.objects.order_by("pk")[:1].get()
        self.fails(Entry.objects.filter(pk=first.pk), f"entry {first.pk}", **fields)

    def test_a_balance(self, books):
        self.fails(AccountBalance.objects.all(), f"account {books.pk}", amount=D("0.01"))

    def test_an_allocation(self, books):
        invoice = Entry.objects.get(document_no="ANT201")
        self.fails(Allocation.objects.all(), f"entry {invoice.pk}", amount=D(300))

    def test_what_is_open(self, books):
        item = OpenItem.objects.get(entry__document_no="ANT201")
        self.fails(OpenItem.objects.filter(pk=item.pk), f"entry {item.pk}", residual=D(100))

    def test_a_payment(self, books):
        cheque = Entry.objects.get(document_no="ÇEK1")
        payment = Payment.objects.create(
            account=books,
            currency="TRY",
            amount=D(600),
            state="paid",
            entry=cheque,
            gateway="iyzico",
            language="tr",
            back_url="/",
        )
        everyone = Payment.objects.all()
        self.fails(everyone, f"payment {payment.pk}", amount=D(601))
        self.fails(everyone, f"payment {payment.pk}", state="cancelled")
        self.fails(everyone, f"payment {payment.pk}", entry=None)

    def test_the_guard_itself(self, books):
        with transaction.atomic():
            connection.check_constraints()
            triggers.remove()
            code, lines = verify()
            transaction.set_rollback(True)
        assert code == 1
        assert all(re.fullmatch(r"trigger \w+ is missing|\d+ problems\.", line) for line in lines)
        assert verify()[0] == 0
