"""Reading what the payer typed on the card page."""

import re
import time

from .cards import passes_luhn

FIELDS = ("number", "holder", "expiry", "cvc")
_EXPIRY = re.compile(r"([0-9]{1,2}) ?/? ?([0-9]{4}|[0-9]{2})")


def read(fields, now):
    """Return (card number's digits, errors) for the page's fields; ``now`` in seconds since the epoch.

    ``errors`` maps a field's name to iyzico's code: 12 number (Luhn), 24 holder, 13, 14 or 17 expiry, 15 CVC.
    The expiry's month counts as valid to its end.
    """
    number = re.sub(r"[ -]", "", fields.get("number", ""))
    errors = {}
    if not re.fullmatch(r"[0-9]{13,19}", number) or not passes_luhn(number):
        errors["number"] = "12"
    if not fields.get("holder", "").strip():
        errors["holder"] = "24"
    code = _expiry_error(fields.get("expiry", "").strip(), now)
    if code:
        errors["expiry"] = code
    digits = 4 if number[:2] in ("34", "37") else 3  # American Express prints four
    if not re.fullmatch(rf"[0-9]{{{digits}}}", fields.get("cvc", "").strip()):
        errors["cvc"] = "15"
    return number, errors


def _expiry_error(text, now):
    match = _EXPIRY.fullmatch(text)
    if not match or not 1 <= int(match[1]) <= 12:
        return "13" if not re.match(r"(0?[1-9]|1[0-2])\b", text) else "14"
    year = int(match[2]) + (2000 if len(match[2]) == 2 else 0)
    today = time.localtime(now)
    return "17" if (year, int(match[1])) < (today.tm_year, today.tm_mon) else None
