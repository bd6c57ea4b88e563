"""The balances that the ERP states beside the portal's own: what differs, until it is explained."""

import re
from datetime import date
from decimal import Decimal

from django.db.models import F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from ..ledger.balances import NOTHING, an_amount, balance_at
from ..money import ZERO, round_to
from . import cells
from .cells import refusal
from .matching import unmatched
from .models import StatedBalance

CHUNK = 500
WITH_SIDE = re.compile(r"(.*?[0-9]) *\(?([^\W\d_]+)\)?")  # 1.234,56 B


def balance_of(row, table):
    """The balance that a row states, debit positive; None where it states none."""
    if "balance_debit" in row or "balance_credit" in row:
        names = "balance_debit", "balance_credit"
        debit, credit = (cells.amount(row, name, table) or ZERO for name in names)
        return debit - credit
    text = row.get("balance", "")
    if text == "":
        return None
    side = "side" if "balance_side" not in row and "debit" in row else "balance_side"
    word = row.get(side, "")
    if isinstance(text, str) and (found := WITH_SIDE.fullmatch(text)) and table.side_of(found[2]):
        row["balance"], word = found.groups()
    amount = cells.amount(row, "balance", table) or ZERO
    if not amount or not word:
        return amount
    meant = table.side_of(word)
    if meant is None:
        raise refusal(row, side, _("“%s” is neither debit nor credit.") % word[:60])
    if meant == "credit":
        return -abs(amount)
    if amount < 0:
        raise refusal(row, "balance", _("A debit balance bears no minus sign."))
    return amount


class RunningBalances:
    """The last balances that a file of movements states, per account and currency."""

    def __init__(self, supplier, table):
        self.supplier, self.table = supplier, table
        self.rows, self.mixed = {}, set()

    def note(self, line, movement):
        """A row further; its balance is read only where no other row follows."""
        row = line.cells
        foreign = movement.currency != self.supplier.currency
        if foreign and ("fx_debit" in row or "fx_amount" in row):
            # The balance is in the books' currency, and of all currencies together.
            self.mixed.add(movement.account_id)
        elif row["balance"] != "" and not movement.is_deleted:
            key = movement.account_id, movement.currency
            self.rows[key] = line, movement.booked_on

    def put_on(self, batch):
        """Leave them on the batch until it is applied; what cannot be read is refused."""
        batch.stated = []
        for (account, currency), (line, day) in self.rows.items():
            try:
                amount = balance_of(line.cells, self.table)
            except cells.RowRefused as refused:
                batch.refuse(line.number, refused.column, refused.reason)
                continue
            if account not in self.mixed:
                state(batch, account, currency, round_to(amount, currency), day)


def state(batch, account_id, currency, amount, day):
    """Note a balance on a batch, to be kept when it is applied; unsaved."""
    batch.stated.append([account_id, currency, str(amount), day.isoformat()])


def keep(batch):
    """Write down the balances that a batch states, once it is applied.

    The newest of an account and currency stays. What was said of a difference that is now another
    one is said no more.
    """
    of_supplier = StatedBalance.objects.filter(account__supplier=batch.supplier_id)
    known = {
        (account, currency): day
        for account, currency, day in of_supplier.values_list("account", "currency", "as_of")
    }
    rows = {}
    for account, currency, amount, day in batch.stated:
        key, day = (account, currency), date.fromisoformat(day)
        if day >= known.get(key, day):
            rows[key] = StatedBalance(
                account_id=account,
                currency=currency,
                amount=Decimal(amount),
                as_of=day,
                batch=batch,
            )
    StatedBalance.objects.bulk_create(
        rows.values(),
        update_conflicts=True,
        unique_fields=["account", "currency"],
        update_fields=["amount", "as_of", "batch"],
        batch_size=CHUNK,
    )
    batch.stated = []
    for row in figures(batch.supplier_id).exclude(explained=None):
        if row.difference != row.explained:
            row.explained, row.explanation, row.explained_by, row.explained_at = None, "", "", None
            row.save()


def differences(supplier):
    """The accounts whose balance is another in the ERP: ``StatedBalance`` rows with figures.

    ``erp``: what the ERP states; ``portal``: the portal's balance on that day (``as_of``);
    ``waiting``: what the portal has collected until then and no file has brought back;
    ``difference``: portal − waiting − erp. Without those that are explained: an explanation holds
    as long as the difference stays the same.
    """
    return unexplained(figures(supplier))


def unexplained(rows):
    """Those of ``figures`` whose difference is not 0 and not explained."""
    rows = rows.exclude(difference=0)
    return rows.exclude(explained__isnull=False, explained=F("difference"))


def figures(*suppliers):
    """All stated balances of suppliers beside the portal's; see ``differences``."""
    row = {name: OuterRef(name) for name in ("account", "currency")}
    waiting = unmatched(*suppliers).filter(**row, booked_on__lte=OuterRef("as_of"))
    waiting = waiting.order_by().values("account").annotate(total=Sum("amount")).values("total")
    return (
        StatedBalance.objects.filter(account__supplier__in=suppliers)
        .select_related("account")
        .annotate(
            erp=F("amount"),
            portal=balance_at(**row, booked_on__lte=OuterRef("as_of")),
            waiting=an_amount(Coalesce(Subquery(waiting), NOTHING)),
        )
        .annotate(difference=an_amount(F("portal") - F("waiting") - F("amount")))
    )


def explain(stated, text, *, by=""):
    """Say why a stated balance differs: it is listed no more until the difference is another."""
    row = figures(stated.account.supplier_id).get(pk=stated.pk)
    row.explanation, row.explained = text, row.difference
    row.explained_by, row.explained_at = by[:254], timezone.now()
    row.save()
    return row
