"""Turns an invoice of the lines file into one of the demo: currency, VAT, withholding, due date."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from .money import FACTORS, rounded
from .moves import Move

NO_WITHHOLDING = Decimal(0)


@dataclass(slots=True)
class InvoicePlan:
    """An invoice to be; its figures are positive, on returns too."""

    source_no: str
    at: datetime
    due: date | None
    currency: str
    is_return: bool
    lines: list = field(default_factory=list)  # (code, name, quantity, unit price, net, VAT rate)
    net: Decimal = Decimal(0)
    vat: Decimal = Decimal(0)
    withheld: Decimal = Decimal(0)
    move: Move | None = None

    @property
    def payable(self):
        return self.net + self.vat - self.withheld


def plan_invoice(source, products, currency, term, fraction=NO_WITHHOLDING):
    """The plan of one invoice; ``fraction`` of its VAT is withheld by the buyer."""
    day = source.at.date()
    due = None if source.is_return else day + timedelta(days=term)
    plan = InvoicePlan(source.number, source.at, due, currency, source.is_return)
    sign = -1 if source.is_return else 1
    for code, description, quantity, pounds in source.lines:
        name, vat_rate = products.of(code, description)
        price = pounds * FACTORS[currency]
        net = rounded(sign * quantity * price)
        plan.lines.append((code, name, sign * quantity, price, net, vat_rate))
        plan.net += net
        plan.vat += rounded(net * vat_rate / 100)
    plan.withheld = rounded(plan.vat * fraction)
    if plan.payable:
        plan.move = _move(plan, sign)
    return plan


def _move(plan, sign):
    if plan.is_return:
        kind, source_kind, text = "credit_note", "Satış İade Faturası", "İade faturası"
    elif plan.withheld:
        kind, source_kind = "invoice", "Tevkifatlı Satış Faturası"
        text = "Tevkifatlı satış faturası"
    else:
        kind, source_kind, text = "invoice", "Satış Faturası", "Satış faturası"
    return Move(
        day=plan.at.date(),
        amount=sign * plan.payable,
        kind=kind,
        source_kind=source_kind,
        description=f"{text}, {len(plan.lines)} kalem",
        due=plan.due,
        key=f"invoice:{plan.source_no}",
    )
