"""One row of an ERP's file as the movement it tells of."""

import re
from datetime import datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from ..money import ZERO, parse_amount, round_to

DATE_FORMATS = ("%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M")


class RowRefused(Exception):
    def __init__(self, column, reason):
        self.column, self.reason = column, reason


def movement_of(cells, supplier, accounts, profile):
    """What ``ledger.drafts.draft`` wants of a row's cells, but for its key; or ``RowRefused``.

    ``accounts``: {code: account} of the supplier.
    """
    account = accounts.get(cells["account_code"])
    if account is None:
        raise _refusal(profile, "account_code", _("No account has the code “%s”."), cells)
    currency = _currency(cells.get("currency", ""), supplier)
    debit, credit = _amount(profile, "debit", cells), _amount(profile, "credit", cells)
    if debit and credit:
        column = profile.columns["credit"][0]
        raise RowRefused(column, _("A row is a debit or a credit, not both."))
    amount = debit - credit
    rate = _rate(profile, cells) if currency != supplier.currency else None
    word = cells.get("kind", "")
    return {
        "account": account,
        "currency": currency,
        "amount": amount,
        "base_amount": rate and round_to(amount * rate, supplier.currency),
        "rate": rate,
        "kind": profile.kind_of(word),
        "source_kind": word,
        "booked_on": _day(profile, "booked_on", cells, required=True),
        "due_on": _day(profile, "due_on", cells),
        "document_no": cells.get("document_no") or cells.get("reference", ""),
        "description": cells.get("description", ""),
    }


def _currency(text, supplier):
    text = text.upper()
    return {"": supplier.currency, "TL": "TRY", "₺": "TRY", "$": "USD", "€": "EUR"}.get(text, text)


def _amount(profile, name, cells):
    text = cells.get(name, "")
    if not text:
        return ZERO
    try:
        return parse_amount(text, "tr")
    except ValidationError as error:
        raise RowRefused(profile.columns[name][0], " ".join(error.messages)) from None


def _rate(profile, cells):
    """An exchange rate; it has no thousands, so its one mark is the decimal mark."""
    text = cells.get("rate", "")
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,9}([.,][0-9]{1,8})?", text):
        raise _refusal(profile, "rate", _("“%s” is not a rate."), cells)
    return Decimal(text.replace(",", ".")) or None


def _day(profile, name, cells, required=False):
    text = cells.get(name, "")
    if not text and not required:
        return None
    for pattern in DATE_FORMATS:
        try:
            return datetime.strptime(text, pattern).date()
        except ValueError:
            continue
    raise _refusal(profile, name, _("“%s” is not a date like 31.12.2026."), cells)


def _refusal(profile, name, reason, cells):
    return RowRefused(profile.columns[name][0], reason % cells.get(name, "")[:60])
