"""One row of an ERP's file as the movement it tells of."""

from django.utils.translation import gettext as _

from ..ledger.models import EntryKind
from ..money import ZERO, round_to
from . import cells
from .cells import RowRefused, refusal
from .control import balance_of
from .profiles import says_yes

FIGURES = ("debit", "credit", "amount", "fx_debit", "fx_credit", "fx_amount")


def movement_of(row, supplier, accounts, table):
    """What ``ledger.drafts.draft`` wants of a row's cells, but for its key; or ``RowRefused``.

    ``row``: ``reading.Cells``; ``accounts``: ``who.Accounts``; ``table``: the profile's ``Table``.
    A row in foreign currency moves the books' currency too, by its own local amount or else by its
    rate.
    """
    try:
        account, booked_on = accounts.of_row(row), _booked_on(row)
        money, due_on = _money(row, supplier, table), cells.due(row, booked_on)
    except RowRefused as first:
        raise cells.all_faults(
            first,
            lambda: accounts.of_row(row),
            lambda: _booked_on(row),
            lambda: cells.due(row, None),
            lambda: _money(row, supplier, table),
        ) from None
    return {
        "account": account,
        **money,
        "booked_on": booked_on,
        "due_on": due_on,
        "document_no": document_no(row),
        "description": row.get("description", ""),
    }


def _booked_on(row):
    booked_on = cells.day(row, "booked_on")
    if booked_on is None:
        raise refusal(row, "booked_on", _("A movement needs its date."))
    return booked_on


def _money(row, supplier, table):
    """What a row moves, and by which word of the ERP's."""
    currency = _currency(row, supplier, table)
    local = _signed(row, table, "")
    amount, base, rate = local, None, None
    word = table.word_of(row.get("kind", ""), row.get("kind_detail", ""), row.get("is_return", ""))
    kind = table.kind_of(word)
    if currency != supplier.currency:
        rate = cells.rate(row)
        if "fx_debit" in row or "fx_amount" in row:
            amount, base = _foreign(row, table, local, kind, currency), local or None
        if base is None and rate:
            base = round_to(amount * rate, supplier.currency)
    return {
        "currency": currency,
        "amount": amount,
        "base_amount": base,
        "rate": rate,
        "kind": kind,
        "source_kind": word,
    }


def document_no(row):
    """The number a customer knows a row by: its own, or series and number, or the second one."""
    return (
        row.get("document_no")
        or row.get("series", "") + row.get("number", "")
        or row.get("reference", "")
    )


def says_nothing(row, fields, table):
    """Whether a row's figures are there and all 0. ``fields``: of ``movement_of``.

    Not of a balance brought forward that stands in the column of balances alone.
    """
    if fields["amount"] or fields["base_amount"]:
        return False
    if not any(row.get(name, "") != "" for name in FIGURES):
        return False
    return fields["kind"] != EntryKind.OPENING or not balance_of(row, table)


def _currency(row, supplier, table):
    word = row.get("currency")
    if not word:
        return supplier.currency
    for name in ("uses_fx", "fx_booked"):
        if name in row and not says_yes(row[name]):
            return supplier.currency
    return table.currency_of(word)


def _signed(row, table, prefix):
    """Debit − credit of one of the layouts; ``prefix`` "fx_" for the foreign currency's columns."""
    debit, credit = prefix + "debit", prefix + "credit"
    if debit in row and credit in row:
        debited, credited = cells.amount(row, debit, table), cells.amount(row, credit, table)
        if debited and credited:
            raise refusal(row, credit, _("A row is a debit or a credit, not both."))
        return debited or (credited.copy_negate() if credited else ZERO)
    amount = cells.amount(row, prefix + "amount", table) or ZERO
    if "side" not in row or not amount:
        return amount
    side = table.side_of(row["side"])
    if side is None:
        reason = _("“%s” is neither debit nor credit.") % row["side"][:60]
        raise refusal(row, "side", reason)
    if amount < 0:
        reason = _("An amount beside a column for debit or credit bears no sign.")
        raise refusal(row, prefix + "amount", reason)
    return amount if side == "debit" else amount.copy_negate()


def _foreign(row, table, local, kind, currency):
    """The foreign side of a row that tells both; one figure without a side takes the local one."""
    name = "fx_debit" if "fx_debit" in row else "fx_amount"
    amount = _signed(row, table, "fx_")
    if name == "fx_amount" and "debit" in row and local < 0 < amount:
        amount = amount.copy_negate()
    if not amount and local and kind != EntryKind.FX_DIFFERENCE:
        reason = _("Only an exchange difference has no amount in %s.") % currency
        raise refusal(row, name, reason)
    if amount * local < 0:
        raise refusal(row, name, _("One currency is debited and the other credited."))
    return amount
