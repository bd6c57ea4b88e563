"""Orders, derived: one a few days before each invoice, and some that are still on their way."""

from datetime import timedelta
from decimal import Decimal
from random import Random

from b2b_portal.documents.models import Order, OrderLine

from .money import rounded

ROWS = 2000
RECENT = ("open", "open", "shipped", "shipped", "cancelled")


def write_orders(plans, accounts, shift, last):
    """Write the orders of these plans; returns (orders, order lines)."""
    rows, lines = [], []
    for plan in plans:
        rng = Random(f"orders {plan.key}")
        account, supplier = accounts[plan.key], plan.supplier
        for invoice in plan.invoices:
            if invoice.is_return:
                continue
            day = invoice.at.date() - timedelta(days=rng.randint(1, 6)) + shift
            _add(rows, lines, account, f"SP{invoice.source_no:0>9}", day, "invoiced", invoice)
        bought = [one for one in plan.invoices[-12:] if not one.is_return and one.payable > 0]
        for number in range(rng.choice((0, 0, 1, 1, 2, 3)) if bought else 0):
            day = last - timedelta(days=rng.randint(0, 9)) + shift
            no = f"SY{supplier + 1}{plan.key:0>7}{number + 1:02}"
            _add(rows, lines, account, no, day, rng.choice(RECENT), rng.choice(bought), rng)
    Order.objects.bulk_create(rows, batch_size=ROWS)
    OrderLine.objects.bulk_create(lines, batch_size=ROWS)
    return len(rows), len(lines)


def _add(rows, lines, account, number, day, state, invoice, rng=None):
    """An order like an invoice; with ``rng``, of some of its lines only."""
    taken = invoice.lines
    if rng:
        taken = rng.sample(taken, min(len(taken), rng.randint(1, 8)))
    order = Order(
        account=account,
        number=number,
        ordered_on=day,
        state=state,
        currency=invoice.currency,
        total=Decimal(0),
    )
    for code, name, quantity, price, net, vat_rate in taken:
        order.total += net + rounded(net * vat_rate / 100)
        lines.append(
            OrderLine(
                order=order,
                product_code=code,
                product_name=name,
                quantity=quantity,
                unit="Adet",
                unit_price=price,
                net=net,
            )
        )
    rows.append(order)
