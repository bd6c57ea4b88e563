"""Excel files: what cells mean, where the table may stand, and what is no such file."""

import io
import zipfile
from datetime import date, datetime
from typing import NamedTuple

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile

from b2b_portal.erp import profiles, sheets
from b2b_portal.erp.cells import RowRefused
from b2b_portal.erp.reading import read
from b2b_portal.exceptions import FileRefused
from b2b_portal.models import Entry
from b2b_portal.testing.factories import make_account

from .erp import HEADER, D, Erp, counts, lines, movements

PART = "xl/worksheets/sheet1.xml"
SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    "{before}<sheetData>{rows}</sheetData></worksheet>"
)


class Formula(NamedTuple):
    gave: object


def workbook(*rows, at=(0, 0), above=()):
    """An .xlsx of rows of Python values below ``at``, on a sheet after those of one row each."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        day = book.add_format({"num_format": "dd.mm.yyyy"})
        moment = book.add_format({"num_format": "dd.mm.yyyy hh:mm:ss"})
        for cells in (*above, ()):
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, cells)
        for number, cells in enumerate(rows, at[0]):
            for column, value in enumerate(cells, at[1]):
                if isinstance(value, datetime):
                    sheet.write_datetime(number, column, value, moment)
                elif isinstance(value, date):
                    sheet.write_datetime(number, column, value, day)
                elif isinstance(value, str):
                    sheet.write_string(number, column, value)
                elif isinstance(value, Formula):
                    sheet.write_formula(number, column, "=1/0", None, value.gave)
                elif value is not None:
                    sheet.write(number, column, value)
    return out.getvalue()


def with_sheet(rows, before=""):
    """An .xlsx whose one sheet is written by hand."""
    return repacked(workbook(["x"]), {PART: SHEET.format(rows=rows, before=before).encode()})


def repacked(data, parts):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as there, zipfile.ZipFile(out, "w", 8) as archive:
        for name in {*there.namelist(), *parts}:
            archive.writestr(name, parts.get(name) or there.read(name))
    return out.getvalue()


HEAD = HEADER.split(";")
SALE = [
    *("120.01", date(2025, 12, 31), date(2026, 1, 30)),
    *("F1", "Satış Faturası", "Ağustos sevkiyatı", 1234.56, None),
]


class TestCells:
    def test_a_row_is_the_movement_that_the_same_row_of_a_csv_is(self):
        text = "120.01;31.12.2025;30.01.2026;F1;Satış Faturası;Ağustos sevkiyatı;1.234,56;"
        assert movements(workbook(HEAD, SALE)) == movements(f"{HEADER}\n{text}\n")

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            ("120.01", "120.01"),
            (" 120.01 ", "120.01"),
            (120, "120"),
            (120.0, "120"),
            (120.01, "120.01"),
            (1234567890, "1234567890"),
            (12345678901, "12345678901"),
            (True, "1"),
            (False, "0"),
            (date(2025, 12, 31), "31.12.2025"),
            (datetime(2025, 12, 31, 14, 5, 9), "31.12.2025 14:05:09"),
            ("=1+1", "=1+1"),
            ("=HYPERLINK(1)", "=HYPERLINK(1)"),
            (None, ""),
        ],
    )
    def test_where_a_text_is_wanted_a_cell_is_its_text(self, value, text):
        (line,) = lines(workbook(HEAD, ["120.01", "x", "", value]))
        assert line.cells["document_no"] == text

    @pytest.mark.parametrize(
        ("value", "amount"),
        [
            (1234.56, "1234.56"),
            (0.1 + 0.2, "0.3"),
            (1.1 * 3, "3.3"),
            (1.234, "1.234"),
            (100, "100"),
            (999999999999.99, "999999999999.99"),
            (-5.5, "-5.5"),
            ("1.234,56", "1234.56"),
            ("1.234", "1234"),
        ],
    )
    def test_numbers_are_exact_as_excel_shows_them(self, value, amount):
        (movement,) = movements(workbook(HEAD, [*SALE[:6], value]))
        assert movement["amount"] == D(amount)
        assert isinstance(movement["amount"], D)

    @pytest.mark.parametrize("value", [10**15, 1e300, "NaN", "1e3", "=1+1", date(2025, 5, 1)])
    def test_what_is_no_amount_is_refused(self, value):
        with pytest.raises(RowRefused) as refusal:
            movements(workbook(HEAD, [*SALE[:6], value]))
        assert refusal.value.column == "Borç"

    @pytest.mark.parametrize("value", ["NaN", "INF", "-INF", "1e400"])
    def test_a_number_that_is_none_is_refused(self, value):
        cells = "".join(f'<c r="{at}1" t="str"><v>{name}</v></c>' for at, name in zip("ABC", SHORT))
        row = '<c r="A2" t="str"><v>120.01</v></c><c r="B2" t="str"><v>31.12.2025</v></c>'
        row += f'<c r="C2"><v>{value}</v></c>'
        with pytest.raises(RowRefused) as refusal:
            movements(with_sheet(f'<row r="1">{cells}</row><row r="2">{row}</row>'))
        assert refusal.value.column == "Tutar"

    @pytest.mark.parametrize("value", [46022, "31.02.2026", date(1899, 12, 31), True])
    def test_what_is_no_day_is_refused(self, value):
        with pytest.raises(RowRefused) as refusal:
            movements(workbook(HEAD, ["120.01", value, *SALE[2:]]))
        assert refusal.value.column == "Tarih"

    def test_a_formula_is_what_it_gave_last(self):
        data = workbook(HEAD, [*SALE[:6], Formula(250.5)])
        assert [movement["amount"] for movement in movements(data)] == [D("250.5")]

    def test_an_error_refuses_its_row_and_no_other(self):
        errors = [[*SALE[:5], Formula("#REF!"), 10], [Formula("#N/A")]]
        read = lines(workbook(HEAD, SALE, errors[0], SALE, errors[1]))
        assert [line.error for line in read] == ["", "Açıklama", "", "Cari Kodu"]

    def test_an_error_in_a_column_that_nobody_reads_refuses_nothing(self):
        data = workbook([None, *HEAD, "Prim"], [None, *SALE, Formula("#N/A")], at=(2, 3))
        assert [line.error for line in lines(data)] == [""]

    def test_an_error_on_another_sheet_refuses_nothing(self):
        data = workbook(HEAD, SALE, above=[["x"]])
        data = repacked(data, {PART: SHEET.format(before="", rows=ERROR_ROW).encode()})
        assert [line.error for line in lines(data)] == [""]


SHORT = ["Cari Kodu", "Tarih", "Tutar"]
ERROR_ROW = '<row r="2"><c r="A2" t="e"><v>#REF!</v></c></row>'


class TestTheTable:
    def test_may_stand_anywhere_and_rows_are_numbered_as_excel_does(self):
        rows = [["Anadolu Toptan"], [], HEAD, SALE, [], [None] * 8, SALE]
        assert [line.number for line in lines(workbook(*rows, at=(4, 2)))] == [8, 11]

    def test_may_stand_on_a_further_sheet(self):
        data = workbook(HEAD, SALE, above=[["Kapak"], [], ["Cari Kodu", "Unvan"]])
        assert len(lines(data)) == 1

    @pytest.mark.parametrize("rows", [0, 499, 500, 501, 1001])
    def test_no_row_is_lost_at_the_edges_of_blocks(self, rows):
        data = workbook(HEAD, *[["120.01", "x", "", f"F{n}"] for n in range(rows)])
        read = lines(data)
        assert [line.number for line in read] == list(range(2, rows + 2))
        assert [line.cells["document_no"] for line in read] == [f"F{n}" for n in range(rows)]

    def test_is_found_by_content_and_not_by_name(self, db, tmp_path):
        account = make_account(code="120.01")
        erp = Erp(account.supplier, tmp_path)
        assert counts(erp.take_in(workbook(HEAD, SALE))) == {"new": 1}
        text = "120.01;31.12.2025;30.01.2026;F1;Satış Faturası;Ağustos sevkiyatı;1.234,56;"
        assert counts(erp.take_in(f"{HEADER}\n{text}\n")) == {"unchanged": 1}
        assert Entry.objects.get().amount == D("1234.56")

    def test_an_error_is_told_by_row_and_column(self, db, tmp_path):
        erp = Erp(make_account(code="120.01").supplier, tmp_path)
        refused = erp.refuse(workbook(HEAD, SALE, [*SALE[:3], Formula("#REF!"), *SALE[4:]]))
        assert [(row["line"], row["column"]) for row in refused] == [(3, "Evrak No")]
        assert "#REF!" in refused[0]["reason"]

    @pytest.mark.parametrize("kind", ["memory", "disk"])
    def test_may_be_an_upload(self, kind):
        data = workbook(HEAD, SALE)
        upload = SimpleUploadedFile("a.xlsx", data)
        if kind == "disk":
            upload = TemporaryUploadedFile("a.xlsx", "", len(data), "")
            upload.write(data)
        with upload:
            assert len(list(read(upload, profiles.get("general").table("entries")))) == 1

    def test_a_hundred_columns_of_one_name_are_told(self):
        with pytest.raises(FileRefused, match="Borç"):
            lines(workbook([*HEAD, *["Borç"] * 100], SALE))

    def test_a_hundred_unknown_columns_of_one_name_are_passed_over(self):
        assert len(lines(workbook([*HEAD, *["Not"] * 100], SALE))) == 1


class TestFilesThatAreNone:
    def refused(self, data):
        with pytest.raises(FileRefused) as refusal:
            lines(data)
        return str(refusal.value)

    @pytest.mark.parametrize(
        ("data", "word"),
        [
            (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "PDF"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, ".xlsx"),
            (b"PK\x03\x04", ".xlsx"),
            (workbook(HEAD, SALE)[:-200], ".xlsx"),
            (workbook(HEAD, SALE)[:400] + b"\0" * 40 + workbook(HEAD, SALE)[440:], ".xlsx"),
            (workbook(["Tarih", "Borç"]), "Cari Kodu"),
            (workbook(*[["Yardım"]] * 30, HEAD, SALE), "Cari Kodu"),
            (workbook(), "boş"),
        ],
        ids=[
            *("PDF", "OLE", "cut to the quick", "cut", "damaged"),
            *("no header", "header too deep", "empty"),
        ],
    )
    def test_a_sentence_says_what_to_do(self, data, word):
        assert word in self.refused(data)

    def test_another_zip(self):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("word/document.xml", "<x/>")
        assert ".xlsx" in self.refused(out.getvalue())

    @pytest.mark.parametrize(
        "rows",
        [
            '<row r="1"><c r="A1" t="s"><v>99</v></c></row>',
            '<row r="0"><c r="A0"><v>1</v></c></row>',
            '<row r="1"><c r="A1" s="1"><v>-1e300</v></c></row>',
            '<row r="1"><c r="A1"><v>1</v>',
        ],
        ids=["no such string", "row 0", "a day before time", "XML cut"],
    )
    def test_cells_that_cannot_be(self, rows):
        days = repacked(
            workbook([date(2025, 1, 1)]), {PART: SHEET.format(rows=rows, before="").encode()}
        )
        assert self.refused(days)

    def test_two_hundred_megabytes_packed_small(self):
        bomb = repacked(workbook(HEAD, SALE), {PART: b" " * (200 * 2**20)})
        assert len(bomb) < 300_000
        assert "CSV" in self.refused(bomb)

    @pytest.mark.parametrize("part", [PART, "xl/sharedStrings.xml", "xl/media/image1.png"])
    def test_every_part_counts(self, monkeypatch, part):
        monkeypatch.setattr(sheets, "UNPACKED", 100_000)
        assert "CSV" in self.refused(repacked(workbook(HEAD, SALE), {part: b" " * 100_000}))

    def test_a_part_that_is_larger_than_it_claims(self):
        data = repacked(workbook(HEAD, SALE), {"xl/sharedStrings.xml": b" " * 5_000_000})
        size = (5_000_000).to_bytes(4, "little")
        assert data.count(size) == 2
        assert ".xlsx" in self.refused(data.replace(size, (1000).to_bytes(4, "little")))

    @pytest.mark.parametrize(
        "cell",
        ["A1048576", "XFD1048576", "XFD99999", "ZZZZZZZ1", "A99999999999", "Z999999"],
    )
    def test_a_cell_in_a_far_corner(self, cell):
        """Calamine would hold every cell between: two cells fill any memory."""
        number = cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        rows = '<row r="1"><c r="A1"><v>1</v></c></row>'
        rows += f'<row r="{number}"><c r="{cell}"><v>1</v></c></row>'
        assert "CSV" in self.refused(with_sheet(rows))

    def test_rows_that_are_only_claimed_do_no_harm(self):
        data = workbook(HEAD, SALE)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            sheet = archive.read(PART)
        assert b'ref="A1:H2"' in sheet
        claimed = sheet.replace(b'ref="A1:H2"', b'ref="A1:XFD1048576"')
        assert len(lines(repacked(data, {PART: claimed}))) == 1

    def test_an_entity_bomb_is_not_opened(self):
        laughs = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>' + SHEET.format(
            before="", rows='<row r="1"><c r="A1" t="str"><v>&a;</v></c></row>'
        )
        assert self.refused(repacked(workbook(["x"]), {PART: laughs.encode()}))
