"""A Table as a picture: SVG made here, and the table itself behind it for who cannot see it.

Places across are per cent and places down are pixels, so a chart takes any width and its words stay
as large as they are. Figures are Decimals until they are written into the picture.
"""

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from django.template.loader import render_to_string
from django.utils.formats import date_format

from .formats import cell_writer, format_number
from .html import render_html

TEMPLATE = "b2b_portal/tables/chart.html"
PLOT_TOP, PLOT = 14, 160  # of columns: where they may begin, and the height of all
GUTTER = Decimal(12)  # per cent, for the scale's figures
LINE = 46  # the height of a bar with its words


@dataclass
class Drawing:
    """What stands in the SVG, all places as text.

    ``bars``: (x, y, width, height, classes, words); ``lines``: (y, classes); ``texts``:
    (x, y, anchor, text).
    """

    kind: str
    height: int
    bars: list = field(default_factory=list)
    lines: list = field(default_factory=list)
    texts: list = field(default_factory=list)


def render_columns(table, name):
    """Upright columns, one a row, below the line where the figure is negative; a SafeString.

    The table's first column says what each is, its last, of amounts or balances, how high.
    ``name``: unique on the page, of letters, digits and "-". Without rows it is the table alone.
    """
    rows = _rows(table)
    if not rows:
        return render_html(table)
    values = [values[-1] for values, _texts, _marks in rows]
    low, high, step = _scale(min(0, *values), max(0, *values))
    unit = PLOT / (high - low)
    drawing = Drawing("columns", PLOT_TOP + PLOT + 36)
    for at in range(int((high - low) / step) + 1):
        value = high - at * step
        y = PLOT_TOP + at * step * unit
        drawing.lines.append((_px(y), "b2b-chart-zero" if value == 0 else ""))
        drawing.texts.append(("0", _px(y - 3), "start", format_number(value)))
    slot = (100 - GUTTER) / len(rows)
    for at, (values, texts, marks) in enumerate(rows):
        value, x = values[-1], GUTTER + at * slot
        top = PLOT_TOP + (high - max(value, 0)) * unit
        drawing.bars.append(
            (
                _px(x + slot * Decimal("0.15")) + "%",
                _px(top),
                _px(slot * Decimal("0.7")) + "%",
                _px(abs(value) * unit),
                _classes(value, marks),
                f"{texts[0]}: {texts[-1]}",
            )
        )
        middle, label, below = _px(x + slot / 2) + "%", texts[0], PLOT_TOP + PLOT
        if isinstance(values[0], date):
            label = date_format(values[0], "M")
            # The year once, and at each January; below December it would touch the next.
            if values[0].month == 1 or (at == 0 and values[0].month < 12):
                drawing.texts.append((middle, _px(below + 32), "middle", str(values[0].year)))
        drawing.texts.append((middle, _px(below + 18), "middle", label))
    return _render(table, drawing, rows, name)


def render_bars(table, name):
    """Bars that lie below each other under their words, one a row; otherwise as the columns."""
    rows = _rows(table)
    if not rows:
        return render_html(table)
    most = max(abs(values[-1]) for values, _texts, _marks in rows)
    drawing = Drawing("bars", LINE * len(rows))
    for at, (values, texts, marks) in enumerate(rows):
        value, y = values[-1], at * LINE
        width = abs(value) / most * 100 if most else Decimal(0)
        drawing.texts.append(("0", _px(y + 18), "start", texts[0]))
        drawing.texts.append(("100%", _px(y + 18), "end", texts[-1]))
        words = f"{texts[0]}: {texts[-1]}"
        drawing.bars.append(("0", _px(y + 25), "100%", "12", "b2b-chart-track", ""))
        drawing.bars.append(
            ("0", _px(y + 25), _px(width) + "%", "12", _classes(value, marks), words)
        )
    return _render(table, drawing, rows, name)


def _rows(table):
    """[(values, texts, marks)] of the table's rows."""
    write, rows = cell_writer(table), []
    for row in table.rows:
        values = table.values(row)
        rows.append((values, write(values), row.marks))
    return rows


def _scale(low, high):
    """(lowest, highest, step) of the scale: round figures around both, a few steps apart."""
    span = Decimal(high - low) or Decimal(1)
    exponent = (span / 4).adjusted()
    steps = (Decimal(factor).scaleb(exponent) for factor in (1, 2, 5, 10))
    step = next(step for step in steps if step * 4 >= span)
    lowest = (low / step).to_integral_value(ROUND_FLOOR) * step if low else Decimal(0)
    highest = (high / step).to_integral_value(ROUND_CEILING) * step if high else Decimal(0)
    return lowest, highest if highest > lowest else lowest + step, step


def _classes(value, marks):
    names = ["b2b-chart-bar", *(f"b2b-chart-{mark}" for mark in sorted(marks))]
    if value < 0:
        names.append("b2b-chart-credit")
    return " ".join(names)


def _px(value):
    return f"{Decimal(value):.2f}"


def _render(table, drawing, rows, name):
    words = "; ".join(f"{texts[0]}: {texts[-1]}" for _values, texts, _marks in rows)
    context = {
        "table": table,
        "drawing": drawing,
        "name": name,
        "description": " ".join([*map(str, table.notes), words]),
        "behind": render_html(replace(table, notes=())),
    }
    return render_to_string(TEMPLATE, context)
