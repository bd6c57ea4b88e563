"""Every report can be narrowed, looked at as a sample, and begun with another day."""

from dataclasses import replace

import pytest
from django.utils import timezone, translation
from wagtail.models import Locale

from b2b_portal import reports
from b2b_portal.models import ReportSnippet
from b2b_portal.tables.formats import cell_writer

from .test_all_reports import NAMES, QUERIES, asked, file_of, full  # noqa: F401

pytestmark = pytest.mark.django_db


def make_chosen(name, **fields):
    locale = Locale.objects.get(language_code="tr")
    return ReportSnippet.objects.create(locale=locale, title=name, report=name, **fields).chosen()


@pytest.mark.parametrize("name", NAMES)
class TestEveryReport:
    def test_offers_the_columns_it_has(self, full, name):  # noqa: F811
        choices = reports.get(name).column_choices()
        seen = {
            column.follows or column.key
            for table, _language in asked(full, name)
            for column in table.columns
        }
        assert seen <= set(choices)
        if name != "statement":  # its columns of the books' currency need entries that have one
            assert set(choices) <= seen

    def test_each_column_alone_says_what_it_says_among_all(self, full, name):  # noqa: F811
        for query in QUERIES.get(name, [{}]):
            form, whole = reports.read(reports.get(name), full, query)
            written = [cell_writer(whole)(whole.values(row)) for row in whole.rows]
            for at, one in enumerate(whole.columns):
                if one.follows:
                    continue
                chosen = make_chosen(name, columns=[one.key])
                _form, part = reports.read(chosen, full, query)
                part = replace(part, rows=list(part.rows))
                assert [cell_writer(part)(part.values(row))[0] for row in part.rows] == [
                    row[at] for row in written
                ]
                for format in ("pdf", "xlsx", "csv"):
                    assert file_of(full, part, format)

    def test_has_a_sample_of_its_own_columns(self, db, name):
        report = reports.get(name)
        with translation.override("tr"):
            form, table = reports.read(report, None, {})
            assert form.is_valid() and len(table.rows) > 1
            write = cell_writer(table)
            for row in table.rows:
                assert set(row.values) == {column.key for column in report.columns}
                assert any(write(table.values(row)))
            for column_ in table.columns:  # every column is shown filled, but for what is rare
                filled = [row.values[column_.key] for row in table.rows]
                assert any(v not in (None, "") for v in filled) or column_.key == "withheld"

    def test_offers_its_filters(self, full, name):  # noqa: F811
        report = reports.get(name)
        for filters in (None, [], ["days"], list(report.filter_choices())):
            chosen = make_chosen(name, filters=filters)
            form, table = reports.read(chosen, full, {})
            assert table is not None and form.as_p()


def test_a_sample_adds_up(db):
    tables = {name: reports.read(reports.get(name), None, {})[1] for name in NAMES}
    closing = tables["statement"].totals.values
    assert closing["debit"] - closing["credit"] == closing["balance"] == 6000
    assert tables["invoices"].totals.values["open"] == 6000
    assert tables["open-items"].totals.values["open"] == 6000
    assert tables["ageing"].totals.values["amount"] == 6000


def test_a_day_long_ago_is_a_day(db):
    """Every ready choice gives days that the report's form takes."""
    for name in NAMES:
        report = reports.get(name)
        for choice in report.form_class.ready_choices:
            snippet = ReportSnippet(title="x", report=name, days=choice)
            form = snippet.chosen().form(None, {})
            assert form.is_valid(), (name, choice, form.errors)
            assert sum(shown for _query, _label, shown in form.presets()) >= 1
            if "as_of" in form.cleaned_data:
                assert form.cleaned_data["as_of"] <= timezone.localdate()
