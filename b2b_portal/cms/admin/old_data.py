"""A warning on the admin's home page: the ERP's data has grown old."""

from wagtail.admin.ui.components import Component

from ...erp.age import with_old_data
from ...erp.models import ImportBatch
from ..policies import POLICIES, suppliers_of


class OldDataPanel(Component):
    order = 50
    template_name = "b2b_portal/admin/old_data.html"

    def __init__(self, suppliers):
        self.suppliers = suppliers

    def get_context_data(self, parent_context=None):
        return {"suppliers": self.suppliers}


def add_old_data_panel(request, panels):
    """Warn those who may see the imports of a supplier whose data is old."""
    policy = POLICIES[ImportBatch]
    if policy.user_has_any_permission(request.user, policy.actions):
        suppliers = list(with_old_data(suppliers_of(request.user)))
        if suppliers:
            panels.append(OldDataPanel(suppliers))
