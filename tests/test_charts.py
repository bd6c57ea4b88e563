"""Charts: SVG from a Table, with the table's own figures behind it."""

import re
from datetime import date
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from django.utils import translation

from b2b_portal.tables.charts import PLOT, render_bars, render_columns
from b2b_portal.tables.formats import format_balance
from b2b_portal.tables.table import Column, Row, Table

from .reading import text

D = Decimal
SVG = "{http://www.w3.org/2000/svg}"
AMOUNTS = [D("-1234.56"), D(0), D("617.28"), D("2469.12"), D("0.01")]
DAYS = [date(2025, 11, 30), date(2025, 12, 31), date(2026, 1, 31), date(2026, 2, 28)]


def make_table(amounts=AMOUNTS, words=None, **fields):
    words = words or [*DAYS, date(2026, 3, 5)]
    kind = "date" if isinstance(words[0], date) else "text"
    return Table(
        title="Bakiye <TL> & kur",
        columns=[Column("day", "Gün", kind), Column("balance", "Bakiye", "balance")],
        rows=[Row(values) for values in zip(words, amounts)],
        currency="TRY",
        **fields,
    )


class Chart:
    """What is drawn, and the rows of the table behind it."""

    def __init__(self, render, table, language="tr"):
        with translation.override(language):
            self.html = render(table, "b2b-test")
        self.svg = ElementTree.fromstring(re.search(r"<svg.*?</svg>", self.html, re.S)[0])
        self.bars = [
            bar
            for bar in self.svg.iter(f"{SVG}rect")
            if "b2b-chart-bar" in bar.get("class").split()
        ]
        self.behind = [
            [text(cell) for cell in re.findall(r"<td [^>]*>(.*?)</td>", row, re.S)]
            for row in re.findall(r'<tr role="row" class="b2b-table-row.*?</tr>', self.html, re.S)
        ]

    def sizes(self, name):
        return [D(bar.get(name).rstrip("%")) for bar in self.bars]


@pytest.mark.parametrize("render", [render_columns, render_bars])
class TestBoth:
    def test_without_rows_says_so(self, render):
        with translation.override("tr"):
            html = render(make_table(amounts=[]), "b2b-test")
        assert "<svg" not in html and "Gösterilecek kayıt yok." in html

    def test_is_a_picture_with_a_title_and_a_description(self, render):
        chart = Chart(render, make_table(notes=["Altı alacağınız."]))
        assert chart.svg.get("role") == "img"
        parts = {part.get("id"): part for part in chart.svg}
        title, desc = (
            parts[chart.svg.get(name)] for name in ("aria-labelledby", "aria-describedby")
        )
        assert (title.tag, title.text) == (f"{SVG}title", "Bakiye <TL> & kur")
        assert desc.tag == f"{SVG}desc"
        assert desc.text.startswith("Altı alacağınız. 30.11.2025: 1.234,56\u00a0A; 31.12.2025: ")

    @pytest.mark.parametrize("language", ["tr", "en"])
    def test_the_table_behind_it_has_its_figures(self, render, language):
        chart = Chart(render, make_table(), language)
        with translation.override(language):
            balances = [text(format_balance(amount, "TRY")) for amount in AMOUNTS]
        assert [row[1] for row in chart.behind] == balances
        drawn = [bar.find(f"{SVG}title").text for bar in chart.bars]
        assert [text(words) for words in drawn] == [
            f"{day}: {balance}".strip() for day, balance in chart.behind
        ]

    def test_nothing_in_it_runs_or_brings_a_style(self, render):
        html = Chart(render, make_table(words=["<script>1</script>"] * 5)).html
        assert "<script" not in html and "style" not in html

    def test_bars_stand_for_their_figures(self, render):
        chart = Chart(render, make_table())
        sizes = chart.sizes("height" if render is render_columns else "width")
        for amount, size in zip(AMOUNTS, sizes):
            assert abs(size - abs(amount) / AMOUNTS[3] * sizes[3]) <= D("0.01")

    def test_a_negative_one_is_marked(self, render):
        bars = Chart(render, make_table()).bars
        assert ["b2b-chart-credit" in bar.get("class") for bar in bars] == [
            True,
            *[False] * 4,
        ]


class TestColumns:
    def test_stand_on_the_line_of_zero_or_hang_below_it(self):
        chart = Chart(render_columns, make_table())
        (zero,) = (
            D(line.get("y1"))
            for line in chart.svg.iter(f"{SVG}line")
            if "b2b-chart-zero" in line.get("class")
        )
        for amount, top, height in zip(AMOUNTS, chart.sizes("y"), chart.sizes("height")):
            edge = top if amount < 0 else top + height
            assert abs(edge - zero) <= D("0.02")

    def test_are_measured_by_a_scale_of_round_figures(self):
        texts = [one.text for one in Chart(render_columns, make_table()).svg.iter(f"{SVG}text")]
        assert texts[:6] == ["3.000", "2.000", "1.000", "0", "-1.000", "-2.000"]
        assert texts[6:] == ["2025", "Kas", "Ara", "2026", "Oca", "Şub", "Mar"]

    @pytest.mark.parametrize(
        "amounts",
        [["0.01"], ["-0.01"], ["999999999999.9999"], ["-7", "3"], ["100000", "100000"], ["0"]],
        ids=str,
    )
    def test_none_leaves_the_picture(self, amounts):
        table = make_table([D(amount) for amount in amounts])
        chart = Chart(render_columns, table)
        height = D(chart.svg.get("height"))
        lines = [D(line.get("y1")) for line in chart.svg.iter(f"{SVG}line")]
        assert max(lines) - min(lines) == PLOT
        for top, size in zip(chart.sizes("y"), chart.sizes("height")):
            assert min(lines) <= top and top + size <= max(lines) + D("0.01") <= height
        for x, width in zip(chart.sizes("x"), chart.sizes("width")):
            assert 0 <= x and x + width <= 100


class TestBars:
    def test_the_longest_takes_the_whole_width(self):
        chart = Chart(render_bars, make_table([D(5), D("2.5"), D(0), D(-5)]))
        assert chart.sizes("width") == [100, 50, 0, 100]

    def test_what_is_overdue_is_said_in_words_too(self):
        table = make_table([D(5)], ["1–30"])
        row = Row(("1–30", D(5)), frozenset({"overdue"}))
        chart = Chart(render_bars, Table(table.title, table.columns, [row], currency="TRY"))
        assert "b2b-chart-overdue" in chart.bars[0].get("class")
        assert chart.behind == [["Vadesi geçmiş 1–30", "5,00 B"]]
