"""Made-up figures, so that a report can be looked at before there is a customer to show it to."""

from datetime import timedelta
from decimal import Decimal as D

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from ..documents.models import Order
from ..ledger.ageing import labels
from ..ledger.models import EntryKind
from ..money import ZERO, rounded
from ..tables.formats import side
from ..tables.table import Column, Row, Table

CURRENCY = "TRY"


def sample_table(report, days):
    """A ``Table`` with the report's columns; reads no data. ``days``: (label, value) of its caption.

    The portal's own reports have rows that add up; any other's are filled by the kind of column.
    """
    today = timezone.localdate()
    columns = report.columns or [Column("sample", pgettext("b2b_portal report", "Sample"))]
    rows, summed = _own(report.name, today) or (_by_kind(columns, today), ())
    rows = [dict(zip([column.key for column in columns], row)) for row in rows]
    totals = {key: sum((row[key] or ZERO for row in rows), ZERO) for key in summed}
    if report.name == "statement":
        totals |= {key: rows[-1][key] for key in ("balance", "side")}
    return Table(
        title=report.title,
        columns=list(columns),
        rows=[Row(row) for row in rows],
        totals=Row(totals) if totals else None,
        currency=CURRENCY,
        caption=[
            (pgettext("b2b_portal", "Account"), _("120.01.001 Sample Trading Ltd.")),
            days,
            (_("Currency"), CURRENCY),
        ],
    )


def sample_overview():
    """What ``overview`` tells of an account, made up, as far as a balance needs it."""
    today = timezone.localdate()
    standing = {
        "currency": CURRENCY,
        "balance": D("6000.00"),
        "overdue": D("1139.50"),
        "next_due": today + timedelta(10),
        "next_due_amount": D("4860.50"),
        "has_facts": True,
    }
    return {"standings": [standing]}


def _own(name, today):
    """(rows in the columns' order, keys of the columns that have a total); None for another's."""
    invoice, card, cheque = (
        str(kind.label) for kind in (EntryKind.INVOICE, EntryKind.CARD, EntryKind.CHEQUE)
    )
    mug, bag, piece, bank = (
        _("Ceramic mug, white"),
        _("Jute bag, large"),
        _("pcs"),
        _("Sample Bank"),
    )
    old, new, paper, receipt = "ORN2026000101", "ORN2026000128", "CEK-0118", "B2B000000019"

    def day(ago):
        return today - timedelta(ago)

    match name:
        case "statement":
            movements = [
                (day(48), old, invoice, mug, day(18), D("12000.00")),
                (day(30), paper, cheque, bank, day(-30), D("-9500.00")),
                (day(20), new, invoice, bag, day(-10), D("4860.50")),
                (day(6), receipt, card, "", None, D("-1360.50")),
            ]
            rows, balance = [], ZERO
            for *words, amount in movements:
                balance += amount
                debit, credit = (amount, None) if amount > 0 else (None, -amount)
                rows.append((*words, debit, credit, abs(balance), side(balance)))
            return rows, ("debit", "credit")
        case "invoices":
            return [
                _invoice(new, invoice, day(20), day(-10), "4050.42", "810.08", "4860.50"),
                _invoice(old, invoice, day(48), day(18), "10000.00", "2000.00", "1139.50"),
            ], ("net", "vat", "withheld", "payable", "open")
        case "purchases":
            return [
                ("ORN-14", mug, 600, piece, D("8.50"), D("9.25"), D("9.25"), day(20), D(5250)),
                ("ORN-27", bag, 120, piece, D(41), D(41), D(41), day(48), D(4920)),
            ], ("net",)
        case "orders":
            return [
                (day(3), "SIP-0231", capfirst(Order.State.OPEN.label), 4, D("7420.00")),
                (day(25), "SIP-0204", capfirst(Order.State.SHIPPED.label), 2, D("4860.50")),
            ], ("total",)
        case "payments":
            number = "552608******0006"
            return [
                (day(6), "14:35", receipt, card, number, 1, None, "", D("1360.50")),
                (day(30), "—", paper, cheque, bank, None, day(-30), old, D(9500)),
            ], ("amount",)
        case "open-items":
            return [
                (day(48), old, invoice, mug, day(18), 18, D(12000), D("1139.50")),
                (day(20), new, invoice, bag, day(-10), None, D("4860.50"), D("4860.50")),
            ], ("open",)
        case "ageing":
            amounts = [D("4860.50"), D("1139.50")]
            amounts += [ZERO] * (len(labels()) - len(amounts))
            shares = [rounded(amount / sum(amounts) * 100, 2) for amount in amounts]
            return list(zip(labels(), amounts, shares)), ("amount",)


def _invoice(number, kind, issued_on, due_on, net, vat, open_):
    net, vat = D(net), D(vat)
    return issued_on, number, kind, due_on, net, vat, None, net + vat, D(open_)


def _by_kind(columns, today):
    """Three rows that show nothing but what each column looks like."""
    return [
        [
            {
                "date": today - timedelta(10 * n),
                "amount": D("1250.00") * n,
                "balance": D("1250.00") * n,
                "number": n,
                "rate": D("38.4512") + n,
                "price": D("12.50") * n,
                "flag": "✓",
            }.get(column.kind, pgettext("b2b_portal report", "Sample"))
            for column in columns
        ]
        for n in (1, 2, 3)
    ]
