"""Prices and rates: fixed, made-up factors, exact to the kuruş."""

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
# What one pound of the lines file costs in the demo, whatever the day.
FACTORS = {"TRY": Decimal(45), "USD": Decimal("1.10"), "EUR": Decimal("0.95")}
# TRY for one unit a year before the last day, and on the last day.
RATES = {"USD": (Decimal("36.20"), Decimal("42.10")), "EUR": (Decimal("40.80"), Decimal("48.90"))}
YEAR = 373


def rounded(amount):
    """To the kuruş, halves away from zero."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def rate_on(currency, days_before_last):
    """TRY for one unit so many days before the last: a straight line with a weekly ripple."""
    start, end = RATES[currency]
    way = Decimal(YEAR - days_before_last) / YEAR
    ripple = Decimal((days_before_last * 7) % 13 - 6) / 40
    return (start + (end - start) * way + ripple).quantize(Decimal("0.0001"), ROUND_HALF_UP)
