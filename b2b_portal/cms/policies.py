"""Who of the staff may do what in the admin: per model by permissions, per row by supplier."""

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Q
from wagtail.permission_policies import ModelPermissionPolicy

from ..customers.models import Contact, CustomerAccount, Supplier
from ..documents.models import Invoice, Order
from ..erp.models import ImportBatch, StagedEntry, StatedBalance
from ..ledger.models import ClosedMonth, Entry
from ..payments.models import Payment

ALL = frozenset({"add", "change", "delete", "view"})
READ_ONLY = frozenset({"view"})


def suppliers_of(user):
    """The suppliers whose books a member of staff may see.

    A supplier that names groups of staff is seen by their members alone (and by superusers).
    """
    if user.is_superuser:
        return Supplier.objects.all()
    mine = Q(staff_groups=None) | Q(staff_groups__in=user.groups.all())
    return Supplier.objects.filter(pk__in=Supplier.objects.filter(mine).order_by().values("pk"))


def _supplier_path(model):
    if model is Supplier:
        return "pk"
    try:
        model._meta.get_field("supplier")
    except FieldDoesNotExist:
        return f"{model.account_path}__supplier"
    return "supplier"


class PortalPolicy(ModelPermissionPolicy):
    """Grants only ``actions``, to superusers too, and only on rows of the user's own suppliers."""

    def __init__(self, model, actions):
        super().__init__(model)
        self.actions = actions

    def user_has_permission(self, user, action):
        return action in self.actions and super().user_has_permission(user, action)

    def users_with_any_permission(self, actions):
        return super().users_with_any_permission(self.actions.intersection(actions))

    def visible(self, queryset, user):
        """Those of the rows that the user may see: none without any permission on the model."""
        if not self.user_has_any_permission(user, self.actions):
            return queryset.none()
        if user.is_superuser:
            return queryset
        return queryset.filter(**{f"{_supplier_path(self.model)}__in": suppliers_of(user)})

    def user_has_permission_for_instance(self, user, action, instance):
        return self.user_has_permission(user, action) and (
            user.is_superuser
            or self.visible(self.model._base_manager.filter(pk=instance.pk), user).exists()
        )

    def instances_user_has_any_permission_for(self, user, actions):
        if self.user_has_any_permission(user, actions):
            return self.visible(self.model._default_manager.all(), user)
        return self.model._default_manager.none()


POLICIES = {
    model: PortalPolicy(model, actions)
    for model, actions in (
        (Supplier, ALL),
        (CustomerAccount, ALL | {"change_email"}),
        (Contact, ALL),
        (Entry, frozenset({"view", "add", "reverse"})),
        (ClosedMonth, frozenset({"view", "add", "reopen"})),
        (Invoice, READ_ONLY),
        (Order, frozenset({"view", "decide"})),
        (Payment, READ_ONLY),
        (ImportBatch, frozenset({"view", "add", "undo"})),
        (StagedEntry, frozenset({"view", "decide"})),
        (StatedBalance, frozenset({"view", "explain"})),
    )
}


def visible(queryset, user):
    """Those of the rows that a user may see in the admin."""
    return POLICIES[queryset.model].visible(queryset, user)


def register_policies():
    """Make Wagtail 8 use these policies wherever it asks about these models.

    Wagtail 7 has no such registry: there the viewsets hand theirs to their own views.
    """
    try:
        from wagtail.permissions import register_permission_policy
    except ImportError:
        return
    for model, policy in POLICIES.items():
        register_permission_policy(model, policy, exact_class=True)
