"""One invoice, order or collection of the account that is open, and an invoice's files."""

from django.http import FileResponse, Http404, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from .. import reports
from ..customers.access import get_visible_or_404, visible
from ..customers.fold import fold
from ..documents import invoice_zip
from ..documents.invoice_zip import newest_by_kind
from ..documents.models import Invoice, InvoiceFile, Order
from ..documents.requests import may_order
from ..ledger.models import Entry
from ..ledger.open_items import open_items
from ..money import ZERO
from ..reports.invoices import kind_of, shown
from ..reports.lines import PRODUCT, QUANTITY, figures
from ..reports.links import PAYMENTS, entry_link
from ..reports.payments import closings, means_of, method_of, payment_of
from ..tables.formats import format_number, format_time
from ..tables.html import render_html
from ..tables.table import Column, Row, Table
from .base import portal_view
from .payments import payment_url

PRODUCTS = gettext_lazy("Products")
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
            "files": [file for _key, file in sorted(newest_by_kind(row.files.all()).items())],
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


def _lines(document, lines, *, has_vat=False):
    columns = [*PRODUCT, *QUANTITY]
    if has_vat:
        columns.append(Column("vat_rate", _("VAT %"), "number", width=6))
    rows = [
        Row((*figures(line, line.quantity), *([line.vat_rate] if has_vat else []), line.net))
        for line in lines
    ]
    return Table(
        title=PRODUCTS,
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
    link = entry_link()
    table = Table(
        title=title,
        columns=[
            Column("date", _("Date"), "date"),
            Column("document_no", _("Document no")),
            Column("kind", _("Kind")),
            Column("amount", _("Amount"), "amount"),
        ],
        rows=[
            Row(
                (row["booked_on"], row["document_no"], row["label"], row["closed"]),
                href=link(row["pk"], row["kind"], row["invoice"]),
            )
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
    row = newest_by_kind(invoice.files.filter(kind=kind)).get((invoice.pk, kind))
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
def invoice_files(request, viewer):
    """The originals of the invoices that the report shows by the same parameters, as one ZIP."""
    report, account = reports.get("invoices"), viewer.account
    form = report.form(account, request.GET)
    if not form.is_valid():
        return render(request, "b2b_portal/bad_request.html", {"form": form}, status=400)
    mine = visible(InvoiceFile.objects.all(), viewer)
    files = invoice_zip.newest(mine, shown(account, form.cleaned_data))
    problem = _why_no_zip(files)
    if problem:
        form.add_error(None, problem)
        context = {"viewer": viewer, "form": form}
        return render(request, "b2b_portal/bad_request.html", context, status=400)
    name = slugify(fold(str(report.title), account.code))
    response = StreamingHttpResponse(
        invoice_zip.zipped(files, _("missing.txt")), content_type="application/zip"
    )
    response["Content-Disposition"] = content_disposition_header(
        True, f"{name}-{timezone.localdate()}.zip"
    )
    return response


def _why_no_zip(files):
    """Why these originals cannot be had as one ZIP; None where they can."""
    if not files:
        return _("None of these invoices has an e-Invoice file or a PDF.")
    if len(files) > invoice_zip.MOST_FILES:
        return _(
            "These are more than %s files, and one ZIP holds no more. Choose a shorter period."
        ) % format_number(invoice_zip.MOST_FILES)
    if invoice_zip.bytes_of(files) > invoice_zip.MOST_BYTES:
        return _("These files have more than %s MB together. Choose a shorter period.") % (
            invoice_zip.MOST_BYTES // 1_000_000
        )


@portal_view
def order(request, viewer, pk):
    row = get_visible_or_404(Order.objects.all(), viewer, pk=pk)
    lines = row.lines.all()
    table = _lines(row, lines) if row.has_prices else _quantities(lines)
    return render(
        request,
        "b2b_portal/order.html",
        {
            "viewer": viewer,
            "order": row,
            "table": render_html(table, request),
            "may_order": may_order(viewer.account),
        },
    )


def _quantities(lines):
    """The table of an order that has no prices yet."""
    rows = [Row(figures(line, line.quantity)[:-1]) for line in lines]
    return Table(title=PRODUCTS, columns=[*PRODUCT, *QUANTITY[:2]], rows=rows)


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
