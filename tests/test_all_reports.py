"""Every report in every output and currency says what its Table says, cell by cell."""

import csv
import io
import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.utils import timezone, translation
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from b2b_portal import reports
from b2b_portal.ledger.balances import balances
from b2b_portal.ledger.posting import allocate
from b2b_portal.models import Invoice, InvoiceLine, Order, OrderLine, Payment
from b2b_portal.reports.base import FORMATS
from b2b_portal.reports.letterhead import letterhead_of
from b2b_portal.tables.formats import cell_writer, labelled
from b2b_portal.tables.html import render_html
from b2b_portal.tables.sheet import lines
from b2b_portal.testing.factories import make_account, make_entry

D = Decimal
NAMES = [name for name, _title in reports.choices()]
QUERIES = {
    "invoices": [{}, {"show": "lines"}, {"state": "open"}, {"show": "lines", "q": "istanbul"}],
    "orders": [{}, {"show": "lines"}, {"state": "open"}],
    "purchases": [{}, {"product": "K-1"}],
    "payments": [{}, {"method": "cheque"}],
    "open-items": [{}, {"state": "overdue"}],
}
EVIL = ['=HYPERLINK("http://evil.example")', "+1", "-1", "@SUM(A1)", "\tx", "\rx", " =1+1"]


def make_invoice(account, number, lines, *, days, currency="TRY", **fields):
    """An invoice ``days`` old on its movement, 20 % VAT; ``lines``: (code, name, quantity, price)."""
    day = timezone.localdate() - timedelta(days)
    net = sum((D(quantity) * D(price) for _c, _n, quantity, price in lines), D(0))
    net = net.quantize(D("0.01"))
    vat = (net * D("0.2")).quantize(D("0.01"))
    sign = -1 if fields.get("is_credit") else 1
    entry = make_entry(
        account,
        sign * (net + vat),
        currency=currency,
        kind="credit_note" if sign < 0 else "invoice",
        document_no=number,
        booked_on=day,
        due_on=day + timedelta(30),
    )
    invoice = Invoice.objects.create(
        account=account,
        number=number,
        issued_on=day,
        due_on=day + timedelta(30),
        currency=currency,
        net=net,
        vat=vat,
        payable=net + vat,
        entry=entry,
        **fields,
    )
    for code, name, quantity, price in lines:
        InvoiceLine.objects.create(
            invoice=invoice,
            product_code=code,
            product_name=name,
            quantity=D(quantity),
            unit="Adet",
            unit_price=D(price),
            net=D(quantity) * D(price),
            vat_rate=20,
        )
    return invoice


def make_order(account, number, state="open", currency="TRY", days=3):
    order = Order.objects.create(
        account=account,
        number=number,
        ordered_on=timezone.localdate() - timedelta(days),
        state=state,
        currency=currency,
        total=D("24.60"),
    )
    OrderLine.objects.create(
        order=order,
        product_code="K-1",
        product_name="Kupa",
        quantity=D("2.5"),
        unit="Adet",
        unit_price=D("8.2"),
        net=D("20.50"),
    )
    return order


@pytest.fixture
def full(supplier):
    """An account with something of everything in TRY, USD and EUR."""
    account = make_account(supplier, code="120.20", title="İSTANBUL Hediyelik & <Ev> Ltd.")
    today = timezone.localdate()
    for currency, times in (("TRY", 1), ("USD", 3), ("EUR", 7)):
        old, new = (
            make_invoice(
                account,
                f"{currency}{number}",
                [("K-1", "Kupa İSTANBUL", times * 3, price), ("", "=1+1", "1.125", "8000")],
                days=days,
                currency=currency,
            )
            for number, days, price in (("001", 90, "12.3456"), ("002", 20, "13"))
        )
        make_invoice(
            account,
            f"{currency}003",
            [("K-1", "Kupa", 1, "12.5")],
            days=10,
            currency=currency,
            is_return=True,
            is_credit=True,
        )
        Invoice.objects.create(
            account=account,
            number=f"{currency}004",
            issued_on=today,
            currency=currency,
            net=10,
            payable=10,
            is_cancelled=True,
        )
        credit = make_entry(
            account,
            D(-100 * times) - D("0.05"),
            currency=currency,
            kind="cash",
            document_no=f"NT{currency}",
            description="+90 elden",
            booked_on=today - timedelta(15),
        )
        allocate(credit, old.entry, D(60))
        make_entry(
            account,
            D(-50 * times),
            currency=currency,
            kind="cheque",
            document_no=f"CEK{currency}",
            booked_on=today - timedelta(5),
            due_on=today + timedelta(60),
        )
        paid = make_entry(
            account,
            "-11.10",
            currency=currency,
            kind="card",
            occurred_at=timezone.now(),
            document_no=f"B2B{currency}",
        )
        Payment.objects.create(
            account=account,
            currency=currency,
            amount=D("11.10"),
            state="paid",
            gateway="iyzico",
            card="552608******0006",
            installments=3,
            entry=paid,
            paid_at=timezone.now(),
        )
        make_order(account, f"S{currency}", currency=currency)
        make_order(account, f"X{currency}", state="cancelled", currency=currency)
    return account


def table_of(account, name, language="tr", **query):
    query = {"period": "all", **query}
    if name in ("open-items", "ageing"):
        del query["period"]
    with translation.override(language):
        form, table = reports.read(reports.get(name), account, query)
        assert table is not None, form.errors
        return table


def file_of(account, table, format, language="tr"):
    stream = io.BytesIO()
    FORMATS[format].render(table, letterhead_of(account), stream, language=language)
    return stream.getvalue()


def raw_lines(table, language):
    """The lines of a spreadsheet with their values as the Table has them."""
    with translation.override(language):
        return [
            (kind, [one if one is None or is_figure(one) else str(one) for one in values])
            for kind, values in lines(table)
        ]


def texts_of(table, language):
    """Every row in the words of the screen and the PDF."""
    with translation.override(language):
        write = cell_writer(table)
        words = {"tr": ("Devir", "Toplam"), "en": ("Opening balance", "Total")}[language]

        def end(row, label):
            return [labelled(table, write(table.values(row)), row.label or label)] if row else []

        return [
            *end(table.opening, words[0]),
            *(write(table.values(row)) for row in table.rows),
            *(end(row, "")[0] for row in table.subtotals),
            *end(table.totals, words[1]),
        ]


def plain(text):
    return " ".join(text.split())


def asked(account, name):
    """(table, language) of a report, asked in all its ways."""
    for query in QUERIES.get(name, [{}]):
        for currency in ("TRY", "USD", "EUR"):
            for language in ("tr", "en"):
                table = table_of(account, name, language, currency=currency, **query)
                assert table.currency == currency and table.rows, query
                yield table, language


@pytest.mark.parametrize("name", NAMES)
class TestTheWalk:
    def test_on_screen(self, full, name):
        for table, language in asked(full, name):
            expected = texts_of(table, language)
            with translation.override(language):
                html = render_html(table)
            cells = [
                [
                    plain(
                        unescape(
                            re.sub(r'<span class="b2b-table-badge.*?</span>|<[^>]+>', "", cell)
                        )
                    )
                    for cell in re.findall(r"<t[dh] [^>]*>(.*?)</t[dh]>", row, re.S)
                ]
                for row in re.findall(r"<tr [^>]*>(.*?)</tr>", html, re.S)[1:]
            ]
            assert cells == [[plain(text) for text in row] for row in expected]

    def test_in_pdf(self, full, name):
        for table, language in asked(full, name):
            expected = texts_of(table, language)
            pdf = PdfReader(io.BytesIO(file_of(full, table, "pdf", language)))
            printed = "".join("".join(page.extract_text().split()) for page in pdf.pages)
            for row in expected:
                for text in row:
                    assert "".join(text.split()) in printed, text

    def test_in_excel(self, full, name):
        for table, language in asked(full, name):
            wanted = raw_lines(table, language)
            workbook = CalamineWorkbook.from_filelike(
                io.BytesIO(file_of(full, table, "xlsx", language))
            )
            rows = workbook.get_sheet_by_index(0).to_python(skip_empty_area=False)
            assert len(rows) == len(wanted)
            for (kind, values), row in zip(wanted, rows):
                assert row[len(values) :] == [""] * (len(row) - len(values))
                for value, cell in zip(values, row):
                    assert same(value, cell), (kind, value, cell)

    def test_in_csv(self, full, name):
        for table, language in asked(full, name):
            wanted = raw_lines(table, language)
            text = file_of(full, table, "csv", language).decode("utf-8-sig")
            mark = {"tr": ";", "en": ","}[language]
            rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark))
            assert len(rows) == len(wanted)
            for (kind, values), row in zip(wanted, rows):
                assert [read(cell, value, language) for cell, value in zip(row, values)] == [
                    "" if value is None else value if is_figure(value) else str(value)
                    for value in values
                ]


@pytest.mark.parametrize("currency", ["TRY", "USD", "EUR"])
def test_all_come_to_the_same_balance(full, currency):
    balance = balances(full)[currency]
    statement = table_of(full, "statement", currency=currency)
    closing = dict(zip([c.key for c in statement.columns], statement.values(statement.totals)))
    assert closing["balance"] == abs(balance) and closing["side"] == "B"
    assert closing["debit"] - closing["credit"] == balance
    items = table_of(full, "open-items", currency=currency)
    assert items.totals.values["open"] == balance == sum(row.values[-1] for row in items.rows)
    ageing = table_of(full, "ageing", currency=currency)
    assert ageing.totals.values["amount"] == balance == sum(row.values[1] for row in ageing.rows)
    invoices = table_of(full, "invoices", currency=currency).totals.values["payable"]
    payments = table_of(full, "payments", currency=currency).totals.values["amount"]
    assert invoices - payments == balance
    by_line = table_of(full, "invoices", currency=currency, show="lines").totals.values["net"]
    assert by_line == table_of(full, "purchases", currency=currency).totals.values["net"]


def is_figure(value):
    return isinstance(value, (Decimal, int, date))


def same(value, cell):
    """Whether a workbook's cell holds the value: figures to the last digit."""
    if value is None or value == "":
        return cell == ""
    if isinstance(value, (Decimal, int)):
        assert isinstance(cell, float)
        return D(repr(cell)) == value
    if isinstance(value, date):
        return cell == value
    return cell == str(value)


def read(cell, value, language):
    """A CSV cell as Excel of the language reads it, where the Table has a figure or a day."""
    if isinstance(value, datetime) or not is_figure(value):
        return cell.removeprefix("'")
    if isinstance(value, date):
        pattern = {"tr": "%d.%m.%Y", "en": "%Y-%m-%d"}[language]
        return datetime.strptime(cell, pattern).date()
    if language == "tr":
        assert "." not in cell
        cell = cell.replace(",", ".")
    return D(cell)
