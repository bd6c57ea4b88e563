"""Amounts, days and times as the reader's language writes them; tables and charts; data's age."""

from django import template

from ..erp.age import data_as_of, is_old
from ..money import format_amount, format_money
from ..tables.charts import render_bars, render_columns
from ..tables.formats import format_date, format_moment, format_number
from ..tables.html import render_html

register = template.Library()


@register.filter
def money(amount, currency):
    return format_money(amount, currency)


@register.filter
def amount(value, currency):
    return format_amount(value, currency)


@register.filter
def absolute(amount):
    return abs(amount)


@register.filter
def number(value):
    return format_number(value)


@register.filter
def day(value):
    return format_date(value) if value else "—"


@register.filter
def moment(value):
    return format_moment(value) if value else "—"


register.filter("columns_chart", render_columns)
register.filter("bars_chart", render_bars)
register.filter("table", render_html)


@register.inclusion_tag("b2b_portal/elements/data_age.html")
def data_age(supplier):
    """When the supplier's movements last came in, marked where that is long ago."""
    moment = data_as_of(supplier)
    return {"moment": moment, "is_old": is_old(moment)}
