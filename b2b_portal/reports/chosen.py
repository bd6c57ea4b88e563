"""A report as an editor has set it: which of its columns, filters and formats, under what title."""

from dataclasses import replace
from urllib.parse import parse_qs

from django import forms
from django.http import QueryDict
from django.urls import reverse

from ..tables.rows import Rows
from .base import Report

NAME = "snippet"  # the parameter that says whose the others in a URL are


class ChosenReport:
    """A ``Report`` made of another and an editor's choice; every output asks it as any report.

    What the choice leaves out is nowhere: its columns are in no output, nothing is sorted by them,
    and parameters of filters that are not offered are not read. ``columns``, ``filters``: keys of
    the report's ``column_choices`` and ``filter_choices``, None for all; those it does not know
    (any more) are passed over. ``days``: one of the form's ready choices, "" for the report's own.
    ``choice``: all of it, as JSON takes it; ``ChosenReport(report, **choice)`` is the same again.
    What is not here is the report's own.
    """

    files, workbook_url = Report.files, Report.workbook_url

    def __init__(self, report, *, pk, title, columns, filters, days, formats, rows_per_page):
        self.choice = {
            "pk": pk,
            "title": title,
            "columns": columns,
            "filters": filters,
            "days": days,
            "formats": formats,
            "rows_per_page": rows_per_page,
        }
        self.report, self.pk, self.title = report, pk, title
        self.keys, self.first_days = columns, days
        self.formats, self.rows_per_page = formats, rows_per_page
        known = report.filter_choices()
        fixed = [] if filters is None else [name for name in known if name not in filters]
        days = report.form_class.days if "days" in fixed else ()
        self.fixed = {*fixed, *days} - {"days"}

    def __getattr__(self, name):
        return getattr(self.report, name)

    def form(self, account, data):
        data = self._readable(data)
        form = self.report.form(account, data)
        form.fields[NAME] = forms.CharField(required=False, widget=forms.HiddenInput)
        for name in self.fixed & form.fields.keys():
            form.fields[name].widget = forms.HiddenInput()
        return form

    def _readable(self, data):
        """The parameters that may be set, and the days to begin with where none are asked for."""
        query = QueryDict(mutable=True)
        for name in data:
            if name not in self.fixed:
                query.setlist(
                    name, data.getlist(name) if hasattr(data, "getlist") else [data[name]]
                )
        form = self.form_class
        if self.first_days in form.ready_choices and not any(map(query.get, form.days)):
            query.update(form.ready(self.first_days))
        query[NAME] = str(self.pk or "")
        return query

    def table(self, account, params):
        return self._arranged(self.report.table(account, params))

    def sample(self, params):
        return self._arranged(self.report.sample(params))

    def _arranged(self, table):
        table = replace(table, title=self.title).only(self.keys, self._href)
        return replace(table, rows=Rows(table.rows))

    def _href(self, href):
        """A link to the report itself bears its name, or falls away with what it would set."""
        if not href.startswith("?"):
            return href
        if parse_qs(href[1:]).keys() & self.fixed - set(self.form_class.days):
            return ""
        return f"{href}&{NAME}={self.pk}"

    def file_url(self, format):
        """Its own address; none while it is not saved."""
        return self.pk and reverse("b2b_portal:snippet-file", args=[self.pk, format])
