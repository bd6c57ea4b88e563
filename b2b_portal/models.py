"""The table of contents: every model of the portal."""

from .cms.report_snippets import ReportSnippet
from .cms.settings import PortalSettings
from .customers.models import Contact, CustomerAccount, FormerCode, Supplier
from .documents.models import Invoice, InvoiceFile, InvoiceLine, Order, OrderLine
from .erp.models import EntryMatch, ImportBatch, ImportProfile, StagedEntry, StatedBalance
from .ledger.models import (
    AccountBalance,
    Allocation,
    ClosedMonth,
    Entry,
    MonthBalance,
    OpenItem,
)
from .payments.models import GatewayEvent, Payment, PaymentItem
from .reports.models import ReportFile
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
    "FormerCode",
    "GatewayEvent",
    "ImportBatch",
    "ImportProfile",
    "Invoice",
    "InvoiceFile",
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
    "ReportFile",
    "ReportSnippet",
    "StagedEntry",
    "StatedBalance",
    "Supplier",
]
