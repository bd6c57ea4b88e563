"""What is open on a day, item by item and by age (açık kalemler, yaşlandırma)."""

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from ..ledger.ageing import ageing, labels
from ..ledger.open_items import average_due, open_items
from ..money import ZERO, rounded
from ..tables.formats import format_date
from ..tables.table import Column, Row, Table
from .base import OUR_BOOKS, Report, caption, kind_labels, register
from .forms import CurrencyForm, DayReportForm, Filter
from .links import entry_links
from .periods import DayForm


class OpenItemsForm(DayReportForm):
    state = Filter(_("State"), [("overdue", _("Overdue")), ("coming", _("Not due"))])


@register
class OpenItemsReport(Report):
    name = "open-items"
    title = pgettext_lazy("b2b_portal report", "Open items")
    form_class = OpenItemsForm
    columns = [
        Column("date", _("Date"), "date"),
        Column("document_no", _("Document no"), width=19),
        Column("kind", _("Kind"), width=14),
        Column("description", _("Description"), width=28),
        Column("due", _("Due"), "date"),
        Column("days", _("Days overdue"), "number"),
        Column("amount", _("Amount"), "amount"),
        Column("open", _("Open amount"), "amount"),
    ]

    def table(self, account, params):
        day, currency = params["as_of"], params["currency"]
        label, links = kind_labels(), entry_links(account, currency)
        rows, shown = [], []
        for item in open_items(account, currency, day):
            entry, is_overdue = item.entry, item.is_overdue(day)
            words = (entry.document_no, label(entry), entry.description)
            if params["state"] not in ("", "overdue" if is_overdue else "coming"):
                continue
            if not params["found"](*words):
                continue
            days = item.days_overdue(day) if is_overdue else None
            shown.append(item)
            values = (entry.booked_on, *words, item.falls_due_on, days, entry.amount, item.open)
            marks = frozenset({"overdue"} if is_overdue else ())
            rows.append(Row(values, marks, links(entry.pk, entry.kind)))
        average = average_due(shown)
        return Table(
            title=self.title,
            columns=self.columns,
            rows=rows,
            totals=Row({"open": sum((item.open for item in shown), ZERO)}),
            currency=currency,
            caption=[
                *caption(account, params),
                (gettext("Average due day"), format_date(average) if average else "—"),
            ],
            notes=[
                gettext("Payments that name no invoice close the oldest items first."),
                OUR_BOOKS,
            ],
        )


class AgeingForm(CurrencyForm, DayForm):
    """A day and a currency."""


@register
class AgeingReport(Report):
    name = "ageing"
    title = _("Ageing")
    form_class = AgeingForm
    is_sortable = False
    columns = [
        Column("age", _("Days overdue"), width=30),
        Column("amount", _("Open amount"), "balance", width=22),
        Column("share", _("Share, %"), "price", width=14),
    ]

    def table(self, account, params):
        currency = params["currency"]
        found = ageing(account, params["as_of"], currency)
        rows, total = [], ZERO
        if found:
            (age,) = found
            total = age.total
            debits = sum(age.buckets)
            rows = [
                Row((label, amount, _share(amount, debits)))
                for label, amount in zip(labels(), age.buckets)
            ]
            if age.credit:
                rows.append(Row((gettext("In your favour, not yet used"), age.credit, None)))
        return Table(
            title=self.title,
            columns=self.columns,
            rows=rows,
            totals=Row({"amount": total}, label=gettext("Balance")),
            currency=currency,
            caption=caption(account, params),
            notes=[
                gettext("Payments that name no invoice close the oldest items first."),
                OUR_BOOKS,
            ],
        )


def _share(amount, debits):
    return rounded(amount / debits * 100, 2) if debits else None
