"""How values are written in the admin: table cells, inspected fields, spreadsheets."""

import datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from wagtail.admin.ui.tables import Column
from wagtail.coreutils import multigetattr

from ...money import AmountField, format_amount
from ...tables.formats import format_date, format_moment, format_number


def unbroken(text):
    """A text that no narrow column breaks: a date, a code."""
    return format_html('<span class="w-whitespace-nowrap">{}</span>', text)


def write(value, currency=None):
    """A value of a model's field as the reader's language writes it; "" for nothing."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, datetime.datetime):
        return format_moment(value)
    if isinstance(value, datetime.date):
        return format_date(value)
    if isinstance(value, Decimal):
        return format_amount(value, currency) if currency else format_number(value)
    return value


def write_field(instance, name):
    """The same for a field of an instance: choices by their label, amounts in its currency."""
    display = getattr(instance, f"get_{name}_display", None)
    if display:
        return capfirst(display())
    field = instance._meta.get_field(name)
    currency = instance.currency if isinstance(field, AmountField) else None
    return write(getattr(instance, name), currency)


class TextColumn(Column):
    """Any value, as ``write`` writes it. ``accessor``: a dotted path or a function of the row."""

    def get_value(self, instance):
        return write(super().get_value(instance))


class FigureColumn(TextColumn):
    """A number, to the right."""

    header_template_name = "b2b_portal/admin/figure_header.html"
    cell_template_name = "b2b_portal/admin/figure_cell.html"


class AmountColumn(FigureColumn):
    """An amount of money, to the right; nothing for 0 unless ``zero``.

    ``currency``: a dotted path to it, or a function of the row.
    """

    def __init__(self, name, currency="currency", zero=True, **kwargs):
        super().__init__(name, **kwargs)
        self.currency, self.zero = currency, zero

    def get_value(self, instance):
        value = Column.get_value(self, instance)
        if value is None or not (value or self.zero):
            return ""
        if callable(self.currency):
            return format_amount(value, self.currency(instance))
        return format_amount(value, multigetattr(instance, self.currency))


class LinkColumn(TextColumn):
    """A value that leads where ``get_url`` (a function of the row) says."""

    def __init__(self, name, get_url, **kwargs):
        super().__init__(name, **kwargs)
        self.get_url = get_url

    def get_value(self, instance):
        value, url = super().get_value(instance), self.get_url(instance)
        return format_html('<a href="{}">{}</a>', url, value) if value and url else value


def write_balances(account):
    """The balances of an account, one a line; its ``balances`` should be prefetched."""
    return format_html_join(
        mark_safe("<br>"),
        "{} {}",
        (
            (format_amount(balance.amount, balance.currency), balance.currency)
            for balance in sorted(account.balances.all(), key=lambda row: row.currency)
        ),
    )


def guard(text):
    """A text that no spreadsheet program takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def plain(number):
    """An exact number without idle zeros, but with two places at least: 1234.50."""
    shortest = number.normalize()
    places = max(2, -shortest.as_tuple().exponent)
    return number.quantize(Decimal(1).scaleb(-places))


def naive(value):
    """An instant on the site's clock, as spreadsheets want it."""
    return timezone.make_naive(value) if timezone.is_aware(value) else value
