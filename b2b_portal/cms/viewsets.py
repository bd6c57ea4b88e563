"""The "B2B portal" menu of the Wagtail admin."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.viewsets.base import ViewSetGroup

from .admin.control import ControlViewSet
from .admin.decisions import HeldViewSet, UnmatchedViewSet
from .admin.documents import InvoiceViewSet, PaymentViewSet
from .admin.entries import EntryViewSet
from .admin.imports import ImportViewSet
from .admin.months import MonthViewSet
from .admin.orders import OrderViewSet
from .admin.parties import AccountViewSet, ContactViewSet, SupplierViewSet
from .admin.report_snippets import ReportSnippetViewSet


class PortalViewSetGroup(ViewSetGroup):
    menu_label = _("B2B portal")
    menu_name = "b2b-portal"
    menu_icon = "group"
    menu_order = 250
    items = (
        AccountViewSet,
        EntryViewSet,
        InvoiceViewSet,
        OrderViewSet,
        PaymentViewSet,
        ContactViewSet,
        ImportViewSet,
        HeldViewSet,
        UnmatchedViewSet,
        ControlViewSet,
        MonthViewSet,
        SupplierViewSet,
        ReportSnippetViewSet,
    )
