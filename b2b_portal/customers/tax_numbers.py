"""Turkish tax numbers: VKN (10 digits, companies) and TCKN (11 digits, persons)."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from stdnum.tr import tckimlik, vkn


def normalize_tax_number(text):
    """Digits only, as people type them with spaces, dots or a "TR" in front."""
    text = str(text).strip().upper().removeprefix("TR")
    return "".join(c for c in text if c not in " .-/")


def is_tax_number(number):
    """Whether the check digits hold (VKN: 10 digits, TCKN: 11). No proof that it exists."""
    return vkn.is_valid(number) or tckimlik.is_valid(number)


def is_dummy(number):
    """A placeholder ERPs fill in for "no number" (11111111111, 2222222222): proves nothing."""
    return len(set(number)) < 2


def _is_placeholder(number):
    return is_dummy(number) and re.fullmatch("[0-9]{10,11}", number)


def validate_tax_number(number):
    if not (is_tax_number(number) or _is_placeholder(number)):
        raise ValidationError(
            _("“%(number)s” is not a valid tax number (10 digits) or identity number (11 digits)."),
            params={"number": number[:20]},
        )
