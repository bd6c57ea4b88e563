"""Online payments, frozen when they start."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from ..money import AmountField


class Payment(models.Model):
    """One try to pay online. What is asked for never changes after it was made."""

    account_path = "account"

    class State(models.TextChoices):
        STARTED = "started", _("started")
        PAID = "paid", _("paid")
        DECLINED = "declined", _("declined")
        CANCELLED = "cancelled", _("not completed")
        REVIEW = "review", _("needs attention")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    account = models.ForeignKey(
        "b2b_portal.CustomerAccount",
        models.PROTECT,
        related_name="payments",
        verbose_name=_("account"),
    )
    currency = models.CharField(_("currency"), max_length=3)
    amount = AmountField(_("amount"))
    state = models.CharField(
        _("state"), max_length=12, choices=State.choices, default=State.STARTED
    )
    reason = models.CharField(_("reason"), max_length=250, blank=True)
    gateway = models.CharField(_("gateway"), max_length=40)
    token = models.CharField(max_length=120, null=True, unique=True, editable=False)
    gateway_payment_id = models.CharField(_("gateway's payment id"), max_length=60, blank=True)
    charged = AmountField(_("charged to the card"), null=True)
    commission = AmountField(_("gateway's commission"), null=True)
    card = models.CharField(_("card"), max_length=60, blank=True)
    installments = models.PositiveSmallIntegerField(_("instalments"), null=True)
    entry = models.OneToOneField(
        "b2b_portal.Entry",
        models.PROTECT,
        null=True,
        related_name="payment",
        verbose_name=_("movement"),
    )
    language = models.CharField(max_length=10)
    back_url = models.CharField(max_length=500)
    started_by = models.CharField(_("started by"), max_length=254, blank=True)
    started_at = models.DateTimeField(_("started at"), auto_now_add=True)
    paid_at = models.DateTimeField(_("paid at"), null=True)
    exported_at = models.DateTimeField(_("handed to the ERP at"), null=True)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["-started_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="b2b_portal_payment_pos"),
            models.UniqueConstraint(
                fields=["gateway", "gateway_payment_id"],
                condition=~models.Q(gateway_payment_id=""),
                name="b2b_portal_payment_once",
            ),
        ]

    def __str__(self):
        return self.receipt_no

    @property
    def receipt_no(self):
        """The number on the receipt and in the ERP's file: what brings the payment back to us."""
        return f"B2B{self.pk:09d}"


class PaymentItem(models.Model):
    """An open entry the payer chose, and how much of it."""

    account_path = "payment__account"

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="items")
    entry = models.ForeignKey("b2b_portal.Entry", models.PROTECT, related_name="+")
    amount = AmountField()


class GatewayEvent(models.Model):
    """Every word of the gateway about a payment of ours: returns, notices, answers."""

    account_path = "payment__account"

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="events")
    kind = models.CharField(_("kind"), max_length=20)
    outcome = models.CharField(_("outcome"), max_length=250)
    at = models.DateTimeField(_("time"), auto_now_add=True)

    class Meta:
        ordering = ["id"]
