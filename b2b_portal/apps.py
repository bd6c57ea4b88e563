from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class B2BPortalConfig(AppConfig):
    name = "b2b_portal"
    label = "b2b_portal"
    verbose_name = _("B2B portal")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from . import checks  # noqa: F401

        post_migrate.connect(guard_ledger, sender=self)


def guard_ledger(*, using, **kwargs):
    """Set the ledger's triggers once its tables stand (also when this app had nothing to do)."""
    from django.db import connections

    from .ledger import triggers

    tables = connections[using].introspection.table_names()
    if all(model._meta.db_table in tables for model in triggers.APPEND_ONLY):
        triggers.install(using)
