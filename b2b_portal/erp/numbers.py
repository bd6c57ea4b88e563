"""Numbers of documents, which start again each year: of those alike, which are one document's.

A ``day`` is None where it is not told, and where an ETTN tells the document from others.
"""

from datetime import timedelta

HALF_A_YEAR = timedelta(days=183)


def are_near(day, other):
    """Whether documents of two days may be one."""
    return _apart(day, other) <= HALF_A_YEAR


def nearest(day, dated):
    """Of (day, thing) pairs under one number, the thing that is nearest to a day; or None."""
    near = [pair for pair in dated if are_near(day, pair[0])]
    return min(near, key=lambda pair: _apart(day, pair[0]))[1] if near else None


def _apart(day, other):
    return timedelta(0) if None in (day, other) else abs(day - other)
