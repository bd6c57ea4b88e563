"""What a payer may choose."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ..ledger.open_items import open_items
from ..money import AmountFormField, fits, format_money
from .start import Choice


class PaymentForm(forms.Form):
    """An amount, or open entries ticked; ``choice()`` gives what is to be paid.

    Everything but the ids and the amount typed is worked out here, whatever the form sends.
    """

    amount = AmountFormField(label=_("Amount"), required=False)
    entries = forms.MultipleChoiceField(
        label=_("Open items"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args, account, currency, **kwargs):
        super().__init__(*args, **kwargs)
        self.currency = currency
        self.items = [item for item in open_items(account, currency) if item.open > 0]
        self.fields["entries"].choices = [(str(item.entry.pk), item.entry) for item in self.items]
        self.fields["entries"].error_messages["invalid_choice"] = _(
            "One of the ticked items is no longer open. Choose again."
        )

    def clean(self):
        data = super().clean()
        if self.errors:
            return data
        amount, ticked = data.get("amount"), set(data.get("entries", ()))
        if ticked and amount is not None:
            raise ValidationError(_("Tick items or type an amount, not both."))
        if not ticked and amount is None:
            raise ValidationError(_("Tick what you want to pay, or type an amount."))
        if amount is not None and amount <= 0:
            self.add_error("amount", _("The amount must be more than 0."))
        elif amount is not None and not fits(amount, self.currency):
            self.add_error(
                "amount",
                _("%(currency)s has no such small part.") % {"currency": self.currency},
            )
        return data

    def choice(self):
        """The ``Choice`` of a valid form."""
        ticked = set(self.cleaned_data["entries"])
        items = tuple((i.entry, i.open) for i in self.items if str(i.entry.pk) in ticked)
        amount = sum(amount for _entry, amount in items) if items else self.cleaned_data["amount"]
        return Choice(self.currency, amount, items)

    def describe(self):
        """The amount as it will be charged, for the payer to read again."""
        return format_money(self.choice().amount, self.currency)
