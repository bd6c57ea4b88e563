"""The account statement (cari hesap ekstresi)."""

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language, gettext, pgettext
from django.utils.translation import gettext_lazy as _

from ..erp.age import data_as_of
from ..ledger.balances import balances
from ..ledger.models import Entry, EntryKind
from ..ledger.open_items import open_items
from ..ledger.statement import statement
from ..tables.formats import format_date, format_moment, side
from ..tables.table import Column, Row, Table
from .base import Report, register
from .periods import PeriodForm


class StatementForm(PeriodForm):
    """A period and one of the account's currencies."""

    currency = forms.ChoiceField(label=_("Currency"), required=False)

    def __init__(self, *args, account, **kwargs):
        super().__init__(*args, **kwargs)
        self.currencies = currencies_of(account)
        self.fields["currency"].choices = [(code, code) for code in self.currencies]
        if len(self.currencies) < 2:
            self.fields["currency"].widget = forms.HiddenInput()

    def clean_currency(self):
        return self.cleaned_data["currency"] or self.currencies[0]


def currencies_of(account):
    """The currencies an account has movements in, the books' own first; never empty."""
    own = account.supplier.currency
    return sorted(balances(account), key=lambda code: (code != own, code)) or [own]


@register
class StatementReport(Report):
    name = "statement"
    title = _("Account statement")
    form_class = StatementForm

    def form(self, account, data):
        return self.form_class(data, account=account)

    def table(self, account, params):
        start, end, currency = params["start"], params["end"], params["currency"]
        result = statement(account, currency, start, end, hide_reversed=True)
        taken_in = data_as_of(account.supplier)
        overdue = overdue_ids(account, currency)
        base = result.base
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
        rows = [
            Row(
                (
                    row.booked_on,
                    row.document_no,
                    kind_label(row),
                    row.description,
                    row.due_on,
                    row.debit or None,
                    row.credit or None,
                    *(_balance(row) if base is None else _balance_and_base(row)),
                ),
                frozenset({"overdue"}) if row.id in overdue else frozenset(),
            )
            for row in result.rows
        ]
        return Table(
            title=self.title,
            columns=columns,
            rows=rows,
            opening=Row(opening),
            totals=Row({"debit": result.total_debit, "credit": result.total_credit, **closing}),
            carry=carry,
            currency=currency,
            caption=[
                (pgettext("b2b_portal", "Account"), f"{account.code} {account.title}"),
                (gettext("Period"), period_label(start, end)),
                (gettext("Currency"), currency),
                (
                    gettext("Data of the ERP as of"),
                    format_moment(taken_in) if taken_in else "—",
                ),
            ],
            notes=notes_of(result, account, currency, end),
        )


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
    Column("side", _("D/C"), "flag"),
]


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


def _balance(row):
    return abs(row.balance), side(row.balance)


def _balance_and_base(row):
    return row.balance, row.rate, row.base_debit or None, row.base_credit or None, row.base_balance


def notes_of(result, account, currency, end):
    """What a reader has to know about the figures of a ``Statement``."""
    notes = [gettext("Debit and credit are as the supplier's books have them.")]
    if result.base is not None and _lack_base_amounts(account, currency, end):
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


def shown_code(currency):
    """A currency's code in a heading; the lira's is TL."""
    return "TL" if currency == "TRY" else currency


def overdue_ids(account, currency):
    """The ids of entries that are overdue today."""
    today = timezone.localdate()
    items = open_items(account, currency)
    return {item.entry.pk for item in items if item.is_overdue(today)}


def kind_label(row):
    """The ERP's own word where the reader reads its language, else ours."""
    if row.source_kind and get_language() == settings.LANGUAGE_CODE:
        return row.source_kind
    return str(EntryKind(row.kind).label)


def period_label(start, end):
    if not start and not end:
        return gettext("all movements")
    return f"{format_date(start) if start else '…'} – {format_date(end) if end else '…'}"
