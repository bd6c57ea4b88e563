"""One invoice, order or collection of the account that is open, and an invoice's files."""

from django.http import FileResponse, Http404
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from ..customers.access import get_visible_or_404
from ..documents.models import Invoice, Order
from ..ledger.models import Entry
from ..ledger.open_items import open_items
from ..money import ZERO
from ..reports.invoices import kind_of
from ..reports.lines import PRODUCT, QUANTITY, figures
from ..reports.links import PAYMENTS, linker
from ..reports.payments import closings, means_of, method_of, payment_of
from ..tables.formats import format_time
from ..tables.html import render_html
from ..tables.table import Column, Row, Table
from .base import portal_view
from .payments import payment_url

CONTENT_TYPES = {"pdf": "application/pdf", "xml": "application/xml"}


@portal_view
def invoice(request, viewer, pk):
    row = get_visible_or_404(Invoice.objects.select_related("entry"), viewer, pk=pk)
    return render(
        request,
        "b2b_portal/invoice.html",
        {
            "viewer": viewer,
            "invoice": row,
            "kind": kind_of(row),
            "open": _open_of(row),
            "files": _newest_files(row),
            "table": render_html(_lines(row, row.lines.all(), has_vat=True), request),
            "paid_by": _paid_by(row, request),
        },
    )


def _open_of(invoice):
    """What is open of it today; None where it stands on no movement."""
    if invoice.entry_id is None:
        return None
    items = open_items(invoice.account, invoice.currency)
    return next((item.open for item in items if item.entry.pk == invoice.entry_id), ZERO)


def _newest_files(invoice):
    """The newest original of each kind."""
    newest = {}
    for file in invoice.files.order_by("id"):
        newest[file.kind] = file
    return sorted(newest.values(), key=lambda file: file.kind)


def _lines(document, lines, *, has_vat=False):
    columns = [*PRODUCT, *QUANTITY]
    if has_vat:
        columns.append(Column("vat_rate", _("VAT %"), "number", width=6))
    rows = [
        Row((*figures(line, line.quantity), *([line.vat_rate] if has_vat else []), line.net))
        for line in lines
    ]
    return Table(
        title=_("Products"),
        columns=[*columns, Column("net", _("Net"), "amount")],
        rows=rows,
        totals=Row({"net": sum((row.values[-1] for row in rows), ZERO)}),
        currency=document.currency,
    )


def _paid_by(invoice, request):
    """The table of what was expressly allocated to it, or None."""
    if invoice.entry_id is None:
        return None
    side, other = ("credit", "debit") if invoice.is_credit else ("debit", "credit")
    return _closing_table(_("Closed by"), invoice.entry, side, other, request)


def _closing_table(title, entry, side, other, request):
    found = closings(entry, side, other)
    if not found:
        return None
    collection, document = linker("collection"), linker("invoice")

    def link(row):
        if row["invoice"]:
            return document(row["invoice"])
        return collection(row["pk"]) if row["kind"] in PAYMENTS else ""

    table = Table(
        title=title,
        columns=[
            Column("date", _("Date"), "date"),
            Column("document_no", _("Document no")),
            Column("kind", _("Kind")),
            Column("amount", _("Amount"), "amount"),
        ],
        rows=[
            Row((row["booked_on"], row["document_no"], row["label"], row["closed"]), href=link(row))
            for row in found
        ],
        totals=Row({"amount": sum((row["closed"] for row in found), ZERO)}),
        currency=entry.currency,
    )
    return render_html(table, request)


@portal_view
def invoice_file(request, viewer, pk, kind):
    """An invoice's original; the newest of the kind, under a name made here."""
    invoice = get_visible_or_404(Invoice.objects.all(), viewer, pk=pk)
    row = invoice.files.filter(kind=kind).order_by("-id").first()
    if row is None:
        raise Http404
    try:
        file = row.file.open("rb")
    except OSError:
        raise Http404 from None
    response = FileResponse(
        file, as_attachment=True, filename=row.name, content_type=CONTENT_TYPES[row.kind]
    )
    response["X-Content-Type-Options"] = "nosniff"
    return response


@portal_view
def order(request, viewer, pk):
    row = get_visible_or_404(Order.objects.all(), viewer, pk=pk)
    table = render_html(_lines(row, row.lines.all()), request)
    return render(
        request, "b2b_portal/order.html", {"viewer": viewer, "order": row, "table": table}
    )


@portal_view
def collection(request, viewer, pk):
    """A payment as the books have it, imported or made here, and what it closed."""
    entries = Entry.objects.filter(kind__in=PAYMENTS).select_related("payment", "reversed_by")
    row = get_visible_or_404(entries, viewer, pk=pk)
    payment = payment_of(row)
    side, other = ("credit", "debit") if row.amount < 0 else ("debit", "credit")
    return render(
        request,
        "b2b_portal/collection.html",
        {
            "viewer": viewer,
            "entry": row,
            "amount": abs(row.amount),
            "time": format_time(row.occurred_at),
            "method": method_of(row),
            "means": means_of(row),
            "payment": payment,
            "is_reversed": hasattr(row, "reversed_by"),
            "receipt_url": payment and payment_url(payment),
            "closed": _closing_table(
                pgettext("b2b_portal report", "Paid for"), row, side, other, request
            ),
        },
    )
