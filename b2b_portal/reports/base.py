"""A report: parameters, one query, columns. It gives a Table; every output renders that."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import NamedTuple

from django.conf import settings
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _

from ..customers.fold import fold
from ..erp.age import data_as_of
from ..ledger.models import EntryKind
from ..tables.csv import render_csv
from ..tables.formats import format_date, format_moment
from ..tables.paging import ROWS
from ..tables.pdf import render_pdf
from ..tables.rows import Rows
from ..tables.xlsx import render_xlsx
from .forms import ReportForm, currencies_of
from .sample import CURRENCY, sample_table


class Format(NamedTuple):
    """A kind of file: what it is called, ``render(table, letterhead, stream, language=…)``."""

    label: str
    render: Callable
    content_type: str


FORMATS = {
    "pdf": Format(gettext_lazy("PDF"), render_pdf, "application/pdf"),
    "xlsx": Format(
        gettext_lazy("Excel"),
        render_xlsx,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    "csv": Format(gettext_lazy("CSV"), render_csv, "text/csv; charset=utf-8"),
}

OUR_BOOKS = gettext_lazy("Debit and credit are as in our books.")  # at the foot of statements


class Report:
    """Subclass, set ``name`` and ``title``, write ``table``, and ``register`` it.

    ``columns``: those of its table; ``other_columns``: [(when it shows others, those)]. An editor
    chooses from them what a ``ChosenReport`` shows; without any it always shows all.
    """

    name = ""
    title = ""
    form_class = ReportForm
    columns = ()
    other_columns = ()
    is_sortable = True
    newest_last = False  # a reader begins with the last page of rows then
    rows_per_page = ROWS
    formats = tuple(FORMATS)
    choice = None  # of an editor, to make the same report again

    def currencies(self, account):
        """The currencies to choose from."""
        return currencies_of(account)

    def form(self, account, data):
        """The form that reads the report's parameters from a GET dict; no account: of a sample."""
        currencies = self.currencies(account) if account else [CURRENCY]
        return self.form_class(data, currencies=currencies)

    def table(self, account, params):
        """The ``Table`` for the form's ``cleaned_data``."""
        raise NotImplementedError

    def sample(self, params):
        """A ``Table`` of made-up rows, for previews."""
        return sample_table(self, days_of(params))

    def column_choices(self):
        """{key: label} of the columns to choose from; those that follow another come with it."""
        found = {one.key: one.label for one in self.columns if not one.follows}
        for when, columns in self.other_columns:
            for one in columns:
                if not one.follows:
                    found.setdefault(one.key, format_lazy("{} ({})", one.label, when))
        return found

    def filter_choices(self):
        """{name: label} of what a reader may set. "days" stands for a period or a day."""
        fields, days = self.form_class.base_fields, self.form_class.days
        found = {"days": fields[days[0]].label} if days else {}
        for name, field in fields.items():
            if name not in (*days, "currency") and not field.widget.is_hidden:
                found[name] = field.label
        return found

    def files(self):
        """[(label of the format, URL)] of the formats offered."""
        return [(FORMATS[format].label, self.file_url(format)) for format in self.formats]

    def workbook_url(self):
        """Of the file that may have a sheet for each currency; None where it is not offered."""
        return self.file_url("xlsx") if "xlsx" in self.formats else None

    def file_url(self, format):
        return reverse("b2b_portal:report-file", args=[self.name, format])


_reports = {}


def register(report_class):
    _reports[report_class.name] = report_class()
    return report_class


def get(name):
    """The report of that name; None where nobody has registered one, or no longer."""
    return _reports.get(name)


def choices():
    return [(name, report.title) for name, report in _reports.items()]


def read(report, account, data):
    """(the form, the ``Table`` it asks for, sorted; None where the form is not valid).

    Without an account the table is a sample.
    """
    form = report.form(account, data)
    if not form.is_valid():
        return form, None
    params = form.cleaned_data
    table = report.table(account, params) if account else report.sample(params)
    if report.is_sortable and form.cleaned_data.get("sort"):
        table = sorted_by(table, form.cleaned_data["sort"])
    return form, table


def sorted_by(table, order):
    """The table by the values of a column; "-" before its key: falling. Empty ones come last."""
    key = order.removeprefix("-")
    at = next((at for at, column in enumerate(table.columns) if column.key == key), None)
    if at is None:
        return table
    filled, empty = Rows(), Rows()
    for row in table.rows:
        value = table.values(row)[at]
        (empty if value is None or value == "" else filled).append(row)

    def value_of(row):
        value = table.values(row)[at]
        return fold(str(value)) if table.columns[at].kind in ("text", "flag") else value

    rows = filled.sorted(value_of, reverse=order.startswith("-"))
    for row in empty:
        rows.append(row)
    return replace(table, rows=rows)


def caption(account, params):
    """What a table shows, for its ``caption``: account, period or day, currency, search."""
    facts = [
        (pgettext("b2b_portal", "Account"), f"{account.code} {account.title}"),
        days_of(params),
        (_("Currency"), params["currency"]),
        (_("Data of the ERP as of"), as_of(account)),
    ]
    if params.get("q"):
        facts.append((_("Search"), params["q"]))
    return facts


def days_of(params):
    """(label, value) that says which day or period a table shows."""
    if "as_of" in params:
        return pgettext("b2b_portal report", "As of"), format_date(params["as_of"])
    return _("Period"), period_label(params["start"], params["end"])


def period_label(start, end):
    if not start and not end:
        return _("all movements")
    return f"{format_date(start) if start else '…'} – {format_date(end) if end else '…'}"


def as_of(account):
    """When the supplier's books last came in, in words of the reader."""
    taken_in = data_as_of(account.supplier)
    return format_moment(taken_in) if taken_in else "—"


def kind_labels():
    """A function that names a row's kind: the ERP's word for who reads its language, else ours."""
    is_theirs = get_language() == settings.LANGUAGE_CODE
    ours = cache(lambda kind: str(EntryKind(kind).label))
    return lambda row: row.source_kind if is_theirs and row.source_kind else ours(row.kind)


def within(field, params):
    """The lookups that keep rows whose day ``field`` lies in the period."""
    bounds = {f"{field}__gte": params["start"], f"{field}__lte": params["end"]}
    return {lookup: day for lookup, day in bounds.items() if day}
