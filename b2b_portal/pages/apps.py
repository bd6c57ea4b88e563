from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PagesConfig(AppConfig):
    name = "b2b_portal.pages"
    label = "b2b_portal_pages"
    verbose_name = _("B2B portal pages")
    default_auto_field = "django.db.models.BigAutoField"
