"""What an entry says, as one hash: by it the same movement is known again."""

import hashlib
import json
from operator import attrgetter

from .models import Entry

KEY = ("source", "external_id")
FIELDS = (
    "account_id",
    "currency",
    "amount",
    "base_amount",
    "rate",
    "kind",
    "source_kind",
    "booked_on",
    "occurred_at",
    "due_on",
    "document_no",
    "description",
)
NUMBERS = {name: Entry._meta.get_field(name) for name in ("amount", "base_amount", "rate")}
_NUMBERS = [(FIELDS.index(name), field) for name, field in NUMBERS.items()]
_values = attrgetter(*FIELDS)
_TIME = FIELDS.index("occurred_at")
_written = json.JSONEncoder(ensure_ascii=False).encode


def content(entry):
    """The fields a source can change, in one form: equal for the same movement, however written."""
    values = _values(entry)
    said = [None if value is None or value == "" else str(value) for value in values]
    for index, field in _NUMBERS:
        if said[index] is not None:
            said[index] = field.to_units(values[index])
    if entry.occurred_at:
        said[_TIME] = entry.occurred_at.timestamp()
    return said


def content_hash(entry):
    """64 hex digits over the key and the content; batch and author do not count."""
    text = _written([*(getattr(entry, name) for name in KEY), *content(entry)])
    return hashlib.sha256(text.encode()).hexdigest()
