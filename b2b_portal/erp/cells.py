"""Cells of a row read one by one: texts, amounts, days; and whose row it is.

A ``table`` says what its words mean: ``profiles.Table``.
"""

import re
from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from ..customers.fold import fold
from ..customers.models import CustomerAccount
from ..customers.tax_numbers import is_dummy, normalize_tax_number
from ..money import parse_amount
from .movements import RowRefused

YES = {"1", "-1", "evet", "e", "true", "yes"}
DAYS = ("%d.%m.%Y", "%d/%m/%Y", "%Y-%m-%d", "%Y%m%d")
MOMENT = re.compile(r"(\S{8,10})(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,7})?)?)?", re.ASCII)


def refusal(cells, name, reason):
    """A ``RowRefused`` that names the field's header as it stands in the file."""
    return RowRefused(getattr(cells, "headers", {}).get(name, name), reason)


def text(cells, name):
    value = cells.get(name, "")
    return f"{value.normalize():f}" if isinstance(value, Decimal) else " ".join(str(value).split())


def says_yes(cells, name):
    return fold(text(cells, name)) in YES


def number_of(cells):
    """The document's number, with its series where that has a column of its own."""
    number = text(cells, "series") + text(cells, "number")
    if not any(map(str.isalnum, number)) or len(number) > 60:
        raise refusal(cells, "number", _("“%s” is not a document number.") % number[:60])
    return number


def amount(cells, name, table):
    """A Decimal; None for an empty cell."""
    value = cells.get(name, "")
    if value == "" or isinstance(value, Decimal):
        return None if value == "" else value
    try:
        return parse_amount(str(value).replace("%", ""), table.language)
    except ValidationError as error:
        raise refusal(cells, name, " ".join(error.messages)) from None


def rate(cells, name):
    """An exchange rate; it has no thousands, so its one mark is the decimal mark."""
    value = cells.get(name, "")
    if isinstance(value, str) and value:
        if not re.fullmatch(r"[0-9]{1,9}([.,][0-9]{1,8})?", value):
            raise refusal(cells, name, _("“%s” is not a rate.") % value[:60])
        value = Decimal(value.replace(",", "."))
    return value or None


def day(cells, name):
    """A date, its time passed over; None for an empty cell."""
    value = cells.get(name, "")
    if isinstance(value, datetime):
        return value.date()
    if value == "" or isinstance(value, date):
        return value or None
    written = MOMENT.fullmatch(value)
    for pattern in DAYS if written else ():
        try:
            return datetime.strptime(written[1], pattern).date()
        except ValueError:
            continue
    raise refusal(cells, name, _("“%s” is not a date like 31.12.2026.") % value[:60])


class Accounts:
    """A supplier's accounts, to be found by what a file says of them.

    ``by_id``: {the ERP's own id of an account: account}.
    """

    def __init__(self, supplier, by_id=None):
        self.by_id = by_id or {}
        self.by_code, self.by_tax_number = {}, defaultdict(list)
        rows = CustomerAccount.objects.filter(supplier=supplier).select_related("supplier")
        for account in rows.order_by("code"):
            self.by_code[account.code] = account
            if not is_dummy(account.tax_number):
                self.by_tax_number[account.tax_number].append(account)

    def of_row(self, cells):
        """By its code, else by the ERP's id, else by a tax number that no other account bears."""
        if code := text(cells, "account_code"):
            if code not in self.by_code:
                reason = _("No account has the code “%s”.") % code[:60]
                raise refusal(cells, "account_code", reason)
            return self.by_code[code]
        if number := text(cells, "account_id"):
            if number not in self.by_id:
                reason = _("No account has the ERP's number “%s”.") % number[:60]
                raise refusal(cells, "account_id", reason)
            return self.by_id[number]
        found = self.by_number(text(cells, "tax_number"))
        if len(found) > 1:
            codes = ", ".join(account.code for account in found)
            reason = _("Several accounts bear this tax number: %s.") % codes[:200]
            raise refusal(cells, "tax_number", reason)
        return found[0]

    def by_number(self, number):
        """The accounts with this tax number, at least one; a dummy number belongs to nobody."""
        found = self.by_tax_number.get(normalize_tax_number(number))
        if not found:
            raise RowRefused("", _("No account has the tax number “%s”.") % number[:20])
        return found
