"""Amounts on the wire, in signatures and on the page. Decimal all the way; never float."""

import json
import re
from decimal import Decimal

_AMOUNT = re.compile(r"-?\d{1,12}(\.\d{1,18})?")
EIGHT_PLACES = Decimal("1E-8")


class Number(str):
    """The digits of a JSON number exactly as they are to be sent, e.g. ``10.50000000`` or ``0E-8``."""


def parse(value):
    """Return a request's amount (string or JSON number, in the currency's main unit) as Decimal.

    Raises ValueError unless it is a plain dot-decimal of at most two places that matter.
    """
    text = str(value)
    if (
        isinstance(value, bool)
        or not isinstance(value, (str, int, Decimal))
        or not _AMOUNT.fullmatch(text)
    ):
        raise ValueError(f"not an amount: {text[:40]}")
    amount = Decimal(text)
    if amount != round(amount, 2):
        raise ValueError(f"more than two decimal places: {text[:40]}")
    return amount


def plain(amount):
    """Return the amount as iyzico signs it: no trailing zeros, no exponent (10.50 → 10.5, 50.00 → 50)."""
    return format(amount.normalize(), "f")


def short(amount):
    """The amount as a JSON number without trailing zeros: ``10.5``, ``10``."""
    return Number(plain(amount))


def long(amount):
    """The amount as a JSON number with eight places, as iyzico often writes them: ``10.50000000``, ``0E-8``."""
    return Number(amount.quantize(EIGHT_PLACES))


def dumps(value):
    """Return JSON text like ``json.dumps``, but with each ``Number`` written digit for digit."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        return (
            "{" + ",".join(f"{json.dumps(key)}:{dumps(item)}" for key, item in value.items()) + "}"
        )
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(dumps(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def display(amount, currency, lang):
    """Return the amount as people of the language write it: ``1.234,50 TL`` or ``TRY 1,234.50``."""
    english = f"{amount:,.2f}"
    if lang == "en":
        return f"{currency} {english}"
    turkish = english.translate(str.maketrans(",.", ".,"))
    return f"{turkish} {'TL' if currency == 'TRY' else currency}"
