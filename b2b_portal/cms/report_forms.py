"""The form an editor sets a report up in."""

import json

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm

from .. import reports
from ..reports.base import FORMATS


class PartsInput(forms.Widget):
    """Parts of a report to tick, a list for each report; only the list of the chosen one counts.

    Wagtail's rules show that list alone, where the browser runs scripts. ``ordered``: beside each
    part stands a number that says its place. The value is a list of keys, None for all.
    """

    template_name = "b2b_portal/admin/parts.html"
    report = None  # the name of the one whose parts the value names

    class Media:
        css = {"all": ["b2b_portal/admin.css"]}

    def __init__(self, parts, *, ordered=False):
        super().__init__()
        self.parts, self.ordered = parts, ordered

    def value_from_datadict(self, data, files, name):
        report = data.get("report")
        keys = data.getlist(f"{name}-{report}")
        if self.ordered:
            keys.sort(key=lambda key: _place(data.get(f"{name}-{report}-{key}")))
        return keys

    def value_omitted_from_data(self, data, files, name):
        return False

    def id_for_label(self, id_):
        return ""

    def use_required_attribute(self, initial):
        return False

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        context["lists"] = [self._list(name, report, value) for report, _title in reports.choices()]
        context["ordered"] = self.ordered
        return context

    def _list(self, name, report, value):
        choices = self.parts(reports.get(report))
        is_shown = report == self.report
        ticked = list(choices) if value is None or not is_shown else value
        first = [key for key in ticked if key in choices]
        return {
            "name": f"{name}-{report}",
            "title": reports.get(report).title,
            "rule": json.dumps({"report": report}),
            "is_shown": is_shown,
            "parts": [
                (key, choices[key], key in first)
                for key in (*first, *(key for key in choices if key not in first))
            ],
        }


def _place(text):
    """A place typed beside a part; what is none comes last."""
    return int(text) if str(text).isdecimal() and len(str(text)) < 5 else 9999


class PartsField(forms.Field):
    """Some of a report's parts, as a list of keys."""

    def __init__(self, parts, *, ordered=False, **kwargs):
        super().__init__(required=False, widget=PartsInput(parts, ordered=ordered), **kwargs)


class ReportSnippetForm(WagtailAdminModelForm):
    columns = PartsField(
        lambda report: report.column_choices(),
        ordered=True,
        label=_("Columns"),
        help_text=_("The numbers say the order, from left to right."),
    )
    filters = PartsField(
        lambda report: report.filter_choices(),
        label=_("Filters"),
        help_text=_("What customers may set themselves."),
    )
    formats = forms.MultipleChoiceField(
        choices=[(ending, format.label) for ending, format in FORMATS.items()],
        label=_("Files"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        shown = self.data.get("report") if self.is_bound else self.instance.report
        for name in ("columns", "filters"):
            self.fields[name].widget.report = shown

    def clean(self):
        data = super().clean()
        report = reports.get(data.get("report"))
        if report is None:
            return data
        if not data["columns"]:
            data["columns"] = None
        for name, known in (
            ("columns", report.column_choices()),
            ("filters", report.filter_choices()),
        ):
            if data[name] is not None:
                data[name] = [key for key in data[name] if key in known]
                if data[name] == list(known):
                    data[name] = None
        if data.get("days") and data["days"] not in report.form_class.ready_choices:
            self.add_error("days", _("This report has no such period: choose one of the others."))
        return data
