"""What Excel is given: number formats, the frozen header, text that no XML and no Excel would take."""

import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import repeat

import pytest
from python_calamine import CalamineWorkbook

from b2b_portal.exceptions import TooManyRows
from b2b_portal.tables.csv import render_csv
from b2b_portal.tables.letterhead import Letterhead
from b2b_portal.tables.table import Column, Row, Table
from b2b_portal.tables.xlsx import render_xlsx

D = Decimal
COLUMNS = [
    Column("text", "Text"),
    Column("day", "Day", "date"),
    Column("amount", "Amount", "amount"),
    Column("balance", "Balance", "balance"),
    Column("number", "Number", "number"),
    Column("rate", "Rate", "rate"),
    Column("yen", "Yen", "amount", currency="JPY"),
]


def table(*rows, **more):
    return Table("Title", COLUMNS, [Row(row) for row in rows], currency="TRY", **more)


def written(render, table, language="tr"):
    stream = io.BytesIO()
    render(table, Letterhead(name="Supplier"), stream, language=language)
    return stream.getvalue()


def workbook(data):
    return CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()


def part(data, name):
    return zipfile.ZipFile(io.BytesIO(data)).read(name).decode()


def test_figures_and_days_are_real_ones_with_formats_of_the_language():
    row = ("x", date(2026, 12, 31), D("-1234.5"), D("-7"), D("1.125"), D("35.1"), D(500))
    data = written(render_xlsx, table(row, totals=Row({"amount": D("-1234.5")})))
    assert workbook(data)[3] == ["x", date(2026, 12, 31), -1234.5, -7.0, 1.125, 35.1, 500.0]
    styles = part(data, "xl/styles.xml")
    for code in ("dd.mm.yyyy", "#,##0.######", "#,##0.0000####"):
        assert f'formatCode="{code}"' in styles
    assert "&quot; B&quot;;#,##0.00&quot; A&quot;" in styles
    sheet = part(data, "xl/worksheets/sheet1.xml")
    assert '<pane ySplit="3"' in sheet and 'state="frozen"' in sheet
    assert "dd/mm/yyyy" in part(written(render_xlsx, table(row), "en"), "xl/styles.xml")


@pytest.mark.parametrize(
    ("amount", "cell"),
    [
        ("999999999999.99", 999999999999.99),
        ("0.01", 0.01),
        ("123456789012345", 123456789012345.0),
        ("1234567890123.45", 1234567890123.45),
        ("12345678901234.5678", "12345678901234.5678"),
    ],
)
def test_no_digit_is_lost(amount, cell):
    data = written(render_xlsx, table(("", None, D(amount), None, None, None, None)))
    assert workbook(data)[3][2] == cell
    if isinstance(cell, float):
        assert f"<v>{amount}</v>" in part(data, "xl/worksheets/sheet1.xml")


def test_a_time_is_the_sites_day():
    late = datetime(2026, 12, 31, 22, 30, tzinfo=UTC)  # half past one in Istanbul
    row = ("", late, None, None, None, None, None)
    assert workbook(written(render_xlsx, table(row)))[3][1] == date(2027, 1, 1)
    assert b";01.01.2027;" in written(render_csv, table(row))
    assert b",2027-01-01," in written(render_csv, table(row), "en")


def test_odd_characters():
    text = 'a\x00\x0b\uffff\tb & <c> "d";e\nf'
    row = (text, None, None, None, None, None, None)
    assert workbook(written(render_xlsx, table(row)))[3][0] == 'a\tb & <c> "d";e\nf'
    assert '"a\tb & <c> ""d"";e\nf"' in written(render_csv, table(row)).decode()


def test_a_currency_has_its_own_digits():
    row = ("", None, D("5.0000"), None, D("2.500000"), D("1"), D("7.0000"))
    assert b";5,00;;2,5;1;7\r\n" in written(render_csv, table(row))
    assert b",5.00,,2.5,1,7\r\n" in written(render_csv, table(row), "en")


def test_the_header_has_a_filter_over_the_rows_alone():
    rows = [("x", None, D(n), None, None, None, None) for n in range(3)]
    data = written(
        render_xlsx, table(*rows, totals=Row({"amount": D(3)}), opening=Row({"amount": D(0)}))
    )
    assert '<autoFilter ref="A3:G7"' in part(data, "xl/worksheets/sheet1.xml")
    assert '<autoFilter ref="A3:G3"' in part(
        written(render_xlsx, table()), "xl/worksheets/sheet1.xml"
    )


def test_several_tables_are_sheets_called_as_their_currencies():
    dollars = Table("Title", COLUMNS[:1], [Row(("in USD",))], currency="USD")
    data = written(render_xlsx, [table(("x", *[None] * 6)), dollars])
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    assert book.sheet_names == ["TRY", "USD"]
    assert book.get_sheet_by_name("USD").to_python()[-1] == ["in USD"]


@pytest.mark.parametrize("render", [render_csv, render_xlsx])
def test_no_unseen_character_hides_a_formula(render):
    data = written(render, table(("\x00=1+1", *[None] * 6), ("\x0b+1", *[None] * 6)))
    if render is render_csv:
        assert b"\r\n'=1+1;" in data and b"\r\n'+1;" in data
    else:
        assert [row[0] for row in workbook(data)[3:]] == ["=1+1", "+1"]
        assert "<f>" not in part(data, "xl/worksheets/sheet1.xml")


def test_more_rows_than_excel_has_are_refused():
    row = Row((1,))
    many = Table("Title", [Column("n", "No", "number")], repeat(row, 1_048_576))
    with pytest.raises(TooManyRows):
        written(render_xlsx, many)
