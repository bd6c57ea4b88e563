"""What one may rely on of tables: the same figures and words in HTML and PDF, on every page."""

import io
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import translation
from django.utils.safestring import SafeString
from fontTools.ttLib import TTFont
from PIL import Image
from pypdf import PdfReader
from reportlab.lib.pagesizes import A4
from reportlab.platypus import SimpleDocTemplate

from b2b_portal.money import format_amount
from b2b_portal.tables.formats import format_balance, format_date, format_number
from b2b_portal.tables.html import render_html
from b2b_portal.tables.letterhead import Letterhead
from b2b_portal.tables.pdf import TableRows, render_pdf
from b2b_portal.tables.table import Column, Row, Table
from b2b_portal.tables.typeset import BOLD, REGULAR, clean, register_fonts, text_width, wrap

COLUMNS = [
    Column("date", "Date", "date"),
    Column("number", "Document no.", width=19, hide_on_phone=True),
    Column("kind", "Type", width=14),
    Column("text", "Description", width=31),
    Column("due", "Due", "date"),
    Column("debit", "Debit", "amount"),
    Column("credit", "Credit", "amount"),
    Column("balance", "Balance", "amount"),
    Column("side", "D/C", "flag"),
]
OPENING = Decimal("1000.00")
LOGO = Path(__file__).parent.parent / "example_site" / "demodata" / "data" / "logos" / "anadolu.png"


def statement(count, description="Ağustos sevkiyatı", marks=frozenset(), **changes):
    """A statement of ``count`` invoices of 10.01 each, so that every balance occurs once."""
    balance, rows = OPENING, []
    for number in range(count):
        balance += Decimal("10.01")
        day = date(2026, 1, 1)
        values = (
            day,
            f"F{number}",
            "Invoice",
            description,
            day,
            Decimal("10.01"),
            None,
            balance,
            "D",
        )
        rows.append(Row(values, marks))
    total = Decimal("10.01") * count
    parts = {
        "title": "Account statement",
        "columns": COLUMNS,
        "rows": rows,
        "opening": Row({"balance": OPENING, "side": "D"}),
        "totals": Row({"debit": total, "credit": Decimal(0), "balance": balance, "side": "D"}),
        "carry": ("balance", "side"),
        "currency": "TRY",
    }
    return Table(**{**parts, **changes})


def pdf(table, language="en", **letterhead):
    stream = io.BytesIO()
    render_pdf(table, Letterhead(**{"name": "Supplier", **letterhead}), stream, language=language)
    return stream.getvalue()


def texts(data):
    return [page.extract_text() for page in PdfReader(io.BytesIO(data)).pages]


def words(text):
    return " ".join(text.split())


def figures_after(page, label):
    """The amounts on the line of the page that begins with the label; none where there is no such."""
    found = re.search(rf"{label}((?:\s+[\d,]+\.\d\d\b)+)", page)
    return [Decimal(text.replace(",", "")) for text in found[1].split()] if found else []


def balance_after(page, label):
    """The last amount on that line, or None."""
    return (figures_after(page, label) or [None])[-1]


def picture(size=(300, 100), mode="RGBA", kind="PNG"):
    stream = io.BytesIO()
    Image.new(mode, size).save(stream, kind)
    return stream.getvalue()


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


@pytest.mark.parametrize("carry", [(), "balance"])
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


@pytest.mark.parametrize("logo", [None, LOGO])
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
    page = texts(pdf(table, "tr", name=letters, footer=letters, customer=[letters]))[0]
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
    data = pdf(table, name=text, customer=[text], address=[text], footer=text, ibans=[(text, text)])
    assert len(texts(data)) >= 1


def test_markup_in_values_is_printed_and_nothing_is_fetched(tmp_path):
    secret = tmp_path / "secret.png"
    secret.write_bytes(picture())
    evil = f'<b>&amp;"<img src="{secret}"/><a href="x">'
    table = statement(1, description=evil, title=evil, notes=[evil], caption=[("Period", evil)])
    data = pdf(
        table, name=evil, customer=[evil], address=[evil], footer=evil, ibans=[(evil, "TR1")]
    )
    page = "".join(texts(data)[0].split())
    assert page.count('<b>&amp;"<imgsrc="') == 9
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


# The letterhead


def test_the_letterhead_names_both_sides_and_the_accounts_to_pay_to():
    page = texts(
        pdf(
            statement(1),
            address=["Street 1", "İstanbul"],
            tax_office="Şişli",
            tax_number="4540536920",
            phone="+90 212 555 01 23",
            email="a@b.example",
            customer=["Customer Ltd.", "120.01"],
            ibans=[("İş Bankası", "TR330006100519786457841326")],
            footer="Mersis 1",
        )
    )[0]
    for text in (
        "Supplier", "Street 1", "İstanbul", "Tax: Şişli 4540536920", "+90 212 555 01 23",
        "a@b.example", "Customer Ltd.", "120.01", "İş Bankası", "Mersis 1",
        "TR33 0006 1005 1978 6457 8413 26",
    ):  # fmt: skip
        assert text in page


@pytest.mark.parametrize(
    "logo",
    [
        picture(),
        picture((40, 900), "P"),
        picture((2000, 30), "L"),
        picture(mode="RGB", kind="JPEG"),
        picture(mode="CMYK", kind="JPEG"),
    ],
)
def test_a_logo_of_any_shape_is_shown(logo, tmp_path):
    file = tmp_path / "logo"
    file.write_bytes(logo)
    assert len(PdfReader(io.BytesIO(pdf(statement(1), logo=logo))).pages[0].images) == 1
    assert pdf(statement(1), logo=file) == pdf(statement(1), logo=logo)


@pytest.mark.parametrize("logo", [b"no picture", picture()[:60], Path("there/is/none.png")])
def test_a_logo_that_cannot_be_read_does_not_stop_a_statement(logo, caplog):
    assert "Supplier" in texts(pdf(statement(1), logo=logo))[0]
    assert "logo" in caplog.text


def test_a_logo_is_never_an_address_and_a_colour_is_a_colour():
    with pytest.raises(TypeError):
        Letterhead("Supplier", logo="http://example.com/logo.png")
    for colour in ("red", "#12345", "#1f5fa8\n", "javascript:"):
        with pytest.raises(ValueError):
            Letterhead("Supplier", accent=colour)


# HTML


def test_html_is_a_real_table_and_escapes_every_value():
    evil = '<b>&"<img src=x onerror=alert(1)>'
    table = statement(
        1, description=evil, title=evil, notes=[evil], caption=[(evil, evil)], empty_text=evil,
        columns=[*COLUMNS[:3], Column("text", evil, width=31), *COLUMNS[4:]],
    )  # fmt: skip
    html = render_html(table)
    assert isinstance(html, SafeString)
    assert "<b>" not in html and "<img" not in html
    assert "&lt;b&gt;&amp;&quot;&lt;img" in html
    assert html.count('<th scope="col"') == len(COLUMNS)
    assert "<caption>" in html and "<tfoot" in html
    assert "style=" not in html and "<script" not in html


@pytest.mark.parametrize("language", ["tr", "en"])
def test_html_and_pdf_show_the_same_figures(language):
    table = statement(3)
    with translation.override(language):
        html = render_html(table)
    page = texts(pdf(table, language))[0]
    for amount in (OPENING, Decimal("1010.01"), Decimal("1030.03"), Decimal("30.03"), Decimal(0)):
        text = format_amount(amount, "TRY", language)
        assert text in html and text in page


TWO_CURRENCIES = [
    Column("text", "Description"),
    Column("debit", "Debit", "amount"),
    Column("yen", "Yen", "amount", currency="JPY"),
    Column("dinar", "Dinar", "balance", currency="KWD"),
    Column("balance", "Balance", "balance"),
    Column("rate", "Rate", "rate"),
]


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "en",
            [
                "Opening balance 0.000 0.00",
                "Sale 1,234.50 1,235 2.500 C 1,234.50 D 34.5000",
                "Sale 0.05 1 1.005 D 0.01 C 1,034.12345678",
                "Total 1,234.55 1,236 0.000 0.00",
            ],
        ),
        (
            "tr",
            [
                "Devir 0,000 0,00",
                "Sale 1.234,50 1.235 2,500 A 1.234,50 B 34,5000",
                "Sale 0,05 1 1,005 B 0,01 A 1.034,12345678",
                "Toplam 1.234,55 1.236 0,000 0,00",
            ],
        ),
    ],
)
def test_a_column_may_have_its_own_currency_and_a_rate_has_four_places_or_more(language, lines):
    d, zero = Decimal, Decimal(0)
    table = Table(
        "T",
        TWO_CURRENCIES,
        [
            Row(("Sale", d("1234.5"), d(1235), d("-2.5"), d("1234.50"), d("34.50000000"))),
            Row(("Sale", d("0.05"), d(1), d("1.005"), d("-0.01"), d("1034.12345678"))),
        ],
        opening=Row({"dinar": zero, "balance": zero}),
        totals=Row({"debit": d("1234.55"), "yen": d(1236), "dinar": zero, "balance": zero}),
        currency="TRY",
    )
    with translation.override(language):
        html = render_html(table)
    rows = re.findall(r"<tr.*?</tr>", html, re.S)[1:]
    assert [words(re.sub("<[^>]+>", " ", row)) for row in rows] == lines
    page = [words(line) for line in texts(pdf(table, language))[0].splitlines()]
    assert [line for line in page if line in lines] == lines


def test_a_balance_of_nothing_ends_where_the_others_end():
    register_fonts()
    widths = [
        text_width(format_balance(Decimal(sign), "TRY", "en"), font, 7.5)
        for font in (REGULAR, BOLD)
        for sign in (1, 0, -1)
    ]
    assert max(widths[:3]) - min(widths[:3]) < 0.3
    assert max(widths[3:]) - min(widths[3:]) < 0.3


def test_opening_and_totals_are_named_in_both_unless_they_name_themselves():
    for table, opening, total in (
        (statement(1), "Opening balance", "Total"),
        (
            statement(
                1,
                opening=Row({"text": "From 2025", "balance": OPENING}),
                totals=Row({"kind": "Sum", "debit": OPENING}),
            ),
            "From 2025",
            "Sum",
        ),
    ):
        with translation.override("en"):
            html = render_html(table)
        page = texts(pdf(table))[0]
        assert f">{opening}</th>" in html and opening in page
        assert total in html and total in page
    assert "Opening balance" not in page


def test_overdue_is_said_in_words_in_both():
    late, fine = statement(2, marks=frozenset({"overdue"})), statement(2)
    with translation.override("en"):
        assert render_html(late).count(">Overdue<") == 2
        assert "Overdue" not in render_html(fine)
    assert texts(pdf(late))[0].count("Overdue") == 2
    assert "Overdue" not in texts(pdf(fine))[0]


def test_an_unknown_mark_is_refused():
    table = statement(1, marks=frozenset({"late"}))
    with pytest.raises(KeyError):
        render_html(table)
    with pytest.raises(KeyError):
        pdf(table)


def test_a_cell_says_its_column_for_the_phone_and_a_row_links_its_first_words():
    row = Row((date(2026, 1, 1), "F1", "", "", None, None, None, OPENING, "D"), href="/f/?a=1&b=2")
    html = render_html(statement(0, rows=[row]))
    assert html.count('data-label="Balance"') == 3
    assert '<a href="/f/?a=1&amp;b=2">F1</a>' in html
    assert html.count("<a ") == 1
    assert html.count("b2b-table-wide-only") == 3
    assert re.search(r'<td[^>]*data-label="Due"></td>', html)


# Figures and dates


def test_dates_and_quantities_follow_the_language():
    assert format_date(date(2026, 12, 31), "tr") == "31.12.2026"
    assert format_date(date(2026, 12, 31), "en") == "31/12/2026"
    assert format_date(date(2024, 2, 29), "en-gb") == "29/02/2024"
    assert format_number(Decimal("12345.6700"), "tr") == "12.345,67"
    assert format_number(Decimal("12345.6700"), "en") == "12,345.67"
    assert format_number(Decimal(100), "tr") == format_number(100, "tr") == "100"


def test_a_moment_is_printed_as_the_sites_day(settings):
    settings.TIME_ZONE = "Europe/Istanbul"
    settings.USE_TZ = True
    assert format_date(datetime(2026, 12, 31, 22, 30, tzinfo=UTC), "tr") == "01.01.2027"


def test_no_float_passes_for_a_figure():
    for kind in ("amount", "balance", "number", "rate"):
        table = Table("T", [Column("a", "A", kind)], [Row((1.5,))], currency="TRY")
        with pytest.raises(TypeError):
            render_html(table)
        with pytest.raises(TypeError):
            pdf(table)


def test_a_table_that_cannot_be_right_is_refused():
    with pytest.raises(ValueError):
        Column("a", "A", "money")
    with pytest.raises(ValueError):
        statement(1, carry="balanse")
    with pytest.raises(ValueError):
        statement(1, currency="")
    with pytest.raises(ValueError):
        Table("T", TWO_CURRENCIES, [])
    Table("T", TWO_CURRENCIES[2:4], [])
    with pytest.raises(ValueError):
        Table("T", [], [])
    with pytest.raises(ValueError):
        render_html(Table("T", [Column("a", "A")], [Row((1, 2))]))
