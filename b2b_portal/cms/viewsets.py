"""The "B2B portal" menu of the Wagtail admin."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.viewsets.base import ViewSetGroup

from .admin.documents import ImportViewSet, InvoiceViewSet, OrderViewSet, PaymentViewSet
from .admin.entries import EntryViewSet
from .admin.months import MonthViewSet
from .admin.parties import AccountViewSet, ContactViewSet, SupplierViewSet


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
        MonthViewSet,
        SupplierViewSet,
    )
