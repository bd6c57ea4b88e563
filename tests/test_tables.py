"""What one may rely on of tables: the same figures and words in HTML and PDF."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils import translation
from django.utils.safestring import SafeString

from b2b_portal.money import format_amount
from b2b_portal.tables.formats import format_balance, format_date, format_number
from b2b_portal.tables.html import render_html
from b2b_portal.tables.table import Column, Row, Table
from b2b_portal.tables.typeset import BOLD, REGULAR, register_fonts, text_width

from .tables import COLUMNS, OPENING, pdf, statement, texts, words

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
                opening=Row({"balance": OPENING}, label="From 2025"),
                totals=Row({"debit": OPENING}, label="Sum"),
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
        statement(1, carry=("balanse",))
    with pytest.raises(ValueError):
        statement(1, currency="")
    with pytest.raises(ValueError):
        Table("T", TWO_CURRENCIES, [])
    Table("T", TWO_CURRENCIES[2:4], [])
    with pytest.raises(ValueError):
        Table("T", [], [])
    with pytest.raises(ValueError):
        render_html(Table("T", [Column("a", "A")], [Row((1, 2))]))
