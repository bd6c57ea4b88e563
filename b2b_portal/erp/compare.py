"""What a file's staged rows would change, found out by comparing them with the ledger."""

from itertools import groupby, islice

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    Min,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _

from ..customers.fold import fold
from ..ledger.content import content, content_hash
from ..ledger.models import Entry, EntryKind
from ..ledger.months import closed_until
from ..tables.formats import format_date
from . import made, matching, profiles
from .models import SOURCE, EntryMatch, StagedEntry
from .numbers import HALF_A_YEAR

Outcome = StagedEntry.Outcome
KEY = Concat(F("stem"), Value("|"), Cast("number", CharField()))
GROUPS = 500
COUNTED = ("new", "changed", "unchanged", "matched")


def compare(batch):
    """Give every row of a batch its outcome; counts, refusals and warnings go on the batch, unsaved.

    May be called again: the ledger may have changed. In one transaction.
    """
    unreadable = batch.counts.get("unreadable", 0)
    batch.counts = {"unreadable": unreadable, "refused": unreadable}
    batch.refused, batch.warnings = batch.refused[:unreadable], []
    made.warn(batch)
    batch.rows.exclude(outcome=Outcome.NEW, entry=None, revision=1).update(
        outcome=Outcome.NEW, entry=None, revision=1, reason=""
    )
    _warn_of_another_profile(batch)
    matching.recognise(batch)
    rows = batch.rows.exclude(outcome__in=[Outcome.MATCHED, Outcome.REFUSED])
    matches = EntryMatch.objects.filter(supplier=batch.supplier, source=SOURCE)
    known = Entry.objects.filter(supplier=batch.supplier, source=SOURCE)
    _find_known(rows, known)
    _settle_doubtful(batch, rows, known, matches)
    _post_again_what_imports_took_back(batch, rows)
    _deleted(rows.filter(is_deleted=True))
    _second_openings(batch, rows)
    matching.propose(batch, rows)
    _closed(batch, rows)
    _decided_before(batch, rows)
    counts = batch.rows.order_by().values_list("outcome").annotate(Count("pk"))
    batch.counts |= dict.fromkeys(COUNTED, 0) | dict(counts) | {"refused": batch.counts["refused"]}
    if batch.complete_from or batch.complete_until:
        batch.counts["missing"] = missing(batch).count()


def missing(batch):
    """Movements in force that a file complete from–until should hold and does not.

    None where nobody has said that it is complete.
    """
    if not (batch.complete_from or batch.complete_until):
        return Entry.objects.none()
    days = {"gte": batch.complete_from, "lte": batch.complete_until}
    return Entry.objects.filter(
        supplier=batch.supplier,
        source=SOURCE,
        reversed_by=None,
        **{f"booked_on__{lookup}": day for lookup, day in days.items() if day},
    ).exclude(external_id__in=batch.rows.order_by().values(key=KEY))


def _warn_of_another_profile(batch):
    """Another profile may give the same rows other keys, and so count them again."""
    before = batch.supplier.import_batches.filter(
        kind=batch.kind, applied_at__isnull=False, undone_at=None
    )
    last = before.order_by("applied_at").values_list("profile", flat=True).last()
    if last and last != batch.profile and last in profiles.names():
        batch.warn(
            _("The last file came by the profile “%s”. Its rows may have other keys: look closely.")
            % last
        )


def _find_known(rows, known):
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


def _settle_doubtful(batch, rows, known, matches):
    """Find out who is who where several rows share a stem, or a row is not what its key held.

    Of the movements that are there under a stem, a row is first the one that says the same word
    for word, then one of the same kind by the ERP's word, then by ours, not half a year apart; what
    is left is new. So a file in another order is the same file, and a kind may be renamed.
    """
    keyed = matches.filter(external_id=OuterRef("key"))
    stems = [
        rows.order_by().values("stem").annotate(rows=Count("pk")).filter(rows__gt=1),
        rows.filter(entry__isnull=False).exclude(outcome=Outcome.UNCHANGED),
        rows.filter(number__gt=1, entry=None),
    ]
    if matches.exists():
        stems.append(rows.annotate(key=KEY).filter(Exists(keyed)))
    doubtful = Q()
    for some in stems:
        doubtful |= Q(stem__in=some.values("stem"))
    found = rows.filter(doubtful).select_related("account").order_by("stem", "line")
    groups = groupby(found.iterator(chunk_size=2000), key=lambda row: row.stem)
    groups = ((stem, list(waiting)) for stem, waiting in groups)
    while some := dict(islice(groups, GROUPS)):
        there = _there(some, known, matches)
        settled = []
        for stem, waiting in some.items():
            settle = _by_id if stem.startswith("#") else _by_likeness
            settled += settle(batch, waiting, there[stem])
        StagedEntry.objects.bulk_update(
            settled, ["outcome", "number", "content_hash", "entry"], batch_size=GROUPS
        )


def _there(stems, known, matches):
    """{stem: {number: the latest entry, or the match, under that key}}."""
    there = {stem: {} for stem in stems}
    waiting, number = list(stems), 1
    while waiting:
        keys = {f"{stem}|{number}": stem for stem in waiting}
        waiting = []
        for rows in (known.order_by("revision"), matches):
            for row in rows.filter(external_id__in=keys):
                stem = keys[row.external_id]
                there[stem][number] = row
        waiting = [stem for stem in keys.values() if number in there[stem]]
        number += 1
    return there


def _by_id(batch, waiting, there):
    first, *others = waiting
    _take(first, 1, there.get(1))
    for row in others:
        row.outcome = Outcome.REFUSED
        batch.refuse(row.line, "", _("This row id stands in the file twice."))
    return waiting


def _by_likeness(batch, waiting, there):
    settled = []
    for alike in (_same, _word, _kind):
        left = []
        for row in waiting:
            number = next((n for n, other in there.items() if alike(row, n, other)), None)
            if number is None:
                left.append(row)
            else:
                settled.append(_take(row, number, there.pop(number)))
        waiting = left
    number = max([row.number for row in settled] + list(there), default=0)
    for number, row in enumerate(waiting, number + 1):
        settled.append(_take(row, number, None))
    return settled


def _same(row, number, other):
    if isinstance(other, EntryMatch):
        return _hash(row, number) == other.content_hash
    return content(row) == content(other)


def _word(row, number, other):
    return _near(row, other) and fold(row.source_kind) == fold(other.source_kind)


def _kind(row, number, other):
    return _near(row, other) and row.kind == other.kind


def _near(row, other):
    """Whether a row may be a correction of an entry with its number: numbers start again each year."""
    if not isinstance(other, Entry):
        return False
    apart = abs(row.booked_on - other.booked_on)
    return not apart if row.kind == EntryKind.OPENING else apart <= HALF_A_YEAR


def _hash(row, number):
    row.number = number
    return content_hash(row)


def _take(row, number, other):
    """Give a row its number, and with it the entry or match that is there."""
    row.content_hash = _hash(row, number)
    row.entry = other if isinstance(other, Entry) else None
    if other is None:
        row.outcome = Outcome.NEW
    elif isinstance(other, EntryMatch):
        row.entry_id, row.outcome = other.entry_id, Outcome.MATCHED
    else:
        same = row.content_hash == other.content_hash
        row.outcome = Outcome.UNCHANGED if same else Outcome.CHANGED
    return row


def _post_again_what_imports_took_back(batch, rows):
    """What an import deleted, or its undoing reversed, is new when it comes again."""
    reversals = Entry.objects.filter(
        supplier=batch.supplier, reverses__isnull=False, batch__isnull=False
    )
    back = rows.filter(entry__in=reversals.order_by().values("reverses"))
    back = back.exclude(outcome=Outcome.MATCHED)
    revision = Entry.objects.filter(pk=OuterRef("entry_id")).values("revision")[:1]
    back.update(outcome=Outcome.NEW, revision=Subquery(revision) + 1)


def _deleted(rows):
    gone = rows.filter(Q(entry=None) | Q(entry__reversed_by__isnull=False))
    gone.update(outcome=Outcome.UNCHANGED)
    rows.filter(entry__reversed_by=None, entry__isnull=False).update(outcome=Outcome.DELETED)


def _second_openings(batch, rows):
    """A balance brought forward on top of earlier movements is the last period's: counted once."""
    openings = rows.filter(outcome=Outcome.NEW, kind=EntryKind.OPENING)
    if not openings.exists():
        return
    first = {}
    for found in (rows, Entry.objects.filter(supplier=batch.supplier)):
        days = found.order_by().values_list("account", "currency").annotate(Min("booked_on"))
        for account, currency, day in days:
            first[account, currency] = min(day, first.get((account, currency), day))
    again = []
    for row in openings.select_related("account"):
        if first[row.account_id, row.currency] < row.booked_on:
            again.append(row.pk)
            batch.warn(
                _(
                    "Line %(line)s, %(account)s: %(no)s brings a balance forward on top of "
                    "earlier movements; it is not counted again."
                )
                % {"line": row.line, "account": row.account, "no": row.document_no or row.kind}
            )
    for pks in _chunks(again):
        rows.filter(pk__in=pks).update(outcome=Outcome.REPEATED)


def _closed(batch, rows):
    headers = batch.table().columns
    writes = rows.filter(outcome__in=[Outcome.NEW, Outcome.CHANGED], account__is_closed=True)
    for code in writes.order_by().values_list("account__code", flat=True).distinct():
        reason = _("The account %s is closed.") % code
        _refuse(batch, writes.filter(account__code=code), headers["account_code"][0], reason)
    closed = closed_until(batch.supplier)
    if not closed:
        return
    reason = _("The books are closed until %s: reopen the month first.") % format_date(closed)
    late = rows.filter(outcome=Outcome.NEW, booked_on__lte=closed)
    _refuse(batch, late, headers["booked_on"][0], reason)
    rows.filter(outcome__in=[Outcome.CHANGED, Outcome.DELETED]).filter(
        Q(booked_on__lte=closed) | Q(entry__booked_on__lte=closed)
    ).update(outcome=Outcome.HELD, reason=_("The books are closed until %s.") % format_date(closed))


def _refuse(batch, rows, column, reason):
    for line in rows.order_by("line").values_list("line", flat=True):
        batch.refuse(line, column, reason)
    rows.update(outcome=Outcome.REFUSED)


def _decided_before(batch, rows):
    """What waits for a decision, or has had it, is not asked again while it stays as it is."""
    before = StagedEntry.objects.filter(
        batch__supplier=batch.supplier,
        batch__state="applied",
        outcome=Outcome.HELD,
        **{name: OuterRef(name) for name in ("stem", "number", "content_hash")},
    )
    rows.filter(Exists(before), outcome=Outcome.HELD).update(outcome=Outcome.UNCHANGED)


def _chunks(values, size=GROUPS):
    for start in range(0, len(values), size):
        yield values[start : start + size]
