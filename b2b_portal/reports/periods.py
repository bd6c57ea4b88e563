"""The periods people ask for, ending in two days, both inclusive."""

from datetime import date, timedelta
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ..exceptions import InvalidEntry
from ..ledger.drafts import check_day

PERIODS = {
    "last_12_months": _("Last 12 months"),
    "this_month": _("This month"),
    "last_month": _("Last month"),
    "this_year": _("This year"),
    "all": pgettext_lazy("b2b_portal", "All"),
    "custom": "",
}
DAYS = {
    "today": _("Today"),
    "last_month_end": _("End of last month"),
    "last_year_end": _("End of last year"),
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
            return _a_year_before(today + timedelta(days=1)), today
        case "all":
            return None, None
    raise ValueError(f"No period “{period}”.")


def _a_year_before(day):
    """The same day of the year before; 1 March for 29 February."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return date(day.year - 1, 3, 1)


class DayField(forms.DateField):
    """A day that the ledger takes, from a date picker or typed as 31.12.2026."""

    def __init__(self, **kwargs):
        kwargs.setdefault("widget", forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
        super().__init__(input_formats=["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y"], **kwargs)

    def validate(self, value):
        super().validate(value)
        if value:
            try:
                check_day(value)
            except InvalidEntry as error:
                raise ValidationError(str(error)) from None


class PresetForm(forms.Form):
    """Ready choices of days, as links beside the form (``presets``)."""

    days = ()  # the fields a ready choice sets or empties
    ready_choices = {}  # {name: label}

    @staticmethod
    def ready(name):
        """{field: text} that a ready choice puts into the URL."""
        raise NotImplementedError

    def presets(self):
        """[(query string, label, whether it is shown now)] of the ready choices."""
        if all(self.fields[name].widget.is_hidden for name in self.days):
            return
        kept = [name for name in self.fields if name not in self.days]
        query = {name: self.data[name] for name in kept if self.data.get(name)}
        for name, label in self.ready_choices.items():
            days = self.ready(name)
            shown = self.is_valid() and all(
                str(self.cleaned_data[field]) == text for field, text in days.items()
            )
            yield urlencode(days | query), label, shown


class PeriodForm(PresetForm):
    """A named period or two days; ``cleaned_data`` has ``start`` and ``end``, None: unbounded.

    Named periods are links; days that are typed win over one.
    """

    days = ("period", "start", "end")
    ready_choices = {name: label for name, label in PERIODS.items() if name != "custom"}

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

    @staticmethod
    def ready(name):
        return {"period": name}


class DayForm(PresetForm):
    """The end of a day; ``cleaned_data`` has ``as_of``, today where none is typed."""

    days = ("as_of",)
    ready_choices = DAYS

    as_of = DayField(label=pgettext_lazy("b2b_portal report", "As of"), required=False)

    def clean_as_of(self):
        return self.cleaned_data["as_of"] or timezone.localdate()

    @staticmethod
    def ready(name):
        today = timezone.localdate()
        day = {
            "today": today,
            "last_month_end": bounds("last_month", today)[1],
            "last_year_end": date(today.year - 1, 12, 31),
        }[name]
        return {"as_of": day.isoformat()}


def default_days():
    """The ready choices of both kinds, grouped, to choose a report's default from."""
    return [
        (_("Period"), list(PeriodForm.ready_choices.items())),
        (pgettext_lazy("b2b_portal report", "As of"), list(DayForm.ready_choices.items())),
    ]
