"""What payments can prove about themselves."""

from django.utils.translation import gettext as _

from .models import Payment


def problems():
    """Yield one line for each payment whose entry is not what was paid."""
    rows = Payment.objects.select_related("entry").order_by("pk")
    for payment in rows.iterator(chunk_size=2000):
        entry, paid = payment.entry, payment.state == Payment.State.PAID
        if paid != (entry is not None):
            yield _("payment %s: paid and booked are not the same") % payment.pk
        elif entry and (entry.account_id, entry.currency, entry.amount) != (
            payment.account_id,
            payment.currency,
            -payment.amount,
        ):
            yield _("payment %s: booked otherwise than paid") % payment.pk
