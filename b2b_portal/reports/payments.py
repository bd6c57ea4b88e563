"""Every collection: when, how much, by what means, and what it closed (cari ödeme raporu)."""

from collections import Counter, defaultdict

from django.db.models import F, Sum
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from ..customers.fold import fold
from ..ledger.models import Allocation, Entry, EntryKind
from ..money import ZERO
from ..tables.formats import format_time
from ..tables.rows import Rows
from ..tables.table import Column, Row, Table
from .base import Report, caption, register, within
from .forms import Filter, ReportForm
from .links import PAYMENTS, linker

ONLINE = "online"


class PaymentsForm(ReportForm):
    method = Filter(
        pgettext_lazy("b2b_portal report", "Method"),
        [*((kind.value, kind.label) for kind in PAYMENTS), (ONLINE, _("Card payment, online"))],
    )


COLUMNS = [
    Column("date", _("Date"), "date"),
    Column("time", pgettext_lazy("b2b_portal report", "Time"), "flag", width=6),
    Column("receipt_no", _("Receipt no"), width=13),
    Column("method", pgettext_lazy("b2b_portal report", "Method"), width=14),
    Column("means", _("Bank or card"), width=31),
    Column("installments", _("Instalments"), "number", width=7, hide_on_phone=True),
    Column("due", _("Due"), "date"),
    Column("closed", pgettext_lazy("b2b_portal report", "Paid for"), width=19),
    Column("amount", _("Amount"), "amount"),
]


@register
class PaymentsReport(Report):
    name = "payments"
    title = pgettext_lazy("b2b_portal report", "Payments")
    form_class = PaymentsForm
    columns = COLUMNS

    def table(self, account, params):
        closed = closed_by(_collections(account, params))
        link = linker("collection")
        rows, sums, counts = Rows(), Counter(), Counter()
        has_minus = lacks_time = False
        for entry in _collections(account, params).select_related("payment").iterator():
            method, means = method_of(entry), means_of(entry)
            papers = ", ".join(document for document, _amount in closed[entry.pk])
            if not _fits(entry, params["method"]):
                continue
            if not params["found"](entry.document_no, method, means, entry.description, papers):
                continue
            payment = payment_of(entry)
            sums[method] -= entry.amount
            counts[method] += 1
            values = (
                entry.booked_on,
                format_time(entry.occurred_at),
                entry.document_no,
                method,
                means,
                payment and payment.installments,
                entry.due_on,
                papers,
                -entry.amount,
            )
            has_minus = has_minus or values[-1] < 0
            lacks_time = lacks_time or values[1] == "—"
            rows.append(Row(values, href=link(entry.pk)))
        return Table(
            title=self.title,
            columns=COLUMNS,
            rows=rows,
            subtotals=[
                Row({"amount": sums[method]}, label=f"{method} ({counts[method]})")
                for method in sorted(sums, key=fold)
            ],
            totals=Row({"amount": sum(sums.values(), ZERO)}),
            currency=params["currency"],
            caption=caption(account, params),
            notes=_notes(lacks_time, has_minus),
        )


def _collections(account, params):
    """Payments of the period, newest first; what was reversed, and its reversal, are none."""
    return Entry.objects.filter(
        account=account,
        currency=params["currency"],
        kind__in=PAYMENTS,
        reverses=None,
        reversed_by=None,
        **within("booked_on", params),
    ).order_by("-booked_on", "-id")


def _fits(entry, method):
    if method == ONLINE:
        return payment_of(entry) is not None
    return method in ("", entry.kind)


def payment_of(entry):
    """The online payment it was posted by, or None."""
    return getattr(entry, "payment", None)


def method_of(entry):
    """The means of payment in words; of a card, whether it was paid here."""
    if payment_of(entry):
        return gettext("Card payment, online")
    return str(EntryKind(entry.kind).label)


def means_of(entry):
    """The masked card of an online payment, else what the books say: the bank, the cheque."""
    payment = payment_of(entry)
    return (payment and payment.card) or entry.description


def closed_by(credits):
    """{entry id: [(document, amount)]} of what these payments were expressly allocated to."""
    closed = defaultdict(list)
    for row in _closings({"credit__in": credits.order_by().values("pk")}, "credit", "debit"):
        closed[row["of"]].append((row["document_no"] or row["label"], row["closed"]))
    return closed


def closings(entry, side, other):
    """What was expressly allocated to an entry, by day; ``side``: whether it is debit or credit.

    Dicts: ``pk``, ``booked_on``, ``document_no``, ``kind`` and ``label`` of the entry on the
    ``other`` side, its ``invoice``, and the amount ``closed``.
    """
    return _closings({side: entry}, side, other)


def _closings(lookups, side, other):
    rows = (
        Allocation.objects.filter(**lookups)
        .order_by()
        .values(
            of=F(f"{side}_id"),
            pk=F(f"{other}_id"),
            booked_on=F(f"{other}__booked_on"),
            document_no=F(f"{other}__document_no"),
            kind=F(f"{other}__kind"),
            invoice=F(f"{other}__invoice__pk"),
        )
        .annotate(closed=Sum("amount"))
        .order_by("booked_on", "pk")
    )
    return [row | {"label": str(EntryKind(row["kind"]).label)} for row in rows if row["closed"]]


def _notes(lacks_time, has_minus):
    notes = []
    if lacks_time:
        notes.append(gettext("“—”: the books know only the day."))
    if has_minus:
        notes.append(gettext("Amounts with a minus went the other way: refunds, returned cheques."))
    return notes
