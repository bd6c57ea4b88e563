"""One row of an ERP's file as the movement it tells of."""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from ..ledger.models import EntryKind
from ..money import LIMIT, ZERO, parse_amount, round_to
from .profiles import says_yes

TIME = r"(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,7})?)?)?"
DAY_FIRST = re.compile(rf"(\d{{1,2}})([./])(\d{{1,2}})\2(\d{{4}}){TIME}", re.ASCII)
YEAR_FIRST = re.compile(rf"(\d{{4}})(-?)(\d{{2}})\2(\d{{2}}){TIME}", re.ASCII)
RATE = re.compile(r"[0-9]{1,9}([.,][0-9]{1,8})?")
DAYS = re.compile(r"-[0-9]{1,3}")
YEARS = range(1900, 2101)
LONGEST = 40  # characters of an amount worth remembering


class RowRefused(Exception):
    """``column``: the header as it stands in the file, or ""."""

    def __init__(self, column, reason):
        self.column, self.reason = column, reason


class Accounts(NamedTuple):
    """A supplier's accounts: {code: account} and {the ERP's id: account}."""

    by_code: dict
    by_id: dict


def cells_of(line):
    """The cells of a ``reading.Line``; ``RowRefused`` where the row is no row of the table."""
    if line.too_wide:
        raise RowRefused("", _("The row has more cells than the header."))
    if line.error:
        raise RowRefused(line.error, _("The cell holds an Excel error like #REF!."))
    return line.cells


def movement_of(cells, supplier, accounts, table):
    """What ``ledger.drafts.draft`` wants of a row's cells, but for its key; or ``RowRefused``.

    ``cells`` as ``reading.read`` gives them; ``accounts``: ``Accounts``; ``table``: the profile's
    ``Table``. A row in foreign currency moves the books' currency too, by its own local amount or
    else by its rate.
    """
    account = _account(cells, accounts)
    currency = _currency(cells, supplier, table)
    local = _signed(cells, table, "")
    amount, base, rate = local, None, None
    word = table.word_of(
        cells.get("kind", ""), cells.get("kind_detail", ""), cells.get("is_return", "")
    )
    kind = table.kind_of(word)
    if currency != supplier.currency:
        rate = _rate(cells)
        if "fx_debit" in cells or "fx_amount" in cells:
            amount, base = _foreign(cells, table, local, kind, currency), local or None
        if base is None and rate:
            base = round_to(amount * rate, supplier.currency)
    booked_on = _day(cells, "booked_on")
    return {
        "account": account,
        "currency": currency,
        "amount": amount,
        "base_amount": base,
        "rate": rate,
        "kind": kind,
        "source_kind": word,
        "booked_on": booked_on,
        "due_on": _due(cells, booked_on),
        "document_no": document_no(cells),
        "description": cells.get("description", ""),
    }


def document_no(cells):
    """The number a customer knows a row by: its own, or series and number, or the second one."""
    return (
        cells.get("document_no")
        or cells.get("series", "") + cells.get("number", "")
        or cells.get("reference", "")
    )


def refusal(cells, name, reason):
    """A ``RowRefused`` that names the field's header as it stands in the file."""
    return RowRefused(getattr(cells, "headers", {}).get(name, name), reason)


def _account(cells, accounts):
    code = cells.get("account_code", "")
    if code or "account_id" not in cells:
        account = accounts.by_code.get(code)
        if account is None:
            reason = _("No account has the code “%s”.") % code[:60]
            raise refusal(cells, "account_code", reason)
        return account
    account = accounts.by_id.get(cells["account_id"])
    if account is None:
        reason = _("No account has the ERP's number “%s”.") % cells["account_id"][:60]
        raise refusal(cells, "account_id", reason)
    return account


def _currency(cells, supplier, table):
    word = cells.get("currency")
    if not word:
        return supplier.currency
    for name in ("uses_fx", "fx_booked"):
        if name in cells and not says_yes(cells[name]):
            return supplier.currency
    return table.currency_of(word)


def _signed(cells, table, prefix):
    """Debit − credit of one of the layouts; ``prefix`` "fx_" for the foreign currency's columns."""
    debit, credit = prefix + "debit", prefix + "credit"
    if debit in cells and credit in cells:
        debited, credited = amount_of(cells, debit, table), amount_of(cells, credit, table)
        if debited and credited:
            raise refusal(cells, credit, _("A row is a debit or a credit, not both."))
        return debited or (credited and credited.copy_negate())
    amount = amount_of(cells, prefix + "amount", table)
    if "side" not in cells or not amount:
        return amount
    side = table.side_of(cells["side"])
    if side is None:
        reason = _("“%s” is neither debit nor credit.") % cells["side"][:60]
        raise refusal(cells, "side", reason)
    if amount < 0:
        reason = _("An amount beside a column for debit or credit bears no sign.")
        raise refusal(cells, prefix + "amount", reason)
    return amount if side == "debit" else amount.copy_negate()


def _foreign(cells, table, local, kind, currency):
    """The foreign side of a row that tells both; one figure without a side takes the local one."""
    name = "fx_debit" if "fx_debit" in cells else "fx_amount"
    amount = _signed(cells, table, "fx_")
    if name == "fx_amount" and "debit" in cells and local < 0 < amount:
        amount = amount.copy_negate()
    if not amount and local and kind != EntryKind.FX_DIFFERENCE:
        reason = _("Only an exchange difference has no amount in %s.") % currency
        raise refusal(cells, name, reason)
    if amount * local < 0:
        raise refusal(cells, name, _("One currency is debited and the other credited."))
    return amount


def amount_of(cells, name, table):
    """The amount in a cell, 0 for an empty one; or ``RowRefused``."""
    value = cells.get(name) or ZERO
    if isinstance(value, str):
        parse = _parsed if len(value) <= LONGEST else parse_amount
        try:
            return parse(value, table.language)
        except ValidationError as error:
            raise refusal(cells, name, " ".join(error.messages)) from None
    if abs(value) >= LIMIT:
        raise refusal(cells, name, _("The amount is too large."))
    return value


_parsed = lru_cache(maxsize=8192)(parse_amount)


def _rate(cells):
    """An exchange rate; it has no thousands, so its one mark is the decimal mark."""
    value = cells.get("rate") or ZERO
    if isinstance(value, str):
        if not RATE.fullmatch(value):
            raise refusal(cells, "rate", _("“%s” is not a rate.") % value[:60])
        value = Decimal(value.replace(",", "."))
    return value or None


def _due(cells, booked_on):
    """The due day; some ERPs write 0 for none and −30 for thirty days."""
    value = cells.get("due_on")
    if not value or value == "0":
        return None
    if isinstance(value, str) and DAYS.fullmatch(value):
        return booked_on - timedelta(days=int(value))
    return _day(cells, "due_on")


def _day(cells, name):
    value = cells.get(name, "")
    day = _date_of(value[:LONGEST]) if isinstance(value, str) else value
    if isinstance(day, datetime):
        day = day.date()
    if day is None or day.year not in YEARS:
        shown = value[:60] if isinstance(value, str) else day
        raise refusal(cells, name, _("“%s” is not a date like 31.12.2026.") % shown)
    return day


@lru_cache(maxsize=4096)
def _date_of(text):
    """The day of 31.12.2026, 31/12/2026, 2026-12-31 or 20261231, with a time or not; else None."""
    if found := DAY_FIRST.fullmatch(text):
        day, _mark, month, year = found.groups()
    elif found := YEAR_FIRST.fullmatch(text):
        year, _mark, month, day = found.groups()
    else:
        return None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
