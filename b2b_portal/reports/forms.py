"""What a reader may ask of a report. Every parameter stands in the URL."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ..customers.fold import fold
from ..ledger.balances import balances
from .periods import DayForm, PeriodForm, PresetForm


def currencies_of(account, *models):
    """The currencies of the account's movements and of its rows of ``models``, never empty.

    That of the supplier's books comes first.
    """
    found = set(balances(account))
    for model in models:
        found.update(
            model.objects.filter(account=account)
            .order_by()
            .values_list("currency", flat=True)
            .distinct()
        )
    return in_order(account, found)


def in_order(account, currencies):
    """These currencies, that of the supplier's books first; it alone where there are none."""
    own = account.supplier.currency
    return sorted(currencies, key=lambda code: (code != own, code)) or [own]


class CurrencyForm(PresetForm):
    """One of the account's currencies: amounts of several are never added up."""

    currency = forms.ChoiceField(label=_("Currency"), required=False)

    def __init__(self, *args, currencies, **kwargs):
        super().__init__(*args, **kwargs)
        self.currencies = currencies
        self.fields["currency"].choices = [(code, code) for code in currencies]
        if len(currencies) < 2:
            self.fields["currency"].widget = forms.HiddenInput()

    def clean_currency(self):
        return self.cleaned_data["currency"] or self.currencies[0]


class ListForm(CurrencyForm):
    """Words to search for and a column to sort by; a subclass may add ``Filter`` fields."""

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=100,
        widget=forms.TextInput({"type": "search"}),
    )
    sort = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def found(self, *texts):
        """Whether every word searched for is in the texts, however it is written."""
        if not self.words:
            return True
        text = fold(*texts)
        return all(word in text for word in self.words)

    def clean(self):
        data = super().clean()
        self.words = fold(data.get("q")).split()
        data["found"] = self.found
        return data


class ReportForm(ListForm, PeriodForm):
    """A period, a currency, a search."""


class DayReportForm(ListForm, DayForm):
    """A day, a currency, a search."""


class Filter(forms.ChoiceField):
    """One of a few names, or all: ``Filter(_("State"), [("open", _("Open"))])``."""

    def __init__(self, label, choices, *, all_label=pgettext_lazy("b2b_portal", "All"), **kwargs):
        choices = [("", all_label), *choices]
        super().__init__(label=label, choices=choices, required=False, **kwargs)
