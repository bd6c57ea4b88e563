"""Paying: the form, the way back from the gateway, its notices, the receipt."""

import logging
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from ..customers.access import get_visible_or_404
from ..exceptions import B2BPortalError, PaymentError, UntrustedAnswer
from ..money import amount_in_words, format_amount
from ..payments import gateways
from ..payments.forms import PaymentForm
from ..payments.models import Payment
from ..payments.settle import settle
from ..payments.start import payable_currencies, payer_of, start
from ..reports.forms import currencies_of
from .base import client_ip, never_cached, portal_view, see_other

logger = logging.getLogger(__name__)


def pay(request, viewer, render):
    """The payment form on the page that ``render(context, status)`` shows.

    First what is to be paid is chosen, then shown again to be confirmed; then off to the gateway.
    """
    payable = payable_currencies(viewer.account)
    currencies = [code for code in currencies_of(viewer.account) if code in payable]
    currency = request.POST.get("currency") or request.GET.get("currency")
    if currency not in currencies:
        currency = currencies[0] if currencies else None
    context = {"currencies": currencies, "currency": currency, "today": timezone.localdate()}
    if currency is None:
        return render(context, 200)
    step = request.POST.get("step")
    form = PaymentForm(
        request.POST if step in ("review", "pay") else None,
        initial={"amount": request.POST.get("amount") or request.GET.get("amount")},
        account=viewer.account,
        currency=currency,
    )
    context |= {"form": form, "ticked": _ticked(request)}
    if not form.is_bound:
        return render(context, 200)
    if request.POST.get("account") != str(viewer.account.pk):
        form.add_error(None, _("Another account was opened meanwhile. Please choose again."))
        return render(context, 409)
    if not form.is_valid():
        return render(context, 422)
    choice = form.choice()
    if step == "review":
        return render(context | {"choice": choice}, 200)
    if request.POST.get("confirmed") != str(choice.amount):
        form.add_error(None, _("What is open has changed. Please look at the amount again."))
        return render(context | {"choice": choice}, 409)
    try:
        _payment, url = start(
            viewer.account,
            choice,
            payer=payer_of(viewer.account, viewer.mailbox, client_ip(request)),
            language=get_language(),
            back_url=_back_to(request, choice),
        )
    except B2BPortalError as error:
        form.add_error(None, str(error))
        return render(context, 503)
    return see_other(url)


def _ticked(request):
    return (request.POST if request.method == "POST" else request.GET).getlist("entries")


def _back_to(request, choice):
    """The payment page with the same choice made, for another try."""
    chosen = [("entries", entry.pk) for entry, _amount in choice.items]
    if not chosen:
        chosen = [("amount", format_amount(choice.amount, choice.currency))]
    url = f"{request.path}?{urlencode([('currency', choice.currency), *chosen])}"
    return url if len(url) <= 500 else request.path


@csrf_exempt
@login_not_required
@transaction.non_atomic_requests
def pay_return(request):
    """The browser comes back from the gateway: a cross-site POST, without its session.

    Only the token is read, and it is only a reason to ask the gateway. Then on by GET, where the
    session is there again.
    """
    for alias in gateways.aliases():
        token = gateways.get(alias).read_return(request)
        payment = Payment.objects.filter(gateway=alias, token=token).first() if token else None
        if payment:
            _settle_quietly(payment, "return")
            return never_cached(see_other(payment_url(payment)))
    logger.warning("a way back from the gateway with a token nobody knows")
    return never_cached(render(request, "b2b_portal/unknown_payment.html", status=404))


@csrf_exempt
@login_not_required
@require_POST
@transaction.non_atomic_requests
def pay_notice(request, alias):
    """The gateway's server tells us something: never more than a reason to ask it."""
    try:
        gateway = gateways.get(alias)
        notice = gateway.read_notice(request)
    except UntrustedAnswer:
        logger.warning("a notice for %s with a wrong signature", alias)
        return HttpResponse(status=401)
    except B2BPortalError:
        return HttpResponse(status=404)
    if notice is None:
        return HttpResponse(status=400)
    payment = Payment.objects.filter(gateway=alias, token=notice.token).first()
    if payment is None:
        logger.warning("a notice for %s with a token nobody knows", alias)
        return HttpResponse(status=404)
    done = _settle_quietly(payment, "notice")
    return HttpResponse(status=200 if done else 503)


def _settle_quietly(payment, heard):
    try:
        settle(payment, heard=heard)
    except PaymentError as error:
        logger.warning("payment %s: %s", payment.uuid, type(error).__name__)
        return False
    return True


def payment_url(payment):
    return reverse("b2b_portal:payment", args=[payment.uuid])


@transaction.non_atomic_requests
@portal_view
def payment(request, viewer, uuid):
    """The receipt of a paid payment; of any other, how it stands and what to do."""
    payments = Payment.objects.select_related("account__supplier", "entry")
    row = get_visible_or_404(payments, viewer, any_account=True, uuid=uuid)
    if request.method == "POST":
        _settle_quietly(row, "check")
        return redirect(payment_url(row))
    context = {
        "payment": row,
        "viewer": viewer,
        "items": row.items.select_related("entry"),
        "in_words": amount_in_words(row.amount, row.currency),
    }
    return render(request, "b2b_portal/payment.html", context)
