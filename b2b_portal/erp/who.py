"""Which accounts of the portal the rows of a file are about."""

from collections import defaultdict
from functools import cached_property

from django.utils.translation import gettext as _

from ..customers.models import CustomerAccount, FormerCode
from ..customers.tax_numbers import is_dummy, normalize_tax_number
from .cells import refusal, text


def accounts_of(supplier):
    """The supplier's ``Accounts``."""
    by_code, by_id, by_pk = {}, {}, {}
    for account in CustomerAccount.objects.filter(supplier=supplier).order_by("code"):
        account.supplier = supplier
        by_code[account.code] = by_pk[account.pk] = account
        if account.external_id:
            by_id[account.external_id] = account
    for former in FormerCode.objects.filter(supplier=supplier):
        by_code.setdefault(former.code, by_pk[former.account_id])
    return Accounts(by_code, by_id)


class Accounts:
    """A supplier's accounts, to be found by what a file says of them.

    ``by_code``: {code, or former code: account}; ``by_id``: {the ERP's own id: account}.
    """

    def __init__(self, by_code, by_id):
        self.by_code, self.by_id = by_code, by_id

    @cached_property
    def by_tax_number(self):
        found = defaultdict(list)
        for account in dict.fromkeys(self.by_code.values()):
            if not is_dummy(account.tax_number):
                found[account.tax_number].append(account)
        return found

    def of_row(self, row):
        """By its code, else by the ERP's id, else by a tax number that no other account bears."""
        if code := row.get("account_code"):
            if account := self.by_code.get(code) or self.by_code.get(text(row, "account_code")):
                return account
            reason = _("No account has the code “%s”.") % code[:60]
            raise refusal(row, "account_code", reason)
        if row_id := row.get("account_id"):
            if account := self.by_id.get(row_id) or self.by_id.get(text(row, "account_id")):
                return account
            reason = _("No account has the ERP's number “%s”.") % row_id[:60]
            raise refusal(row, "account_id", reason)
        if "tax_number" in row:
            return self._alone(row)
        name = "account_id" if "account_id" in row else "account_code"
        raise refusal(row, name, _("The row names no account."))

    def _alone(self, row):
        account, *others = self.by_number(row["tax_number"], row)
        if others:
            codes = ", ".join(account.code for account in (account, *others))
            reason = _("Several accounts bear this tax number: %s.") % codes[:200]
            raise refusal(row, "tax_number", reason)
        return account

    def by_number(self, number, row=None):
        """The accounts with this tax number, at least one; a dummy number belongs to nobody."""
        found = self.by_tax_number.get(normalize_tax_number(number))
        if not found:
            reason = _("No account has the tax number “%s”.") % number[:20]
            raise refusal(row, "tax_number", reason)
        return found


def who_is_who(records, accounts):
    """{line: account} of the records whose account is there.

    It is known by the ERP's row id, else by its code, else by a former code. An account is one
    record's; a mizan may name it once for each currency.
    """

    def by_id(record):
        return accounts.by_id.get(record.id)

    def by_code(record):
        account = accounts.by_code.get(record.code)
        if account is None or account.code != record.code:
            return None
        return None if record.is_deleted and record.is_of_another_row(account) else account

    def by_former_code(record):
        account = accounts.by_code.get(record.code)
        return account if account and not record.is_of_another_row(account) else None

    found, taken = {}, set()
    for way in (by_id, by_code, by_former_code):
        for record in records:
            account = None if record.line in found else way(record)
            if account and (account.pk not in taken or record.only_states):
                found[record.line] = account
                taken.add(account.pk)
    return found
