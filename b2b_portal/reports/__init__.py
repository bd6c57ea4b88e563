"""Reports by name."""

from .base import choices, get, read, register
from .invoices import InvoicesReport
from .open_items import AgeingReport, OpenItemsReport
from .orders import OrdersReport
from .payments import PaymentsReport
from .purchases import PurchasesReport
from .statement import StatementReport

__all__ = [
    "AgeingReport",
    "InvoicesReport",
    "OpenItemsReport",
    "OrdersReport",
    "PaymentsReport",
    "PurchasesReport",
    "StatementReport",
    "choices",
    "get",
    "read",
    "register",
]
