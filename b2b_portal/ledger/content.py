"""What an entry says, as one hash: by it the same movement is known again."""

import hashlib
import json

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


def content_hash(entry):
    """64 hex digits over the fields a source can change; keys, batch and author do not count."""
    content = [_canonical(entry, name) for name in FIELDS]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()
