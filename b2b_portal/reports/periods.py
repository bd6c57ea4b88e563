"""The periods people ask for, ending in two days, both inclusive."""

from datetime import date, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

PERIODS = {
    "last_12_months": _("Last 12 months"),
    "this_month": _("This month"),
    "last_month": _("Last month"),
    "this_year": _("This year"),
    "all": _("All"),
    "custom": _("From – to"),
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
    """A named period or two days; ``cleaned_data`` has ``start`` and ``end``, None: unbounded."""

    period = forms.ChoiceField(label=_("Period"), choices=PERIODS.items, required=False)
    start = DayField(label=_("From"), required=False)
    end = DayField(label=_("To"), required=False)

    def clean(self):
        data = super().clean()
        if self.errors:
            return data
        typed = data.get("start") or data.get("end")
        data["period"] = data.get("period") or ("custom" if typed else "last_12_months")
        if data["period"] != "custom":
            data["start"], data["end"] = bounds(data["period"], timezone.localdate())
        elif data.get("start") and data.get("end") and data["end"] < data["start"]:
            raise ValidationError(_("The period ends before it begins."))
        return data
