"""How dates, amounts and quantities are written in tables, the same in every renderer."""

from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from django.utils.formats import get_format
from django.utils.timezone import is_aware, localtime
from django.utils.translation import get_language, pgettext

from b2b_portal.money import format_amount

NO_SIDE = "\u00a0\u2009\u2009"  # blanks as wide as a letter: figures stay below each other


def format_date(value, language=None):
    """31/12/2026 in English, else 31.12.2026. An aware time: the site's day."""
    if isinstance(value, datetime):
        value = (localtime(value) if is_aware(value) else value).date()
    return _day(value, "/" if (language or get_language() or "").startswith("en") else ".")


@lru_cache(4096)
def _day(value, mark):
    return f"{value.day:02}{mark}{value.month:02}{mark}{value.year:04}"


def format_moment(value):
    """An aware time as day and minute of the site's clock: 31.12.2026 09:05."""
    return f"{format_date(value)} {localtime(value):%H:%M}"


def format_time(value):
    """The minute of an aware time on the site's clock: 09:05; "—" where only the day is known.

    A source that has no times writes midnight.
    """
    local = value and localtime(value)
    return (
        f"{local:%H:%M}" if local and (local.hour, local.minute, local.second) != (0, 0, 0) else "—"
    )


def decimal_mark(language):
    return get_format("DECIMAL_SEPARATOR", language, use_l10n=True)


def format_number(value, language=None, *, places=0):
    """A Decimal or int with all the decimal places it needs, at least ``places``: ``1.250,5``."""
    language = language or get_language()
    whole, _mark, rest = f"{Decimal(value):,f}".partition(".")
    rest = rest.rstrip("0").ljust(places, "0")
    text = f"{whole}.{rest}" if rest else whole
    marks = {
        ord(","): get_format("THOUSAND_SEPARATOR", language, use_l10n=True),
        ord("."): decimal_mark(language),
    }
    return text.translate(marks)


def side(balance):
    """B when the customer owes, A when the supplier does; nothing at 0."""
    if not balance:
        return ""
    debit, credit = sides()
    return debit if balance > 0 else credit


def sides():
    """The letters of debit and credit, for loops: the language is asked for once."""
    return _sides(get_language())


@lru_cache
def _sides(language):
    return pgettext("debit", "D"), pgettext("credit", "C")


def format_balance(value, currency, language=None):
    """A balance with its side instead of a sign: ``1.250,00 B``."""
    return f"{format_amount(abs(value), currency, language)}\u00a0{side(value) or NO_SIDE}"


def cell_writer(table, language=None):
    """A function that turns a row's values, in the columns' order, into a list of texts.

    TypeError where a float stands for an amount or a number: it is not exact.
    """
    language = language or get_language()

    def exact(write):
        def write_exact(value, currency):
            if isinstance(value, float):
                raise TypeError("A float is no exact figure.")
            return write(value, currency)

        return write_exact

    writers = {
        "text": lambda value, currency: str(value),
        "flag": lambda value, currency: str(value),
        "date": lambda value, currency: format_date(value, language),
        "number": exact(lambda value, currency: format_number(value, language)),
        "price": exact(lambda value, currency: format_number(value, language, places=2)),
        "rate": exact(lambda value, currency: format_number(value, language, places=4)),
        "amount": exact(lambda value, currency: format_amount(value, currency, language)),
        "balance": exact(lambda value, currency: format_balance(value, currency, language)),
    }
    by_column = [
        (writers[column.kind], column.currency or table.currency) for column in table.columns
    ]

    def write(values):
        return [
            "" if value is None or value == "" else writer(value, currency)
            for (writer, currency), value in zip(by_column, values)
        ]

    return write


def labelled(table, texts, label):
    """A row's texts with its label in the column of words, where that is empty."""
    at = table.label_at
    return [*texts[:at], str(label) if texts[at] in (None, "") else texts[at], *texts[at + 1 :]]
