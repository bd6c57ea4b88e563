"""Which rows of an accounts file are which accounts of the portal."""


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
