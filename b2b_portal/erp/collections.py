"""Collections out: what the portal took, as a file that the ERP books."""

import csv
import io
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from ..money import format_amount
from ..payments.models import Payment
from . import profiles
from .locks import hold_imports
from .records import chunks

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
    "Komisyon",
    "Net",
    "İlk Aktarım",
)


class Exported(NamedTuple):
    """How many payments a file holds, and how many of them an earlier one held too."""

    count: int
    again: int


@transaction.atomic
def export_collections(supplier, stream, *, profile="general"):
    """Write a supplier's paid payments to a binary stream; returns ``Exported``.

    All that were not reversed and have not come back in a file of the ERP yet, so that a lost file
    loses nothing. What went out before bears the moment when, and the same document no (our
    receipt no): nothing is doubled unseen, since one export or import waits for the other.
    Commission and net are empty where the gateway did not say them.
    """
    hold_imports(supplier)
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
    count, fresh = 0, []
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
                *_commission_and_net(payment),
                payment.exported_at and f"{timezone.localtime(payment.exported_at):%d.%m.%Y %H:%M}",
            ]
        )
        count += 1
        if payment.exported_at is None:
            fresh.append(payment.pk)
    text.detach()
    for pks in chunks(fresh):
        Payment.objects.filter(pk__in=pks).update(exported_at=timezone.now())
    return Exported(count, count - len(fresh))


def _commission_and_net(payment):
    if payment.commission is None:
        return "", ""
    return [
        format_amount(amount, payment.currency, "tr")
        for amount in (payment.commission, payment.amount - payment.commission)
    ]
