"""Exact amounts: how they are stored, read from people and files, and written for them."""

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.numbers import (
    get_currency_precision,
    get_decimal_symbol,
    get_group_symbol,
)
from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from num2words import num2words

LIMIT = Decimal(10) ** 12
ZERO = Decimal(0)
PLAIN = re.compile(r"[0-9]+(?:[.,][0-9]+)?")

# ISO 4217 codes a supplier's books may be kept in; an agency's choices never cause a migration.
CURRENCIES = ("TRY", "USD", "EUR", "GBP", "CHF")


def currency_choices():
    return [(code, code) for code in CURRENCIES]


class ExactDecimalField(models.Field):
    """A Decimal kept as a whole number of 10**-places, so that every database adds it up exactly.

    Gives and takes ``Decimal`` (or int). A value that does not fit the places exactly, or is not
    a finite number, raises ``ValidationError``: nothing is ever rounded on the way in.
    """

    description = _("Exact decimal number")
    empty_strings_allowed = False

    def __init__(self, *args, places, **kwargs):
        self.places = places
        self.whole_digits = 18 - places  # what a 64-bit integer holds
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "places": self.places}

    def get_internal_type(self):
        return "BigIntegerField"

    def from_db_value(self, value, expression, connection):
        return None if value is None else Decimal(value).scaleb(-self.places)

    def to_python(self, value):
        if value is None or isinstance(value, Decimal):
            return value
        if isinstance(value, float):
            raise ValidationError(_("A float is not an exact amount."))
        try:
            return Decimal(value)
        except (InvalidOperation, TypeError, ValueError):
            raise ValidationError(_("“%(value)s” is not a number."), params={"value": value})

    def get_prep_value(self, value):
        value = super().get_prep_value(value)
        if value is None or hasattr(value, "resolve_expression"):
            return value
        return self.to_units(value)

    def to_units(self, value):
        """The whole number of 10**-places that stands for ``value``."""
        value = self.to_python(value)
        if not value.is_finite():
            raise ValidationError(_("“%(value)s” is not a number."), params={"value": value})
        if value.adjusted() >= self.whole_digits:
            raise ValidationError(_("The amount is too large."))
        if not value or value.adjusted() >= -self.places:
            numerator, denominator = value.as_integer_ratio()
            units, rest = divmod(numerator * 10**self.places, denominator)
            if not rest:
                return units
        raise ValidationError(
            _("%(value)s has more than %(places)s decimal places."),
            params={"value": value, "places": self.places},
        )

    def value_to_string(self, obj):
        value = self.value_from_object(obj)
        return None if value is None else str(value)

    def formfield(self, **kwargs):
        return super().formfield(**{"form_class": AmountFormField, **kwargs})


class AmountField(ExactDecimalField):
    """An amount of money, to 1/10,000 of any currency, below 10**12."""

    description = _("Amount of money")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{**kwargs, "places": 4})
        self.whole_digits = 12

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        del kwargs["places"]
        return name, path, args, kwargs


class AmountFormField(forms.Field):
    """Reads an amount as people of the page's language type it; gives a Decimal or None."""

    widget = forms.TextInput

    def widget_attrs(self, widget):
        return {"inputmode": "decimal", "autocomplete": "off"}

    def to_python(self, value):
        if value in self.empty_values or isinstance(value, Decimal):
            return None if value in self.empty_values else value
        return parse_amount(value) if value.strip() else None

    def prepare_value(self, value):
        if not isinstance(value, Decimal):
            return value
        places = max(2, -value.normalize().as_tuple().exponent)
        return _write(value, places, get_language())


@lru_cache
def digits_of(currency):
    """How many decimal digits the currency has (ISO 4217): 2 for TRY, 0 for JPY."""
    return get_currency_precision(currency)


@lru_cache
def _unit(places):
    return Decimal(1).scaleb(-places)


def rounded(value, places):
    """The Decimal with so many decimal places, halves away from zero; 0 bears no sign."""
    return value.quantize(_unit(places), ROUND_HALF_UP) + 0


def round_to(amount, currency):
    """The amount in whole units of the currency's smallest."""
    return rounded(amount, digits_of(currency))


def fits(amount, currency):
    """Whether the amount is a whole number of the currency's smallest unit."""
    return amount == round_to(amount, currency)


@lru_cache
def _locale(language):
    try:
        return Locale.parse(language or "tr", sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("tr")


@lru_cache
def _marks(language):
    locale = _locale(language)
    return get_decimal_symbol(locale), get_group_symbol(locale)


@lru_cache
def _grouped(language):
    """The mark between thousands and the pattern of a figure that has such marks."""
    group, decimal = (",", ".") if _marks(language)[0] == "." else (".", ",")
    return group, re.compile(
        rf"[1-9][0-9]{{0,2}}(?:{re.escape(group)}[0-9]{{3}})+(?:{re.escape(decimal)}[0-9]+)?"
    )


def parse_amount(text, language=None):
    """Read "1.234,56" (Turkish), "1,234.56" (English), "1234.56" or "1234,56" as a Decimal.

    ``language`` (default: the active one) decides what a lone mark before three digits means:
    "12.345" is twelve thousand in Turkish. Anything else, also "1e3", "NaN", full-width digits
    or 10**12 and above, raises ``ValidationError`` in the reader's language.
    """
    language = language or get_language()
    group_mark, grouped = _grouped(language)
    body = text.strip().replace("\u2212", "-")
    negative = body.startswith("-")
    if body[:1] in ("-", "+"):
        body = body[1:]
    if grouped.fullmatch(body):
        body = body.replace(group_mark, "").replace(",", ".")
    elif PLAIN.fullmatch(body):
        body = body.replace(",", ".")
    else:
        raise ValidationError(
            _("“%(value)s” is not an amount. Write it like %(example)s."),
            params={"value": text[:40], "example": _write(Decimal("1234.56"), 2, language)},
            code="invalid",
        )
    amount = Decimal(body)
    if amount >= LIMIT:
        raise ValidationError(_("The amount is too large."), code="too_large")
    return amount.copy_negate() if negative else amount


def _write(amount, places, language):
    decimal_mark, group_mark = _marks(language)
    text = f"{rounded(Decimal(amount), places):,f}"
    return text.translate({ord(","): group_mark, ord("."): decimal_mark})


def format_amount(amount, currency, language=None):
    """The figure alone, as the language writes it: ``1.234,56``; the currency's own digits."""
    return _write(amount, digits_of(currency), language or get_language())


def shown_code(currency):
    """A currency's code in words and headings; the lira's is TL."""
    return "TL" if currency == "TRY" else currency


def format_money(amount, currency, language=None):
    """The figure with the currency's code, as books write it in every language: ``1.234,56 TL``."""
    return f"{format_amount(amount, currency, language)}\u00a0{shown_code(currency)}"


def amount_in_words(amount, currency, language=None):
    """An amount as a receipt spells it: "binikiyüzotuzdört lira ellialtı kuruş"."""
    language = _locale(language or get_language()).language
    whole, rest = divmod(abs(amount), 1)
    major, minor = _UNITS.get(language, _UNITS["en"]).get(currency, (currency, ""))
    words = f"{num2words(int(whole), lang=language)} {major}"
    hundredths = int(rest.scaleb(2))
    return (
        f"{words} {num2words(hundredths, lang=language)} {minor}".strip() if hundredths else words
    )


_UNITS = {
    "tr": {
        "TRY": ("lira", "kuruş"),
        "USD": ("ABD doları", "sent"),
        "EUR": ("avro", "sent"),
        "GBP": ("sterlin", "peni"),
        "CHF": ("İsviçre frangı", "santim"),
    },
    "en": {
        "TRY": ("Turkish lira", "kuruş"),
        "USD": ("US dollars", "cents"),
        "EUR": ("euros", "cents"),
        "GBP": ("pounds sterling", "pence"),
        "CHF": ("Swiss francs", "centimes"),
    },
}
