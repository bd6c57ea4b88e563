"""Movements before they are posted: checked, hashed, unsaved."""

import re
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter

from babel.numbers import is_currency
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from ..customers.fold import fold
from ..exceptions import InvalidEntry
from ..money import fits
from .content import NUMBERS, content, content_hash
from .models import Entry, EntryKind

REVERSAL = "reversal"  # the source of reversals: no draft may bear it
KINDS = {*EntryKind.values} - {EntryKind.REVERSAL}
TEXTS = {
    name: Entry._meta.get_field(name).max_length
    for name in ("document_no", "description", "source", "source_kind", "external_id", "posted_by")
}
_texts = attrgetter(*TEXTS)
LIMITS = tuple(TEXTS.values())
NO_TEXT = re.compile("[\x00\ud800-\udfff]")
is_currency = lru_cache(is_currency)


def draft(
    *,
    account,
    currency,
    amount,
    kind,
    booked_on,
    document_no="",
    description="",
    due_on=None,
    source,
    external_id,
    base_amount=None,
    rate=None,
    source_kind="",
    occurred_at=None,
    batch=None,
    by="",
):
    """A checked movement that is not posted yet, as an unsaved ``Entry``.

    ``amount`` and ``base_amount`` are exact Decimals, debit positive, credit negative; ``amount``
    may be 0 only beside a ``base_amount`` (kur farkı). Raises ``InvalidEntry``.
    """
    entry = Entry(
        supplier_id=account.supplier_id,
        account=account,
        currency=currency,
        amount=amount,
        base_amount=base_amount,
        rate=rate,
        kind=kind,
        source_kind=source_kind,
        booked_on=booked_on,
        occurred_at=occurred_at,
        due_on=due_on,
        document_no=document_no,
        description=description,
        source=source,
        external_id=external_id,
        batch=batch,
        posted_by=by,
    )
    complete(entry)
    return entry


def complete(row, *, may_be_zero=False):
    """Check a row that has the fields of an ``Entry`` and work out its hash and its search text.

    ``may_be_zero``: of a row that is never posted. Returns its ``content``. Raises ``InvalidEntry``.
    """
    _check(row)
    if not (row.amount or row.base_amount or may_be_zero):
        raise InvalidEntry(_("A movement of 0 moves nothing."))
    values = content(row)
    row.search_text = fold(row.document_no, row.description)
    row.content_hash = content_hash(row, values)
    return values


def _check(entry):
    if not (isinstance(entry.currency, str) and is_currency(entry.currency)):
        raise InvalidEntry(_("“%s” is not a currency.") % entry.currency)
    if entry.kind not in KINDS:
        raise InvalidEntry(_("“%s” is not a kind of movement.") % entry.kind)
    if not (entry.source and entry.external_id) or entry.source == REVERSAL:
        raise InvalidEntry(_("A movement needs a source and a key."))
    check_day(entry.booked_on)
    if entry.due_on is not None:
        check_day(entry.due_on)
    if entry.occurred_at is not None and (
        not isinstance(entry.occurred_at, datetime) or timezone.is_naive(entry.occurred_at)
    ):
        raise InvalidEntry(_("A time needs its time zone."))
    entry.amount = exact(entry.amount, entry.currency)
    if entry.base_amount is not None:
        entry.base_amount = exact(entry.base_amount, entry.account.supplier.currency)
    if entry.rate is not None:
        entry.rate = exact(entry.rate, field="rate")
    for text, limit in zip(_texts(entry), LIMITS):
        if not isinstance(text, str) or len(text) > limit or NO_TEXT.search(text):
            _refuse_text(text, limit)


def check_day(day):
    if not isinstance(day, date) or isinstance(day, datetime) or day.year < 1900:
        raise InvalidEntry(_("“%s” is not a date.") % day)


def _refuse_text(text, limit):
    if not isinstance(text, str):
        raise InvalidEntry(_("“%s” is not a text.") % (text,))
    if len(text) > limit:
        raise InvalidEntry(_("“%s” is too long.") % text[:40])
    raise InvalidEntry(_("“%s” is not a text.") % ascii(text[:40]))


def exact(amount, currency=None, *, field="amount"):
    """The amount as a Decimal that its column and the currency hold exactly, or ``InvalidEntry``."""
    if isinstance(amount, bool) or not isinstance(amount, (Decimal, int)):
        raise InvalidEntry(_("“%s” is not an exact amount.") % (amount,))
    amount = Decimal(amount)
    try:
        NUMBERS[field].to_units(amount)
    except ValidationError as error:
        raise InvalidEntry(" ".join(error.messages)) from None
    if currency and not fits(amount, currency):
        raise InvalidEntry(
            _("%(amount)s has more digits than %(currency)s has.")
            % {"amount": amount, "currency": currency}
        )
    return amount
