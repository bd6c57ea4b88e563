"""Orders that customers ask for in the portal: no prices, no promise; the supplier decides."""

from collections import Counter
from uuid import uuid4

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import jobs, mail
from ..exceptions import B2BPortalError
from ..money import ZERO
from .models import Order, OrderLine
from .trade import is_vendor

State = Order.State
DECIDED = gettext_lazy("This order is no longer waiting for an answer.")


def may_order(account):
    """Whether the account buys: it is not closed, and no vendor."""
    return not account.is_closed and not is_vendor(account)


def request_order(account, chosen, *, currency, token, by):
    """(the ``Order``, whether it is what was ``chosen``): its number is one of ours.

    ``chosen``: [(line of an invoice or an order, quantity)]. The same ``token`` gives the same
    order, however often and at once it comes and with whatever quantities: as it was sent first.
    By its number a file of the ERP may bring it back. Raises ``B2BPortalError`` where the account
    may not order.
    """
    if not may_order(account):
        raise B2BPortalError(_("This account cannot order."))
    try:
        with transaction.atomic():
            order = Order.objects.create(
                account=account,
                number=uuid4().hex,
                ordered_on=timezone.localdate(),
                state=State.REQUESTED,
                currency=currency,
                total=ZERO,
                token=token,
                requested_at=timezone.now(),
                requested_by=by,
            )
            order.number = f"B2BS{order.pk:09d}"
            order.save(update_fields=["number"])
            OrderLine.objects.bulk_create(
                OrderLine(
                    order=order,
                    product_code=line.product_code,
                    product_name=line.product_name,
                    quantity=quantity,
                    unit=line.unit,
                    unit_price=ZERO,
                    net=ZERO,
                )
                for line, quantity in chosen
            )
            if account.supplier.email:
                jobs.enqueue("b2b_portal.documents.requests.tell_supplier", order.pk)
            return order, True
    except IntegrityError:
        order = Order.objects.filter(account=account, token=token).first()
        if order is None:
            raise
        fields = ("product_code", "product_name", "unit", "quantity")
        sent = Counter(order.lines.values_list(*fields))
        return order, sent == Counter(
            (line.product_code, line.product_name, line.unit, quantity) for line, quantity in chosen
        )


def tell_supplier(order_id):
    """The worker's part: mail the supplier what was asked for."""
    order = Order.objects.select_related("account__supplier").get(pk=order_id)
    supplier = order.account.supplier
    context = {"order": order, "account": order.account, "lines": order.lines.all()}
    mail.send(
        "order_requested",
        context,
        to=supplier.email,
        language=settings.LANGUAGE_CODE,
        sender=supplier.mail_from,
    )


def take(order):
    """The supplier takes the order: it is open. Raises ``B2BPortalError`` where it is decided."""
    _decide(order, State.OPEN)


def decline(order):
    """The supplier does not: it is cancelled."""
    _decide(order, State.CANCELLED)


def _decide(order, state):
    waiting = Order.objects.filter(pk=order.pk, state=State.REQUESTED)
    if not waiting.update(state=state):
        raise B2BPortalError(DECIDED)
    order.state = state
