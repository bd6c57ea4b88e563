"""Who is who: a file's rows beside what stands under their keys already."""

from bisect import bisect_left, insort
from collections import defaultdict
from datetime import timedelta
from itertools import groupby, islice

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    Func,
    OuterRef,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _

from ..customers.fold import fold
from ..ledger.content import content, content_hash
from ..ledger.models import Entry, EntryKind
from ..ledger.rows import update
from . import matching
from .models import SOURCE, EntryMatch, StagedEntry
from .numbers import HALF_A_YEAR

Outcome = StagedEntry.Outcome
KEY = Concat(F("stem"), Value("|"), Cast("number", CharField()))
GROUPS = 500
MOVEMENT = (Entry, StagedEntry)
STEM = Func(F("external_id"), Value("0123456789"), function="RTRIM")  # of a key, with its "|"


def find_known(rows, known):
    """Give each row the entry that has its key; one that says the same is unchanged."""
    if not known.exists():
        return
    latest = known.filter(external_id=OuterRef("key")).order_by("-revision")
    said = Case(
        When(content_hash=OuterRef("content_hash"), then=Value(Outcome.UNCHANGED)),
        default=Value(Outcome.NEW),
    )
    rows.annotate(key=KEY).filter(Exists(known.filter(external_id=OuterRef("key")))).update(
        entry=Subquery(latest.values("pk")[:1]), outcome=Subquery(latest.values(said=said)[:1])
    )


def settle(batch, rows, known, held):
    """Find out who is who where several rows share a stem, or a row is not what its key held.

    Of the movements that are there under a stem, a row is first the one that says the same word
    for word, then one of the same kind by the ERP's word, then by ours, not half a year apart; what
    is left is new. So a file in another order is the same file, and a kind may be renamed. Numbers
    may have gaps: a row that waits for a clerk has one, and one that was passed over had.

    ``known``: the entries that files have brought; ``held``: their rows that wait, or have waited,
    for a clerk.
    """
    matches = EntryMatch.objects.filter(supplier=batch.supplier, source=SOURCE)
    waiting = matching.payments_of(held)
    doubtful = [
        rows.values("stem").annotate(rows=Count("pk")).filter(rows__gt=1),
        rows.filter(entry__isnull=False).exclude(outcome=Outcome.UNCHANGED),
        rows.filter(number__gt=1, entry=None),
        _under(rows.filter(entry=None), known.exclude(external_id__endswith="|1")),
        _under(rows, matches),
        waiting,
    ]
    first, *others = (some.order_by().values("stem") for some in doubtful)
    found = rows.filter(stem__in=first.union(*others)).select_related("account")
    found = found.order_by("stem", "line")
    groups = groupby(found.iterator(chunk_size=2000), key=lambda row: row.stem)
    groups = ((stem, list(here)) for stem, here in groups)
    while some := dict(islice(groups, GROUPS)):
        there = _there(some, known, matches, waiting)
        settled = []
        for stem, here in some.items():
            decide = _by_id if stem.startswith("#") else _by_likeness
            settled += decide(batch, here, there[stem])
        update(
            StagedEntry,
            ("outcome", "number", "content_hash", "entry_id"),
            [
                (str(row.outcome), row.number, row.content_hash, row.entry_id, row.pk)
                for row in settled
            ],
        )


def _under(rows, keyed):
    """The rows that have the stem of one of these keys."""
    stems = keyed.order_by().values(under=STEM)
    return rows.alias(under=Concat("stem", Value("|"))).filter(under__in=stems)


def _there(stems, known, matches, waiting):
    """{stem: {number: what has that key}}: a match, else the latest entry, else a row that waits.

    ``stems``: {stem: its rows in the file}.
    """
    there = {stem: {} for stem in stems}
    ids = [f"{stem}|1" for stem in stems if stem.startswith("#")]
    others = [f"{stem}|" for stem in stems if not stem.startswith("#")]
    accounts = {row.account_id for rows in stems.values() for row in rows}

    def of(keyed, account):
        if ids:
            yield from keyed.filter(external_id__in=ids)
        if others:
            under = keyed.filter(**{f"{account}__in": accounts}).alias(under=STEM)
            yield from under.filter(under__in=others)

    matches = matches.select_related("entry__reversed_by")
    for rows in (
        waiting.filter(stem__in=there),
        of(known.order_by("revision"), "account"),
        of(matches, "entry__account"),
    ):
        for row in rows:
            stem, _bar, number = row.external_id.rpartition("|")
            there[stem][int(number)] = row
    return there


def _by_id(batch, here, there):
    first, *others = here
    _take(batch, first, 1, there.get(1))
    for row in others:
        row.outcome = Outcome.REFUSED
        batch.refuse(row.line, "", _("This row id stands in the file twice."))
    return here


def _by_likeness(batch, here, there):
    settled = []

    def take(row, number):
        settled.append(_take(batch, row, number, there.pop(number, None)))

    matches = {n: other for n, other in there.items() if isinstance(other, EntryMatch)}
    for number, match in matches.items():
        row = next((row for row in here if _was_matched(row, number, match)), None)
        if row:
            here.remove(row)
            take(row, number)
    for model, likeness in LIKENESSES:
        days, left = defaultdict(list), []
        for number, other in there.items():
            if isinstance(other, model):
                other = other.entry if model is EntryMatch else other
                insort(days[likeness(other)], (other.booked_on, number))
        for row in here:
            number = _nearest(row, days.get(likeness(row)))
            if number:
                take(row, number)
            else:
                left.append(row)
        here = left
    last = max([row.number for row in settled] + list(there), default=0)
    for number, row in enumerate(here, last + 1):
        take(row, number)
    return settled


def _was_matched(row, number, match):
    """Whether a match was made of this very row."""
    return _sum(row) == _sum(match.entry) and _hash(row, number) == match.content_hash


def _sum(row):
    return row.currency, row.amount


def _word(row):
    return fold(row.source_kind)


def _kind(row):
    return row.kind


def _is_numbered(row):
    return bool(row.document_no) and not getattr(row, "is_deleted", False)


# By what a row is known, in this order: of which of those that are there, and what must be equal.
LIKENESSES = (
    (MOVEMENT, content),
    (EntryMatch, _sum),
    (MOVEMENT, _word),
    (MOVEMENT, _kind),
    (EntryMatch, _is_numbered),
)


def _nearest(row, days):
    """The number on the nearest day, taken out; None where that is too far: numbers start again.

    ``days``: sorted (day, number), or None.
    """
    if not days:
        return None
    at = bisect_left(days, (row.booked_on,))
    around = range(max(at - 1, 0), min(at + 1, len(days)))
    at = min(around, key=lambda at: abs(days[at][0] - row.booked_on))
    apart = abs(days[at][0] - row.booked_on)
    if apart > (timedelta(0) if row.kind == EntryKind.OPENING else HALF_A_YEAR):
        return None
    return days.pop(at)[1]


def _hash(row, number):
    row.number = number
    return content_hash(row)


def _take(batch, row, number, other):
    """Give a row its number, and with it the entry or match that is there."""
    row.content_hash, row.entry = _hash(row, number), None
    row.outcome = Outcome.NEW
    if isinstance(other, EntryMatch):
        matching.meet(batch, row, other)
    elif isinstance(other, Entry):
        same = row.content_hash == other.content_hash
        row.entry, row.outcome = other, Outcome.UNCHANGED if same else Outcome.CHANGED
    return row
