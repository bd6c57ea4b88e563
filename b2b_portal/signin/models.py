"""What a sign-in leaves behind: the challenge, the user it opened, the session."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Challenge(models.Model):
    """One request for a code, known or not. The code itself is nowhere: only its HMAC is."""

    supplier_number = models.CharField(max_length=20)
    tax_number = models.CharField(max_length=20)
    mailbox = models.CharField(max_length=254)
    language = models.CharField(max_length=10)
    client_ip = models.GenericIPAddressField(null=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    code_hmac = models.CharField(max_length=64, blank=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["tax_number", "mailbox", "created_at"], name="b2b_portal_challenge_card"
            ),
            models.Index(fields=["client_ip", "created_at"], name="b2b_portal_challenge_ip"),
        ]


class Mailbox(models.Model):
    """A proven mailbox and the Django user made for it; never a user that was there before."""

    email = models.EmailField(unique=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="b2b_portal_mailbox"
    )

    def __str__(self):
        return self.email


class PortalSession(models.Model):
    """The authority of a signed-in customer. Ending the row ends the session everywhere."""

    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    mailbox = models.ForeignKey(Mailbox, models.CASCADE, related_name="sessions")
    supplier = models.ForeignKey("b2b_portal.Supplier", models.CASCADE, related_name="+")
    tax_number = models.CharField(_("tax number"), max_length=11)
    account = models.ForeignKey(
        "b2b_portal.CustomerAccount", models.CASCADE, related_name="sessions"
    )
    language = models.CharField(max_length=10)
    client_ip = models.GenericIPAddressField(null=True)
    started_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("portal session")
        verbose_name_plural = _("portal sessions")
