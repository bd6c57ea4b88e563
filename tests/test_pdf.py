"""A table's PDF: every row once, what is carried from page to page, what the file holds."""

import io
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import translation
from fontTools.ttLib import TTFont
from pypdf import PdfReader
from reportlab.lib.pagesizes import A4
from reportlab.platypus import SimpleDocTemplate

from b2b_portal.tables.html import render_html
from b2b_portal.tables.pdf import TableRows, render_pdf
from b2b_portal.tables.table import Column, Row
from b2b_portal.tables.typeset import REGULAR, clean, register_fonts, text_width, wrap

from .tables import (
    COLUMNS,
    LOGO,
    OPENING,
    balance_after,
    figures_after,
    pdf,
    picture,
    statement,
    texts,
    words,
)

# Pages


@pytest.mark.parametrize(
    "count", [0, 1, 2, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 80, 2000]
)
def test_the_balance_at_a_pages_foot_is_the_one_at_the_next_head_and_the_running_one(count):
    pages = texts(pdf(statement(count)))
    seen = 0
    for number, page in enumerate(pages, 1):
        brought = balance_after(page, "Brought forward")
        carried = balance_after(page, "Carried forward")
        assert brought == (OPENING + Decimal("10.01") * seen if number > 1 else None)
        assert ("Opening balance" in page) == (number == 1)
        seen += len(re.findall(r"\bF\d+\b", page))
        assert carried == (OPENING + Decimal("10.01") * seen if number < len(pages) else None)
        assert ("Total" in page) == (number == len(pages))
        assert f"Page {number} of {len(pages)}" in page
        assert "Description" in page
    assert seen == count


def test_the_sums_so_far_are_carried_where_they_come_to_the_totals():
    net = [Decimal("10.01") if number % 3 else Decimal("-2.50") for number in range(100)]
    rows = [
        replace(row, values=(*row.values[:5], max(one, 0), max(-one, 0), *row.values[7:]))
        for row, one in zip(statement(100).rows, net)
    ]
    totals = {"debit": Decimal("660.66"), "credit": Decimal("85.00"), "balance": OPENING}
    pages = texts(pdf(statement(100, rows=rows, totals=Row(totals))))
    assert len(pages) == 3
    seen, sums = 0, None
    for number, page in enumerate(pages, 1):
        if number > 1:
            assert figures_after(page, "Brought forward")[:-1] == sums
        seen += len(re.findall(r"\bF\d+\b", page))
        sums = [sum(row.values[at] for row in rows[:seen]) for at in (5, 6)]
        if number < len(pages):
            assert figures_after(page, "Carried forward")[:-1] == sums
    other = Row({**totals, "debit": Decimal("660.67")})
    page = texts(pdf(statement(100, rows=rows, totals=other)))[0]
    assert len(figures_after(page, "Carried forward")) == 2


def test_rows_that_fill_the_page_exactly_stay_on_it_and_one_more_begins_another():
    register_fonts()
    fits = next(count for count in range(1, 200) if len(texts(pdf(statement(count)))) == 2) - 1
    height = TableRows(statement(fits), 500).height
    assert len(TableRows(statement(fits), 500).split(500, height)) == 1
    part, rest = TableRows(statement(fits), 500).split(500, height - 0.1)
    assert (part.high, rest.low, rest.high) == (fits - 1, fits - 1, fits)
    assert part.height <= height - 0.1


@pytest.mark.parametrize("carry", [(), ("balance",)])
@pytest.mark.parametrize("ibans", [[], [("Bank", "TR1")] * 4])
def test_totals_and_what_follows_never_stand_on_a_page_without_rows(carry, ibans):
    for count in range(30, 60):
        assert "Invoice" in texts(pdf(statement(count, carry=carry), ibans=ibans))[-1], count


def test_every_row_is_printed_once_and_in_order():
    data = "".join(texts(pdf(statement(300))))
    assert re.findall(r"\bF(\d+)\b", data) == [str(number) for number in range(300)]


def test_an_empty_report_says_so():
    table = statement(0, empty_text="Nothing was booked.")
    assert "Nothing was booked." in texts(pdf(table))[0]
    assert "Nothing was booked." in render_html(table)


def test_a_table_without_opening_totals_and_carry_shows_its_rows_only():
    table = statement(100, opening=None, totals=None, carry=())
    data = "".join(texts(pdf(table)))
    for label in ("Opening balance", "Brought", "Carried", "Total"):
        assert label not in data


def test_rows_that_can_be_read_only_once_are_enough():
    table = statement(100)
    once = statement(100, rows=iter(table.rows))
    assert pdf(once) == pdf(table)


def test_many_columns_turn_the_page():
    def is_wide(table):
        box = PdfReader(io.BytesIO(pdf(table))).pages[0].mediabox
        return box.width > box.height

    wide = statement(0, columns=[*COLUMNS, Column("more", "More")], opening=None, totals=None)
    assert not is_wide(statement(1)) and "b2b-table-landscape" not in render_html(statement(1))
    assert is_wide(wide) and "b2b-table-landscape" in render_html(wide)


def test_the_rows_stand_in_any_reportlab_document():
    register_fonts()
    stream = io.BytesIO()
    with translation.override("en"):
        SimpleDocTemplate(stream, pagesize=A4, invariant=1).build([TableRows(statement(120), 420)])
    pages = texts(stream.getvalue())
    carried = balance_after(pages[0], "Carried forward")
    assert carried and carried == balance_after(pages[1], "Brought forward")
    assert re.findall(r"F(\d+)", "".join(pages)) == [str(number) for number in range(120)]


# The file


def test_the_same_input_gives_the_same_bytes():
    logo = picture()
    assert pdf(statement(80), logo=logo) == pdf(statement(80), logo=logo)


def test_the_file_names_its_language_title_and_author_and_no_font_it_does_not_hold():
    data = pdf(statement(3), language="tr", name="Çağdaş A.Ş.", customer=["Öz Güneş Ltd. Şti."])
    reader = PdfReader(io.BytesIO(data))
    assert reader.root_object["/Lang"] == "tr"
    assert reader.metadata.title == "Account statement – Öz Güneş Ltd. Şti."
    assert reader.metadata.author == "Çağdaş A.Ş."
    assert b"Helvetica" not in data


@pytest.mark.parametrize("logo", [None, LOGO.read_bytes()], ids=["plain", "logo"])
def test_a_statement_of_one_page_is_small(logo):
    data = pdf(
        statement(20, notes=["İtirazlarınızı bir ay içinde bildiriniz."]),
        language="tr",
        name="Çağdaş Yapı Malzemeleri Toptan Ticaret ve Sanayi A.Ş.",
        customer=["Öz Güneş İnşaat Taahhüt Hırdavat Mobilya Sanayi Ltd. Şti."],
        ibans=[("Türkiye İş Bankası", "TR330006100519786457841326")],
        logo=logo,
    )
    assert len(texts(data)) == 1
    assert len(data) <= 25_000


def test_turkish_letters_and_currency_signs_can_be_searched():
    letters = "çÇğĞıIiİöÖşŞüÜ âîû ₺ € $ £ – — “x” ‘y’ • …"
    table = statement(1, description=letters)
    page = texts(pdf(table, "tr", name=letters, address=[letters], customer=[letters]))[0]
    assert words(page).count(letters) == 4


def test_more_letters_than_one_font_of_a_pdf_can_hold_are_printed_too():
    codes = [*range(0x100, 0x180), *range(0x391, 0x3CE), *range(0x410, 0x450)]
    letters = [chr(code) for code in codes if chr(code).isalpha()][:240]
    assert len(letters) == 240
    rows = [Row({"text": "".join(letters[at : at + 20])}) for at in range(0, len(letters), 20)]
    page = texts(pdf(statement(0, rows=rows, opening=None, totals=None, carry=())))[0]
    assert [row.values["text"] for row in rows] == re.findall(r"^\S{20}$", page, re.M)


def test_decomposed_letters_are_put_together_and_invisible_marks_left_out():
    assert clean("s\u0327i\u0307") == "şi\u0307"
    assert clean("a\u202eb\u200bc\x00d\ne\u00a0f\ud800g") == "abc d e f g"


@pytest.mark.parametrize(
    "text", ["中文 العربية", "😀 🧾", "\ud800", "\x00\x01", "\u202eabc", "a" * 5000, " "]
)
def test_no_text_can_break_a_pdf(text):
    table = statement(2, description=text, title=text, notes=[text], caption=[(text, text)])
    data = pdf(table, name=text, customer=[text], address=[text], ibans=[(text, text)])
    assert len(texts(data)) >= 1


def test_markup_in_values_is_printed_and_nothing_is_fetched(tmp_path):
    secret = tmp_path / "secret.png"
    secret.write_bytes(picture())
    evil = f'<b>&amp;"<img src="{secret}"/><a href="x">'
    table = statement(1, description=evil, title=evil, notes=[evil], caption=[("Period", evil)])
    data = pdf(table, name=evil, customer=[evil], address=[evil], ibans=[(evil, "TR1")])
    page = "".join(texts(data)[0].split())
    assert page.count('<b>&amp;"<imgsrc="') == 8
    page = PdfReader(io.BytesIO(data)).pages[0]
    assert not page.images and "/Annots" not in page


# Widths


def test_a_long_description_wraps_inside_its_column():
    long = "Çelik vida, dübel ve bağlantı elemanları; " * 5
    lines = wrap(clean(long), 120, REGULAR, 7.5)
    assert len(lines) > 3
    assert " ".join(lines) == words(long)
    assert all(text_width(line, REGULAR, 7.5) <= 120 for line in lines)
    assert words(long) in words(texts(pdf(statement(1, description=long)))[0])
    assert (
        TableRows(statement(1, description=long), 500).height > TableRows(statement(1), 500).height
    )


@pytest.mark.parametrize("text", ["x" * 3000, "word " * 2000, "i" * 100, "WWW " * 300])
@pytest.mark.parametrize("indent", [0, 60, 200])
def test_whatever_its_words_a_text_keeps_to_its_column_and_its_twelve_lines(text, indent):
    lines = wrap(text, 100, REGULAR, 7.5, indent=indent)
    assert len(lines) <= 12
    assert all(text_width(line, REGULAR, 7.5) <= 100 * 1.18 for line in lines)
    shown = "".join(lines)
    assert shown.endswith("…") or shown.replace(" ", "") == text.replace(" ", "")


def test_an_amount_is_never_cut():
    vast = Decimal("-999999999999.99")
    row = Row((None, "", "", "", None, vast, vast, vast, "C"))
    page = texts(pdf(statement(0, rows=[row], totals=row, opening=row), "tr"))[0]
    assert page.count("-999.999.999.999,99") == 9


def test_a_figure_has_the_same_width_whatever_its_digits():
    for file in (Path(render_pdf.__globals__["__file__"]).parent / "fonts").glob("*.ttf"):
        font = TTFont(file)
        names = font.getBestCmap()
        assert len({font["hmtx"][names[ord(digit)]][0] for digit in "0123456789"}) == 1
        assert file.stat().st_size <= 60_000


def test_ends_that_no_page_can_hold_are_refused():
    ends = [Row({"debit": Decimal(1)}, label=f"Method {number}") for number in range(80)]
    with pytest.raises(ValueError):
        pdf(statement(1, subtotals=ends))
    pages = texts(pdf(statement(40, subtotals=ends[:30])))
    assert "".join(pages).count("Method") == 30
