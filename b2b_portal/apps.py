from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class B2BPortalConfig(AppConfig):
    name = "b2b_portal"
    label = "b2b_portal"
    verbose_name = _("B2B portal")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from . import checks, signals  # noqa: F401
        from .cms.admin import addresses

        signals.address_changed.connect(addresses.changed_by_a_file)
        pre_migrate.connect(unguard_ledger, sender=self)
        post_migrate.connect(guard_ledger, sender=self)


def unguard_ledger(*, using, plan, **kwargs):
    """Lift the triggers that name another table where one of the portal's may be rebuilt."""
    from .ledger import triggers

    if any(migration.app_label == B2BPortalConfig.label for migration, _backwards in plan):
        triggers.remove(using, only=triggers.is_about_months)


def guard_ledger(*, using, **kwargs):
    """Set the ledger's triggers once its tables stand (also when this app had nothing to do)."""
    from .ledger import triggers

    triggers.install(using)
