"""Medians of operations run in turn, and the Markdown table of what they gave."""

import gc
import statistics
import time
from dataclasses import dataclass


@dataclass
class Figure:
    """One cell of the table, and whether it keeps to its goal (``None``: there is none)."""

    name: str
    text: str
    goal: str = ""
    reached: bool | None = None


def medians(runs, *operations):
    """The median seconds of each operation: once unmeasured, then all in turn, ``runs`` times."""
    for operation in operations:
        operation()
    gc.collect()
    gc.freeze()  # what was there before is no garbage of the operations
    times = [[] for _operation in operations]
    for _run in range(runs):
        for operation, taken in zip(operations, times, strict=True):
            taken.append(seconds(operation))
    return [statistics.median(taken) for taken in times]


def seconds(operation):
    began = time.perf_counter()
    operation()
    return time.perf_counter() - began


def slower(name, ours, bare, at_most=None):
    """Our time, and how many times the bare operation's it is."""
    ratio = ours / bare
    return Figure(
        name,
        f"{milliseconds(ours)}, {times(ratio)}",
        f"≤ {at_most} ×" if at_most else "",
        ratio <= at_most if at_most else None,
    )


def faster(name, ours, theirs, at_least=None):
    """How many times faster we are, and their time."""
    ratio = theirs / ours
    return Figure(
        name,
        f"{times(ratio)} ({milliseconds(theirs)} : {milliseconds(ours)})",
        f"≥ {at_least} ×" if at_least else "",
        ratio >= at_least if at_least else None,
    )


def milliseconds(duration):
    return f"{duration * 1000:,.{1 if duration >= 0.01 else 2}f} ms"


def times(ratio):
    return f"{ratio:,.{0 if ratio >= 20 else 2}f} ×"


def table(columns):
    """Markdown: a row for each figure's name, a column for each title; missed goals in bold."""
    rows = {}
    for title, figures in columns.items():
        for figure in figures:
            rows.setdefault(figure.name, {})[title] = figure
    yield f"| | {' | '.join(columns)} | goal | |"
    yield f"|---|{'---|' * len(columns)}---|---|"
    for name, cells in rows.items():
        texts = [_cell(cells.get(title)) for title in columns]
        goal = next((figure.goal for figure in cells.values() if figure.goal), "")
        verdicts = {figure.reached for figure in cells.values()} - {None}
        verdict = ("reached" if all(verdicts) else "not reached") if verdicts else ""
        yield f"| {name} | {' | '.join(texts)} | {goal} | {verdict} |"


def _cell(figure):
    if figure is None:
        return "–"
    return f"**{figure.text}**" if figure.reached is False else figure.text
