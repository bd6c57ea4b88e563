from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class B2BPortalConfig(AppConfig):
    name = "b2b_portal"
    label = "b2b_portal"
    verbose_name = _("B2B portal")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from . import checks  # noqa: F401

        pre_migrate.connect(unguard_ledger, sender=self)
        post_migrate.connect(guard_ledger, sender=self)


def unguard_ledger(*, using, plan, **kwargs):
    """Lift the ledger's triggers where tables are about to be rebuilt."""
    from django.db import connections

    from .ledger import triggers

    if plan and connections[using].vendor == "sqlite":
        triggers.remove(using)


def guard_ledger(*, using, **kwargs):
    """Set the ledger's triggers once its tables stand (also when this app had nothing to do)."""
    from django.db import connections

    from .ledger import triggers

    tables = connections[using].introspection.table_names()
    if all(model._meta.db_table in tables for model in triggers.TABLES):
        triggers.install(using)
