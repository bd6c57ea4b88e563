"""What an entry says, as one hash: by it the same movement is known again."""

import hashlib
from operator import attrgetter

from .models import Entry

FIELDS = (
    "account_id",
    "currency",
    "amount",
    "base_amount",
    "rate",
    "kind",
    "source_kind",
    "booked_on",
    "due_on",
    "document_no",
    "description",
    "occurred_at",
)
NUMBERS = {name: Entry._meta.get_field(name) for name in ("amount", "base_amount", "rate")}
_amount_units, _base_units, _rate_units = (field.to_units for field in NUMBERS.values())
_values = attrgetter(*FIELDS)


def content(entry):
    """The values of ``FIELDS``, those a source can change: equal for the same movement.

    Amounts as whole numbers of their columns' units, days as ISO texts, a time as a timestamp.
    Raises ``ValidationError`` for an amount that its column does not hold exactly.
    """
    account, currency, amount, base, rate, kind, word, booked, due, no, text, time = _values(entry)
    return (
        account,
        currency,
        _amount_units(amount),
        None if base is None else _base_units(base),
        None if rate is None else _rate_units(rate),
        str(kind),
        word,
        booked.isoformat(),
        due and due.isoformat(),
        no,
        text,
        time and time.timestamp(),
    )


def content_hash(entry, values=None):
    """64 hex digits over the key and the content; batch and author do not count.

    ``values``: the entry's ``content``, where it is known.
    """
    written = map(str, (entry.source, entry.external_id, *(values or content(entry))))
    # No text of an entry holds the separator: drafts.NO_TEXT.
    return hashlib.sha256("\0".join(written).encode()).hexdigest()
