import email
import email.policy

from django.db import models
from django.utils.translation import gettext_lazy as _


class Mail(models.Model):
    """A mail the example site has sent."""

    sent_at = models.DateTimeField(_("sent at"), auto_now_add=True)
    sender = models.CharField(_("sender"), max_length=320)
    recipients = models.TextField(_("recipients"))
    subject = models.TextField(_("subject"), blank=True)
    text = models.TextField(_("text"), blank=True)
    html = models.TextField("HTML", blank=True)
    source = models.TextField(_("source"))

    class Meta:
        ordering = ["-id"]
        verbose_name = _("mail")
        verbose_name_plural = _("mails")

    def __str__(self):
        return self.subject

    @property
    def attachments(self):
        message = email.message_from_bytes(self.source.encode(), policy=email.policy.default)
        return [
            {
                "name": part.get_filename() or part.get_content_type(),
                "type": part.get_content_type(),
                "content": part.get_payload(decode=True) or b"",
            }
            for part in message.iter_attachments()
        ]
