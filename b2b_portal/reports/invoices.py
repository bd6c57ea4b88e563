"""Invoices, each with what is still open of it, or line by line (cari fatura raporu)."""

from django.utils import timezone
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from ..documents.models import Invoice, InvoiceLine
from ..ledger.open_items import open_items
from ..money import ZERO
from ..tables.rows import Rows
from ..tables.table import Column, Row, Table
from .base import Report, caption, register, within
from .forms import Filter, ReportForm, currencies_of
from .lines import PRODUCT, QUANTITY, figures, products_of, show_field
from .links import linker


class InvoicesForm(ReportForm):
    state = Filter(
        _("State"), [("open", _("Not paid")), ("overdue", _("Overdue")), ("paid", _("Paid"))]
    )
    show = show_field(_("Invoices"))


_HEAD = [Column("date", _("Date"), "date"), Column("number", _("Invoice no"), width=18)]
COLUMNS = [
    _HEAD[0],
    Column("number", _("Invoice no"), width=25),
    Column("kind", _("Kind"), width=9),
    Column("due", _("Due"), "date"),
    Column("net", _("Net"), "amount"),
    Column("vat", _("VAT"), "amount"),
    Column("withheld", _("VAT withheld"), "amount", hide_on_phone=True),
    Column("payable", _("Payable"), "amount"),
    Column("open", _("Open amount"), "amount"),
]
LINE_COLUMNS = [
    *_HEAD,
    *PRODUCT,
    *QUANTITY,
    Column("vat_rate", _("VAT %"), "number", width=6),
    Column("net", _("Net"), "amount"),
]


@register
class InvoicesReport(Report):
    name = "invoices"
    title = pgettext_lazy("b2b_portal report", "Invoices")
    form_class = InvoicesForm
    columns = COLUMNS
    other_columns = [(_("line by line"), LINE_COLUMNS)]

    def currencies(self, account):
        return currencies_of(account, Invoice)

    def table(self, account, params):
        if params["show"] == "lines":
            return _line_table(self.title, account, params)
        standing = _Standing(account, params)
        link = linker("invoice")
        rows, sums = Rows(), dict.fromkeys(("net", "vat", "withheld", "payable", "open"), ZERO)
        apart = {False: {}, True: {}}  # what was sold to the account, what was bought from it
        has_minus = False
        for invoice in _invoices(account, params, standing):
            values = {
                "net": signed(invoice, invoice.net),
                "vat": signed(invoice, invoice.vat),
                "withheld": signed(invoice, invoice.withheld) or None,
                "payable": invoice.amount,
                "open": standing.open_of(invoice),
            }
            for total in (sums, apart[invoice.is_credit != invoice.is_return]):
                for key, value in values.items():
                    total[key] = total.get(key, ZERO) + (value or ZERO)
            has_minus = has_minus or values["payable"] < 0
            head = (invoice.issued_on, invoice.number, kind_of(invoice), invoice.falls_due_on)
            rows.append(Row((*head, *values.values()), standing.marks(invoice), link(invoice.pk)))
        return Table(
            title=self.title,
            columns=COLUMNS,
            rows=rows,
            subtotals=[
                Row(apart[False], label=gettext("What we sold you")),
                Row(apart[True], label=gettext("What you sold us")),
            ]
            if all(apart.values())
            else [],
            totals=Row(sums),
            currency=params["currency"],
            caption=caption(account, params),
            notes=notes(has_minus),
        )


def _line_table(title, account, params):
    standing = _Standing(account, params)
    link = linker("invoice")
    rows, total, has_minus = Rows(), ZERO, False
    for line in _lines(account, params, standing):
        invoice = line.invoice
        net = signed(invoice, line.net)
        total += net
        has_minus = has_minus or net < 0
        quantity = signed(invoice, line.quantity)
        values = (*figures(line, quantity), line.vat_rate, net)
        rows.append(
            Row(
                (invoice.issued_on, invoice.number, *values),
                standing.marks(invoice),
                link(invoice.pk),
            )
        )
    return Table(
        title=title,
        columns=LINE_COLUMNS,
        rows=rows,
        totals=Row({"net": total}),
        currency=params["currency"],
        caption=caption(account, params),
        notes=[*notes(has_minus), gettext("Net amounts are without VAT.")],
    )


def shown(account, params):
    """The ids of the invoices that the report shows, whole or line by line."""
    standing = _Standing(account, params)
    if params["show"] == "lines":
        return {line.invoice_id for line in _lines(account, params, standing)}
    return {invoice.pk for invoice in _invoices(account, params, standing)}


def _invoices(account, params, standing):
    invoices = Invoice.objects.filter(
        account=account, currency=params["currency"], **within("issued_on", params)
    )
    products = products_of(InvoiceLine, "invoice", account, params)
    for invoice in invoices.select_related("entry").order_by("-issued_on", "-id").iterator():
        words = invoice.number, kind_of(invoice), products[invoice.pk]
        if standing.fits(invoice) and params["found"](*words):
            yield invoice


def _lines(account, params, standing):
    lines = InvoiceLine.objects.filter(
        invoice__account=account,
        invoice__currency=params["currency"],
        **within("invoice__issued_on", params),
    ).select_related("invoice")
    for line in lines.order_by("-invoice__issued_on", "-invoice_id", "id").iterator():
        words = line.invoice.number, line.product_code, line.product_name
        if standing.fits(line.invoice) and params["found"](*words):
            yield line


class _Standing:
    """What is open of invoices today, looked up once."""

    def __init__(self, account, params):
        self.today = timezone.localdate()
        self.state = params["state"]
        self.items = {item.entry.pk: item for item in open_items(account, params["currency"])}

    def open_of(self, invoice):
        """What is open of it; None where it stands on no movement."""
        if invoice.entry_id is None:
            return ZERO if invoice.is_cancelled else None
        item = self.items.get(invoice.entry_id)
        return item.open if item else ZERO

    def is_overdue(self, invoice):
        item = self.items.get(invoice.entry_id)
        return bool(item) and item.is_overdue(self.today)

    def fits(self, invoice):
        match self.state:
            case "open":
                return bool(self.open_of(invoice))
            case "overdue":
                return self.is_overdue(invoice)
            case "paid":
                return self.open_of(invoice) == 0 and not invoice.is_cancelled
        return True

    def marks(self, invoice):
        return frozenset({"overdue"} if self.is_overdue(invoice) else ())


def signed(invoice, figure):
    """A figure on it as it counts: negative where it credits the account, 0 where cancelled."""
    if invoice.is_cancelled or not figure:
        return ZERO
    return -figure if invoice.is_credit else figure


def kind_of(invoice):
    if invoice.is_cancelled:
        return pgettext("b2b_portal report", "Cancelled")
    return gettext("Return") if invoice.is_return else pgettext("b2b_portal", "Invoice")


def notes(has_minus):
    """What a reader has to know of figures with a minus."""
    if has_minus:
        return [gettext("Amounts with a minus are in your favour: they lower what you owe.")]
    return []
