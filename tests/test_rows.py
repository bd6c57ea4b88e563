"""Rows of a table beyond what is kept in memory: the same rows, in the same order."""

from datetime import date
from decimal import Decimal

import pytest

from b2b_portal.exceptions import TooManyRows
from b2b_portal.tables.rows import PART, ROWS_IN_MEMORY, Rows, at_most
from b2b_portal.tables.table import Row


def made(count):
    for n in range(count):
        marks = frozenset({"overdue"} if n == count - 2 else ())
        yield Row((date(2026, 1, 1), f"Ş{n}", Decimal(n % 7) / 8, None), marks, f"/{n}/")


@pytest.mark.parametrize("count", [0, 1, PART, ROWS_IN_MEMORY + PART, 3 * ROWS_IN_MEMORY + 17])
def test_as_many_rows_as_one_likes_read_like_a_list(count):
    rows, plain = Rows(made(count)), list(made(count))
    assert len(rows) == count and bool(rows) == bool(plain)
    assert list(rows) == plain and list(rows) == plain
    assert rows[count // 2 : count // 2 + 5] == plain[count // 2 : count // 2 + 5]
    for start, stop in ((-3, None), (PART - 2, PART + 2), (PART - 1, 3 * PART), (5, 2)):
        assert rows[start:stop] == plain[start:stop]
    for at in {0, PART - 1, PART, count - 1} & set(range(count)):
        assert rows[at] == plain[at]
    with pytest.raises(IndexError):
        rows[count]
    assert rows.is_marked == (count > 1)
    assert len(rows._rest) <= ROWS_IN_MEMORY + PART


@pytest.mark.parametrize("reverse", [False, True])
def test_sorting_keeps_equal_ones_as_they_are(reverse):
    count = 2 * ROWS_IN_MEMORY + 5_001

    def key(row):
        return row.values[2]

    found = Rows(made(count)).sorted(key, reverse=reverse)
    assert list(found) == sorted(made(count), key=key, reverse=reverse)


def test_more_than_somebody_can_wait_for_is_refused():
    with at_most(10):
        assert len(Rows(made(10))) == 10
        with pytest.raises(TooManyRows):
            Rows(made(11))
    assert len(Rows(made(11))) == 11


def test_who_watches_is_told_how_many_were_read():
    rows, seen = Rows(made(2 * PART + 1)), []
    rows.watch = seen.append
    list(rows)
    assert seen == [PART, 2 * PART, 2 * PART + 1]
