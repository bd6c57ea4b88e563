"""One row of an accounts file: what it says of an account."""

import re
from dataclasses import dataclass, field
from functools import partial

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from ..customers.models import CustomerAccount
from ..customers.tax_numbers import normalize_tax_number, validate_tax_number
from ..ledger.drafts import NO_TEXT, is_currency
from ..money import round_to
from . import cells
from .cells import RowRefused, refusal
from .control import balance_of
from .profiles import yes_or_no

TEXTS = ("title", "tax_office", "phone", "city")
CARD = {"tax_number", "tax_office", "phone", "address", "city", "district", "email"}
CARD |= {"active", "is_closed", "deleted"}
BETWEEN = re.compile(r"[;,/\n\r]+")
NAMED = re.compile(r"[^<>@]*<([^<>]*)>")  # Ayşe Işık <ayse@firma.com>
NO_ADDRESS = {"-", "–", "—", "yok"}
LONGEST_ADDRESS = 254


@dataclass
class AccountRecord:
    """What a row says; what it says nothing of is not there.

    ``code``: where the file gives none, the ERP's row id or the tax number; ``gives_code``: the
    code is the ERP's own. ``values``: {field of ``CustomerAccount``: value}. ``emails``: in the
    cell's order. ``stated``: (currency, balance) or None. ``only_states``: a row of a mizan.
    """

    line: int
    headers: dict
    code: str
    gives_code: bool
    id: str
    values: dict
    emails: list = field(default_factory=list)
    stated: tuple | None = None
    is_deleted: bool = False
    only_states: bool = False

    def renames(self, account):
        """Whether the ERP has given the account this record is about another code."""
        is_whole = self.id and self.gives_code and not (self.is_deleted or self.only_states)
        return bool(is_whole and self.code != account.code)

    def is_of_another_row(self, account):
        """Whether the ERP keeps the account in another row than this one."""
        return bool(self.id and account.external_id not in ("", self.id))


def is_trial_balance(row):
    """Whether a file is a mizan: it states debit and credit balances, and no account's card."""
    return bool(row.keys() & {"balance_debit", "balance_credit"}) and not row.keys() & CARD


def record_of(line, supplier, table):
    """The ``AccountRecord`` of a ``reading.Line``; or ``RowRefused``."""
    row = cells.of_line(line)
    try:
        return _record_of(line.number, row, supplier, table)
    except RowRefused as first:
        reads = [partial(read, row) for read in (_tax_number, _address, _is_closed, _emails)]
        reads += [partial(_text, row, name) for name in TEXTS]
        raise cells.all_faults(first, *reads, lambda: _stated(row, supplier, table)) from None


def _record_of(number, row, supplier, table):
    tax_number = _tax_number(row)
    code, row_id = _text(row, "code"), _text(row, "id", "external_id")
    record = AccountRecord(
        line=number,
        headers=row.headers,
        code=code or row_id or tax_number,
        gives_code=bool(code),
        id=row_id,
        values={},
        stated=_stated(row, supplier, table),
        is_deleted=table.says_deleted(row.get("deleted", "")),
        only_states=is_trial_balance(row),
    )
    if record.only_states:
        return record
    if not record.code:
        raise refusal(row, "code", _("An account needs a code."))
    if record.is_deleted:
        record.values = {"is_closed": True}
        return record
    values = {name: _text(row, name) for name in TEXTS}
    values |= {"tax_number": tax_number, "address": _address(row)}
    record.values = {name: value for name, value in values.items() if value}
    is_closed = _is_closed(row)
    if is_closed is not None:
        record.values["is_closed"] = is_closed
    record.emails = _emails(row)
    return record


def _text(row, name, column=None):
    value = cells.text(row, name)
    limit = CustomerAccount._meta.get_field(column or name).max_length
    if len(value) > limit:
        raise refusal(row, name, _("“%s” is too long.") % value[:40])
    if NO_TEXT.search(value):
        raise refusal(row, name, _("“%s” is not a text.") % ascii(value[:40]))
    return value


def _address(row):
    """The address with the district as its last line: the city has a field of its own."""
    lines = [*row.get("address", "").splitlines(), row.get("district", "")]
    lines = [" ".join(line.split()) for line in lines]
    text = "\n".join(filter(None, lines)) if any(lines[:-1]) else ""
    if NO_TEXT.search(text):
        raise refusal(row, "address", _("“%s” is not a text.") % ascii(text[:40]))
    return text


def _tax_number(row):
    number = normalize_tax_number(row.get("tax_number", ""))
    try:
        if number:
            validate_tax_number(number)
    except ValidationError as error:
        raise refusal(row, "tax_number", " ".join(error.messages)) from None
    return number


def _is_closed(row):
    for name in ("is_closed", "active"):
        if word := row.get(name, ""):
            said = yes_or_no(word)
            if said is None:
                raise refusal(row, name, _("“%s” is neither yes nor no.") % word[:60])
            return said == (name == "is_closed")
    return None


def _emails(row):
    """The addresses in the cell, each once, in its order."""
    found = {}
    for address in _addresses(row.get("email", "").lower()):
        try:
            validate_email(address)
        except ValidationError:
            reason = _("“%s” is not an e-mail address.") % address[:60]
            raise refusal(row, "email", reason) from None
        if len(address) > LONGEST_ADDRESS:
            raise refusal(row, "email", _("“%s” is too long.") % address[:40])
        found[address] = None
    return list(found)


def _addresses(text):
    for part in map(str.strip, BETWEEN.split(text)):
        named = NAMED.fullmatch(part)
        for address in [named[1].strip()] if named else part.split():
            if address and address not in NO_ADDRESS:
                yield address


def _stated(row, supplier, table):
    amount = balance_of(row, table)
    if amount is None:
        return None
    word = row.get("currency", "")
    currency = table.currency_of(word) if word else supplier.currency
    if not is_currency(currency):
        raise refusal(row, "currency", _("“%s” is not a currency.") % word[:60])
    return currency, round_to(amount, currency)
