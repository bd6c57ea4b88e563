"""A report: parameters, one query, columns. It gives a Table; every output renders that."""

from dataclasses import replace

from django.conf import settings
from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _

from ..customers.fold import fold
from ..erp.age import data_as_of
from ..ledger.models import EntryKind
from ..tables.formats import format_date, format_moment
from .forms import ReportForm, currencies_of

OUR_BOOKS = gettext_lazy("Debit and credit are as in our books.")  # at the foot of statements


class Report:
    """Subclass, set ``name`` and ``title``, write ``table``, and ``register`` it."""

    name = ""
    title = ""
    form_class = ReportForm
    is_sortable = True
    newest_last = False  # a reader begins with the last page of rows then

    def currencies(self, account):
        """The currencies to choose from."""
        return currencies_of(account)

    def form(self, account, data):
        """The form that reads the report's parameters from a GET dict."""
        return self.form_class(data, currencies=self.currencies(account))

    def table(self, account, params):
        """The ``Table`` for the form's ``cleaned_data``."""
        raise NotImplementedError


_reports = {}


def register(report_class):
    _reports[report_class.name] = report_class()
    return report_class


def get(name):
    """The report of that name; KeyError for none."""
    return _reports[name]


def choices():
    return [(name, report.title) for name, report in _reports.items()]


def read(report, account, data):
    """(the form, the ``Table`` it asks for, sorted; None where the form is not valid)."""
    form = report.form(account, data)
    if not form.is_valid():
        return form, None
    table = report.table(account, form.cleaned_data)
    if report.is_sortable and form.cleaned_data.get("sort"):
        table = sorted_by(table, form.cleaned_data["sort"])
    return form, table


def sorted_by(table, order):
    """The table by the values of a column; "-" before its key: falling. Empty ones come last."""
    key = order.removeprefix("-")
    at = next((at for at, column in enumerate(table.columns) if column.key == key), None)
    if at is None:
        return table
    filled, empty = [], []
    for row in table.rows:
        value = table.values(row)[at]
        (empty if value is None or value == "" else filled).append(row)

    def value_of(row):
        value = table.values(row)[at]
        return fold(str(value)) if table.columns[at].kind in ("text", "flag") else value

    filled.sort(key=value_of, reverse=order.startswith("-"))
    return replace(table, rows=filled + empty)


def caption(account, params):
    """What a table shows, for its ``caption``: account, period or day, currency, search."""
    if "as_of" in params:
        days = (pgettext("b2b_portal report", "As of"), format_date(params["as_of"]))
    else:
        days = (_("Period"), period_label(params["start"], params["end"]))
    facts = [
        (pgettext("b2b_portal", "Account"), f"{account.code} {account.title}"),
        days,
        (_("Currency"), params["currency"]),
        (_("Data of the ERP as of"), as_of(account)),
    ]
    if params.get("q"):
        facts.append((_("Search"), params["q"]))
    return facts


def period_label(start, end):
    if not start and not end:
        return _("all movements")
    return f"{format_date(start) if start else '…'} – {format_date(end) if end else '…'}"


def as_of(account):
    """When the supplier's books last came in, in words of the reader."""
    taken_in = data_as_of(account.supplier)
    return format_moment(taken_in) if taken_in else "—"


def kind_label(row):
    """The ERP's own word where the reader reads its language, else ours."""
    if row.source_kind and get_language() == settings.LANGUAGE_CODE:
        return row.source_kind
    return str(EntryKind(row.kind).label)


def within(field, params):
    """The lookups that keep rows whose day ``field`` lies in the period."""
    bounds = {f"{field}__gte": params["start"], f"{field}__lte": params["end"]}
    return {lookup: day for lookup, day in bounds.items() if day}
