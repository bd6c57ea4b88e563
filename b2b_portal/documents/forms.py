"""What a customer may order."""

import hashlib
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ..money import AmountFormField
from ..tables.formats import format_number
from .models import OrderLine

MOST_PRODUCTS = 200  # on the form
LIMIT = Decimal(1_000_000)  # of a quantity
PLACES = OrderLine._meta.get_field("quantity").places
PREFIX = "quantity-"


class QuantityField(AmountFormField):
    """A quantity above 0 as people of the page's language type it; empty: none."""

    def to_python(self, value):
        try:
            return super().to_python(value)
        except ValidationError as error:
            if error.code != "invalid":
                raise
            raise ValidationError(
                _("“%(value)s” is not a quantity. Write it like %(example)s."),
                params={"value": value.strip()[:40], "example": format_number(Decimal("12.5"))},
            ) from None

    def validate(self, value):
        super().validate(value)
        if value is None:
            return
        if value <= 0:
            raise ValidationError(_("The quantity must be more than 0."))
        if value > LIMIT:
            raise ValidationError(
                _("The quantity must be at most %(limit)s."), params={"limit": format_number(LIMIT)}
            )
        if value != round(value, PLACES):
            raise ValidationError(
                _("%(value)s has more than %(places)s decimal places."),
                params={"value": format_number(value), "places": PLACES},
            )

    def prepare_value(self, value):
        return format_number(value) if isinstance(value, Decimal) else value


class OrderForm(forms.Form):
    """A quantity for each of ``lines`` (of invoices or an order); ``chosen()`` gives those typed.

    A field is known by its product and not by its place or row: both may change between showing
    and sending.
    """

    token = forms.UUIDField(widget=forms.HiddenInput)
    account = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args, lines, has_quantities=True, **kwargs):
        super().__init__(*args, **kwargs)
        self.lines = {}
        for line in lines[:MOST_PRODUCTS]:
            name = _name(line)
            if name in self.lines:  # it stands twice on the order
                name = f"{name}-{len(self.lines)}"
            self.lines[name] = line
            initial = line.quantity if has_quantities else None
            self.fields[name] = QuantityField(
                label=line.product_name, required=False, initial=initial
            )

    def products(self):
        """[(line, bound field)]."""
        return [(line, self[name]) for name, line in self.lines.items()]

    def clean(self):
        data = super().clean()
        gone = [
            name
            for name, value in self.data.items()
            if name.startswith(PREFIX) and value.strip() and name not in self.lines
        ]
        if gone:
            raise ValidationError(
                _("One of the products is no longer in this list. Please look at it again.")
            )
        if not self.errors and not self.chosen():
            raise ValidationError(_("Type how much you want of at least one product."))
        return data

    def chosen(self):
        """[(line, quantity)] of what was typed into a valid form."""
        found = [(line, self.cleaned_data.get(name)) for name, line in self.lines.items()]
        return [(line, quantity) for line, quantity in found if quantity is not None]


def _name(line):
    product = "\n".join((line.product_code, line.product_name, line.unit))
    return PREFIX + hashlib.sha256(product.encode()).hexdigest()[:16]
