"""Invoices and orders, and what stands on their lines."""

from uuid import uuid4

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ..customers.fold import fold_number
from ..files import storage
from ..money import ZERO, AmountField, ExactDecimalField


class Line(models.Model):
    product_code = models.CharField(_("product code"), max_length=60, blank=True)
    product_name = models.CharField(_("product"), max_length=250)
    quantity = ExactDecimalField(_("quantity"), places=6)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    unit_price = ExactDecimalField(_("unit price"), places=8)
    net = AmountField(_("net"))

    class Meta:
        abstract = True
        ordering = ["id"]

    def __str__(self):
        return self.product_name


class Invoice(models.Model):
    """An invoice of the account; ``payable`` = net + vat − withheld, all as printed on it.

    ``net`` is all that is not VAT: other taxes stand in it. What the invoice moves is ``amount``.
    """

    account_path = "account"

    account = models.ForeignKey(
        "b2b_portal.CustomerAccount",
        models.PROTECT,
        related_name="invoices",
        verbose_name=_("account"),
    )
    number = models.CharField(_("invoice no"), max_length=60)
    uuid = models.UUIDField("ETTN", null=True, blank=True)
    issued_on = models.DateField(_("date"))
    due_on = models.DateField(_("due"), null=True, blank=True)
    is_return = models.BooleanField(_("return"), default=False)
    is_credit = models.BooleanField(
        _("credit"),
        default=False,
        help_text=_("It credits the account: a dealer's return, a vendor's sale."),
    )
    is_cancelled = models.BooleanField(_("cancelled"), default=False)
    currency = models.CharField(_("currency"), max_length=3)
    rate = ExactDecimalField(_("rate"), places=8, null=True, blank=True)
    net = AmountField(_("net"))
    vat = AmountField(_("VAT"), default=0)
    withheld = AmountField(_("VAT withheld"), default=0)
    payable = AmountField(_("payable"))
    entry = models.OneToOneField(
        "b2b_portal.Entry",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="invoice",
        verbose_name=_("movement"),
    )

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        ordering = ["-issued_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "number", "is_credit", "issued_on"],
                name="b2b_portal_invoice_no",
            )
        ]

    def __str__(self):
        return self.number

    @property
    def amount(self):
        """What it moves on the account: debit positive, credit negative; 0 when cancelled."""
        if self.is_cancelled:
            return ZERO
        return -self.payable if self.is_credit else self.payable

    @property
    def falls_due_on(self):
        """When the ledger has it fall due, by its movement; its own due day where it has none."""
        return self.due_on if self.entry is None else self.entry.due_on or self.entry.booked_on


class InvoiceLine(Line):
    account_path = "invoice__account"

    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="lines")
    vat_rate = ExactDecimalField(_("VAT rate, %"), places=4, default=0)


def file_path(file, name):
    return f"invoices/{uuid4().hex}.{file.kind}"


class InvoiceFile(models.Model):
    """An invoice's original, as it came. The newest of a kind is the one to hand out."""

    account_path = "invoice__account"

    class Kind(models.TextChoices):
        XML = "xml", "XML"
        PDF = "pdf", "PDF"

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="files")
    kind = models.CharField(_("kind"), max_length=3, choices=Kind.choices)
    file = models.FileField(_("file"), upload_to=file_path, storage=storage)
    sha256 = models.CharField(max_length=64)
    added_at = models.DateTimeField(_("added at"), auto_now_add=True)

    class Meta:
        verbose_name = _("invoice file")
        verbose_name_plural = _("invoice files")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["invoice", "sha256"], name="b2b_portal_invoice_file_once"
            )
        ]

    def __str__(self):
        return self.name

    @property
    def name(self):
        """A name for the download, made of letters and digits of the invoice's number alone."""
        return f"{fold_number(self.invoice.number).upper() or self.invoice_id}.{self.kind}"


class Order(models.Model):
    """An order of the account.

    One that was asked for in the portal begins as "requested", bears a number of ours and has no
    prices until the ERP brings it. ``token``: of the form it was sent by.
    """

    account_path = "account"

    class State(models.TextChoices):
        REQUESTED = "requested", _("requested")
        OPEN = "open", _("open")
        SHIPPED = "shipped", _("shipped")
        INVOICED = "invoiced", _("invoiced")
        CANCELLED = "cancelled", _("cancelled")

    account = models.ForeignKey(
        "b2b_portal.CustomerAccount",
        models.PROTECT,
        related_name="orders",
        verbose_name=_("account"),
    )
    number = models.CharField(_("order no"), max_length=60)
    ordered_on = models.DateField(_("date"))
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.OPEN)
    currency = models.CharField(_("currency"), max_length=3)
    total = AmountField(_("total"))
    token = models.UUIDField(null=True, unique=True, editable=False)
    requested_at = models.DateTimeField(_("requested at"), null=True, editable=False)
    requested_by = models.CharField(
        pgettext_lazy("b2b_portal", "requested by"), max_length=254, blank=True, editable=False
    )
    exported_at = models.DateTimeField(_("handed to the ERP at"), null=True, editable=False)

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ["-ordered_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "number", "ordered_on"], name="b2b_portal_order_no"
            )
        ]
        permissions = [("decide_order", _("Can take and decline requested orders"))]

    def __str__(self):
        return self.number

    @property
    def has_prices(self):
        return self.requested_at is None or bool(self.total)


class OrderLine(Line):
    account_path = "order__account"

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
