"""Days typed in the admin: as its lists print them, and in no case taken for another day."""

import django_filters
from django import forms
from django.utils.translation import get_language
from wagtail.admin.datetimepicker import to_datetimepicker_format
from wagtail.admin.filters import DateRangePickerWidget
from wagtail.admin.widgets import AdminDateInput

TYPED = ("%d.%m.%Y", "%d/%m/%Y", "%Y-%m-%d")


class DayInput(AdminDateInput):
    """Wagtail's, in the reader's format. Left with something else, it does not turn into today."""

    # Asked at each use: the language is the reader's.
    format = property(lambda self: TYPED[0 if get_language() == "tr" else 1], lambda *args: None)
    js_format = property(lambda self: to_datetimepicker_format(self.format), lambda *args: None)

    def get_config(self):
        return super().get_config() | {"validateOnBlur": False}


class DayField(forms.DateField):
    widget = DayInput

    def __init__(self, **kwargs):
        super().__init__(input_formats=TYPED, **kwargs)


class DayRangeInput(DateRangePickerWidget):
    def __init__(self):
        super().__init__()
        self.widgets = [DayInput(widget.attrs) for widget in self.widgets]


class DayRangeField(django_filters.fields.DateRangeField):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields:
            field.input_formats = TYPED


class DayRangeFilter(django_filters.DateFromToRangeFilter):
    field_class = DayRangeField
