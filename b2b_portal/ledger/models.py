"""The ledger's rows. ``posting.py`` alone writes them; triggers refuse every later change."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from ..money import AmountField, ExactDecimalField


class EntryKind(models.TextChoices):
    OPENING = "opening", _("Balance brought forward")
    INVOICE = "invoice", _("Invoice")
    CREDIT_NOTE = "credit_note", _("Credit note")
    CASH = "cash", _("Cash")
    BANK_TRANSFER = "bank_transfer", _("Bank transfer")
    CARD = "card", _("Card payment")
    CHEQUE = "cheque", _("Cheque")
    CHEQUE_RETURNED = "cheque_returned", _("Returned cheque")
    PROMISSORY_NOTE = "promissory_note", _("Promissory note")
    OFFSET = "offset", _("Offset between accounts")
    DEBIT_NOTE = "debit_note", _("Debit note")
    FX_DIFFERENCE = "fx_difference", _("Exchange difference")
    SURCHARGE = "surcharge", _("Surcharge")
    REFUND = "refund", _("Refund")
    REVERSAL = "reversal", _("Reversal")
    OTHER = "other", _("Other")


class Entry(models.Model):
    """One movement on one account in one currency, written once. Debit positive, credit negative."""

    account_path = "account"
    Kind = EntryKind

    supplier = models.ForeignKey(
        "b2b_portal.Supplier",
        models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("supplier"),
    )
    account = models.ForeignKey(
        "b2b_portal.CustomerAccount",
        models.PROTECT,
        related_name="entries",
        db_index=False,
        verbose_name=_("account"),
    )
    currency = models.CharField(_("currency"), max_length=3)
    amount = AmountField(_("amount"))
    base_amount = AmountField(_("amount in the books' currency"), null=True, blank=True)
    rate = ExactDecimalField(_("rate"), places=8, null=True, blank=True)
    kind = models.CharField(_("kind"), max_length=20, choices=EntryKind.choices)
    source_kind = models.CharField(_("kind in the ERP"), max_length=60, blank=True)
    booked_on = models.DateField(_("date"))
    occurred_at = models.DateTimeField(_("time"), null=True, blank=True)
    due_on = models.DateField(_("due"), null=True, blank=True)
    document_no = models.CharField(_("document no"), max_length=60, blank=True)
    description = models.CharField(_("description"), max_length=500, blank=True)
    source = models.CharField(_("source"), max_length=40)
    external_id = models.CharField(_("key at the source"), max_length=200)
    revision = models.PositiveIntegerField(_("revision"), default=1)
    content_hash = models.CharField(max_length=64, editable=False)
    search_text = models.TextField(editable=False, default="")
    reverses = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reversed_by",
        verbose_name=_("reverses"),
    )
    batch = models.ForeignKey(
        "b2b_portal.ImportBatch",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="entries",
        verbose_name=_("import"),
    )
    posted_at = models.DateTimeField(_("posted at"), auto_now_add=True)
    posted_by = models.CharField(_("posted by"), max_length=254, blank=True)

    class Meta:
        verbose_name = _("movement")
        verbose_name_plural = _("movements")
        ordering = ["booked_on", "id"]
        permissions = [("reverse_entry", _("Can reverse movements"))]
        indexes = [
            models.Index(
                fields=["account", "currency", "booked_on", "id", "amount"],
                name="b2b_portal_entry_covering",
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["supplier", "source", "external_id", "revision"],
                name="b2b_portal_entry_key",
            ),
            models.CheckConstraint(
                condition=~Q(amount=0) | (Q(base_amount__isnull=False) & ~Q(base_amount=0)),
                name="b2b_portal_entry_moves",
            ),
        ]

    def __str__(self):
        return " ".join(filter(None, [self.get_kind_display(), self.document_no]))

    @property
    def falls_due_on(self):
        """The day it is due; where none is set, the day it was booked."""
        return self.due_on or self.booked_on

    @property
    def debit(self):
        return max(self.amount, 0)

    @property
    def credit(self):
        return max(-self.amount, 0)


class AccountBalance(models.Model):
    """The sum of an account's entries in one currency, kept in the same transaction as they are.

    The row is also the lock that everything written on that account and currency takes first.
    """

    account_path = "account"

    account = models.ForeignKey(
        "b2b_portal.CustomerAccount", models.PROTECT, related_name="balances"
    )
    currency = models.CharField(max_length=3)
    amount = AmountField(default=0)
    base_amount = AmountField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "currency"], name="b2b_portal_balance_key")
        ]


class OpenItem(models.Model):
    """What explicit allocations have left of an entry, with the entry's sign. Gone when 0.

    Without constraints on its keys: entries and their accounts cannot go, and ``integrity`` compares.
    """

    account_path = "account"

    entry = models.OneToOneField(
        Entry,
        models.PROTECT,
        primary_key=True,
        related_name="open_item",
        db_constraint=False,
    )
    account = models.ForeignKey(
        "b2b_portal.CustomerAccount",
        models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    currency = models.CharField(max_length=3)
    booked_on = models.DateField()
    falls_due_on = models.DateField()
    residual = AmountField()

    class Meta:
        indexes = [
            models.Index(
                fields=["account", "currency", "falls_due_on", "booked_on", "entry", "residual"],
                name="b2b_portal_open_covering",
            )
        ]


class Allocation(models.Model):
    """An explicit closing of a debit by a credit. Undone by a row of the opposite amount."""

    account_path = "debit__account"

    debit = models.ForeignKey(Entry, models.PROTECT, related_name="allocations_as_debit")
    credit = models.ForeignKey(Entry, models.PROTECT, related_name="allocations_as_credit")
    amount = AmountField()
    effective_on = models.DateField()
    undoes = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="undone_by"
    )
    posted_at = models.DateTimeField(auto_now_add=True)
    posted_by = models.CharField(max_length=254, blank=True)

    class Meta:
        verbose_name = _("allocation")
        verbose_name_plural = _("allocations")
        indexes = [models.Index(fields=["effective_on"], name="b2b_portal_allocation_day")]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0, undoes__isnull=True)
                | Q(amount__lt=0, undoes__isnull=False),
                name="b2b_portal_allocation_sign",
            ),
            models.CheckConstraint(
                condition=~Q(debit=F("credit")), name="b2b_portal_allocation_two_sides"
            ),
        ]


class ClosedMonth(models.Model):
    """A month of a supplier's books that takes nothing any more, and neither does any before it.

    Reopened, its row stays and says who did it and why.
    """

    supplier = models.ForeignKey(
        "b2b_portal.Supplier",
        models.PROTECT,
        related_name="closed_months",
        verbose_name=_("supplier"),
    )
    ends_on = models.DateField(_("closed until"))
    closed_at = models.DateTimeField(_("closed at"), auto_now_add=True)
    closed_by = models.CharField(_("closed by"), max_length=254, blank=True)
    reopened_at = models.DateTimeField(_("reopened at"), null=True, blank=True)
    reopened_by = models.CharField(_("reopened by"), max_length=254, blank=True)
    reason = models.CharField(_("reason"), max_length=250, blank=True)

    class Meta:
        verbose_name = _("closed month")
        verbose_name_plural = _("closed months")
        ordering = ["-ends_on", "-id"]
        permissions = [("reopen_closedmonth", _("Can reopen months"))]
        constraints = [
            models.UniqueConstraint(
                fields=["supplier", "ends_on"],
                condition=Q(reopened_at__isnull=True),
                name="b2b_portal_closed_month",
            )
        ]

    def __str__(self):
        return f"{self.ends_on:%Y-%m}"


class MonthBalance(models.Model):
    """An account's balance at a closed month's end, where it moved in that month.

    Written at closing, removed at reopening. What was booked later is added to it.
    """

    account_path = "account"

    account = models.ForeignKey(
        "b2b_portal.CustomerAccount", models.PROTECT, related_name="+", db_index=False
    )
    currency = models.CharField(max_length=3)
    ends_on = models.DateField()
    amount = ExactDecimalField(places=4)  # a sum: may be larger than one amount is
    base_amount = ExactDecimalField(places=4)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "currency", "ends_on"], name="b2b_portal_month_balance_key"
            )
        ]
