"""What came in from the ERP, and which of it the portal had posted itself."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from ..exceptions import FileRefused, TakenOver
from ..files import storage
from ..ledger.models import Entry, EntryKind
from ..money import AmountField, ExactDecimalField
from ..signals import import_applied
from . import profiles

SOURCE = "erp"  # of the entries that files bring
SHOWN = 1000  # refusals, warnings and lines that a batch keeps; it counts all
TOO_LATE = _("This import is no longer in that state.")

ALWAYS_SAID = ("new", "changed", "unchanged", "matched", "refused")
COUNTS = {
    "new": pgettext_lazy("b2b_portal", "new"),
    "changed": pgettext_lazy("b2b_portal", "changed"),
    "unchanged": _("unchanged"),
    "matched": _("matched"),
    "deleted": _("deleted"),
    "missing": _("missing"),
    "repeated": _("brought forward again"),
    "held": _("to be decided"),
    "addresses": _("changes of addresses"),
    "refused": _("refused"),
}
PASSED_OVER = {
    "totals": _("totals rows"),
    "headers": _("repeated headers"),
    "zeros": _("rows of 0"),
}


class ImportBatch(models.Model):
    """One file taken in: read, compared with the books, applied, perhaps undone."""

    class Kind(models.TextChoices):
        ACCOUNTS = "accounts", pgettext_lazy("b2b_portal", "Accounts")
        ENTRIES = "entries", _("Movements")
        INVOICES = "invoices", _("Invoices")
        ORDERS = "orders", _("Orders")

    class State(models.TextChoices):
        READING = "reading", _("being read")
        UNMAPPED = "unmapped", _("columns not recognised")
        READ = "read", _("awaits approval")
        APPLYING = "applying", _("being applied")
        APPLIED = "applied", pgettext_lazy("b2b_portal", "applied")
        UNDOING = "undoing", _("being undone")
        UNDONE = "undone", _("undone")
        FAILED = "failed", _("cannot be read")

    supplier = models.ForeignKey(
        "b2b_portal.Supplier",
        models.PROTECT,
        related_name="import_batches",
        verbose_name=_("supplier"),
    )
    kind = models.CharField(_("kind of file"), max_length=12, choices=Kind.choices)
    state = models.CharField(
        _("state"), max_length=12, choices=State.choices, default=State.APPLIED
    )
    profile = models.CharField(_("profile"), max_length=60)
    file_name = models.CharField(_("file"), max_length=250)
    file = models.FileField(storage=storage, upload_to="imports", blank=True)
    sha256 = models.CharField(max_length=64)
    complete_from = models.DateField(_("complete from"), null=True, blank=True)
    complete_until = models.DateField(_("complete until"), null=True, blank=True)
    options = models.JSONField(default=dict)
    progress = models.PositiveIntegerField(_("rows read"), default=0)
    counts = models.JSONField(_("counts"), default=dict)
    digest = models.CharField(max_length=64, blank=True)  # of the movements behind the counts
    refused = models.JSONField(default=list)  # the first of them, as {line, column, reason}
    warnings = models.JSONField(default=list)
    lines = models.JSONField(default=list)  # the first that change something: {line, outcome, text}
    stated = models.JSONField(default=list)  # balances read, until they are kept
    first_rows = models.JSONField(default=list)  # while its columns are to be mapped by hand
    problem = models.TextField(_("problem"), blank=True)
    claim = models.CharField(max_length=32, blank=True, editable=False)  # of the job at work on it
    moved_at = models.DateTimeField(default=timezone.now, editable=False)  # by the worker
    made_at = models.DateTimeField(_("received at"), default=timezone.now)
    made_by = models.CharField(_("received by"), max_length=254, blank=True)
    applied_at = models.DateTimeField(_("applied at"), null=True, blank=True)
    applied_by = models.CharField(_("applied by"), max_length=254, blank=True)
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)
    undone_by = models.CharField(_("undone by"), max_length=254, blank=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-made_at", "-id"]
        permissions = [("undo_importbatch", _("Can undo imports"))]

    def __str__(self):
        return self.file_name

    def table(self):
        """How its rows are read: the profile's ``Table`` for this kind of file."""
        return profiles.get(self.profile, self.supplier).table(self.kind)

    @property
    def state_label(self):
        """Its state for people: what has refused rows awaits nobody's approval."""
        is_refused = self.state == self.State.READ and self.counts.get("refused")
        return _("rows are refused") if is_refused else self.get_state_display()

    def count_anew(self, *names):
        """Forget what a comparison has found; what the reading of the file found stays. Unsaved.

        ``names``: of the counts that begin at 0.
        """
        unreadable = self.counts.get("unreadable", 0)
        passed = {name: self.counts[name] for name in PASSED_OVER if name in self.counts}
        self.counts = dict.fromkeys(names, 0) | passed
        self.counts |= {"unreadable": unreadable, "refused": unreadable}
        self.refused, self.warnings, self.lines = self.refused[:unreadable], [], []

    def warn_where_empty(self):
        if not self.progress:
            self.warn(_("The file has a header and no rows."))

    def refuse(self, line, column, reason):
        """Note a row that cannot be taken in; unsaved."""
        self.counts["refused"] = self.counts.get("refused", 0) + 1
        if len(self.refused) < SHOWN:
            self.refused.append({"line": line, "column": column, "reason": str(reason)})

    def tell(self, line, outcome, text):
        """Note what a row changes; unsaved."""
        if len(self.lines) < SHOWN:
            self.lines.append({"line": line, "outcome": outcome, "text": str(text)})

    def move(self):
        """Say that work goes on, and how far it is; first of all in each transaction of a job.

        Raises ``TakenOver`` where the batch is no longer as this job found it.
        """
        there = ImportBatch.objects.filter(pk=self.pk, state=self.state, claim=self.claim)
        if not there.update(progress=self.progress, moved_at=timezone.now()):
            raise TakenOver(TOO_LATE)

    def check_shown(self):
        """Refuse to apply what was compared anew: rows refused, or not what was shown."""
        if self.counts["refused"]:
            raise FileRefused(_("Rows are refused: nothing was written."))
        states = [self.State.READ, self.State.APPLYING]
        stored = ImportBatch.objects.filter(pk=self.pk, state__in=states)
        if stored.exclude(counts=self.counts, digest=self.digest).exists():
            raise FileRefused(_("The books have changed since this was shown. Look again."))

    def applied(self, by):
        """Note that it is applied, and save it."""
        self.state, self.applied_at, self.applied_by = self.State.APPLIED, timezone.now(), by[:254]
        self.save()
        import_applied.send(ImportBatch, batch=self, by=by)

    def summary(self):
        """The counts in words: "3 new, 1 changed, …; passed over: 1 totals rows"."""
        said = ", ".join(
            f"{self.counts.get(name, 0)} {label}"
            for name, label in COUNTS.items()
            if self.counts.get(name) or name in ALWAYS_SAID
        )
        passed = ", ".join(
            f"{self.counts[name]} {label}"
            for name, label in PASSED_OVER.items()
            if self.counts.get(name)
        )
        if not passed:
            return said
        return gettext("%(counts)s; passed over: %(rows)s") % {"counts": said, "rows": passed}

    def warn(self, text):
        if len(self.warnings) < SHOWN:
            self.warnings.append(str(text))


class ImportProfile(models.Model):
    """A supplier's own profile: the columns of a file, mapped by hand."""

    supplier = models.ForeignKey(
        "b2b_portal.Supplier", models.CASCADE, related_name="import_profiles"
    )
    kind = models.CharField(max_length=12, choices=ImportBatch.Kind.choices)
    name = models.CharField(max_length=60)
    data = models.JSONField()  # {"columns": {field: its headers}}

    class Meta:
        verbose_name = _("import profile")
        verbose_name_plural = _("import profiles")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["supplier", "name"], name="b2b_portal_import_profile")
        ]

    def __str__(self):
        return self.name


class StagedEntry(models.Model):
    """A movement of a file before it is applied; its fields are an ``Entry``'s.

    They go when the file is applied; only those ``held`` stay, until a clerk decides.
    """

    account_path = "account"
    source = SOURCE
    occurred_at = None

    class Outcome(models.TextChoices):
        NEW = "new", COUNTS["new"]
        CHANGED = "changed", COUNTS["changed"]
        UNCHANGED = "unchanged", COUNTS["unchanged"]
        MATCHED = "matched", COUNTS["matched"]
        DELETED = "deleted", COUNTS["deleted"]
        REPEATED = "repeated", COUNTS["repeated"]
        HELD = "held", COUNTS["held"]
        REFUSED = "refused", COUNTS["refused"]

    class Decision(models.TextChoices):
        BOOKED = "booked", _("booked")
        SAME = "same", _("the portal's own payment")
        LEFT = "left", _("left as it was")

    batch = models.ForeignKey(
        ImportBatch,
        models.CASCADE,
        related_name="rows",
        db_index=False,
        db_constraint=False,
        verbose_name=_("import"),
    )
    line = models.PositiveIntegerField(_("line"))
    outcome = models.CharField(
        _("outcome"), max_length=10, choices=Outcome.choices, db_default=Outcome.NEW
    )
    account = models.ForeignKey(
        "b2b_portal.CustomerAccount",
        models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=_("account"),
    )
    currency = models.CharField(_("currency"), max_length=3)
    amount = AmountField(_("amount"))
    base_amount = AmountField(_("amount in the books' currency"), null=True)
    rate = ExactDecimalField(_("rate"), places=8, null=True)
    kind = models.CharField(_("kind"), max_length=20, choices=EntryKind.choices)
    source_kind = models.CharField(max_length=60, blank=True)
    booked_on = models.DateField(_("date"))
    due_on = models.DateField(_("due"), null=True)
    document_no = models.CharField(_("document no"), max_length=60, blank=True)
    description = models.CharField(_("description"), max_length=500, blank=True)
    search_text = models.TextField(default="")
    stem = models.CharField(max_length=180)
    number = models.PositiveIntegerField(db_default=1)
    revision = models.PositiveIntegerField(db_default=1)
    content_hash = models.CharField(max_length=64)
    is_deleted = models.BooleanField(db_default=False)
    payment = models.ForeignKey(
        "b2b_portal.Payment",
        models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    entry = models.ForeignKey(
        Entry, models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    reason = models.CharField(_("reason"), max_length=250, blank=True, db_default="")
    decision = models.CharField(
        _("decision"), max_length=8, choices=Decision.choices, blank=True, db_default=""
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decided_by = models.CharField(_("decided by"), max_length=254, blank=True, db_default="")

    class Meta:
        verbose_name = _("row to be decided")
        verbose_name_plural = _("rows to be decided")
        ordering = ["line"]
        permissions = [("decide_stagedentry", _("Can decide on rows of files"))]

    def __str__(self):
        return f"{self.document_no or self.line}"

    @property
    def external_id(self):
        return f"{self.stem}|{self.number}"

    @property
    def is_ours(self):
        """Whether what is there is a posting of the portal's own: this row is probably the same."""
        return bool(self.entry) and self.entry.source != SOURCE

    @property
    def came_back(self):
        """Whether another row has brought the payment back that this undecided one may be."""
        return self.is_ours and not self.decision and hasattr(self.entry, "erp_match")


class EntryMatch(models.Model):
    """A row of the ERP that is an entry the portal posted itself: it posts nothing."""

    supplier = models.ForeignKey("b2b_portal.Supplier", models.PROTECT, related_name="+")
    source = models.CharField(max_length=40)
    external_id = models.CharField(max_length=200)
    content_hash = models.CharField(max_length=64)
    entry = models.OneToOneField("b2b_portal.Entry", models.PROTECT, related_name="erp_match")
    batch = models.ForeignKey(ImportBatch, models.PROTECT, related_name="matches")

    class Meta:
        verbose_name = _("match")
        verbose_name_plural = _("matches")
        constraints = [
            models.UniqueConstraint(
                fields=["supplier", "source", "external_id"], name="b2b_portal_match_key"
            )
        ]


class StatedBalance(models.Model):
    """The balance that the ERP's newest file states of an account in a currency."""

    account_path = "account"

    account = models.ForeignKey(
        "b2b_portal.CustomerAccount",
        models.CASCADE,
        related_name="stated_balances",
        verbose_name=_("account"),
    )
    currency = models.CharField(_("currency"), max_length=3)
    amount = AmountField(_("balance in the ERP"))
    as_of = models.DateField(_("as of"))
    batch = models.ForeignKey(ImportBatch, models.PROTECT, related_name="+")
    explanation = models.TextField(_("explanation"), blank=True)
    explained = AmountField(null=True, editable=False)  # the difference it is about
    explained_at = models.DateTimeField(_("explained at"), null=True, editable=False)
    explained_by = models.CharField(_("explained by"), max_length=254, blank=True, editable=False)

    class Meta:
        verbose_name = _("balance in the ERP")
        verbose_name_plural = _("balances in the ERP")
        permissions = [("explain_statedbalance", _("Can explain differences"))]
        ordering = ["account__code", "currency"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "currency"], name="b2b_portal_stated_balance_key"
            )
        ]

    def __str__(self):
        return f"{self.account} {self.currency}"
