"""Collections out: what the portal took, as a file that the ERP books."""

import csv
import io

from django.db import transaction
from django.utils import timezone

from ..money import format_amount
from ..payments.models import Payment
from . import profiles

HEADERS = (
    "Tarih",
    "Saat",
    "Cari Kodu",
    "Evrak No",
    "İşlem Türü",
    "Açıklama",
    "Borç",
    "Alacak",
    "Para Birimi",
    "Taksit",
    "Ödeme No",
    "Kart",
)


@transaction.atomic
def export_collections(supplier, stream, *, profile="general"):
    """Write a supplier's paid payments to a binary stream; returns how many there are.

    All that were not reversed and have not come back in a file of the ERP yet, so that a
    lost file loses nothing; the ERP knows by the document no (our receipt no) what it has booked. Each payment is marked with
    when it first went out.
    """
    layout = profiles.get(profile).collections
    payments = (
        Payment.objects.filter(
            account__supplier=supplier,
            state=Payment.State.PAID,
            entry__erp_match=None,
            entry__reversed_by=None,
        )
        .select_related("account", "entry")
        .order_by("paid_at", "pk")
    )
    text = io.TextIOWrapper(stream, encoding=layout["encoding"], newline="", write_through=True)
    writer = csv.writer(text, delimiter=layout["delimiter"], lineterminator="\r\n")
    writer.writerow(HEADERS)
    count = 0
    for payment in payments.iterator(chunk_size=2000):
        paid_at = timezone.localtime(payment.paid_at)
        writer.writerow(
            [
                payment.entry.booked_on.strftime("%d.%m.%Y"),
                paid_at.strftime("%H:%M:%S"),
                payment.account.code,
                payment.receipt_no,
                layout["kind"],
                payment.entry.description,
                "",
                format_amount(payment.amount, payment.currency, "tr"),
                payment.currency,
                payment.installments or 1,
                payment.gateway_payment_id,
                payment.card,
            ]
        )
        count += 1
    text.detach()
    payments.filter(exported_at=None).update(exported_at=timezone.now())
    return count
