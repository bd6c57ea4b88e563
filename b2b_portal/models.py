"""The table of contents: every model of the portal."""

from .cms.settings import PortalSettings
from .customers.models import Contact, CustomerAccount, Supplier
from .documents.models import Invoice, InvoiceLine, Order, OrderLine
from .erp.models import EntryMatch, ImportBatch
from .ledger.models import (
    AccountBalance,
    Allocation,
    ClosedMonth,
    Entry,
    MonthBalance,
    OpenItem,
)
from .payments.models import GatewayEvent, Payment, PaymentItem
from .signin.models import Challenge, Mailbox, PortalSession

__all__ = [
    "AccountBalance",
    "Allocation",
    "Challenge",
    "ClosedMonth",
    "Contact",
    "CustomerAccount",
    "Entry",
    "EntryMatch",
    "GatewayEvent",
    "ImportBatch",
    "Invoice",
    "InvoiceLine",
    "Mailbox",
    "MonthBalance",
    "OpenItem",
    "Order",
    "OrderLine",
    "Payment",
    "PaymentItem",
    "PortalSession",
    "PortalSettings",
    "Supplier",
]
