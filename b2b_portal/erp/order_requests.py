"""Orders asked for in the portal, as a file that the ERP takes."""

import csv
import io

from django.db import transaction
from django.utils import timezone

from ..documents.models import Order, OrderLine
from ..tables.csv import guarded
from ..tables.formats import format_number
from .collections import Exported

HEADERS = (
    "Tarih",
    "Saat",
    "Cari Kodu",
    "Cari Unvanı",
    "Sipariş No",
    "Durum",
    "Stok Kodu",
    "Stok Adı",
    "Miktar",
    "Birim",
    "Para Birimi",
    "İsteyen",
    "İlk Aktarım",
)
STATES = {Order.State.REQUESTED: "Talep", Order.State.OPEN: "Kabul"}


@transaction.atomic
def export_orders(suppliers, stream):
    """Write the orders requested of these suppliers to a binary stream, a row for each line.

    Those that were not declined and have not come back in a file of the ERP with prices, so that a
    lost file loses nothing; what went out before bears the moment when. UTF-8 with a mark,
    semicolons. Returns ``Exported``: how many orders, and how many of them again.
    """
    orders = Order.objects.filter(
        account__supplier__in=suppliers, requested_at__isnull=False, state__in=STATES, total=0
    )
    lines = OrderLine.objects.filter(order__in=orders).select_related("order__account")
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(HEADERS)
    found = {}
    for line in lines.order_by("order_id", "id").iterator():
        order = line.order
        found[order.pk] = order.exported_at is not None
        asked_at = timezone.localtime(order.requested_at)
        texts = (order.account.code, order.account.title, order.number, STATES[order.state])
        writer.writerow(
            [
                f"{asked_at:%d.%m.%Y}",
                f"{asked_at:%H:%M:%S}",
                *map(guarded, (*texts, line.product_code, line.product_name)),
                format_number(line.quantity, "tr").replace(".", ""),
                guarded(line.unit),
                order.currency,
                guarded(order.requested_by),
                order.exported_at and f"{timezone.localtime(order.exported_at):%d.%m.%Y %H:%M}",
            ]
        )
    text.detach()
    Order.objects.filter(pk__in=found, exported_at=None).update(exported_at=timezone.now())
    return Exported(len(found), sum(found.values()))
