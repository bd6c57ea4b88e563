"""The periods people ask for, ending in two days, both inclusive."""

from datetime import date, timedelta
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

PERIODS = {
    "last_12_months": _("Last 12 months"),
    "this_month": _("This month"),
    "last_month": _("Last month"),
    "this_year": _("This year"),
    "all": pgettext_lazy("b2b_portal", "All"),
    "custom": "",
}


def bounds(period, today):
    """(start, end) of a named period; None where it is unbounded."""
    first = today.replace(day=1)
    match period:
        case "this_month":
            return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        case "last_month":
            end = first - timedelta(days=1)
            return end.replace(day=1), end
        case "this_year":
            return date(today.year, 1, 1), date(today.year, 12, 31)
        case "last_12_months":
            return first.replace(year=today.year - 1), today
        case "all":
            return None, None
    raise ValueError(f"No period “{period}”.")


class DayField(forms.DateField):
    """A day, from a date picker or typed as 31.12.2026."""

    def __init__(self, **kwargs):
        kwargs.setdefault("widget", forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
        super().__init__(input_formats=["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y"], **kwargs)


class PeriodForm(forms.Form):
    """A named period or two days; ``cleaned_data`` has ``start`` and ``end``, None: unbounded.

    Named periods are links (``presets``); days that are typed win over one.
    """

    period = forms.ChoiceField(
        choices=PERIODS.items, required=False, widget=forms.HiddenInput, label=_("Period")
    )
    start = DayField(label=pgettext_lazy("b2b_portal", "From"), required=False)
    end = DayField(label=pgettext_lazy("b2b_portal", "To"), required=False)

    def clean(self):
        data = super().clean()
        if self.errors:
            return data
        if data.get("start") or data.get("end"):
            data["period"] = "custom"
        data["period"] = data.get("period") or "last_12_months"
        if data["period"] != "custom":
            data["start"], data["end"] = bounds(data["period"], timezone.localdate())
        elif data.get("start") and data.get("end") and data["end"] < data["start"]:
            raise ValidationError(_("The period ends before it begins."))
        return data

    def presets(self):
        """[(query string, label, whether it is shown now)] of the named periods."""
        kept = [name for name in self.fields if name not in ("period", "start", "end")]
        query = {name: self.data[name] for name in kept if self.data.get(name)}
        shown = self.is_valid() and self.cleaned_data["period"]
        for name, label in PERIODS.items():
            if name != "custom":
                yield urlencode({"period": name, **query}), label, name == shown
