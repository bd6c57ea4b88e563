"""Files too large to be made while somebody waits."""

from datetime import timedelta
from uuid import uuid4

from django.db import models
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..files import storage

PATIENCE = timedelta(hours=1)  # after it, what is still pending may be asked for again


class ReportFile(models.Model):
    """A report as a file, made by the worker for who asked for it, and removed after a few days.

    ``choice``: what an editor had set when it was asked for, None where it is the report as it is.
    ``query``: the report's parameters as they stand in a URL. ``key``: of the same request, of
    which only one is under way at a time. ``progress``: rows read of ``total``.
    ``file`` is named before it is written, so that nothing of it can be left behind.
    """

    account_path = "account"

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        MAKING = "making", _("being made")
        READY = "ready", _("ready")
        FAILED = "failed", _("failed")

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    account = models.ForeignKey(
        "b2b_portal.CustomerAccount", models.CASCADE, related_name="report_files"
    )
    mailbox = models.ForeignKey("b2b_portal.Mailbox", models.CASCADE, related_name="+")
    report = models.CharField(max_length=40)
    choice = models.JSONField(null=True)
    query = models.TextField(blank=True)
    format = models.CharField(max_length=4)
    language = models.CharField(max_length=10)
    key = models.CharField(max_length=64)
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    progress = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    file = models.FileField(storage=storage, blank=True)
    asked_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("report file")
        verbose_name_plural = _("report files")
        constraints = [
            models.UniqueConstraint(
                fields=["key"],
                condition=models.Q(state__in=("waiting", "making")),
                name="b2b_portal_report_file_once",
            )
        ]

    def __str__(self):
        return f"{self.report}.{self.format}"

    @property
    def is_pending(self):
        return self.state in PENDING

    @property
    def has_failed(self):
        """Whether it was given up, or waits too long for a worker."""
        is_late = self.is_pending and self.asked_at < timezone.now() - PATIENCE
        return is_late or self.state == self.State.FAILED


PENDING = (ReportFile.State.WAITING, ReportFile.State.MAKING)


@receiver(post_delete, sender=ReportFile)
def delete_stored(instance, **kwargs):
    """The file goes with its row, whoever deletes that."""
    if instance.file:
        instance.file.delete(save=False)
