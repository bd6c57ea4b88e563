"""The two steps of a sign-in."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ..customers.tax_numbers import is_tax_number, normalize_tax_number


class TaxNumberField(forms.CharField):
    """A VKN or TCKN, as people type it; gives its digits."""

    def __init__(self, **kwargs):
        super().__init__(max_length=20, **kwargs)
        self.widget.attrs.update({"inputmode": "numeric", "autocomplete": "off"})

    def clean(self, value):
        number = normalize_tax_number(super().clean(value))
        if number and not is_tax_number(number):
            raise ValidationError(
                _("This is not a valid tax number (10 digits) or identity number (11 digits)."),
                code="invalid",
            )
        return number


class SignInForm(forms.Form):
    """Own number, mailbox, and the supplier's number where neither link nor site says it."""

    tax_number = TaxNumberField(label=_("Your tax number"))
    email = forms.EmailField(
        label=_("Your e-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    supplier_number = TaxNumberField(label=_("The supplier's tax number"))

    def __init__(self, *args, supplier=None, **kwargs):
        super().__init__(*args, **kwargs)
        if supplier:
            del self.fields["supplier_number"]

    def clean_email(self):
        return self.cleaned_data["email"].strip().lower()


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "pattern": "[0-9 ]*"}
        ),
    )

    def clean_code(self):
        code = re.sub(r"\s", "", self.cleaned_data["code"])
        if not re.fullmatch("[0-9]{6}", code):
            raise ValidationError(_("The code has 6 digits."), code="invalid")
        return code
