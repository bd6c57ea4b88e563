"""What an editor sets once per site."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting
from wagtail.models import Site


@register_setting(icon="group")
class PortalSettings(BaseSiteSetting):
    """Whose customers this site serves."""

    supplier = models.ForeignKey(
        "b2b_portal.Supplier",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("supplier"),
        help_text=_("Customers then sign in without typing the supplier's tax number."),
    )

    panels = [FieldPanel("supplier")]

    class Meta:
        verbose_name = _("B2B portal")


def site_supplier(request):
    """The supplier the request's site stands for, or None."""
    site = Site.find_for_request(request)
    return PortalSettings.for_site(site).supplier if site else None
