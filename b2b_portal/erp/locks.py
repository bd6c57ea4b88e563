"""Imports of one supplier, one after the other."""

from ..customers.models import Supplier


def hold_imports(supplier):
    """Let the supplier's imports wait for each other; payments do not wait. The supplier, anew.

    First of all locks in a transaction.
    """
    return Supplier.objects.select_for_update(no_key=True).get(pk=supplier.pk)
