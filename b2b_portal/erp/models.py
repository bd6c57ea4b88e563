"""What came in from the ERP, and which of it the portal had posted itself."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ImportBatch(models.Model):
    """One file taken in."""

    supplier = models.ForeignKey(
        "b2b_portal.Supplier",
        models.PROTECT,
        related_name="import_batches",
        verbose_name=_("supplier"),
    )
    kind = models.CharField(_("kind"), max_length=12)
    profile = models.CharField(_("profile"), max_length=60)
    file_name = models.CharField(_("file"), max_length=250)
    sha256 = models.CharField(max_length=64)
    counts = models.JSONField(_("counts"), default=dict)
    applied_at = models.DateTimeField(_("applied at"), auto_now_add=True)
    applied_by = models.CharField(_("applied by"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-applied_at", "-id"]

    def __str__(self):
        return self.file_name


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
