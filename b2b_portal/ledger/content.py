"""What an entry says, as one hash: by it the same movement is known again."""

import hashlib
import json

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


def _canonical(entry, name):
    value = getattr(entry, name)
    if value is None or value == "":
        return None
    if name in ("amount", "base_amount", "rate"):
        return entry._meta.get_field(name).to_units(value)
    if name == "occurred_at":
        return value.timestamp()
    return str(value)


def content(entry):
    """The fields a source can change, in one form: equal for the same movement, however written."""
    return [_canonical(entry, name) for name in FIELDS]


def content_hash(entry):
    """64 hex digits over the key and the content; batch and author do not count."""
    text = json.dumps(
        [*(getattr(entry, name) for name in KEY), *content(entry)], ensure_ascii=False
    )
    return hashlib.sha256(text.encode()).hexdigest()
