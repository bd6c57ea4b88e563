"""Ordering again: what was ordered or bought before, quantities to change, sent as a request."""

from uuid import uuid4

from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from .. import reports
from ..customers.access import get_visible_or_404
from ..documents.forms import MOST_PRODUCTS, OrderForm
from ..documents.models import Order
from ..documents.requests import may_order, request_order
from ..exceptions import B2BPortalError
from ..reports.purchases import last_bought
from .base import portal_view, see_other


@portal_view
def order_again(request, viewer, pk):
    """The products and quantities of an order."""
    order = get_visible_or_404(Order.objects.all(), viewer, pk=pk)
    context = {"order": order}
    return _order(request, viewer, list(order.lines.all()), order.currency, context)


@portal_view
def order_products(request, viewer):
    """The products that were bought, as the report of purchases finds them by the same parameters.

    One product has the quantity of the last time; several have none yet.
    """
    form = reports.get("purchases").form(viewer.account, request.GET)
    if not form.is_valid():
        return render(request, "b2b_portal/bad_request.html", {"form": form}, status=400)
    params = form.cleaned_data
    lines = last_bought(viewer.account, params)
    hidden = {name: value for name, value in request.GET.items() if name != "q"}
    context = {"search": params["q"], "kept": hidden, "shows_last": True}
    return _order(
        request, viewer, lines, params["currency"], context, has_quantities=len(lines) == 1
    )


def _order(request, viewer, lines, currency, context, *, has_quantities=True):
    account = viewer.account
    if not may_order(account):
        raise Http404
    form = OrderForm(
        request.POST if request.method == "POST" else None,
        initial={"token": uuid4(), "account": account.pk},
        lines=lines,
        has_quantities=has_quantities,
    )
    context |= {
        "viewer": viewer,
        "form": form,
        "cut": MOST_PRODUCTS if len(lines) > MOST_PRODUCTS else None,
    }
    status = 200
    if form.is_bound:
        status = 422
        if request.POST.get("account") != str(account.pk):
            form.add_error(None, _("Another account was opened meanwhile. Please choose again."))
            status = 409
        elif form.is_valid():
            try:
                order, is_this = request_order(
                    account,
                    form.chosen(),
                    currency=currency,
                    token=form.cleaned_data["token"],
                    by=viewer.mailbox,
                )
            except B2BPortalError as error:
                form.add_error(None, str(error))
            else:
                url = reverse("b2b_portal:order", args=[order.pk])
                return see_other(url if is_this else f"{url}?sent=before")
    return render(request, "b2b_portal/order_again.html", context, status=status)
