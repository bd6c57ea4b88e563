"""Rows of a table, however many: beyond a few thousand they wait on the disk."""

import heapq
import pickle
from collections.abc import Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import islice
from tempfile import TemporaryFile

from ..exceptions import TooManyRows
from .table import Row

PART = 1_000  # rows that are written and read at once
ROWS_IN_MEMORY = 10 * PART

_most = ContextVar("b2b_portal_most_rows", default=None)


@contextmanager
def at_most(count):
    """Within it, whoever fills ``Rows`` with more than ``count`` gets ``TooManyRows``."""
    token = _most.set(count)
    try:
        yield
    finally:
        _most.reset(token)


class Rows(Sequence):
    """``Row`` objects to append, then to read as often as one likes, in parts or by slices.

    ``is_marked``: whether one of them has a mark. ``watch``: called with the number of rows that
    have been read, every now and then, while all are read one after the other.
    """

    def __init__(self, rows=()):
        self._file, self._places = None, []  # of the parts on the disk
        self._rest = []  # the rows after those
        self._most = _most.get()
        self._read = (None, ())  # the part that was read last
        self.is_marked, self.watch = False, None
        for row in rows:
            self.append(row)

    @classmethod
    def of(cls, rows):
        """The rows as ``Rows``; those that are already are given back."""
        return rows if isinstance(rows, cls) else cls(rows)

    def append(self, row):
        self._rest.append(row)
        self.is_marked = self.is_marked or bool(row.marks)
        if self._most is not None and len(self) > self._most:
            raise TooManyRows
        if len(self._rest) >= ROWS_IN_MEMORY + PART:
            self._put_away()

    def _put_away(self):
        """Write all full parts to the disk."""
        self._file = self._file or TemporaryFile()
        self._file.seek(0, 2)
        while len(self._rest) >= PART:
            part, self._rest = self._rest[:PART], self._rest[PART:]
            self._places.append(self._file.tell())
            plain = [(row.values, row.marks, row.href) for row in part]
            pickle.dump(plain, self._file, pickle.HIGHEST_PROTOCOL)

    def _part(self, number):
        if number >= len(self._places):
            start = (number - len(self._places)) * PART
            return self._rest[start : start + PART]
        if self._read[0] != number:
            self._file.seek(self._places[number])
            self._read = number, [Row(*plain) for plain in pickle.load(self._file)]
        return self._read[1]

    def __len__(self):
        return len(self._places) * PART + len(self._rest)

    def __getitem__(self, at):
        if isinstance(at, slice):
            wanted = range(len(self))[at]
            if wanted.step == 1 and wanted:
                return list(self._between(wanted.start, wanted.stop))
            return [self[one] for one in wanted]
        at = range(len(self))[at]
        return self._part(at // PART)[at % PART]

    def _between(self, start, stop):
        for number in range(start // PART, -(-stop // PART)):
            first = number * PART
            yield from self._part(number)[max(start - first, 0) : stop - first]

    def __iter__(self):
        for number in range(-(-len(self) // PART)):
            yield from self._part(number)
            if self.watch:
                self.watch(min((number + 1) * PART, len(self)))

    def sorted(self, key, *, reverse=False):
        """Them in order; equal ones stay as they are."""
        runs = []
        rows = iter(self)
        while run := list(islice(rows, ROWS_IN_MEMORY)):
            runs.append(Rows(sorted(run, key=key, reverse=reverse)))
            runs[-1]._put_away()
        return Rows(heapq.merge(*runs, key=key, reverse=reverse))
