"""The account statement (cari hesap ekstresi)."""

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language, gettext, pgettext
from django.utils.translation import gettext_lazy as _

from ..ledger.models import EntryKind
from ..ledger.open_items import open_items
from ..ledger.statement import balances, statement
from ..tables.formats import format_date, format_moment
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
        overdue = overdue_ids(account, currency)
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
                    abs(row.balance),
                    side(row.balance),
                ),
                frozenset({"overdue"}) if row.id in overdue else frozenset(),
            )
            for row in result.rows
        ]
        return Table(
            title=self.title,
            columns=COLUMNS,
            rows=rows,
            opening=Row({"balance": abs(result.opening), "side": side(result.opening)}),
            totals=Row(
                {
                    "debit": result.total_debit,
                    "credit": result.total_credit,
                    "balance": abs(result.closing),
                    "side": side(result.closing),
                }
            ),
            carry=("balance", "side"),
            currency=currency,
            caption=[
                (pgettext("b2b_portal", "Account"), f"{account.code} {account.title}"),
                (gettext("Period"), period_label(start, end)),
                (gettext("Currency"), currency),
                (gettext("Data of the ERP as of"), as_of(account)),
            ],
            notes=[gettext("Debit and credit are as the supplier's books have them.")],
        )


COLUMNS = [
    Column("date", _("Date"), "date"),
    Column("document_no", _("Document no"), width=19),
    Column("kind", _("Kind"), width=14),
    Column("description", _("Description"), width=31),
    Column("due", _("Due"), "date"),
    Column("debit", _("Debit"), "amount"),
    Column("credit", _("Credit"), "amount"),
    Column("balance", _("Balance"), "amount"),
    Column("side", _("D/C"), "flag"),
]


def overdue_ids(account, currency):
    """The ids of entries that are overdue today."""
    today = timezone.localdate()
    items = open_items(account, currency)
    return {item.entry.pk for item in items if item.is_overdue(today)}


def side(balance):
    """B when the customer owes, A when the supplier does; nothing at 0."""
    if not balance:
        return ""
    return pgettext("debit", "D") if balance > 0 else pgettext("credit", "C")


def kind_label(row):
    """The ERP's own word where the reader reads its language, else ours."""
    if row.source_kind and get_language() == settings.LANGUAGE_CODE:
        return row.source_kind
    return str(EntryKind(row.kind).label)


def period_label(start, end):
    if not start and not end:
        return gettext("all movements")
    return f"{format_date(start) if start else '…'} – {format_date(end) if end else '…'}"


def as_of(account):
    """When the supplier's books last came in, in words of the reader."""
    batch = account.supplier.import_batches.filter(kind="entries").first()
    return format_moment(batch.applied_at) if batch else "—"
