"""What a row of a file says otherwise than the movement that is there, for people."""

from datetime import date

from django.utils.text import capfirst

from ..ledger.content import FIELDS, content
from ..ledger.models import Entry
from ..money import format_amount
from ..tables.formats import format_date, format_number


def changed_fields(row):
    """(label, old, new) of each field that a ``StagedEntry`` changes of its entry."""
    for name, old, new in zip(FIELDS, content(row.entry), content(row), strict=True):
        if old != new:
            label = capfirst(Entry._meta.get_field(name).verbose_name)
            yield label, _written(row.entry, name), _written(row, name)


def _written(row, name):
    if name == "account_id":
        return str(row.account)
    if name == "kind":
        return capfirst(row.get_kind_display())
    value = getattr(row, name)
    if value is None or value == "":
        return "—"
    if name == "amount":
        return format_amount(value, row.currency)
    if name in ("base_amount", "rate"):  # not in the row's own currency
        return format_number(value)
    return format_date(value) if isinstance(value, date) else str(value)
