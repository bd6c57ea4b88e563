"""Reports by name."""

from .base import choices, get, register
from .statement import StatementReport

__all__ = ["StatementReport", "choices", "get", "register"]
