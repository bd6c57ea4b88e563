"""The account statement (cari hesap ekstresi)."""

from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from ..ledger.models import Entry
from ..ledger.open_items import open_items
from ..ledger.statement import StatementFlow
from ..money import shown_code
from ..tables.formats import side, sides
from ..tables.rows import Rows
from ..tables.table import Column, Row, Table
from .base import OUR_BOOKS, Report, caption, kind_labels, register
from .forms import CurrencyForm
from .links import entry_links
from .periods import PeriodForm


class StatementForm(CurrencyForm, PeriodForm):
    """A period and a currency; the rows stand as they were booked."""


_MOVEMENT = [
    Column("date", _("Date"), "date"),
    Column("document_no", _("Document no"), width=19),
    Column("kind", _("Kind"), width=14),
    Column("description", _("Description"), width=31),
    Column("due", _("Due"), "date"),
]
COLUMNS = [
    *_MOVEMENT,
    Column("debit", _("Debit"), "amount"),
    Column("credit", _("Credit"), "amount"),
    Column("balance", _("Balance"), "amount"),
    Column("side", _("D/C"), "flag", follows="balance"),
]
# What `columns_with_base` has besides, under names for any currency.
BASE_COLUMNS = [
    Column("rate", _("Rate"), "rate"),
    Column("base_debit", _("Debit in the books' currency"), "amount"),
    Column("base_credit", _("Credit in the books' currency"), "amount"),
    Column("base_balance", _("Balance in the books' currency"), "balance"),
]


@register
class StatementReport(Report):
    name = "statement"
    title = pgettext_lazy("b2b_portal report", "Account statement")
    form_class = StatementForm
    columns = COLUMNS
    other_columns = [(_("in foreign currency"), BASE_COLUMNS)]
    is_sortable = False
    newest_last = True

    def table(self, account, params):
        start, end, currency = params["start"], params["end"], params["currency"]
        flow = StatementFlow(account, currency, start, end, hide_reversed=True)
        overdue = overdue_ids(account, currency)
        links = entry_links(account, currency)
        balances = _balance_and_side() if flow.base is None else _balance_and_base
        label, no_marks = kind_labels(), frozenset()
        rows = Rows(
            Row(
                (
                    row.booked_on,
                    row.document_no,
                    label(row),
                    row.description,
                    row.due_on,
                    row.debit or None,
                    row.credit or None,
                    *balances(row),
                ),
                frozenset({"overdue"}) if row.id in overdue else no_marks,
                links(row.id, row.kind),
            )
            for row in flow
        )
        result, base = flow.sums, flow.base
        if base is None:
            columns, carry = COLUMNS, ("balance", "side")
            opening = {"balance": abs(result.opening), "side": side(result.opening)}
            closing = {"balance": abs(result.closing), "side": side(result.closing)}
        else:
            columns, carry = columns_with_base(account.supplier), ("balance", "base_balance")
            opening = {"balance": result.opening, "base_balance": base.opening}
            closing = {
                "balance": result.closing,
                "base_debit": base.total_debit,
                "base_credit": base.total_credit,
                "base_balance": base.closing,
            }
        return Table(
            title=self.title,
            columns=columns,
            rows=rows,
            opening=Row(opening),
            totals=Row({"debit": result.total_debit, "credit": result.total_credit, **closing}),
            carry=carry,
            currency=currency,
            caption=caption(account, params),
            notes=notes_of(base, account, currency, end),
        )


def columns_with_base(supplier):
    """The columns of a foreign currency: its amounts, then those in the supplier's books."""
    base = supplier.currency
    name = {"currency": shown_code(base)}
    return [
        *_MOVEMENT,
        Column("debit", gettext("FX debit"), "amount"),
        Column("credit", gettext("FX credit"), "amount"),
        Column("balance", gettext("FX balance"), "balance"),
        Column("rate", gettext("Rate"), "rate"),
        Column("base_debit", gettext("%(currency)s debit") % name, "amount", currency=base),
        Column("base_credit", gettext("%(currency)s credit") % name, "amount", currency=base),
        Column("base_balance", gettext("%(currency)s balance") % name, "balance", currency=base),
    ]


def _balance_and_side():
    """A function that gives a row's balance without its sign, and the letter of its side."""
    debit, credit = sides()

    def split(row):
        balance = row.balance
        return abs(balance), debit if balance > 0 else credit if balance else ""

    return split


def _balance_and_base(row):
    return row.balance, row.rate, row.base_debit or None, row.base_credit or None, row.base_balance


def notes_of(base, account, currency, end):
    """What a reader has to know about a statement's figures; ``base``: as ``Statement`` has it."""
    notes = [OUR_BOOKS]
    if base is not None and _lack_base_amounts(account, currency, end):
        notes.append(
            gettext("Movements without a %(currency)s amount are not in the %(currency)s balance.")
            % {"currency": shown_code(account.supplier.currency)}
        )
    return notes


def _lack_base_amounts(account, currency, end):
    """Whether a movement that the closing balance counts has no amount in the books' currency."""
    rows = Entry.objects.filter(
        account=account, currency=currency, base_amount=None, reverses=None, reversed_by=None
    )
    return (rows.filter(booked_on__lte=end) if end else rows).exists()


def overdue_ids(account, currency):
    """The ids of entries that are overdue today."""
    today = timezone.localdate()
    items = open_items(account, currency)
    return {item.entry.pk for item in items if item.is_overdue(today)}
