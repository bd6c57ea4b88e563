"""Signing in, on whatever page shows it; signing out; switching accounts."""

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ..customers.access import get_account_or_404
from ..customers.models import Supplier
from ..customers.tax_numbers import is_tax_number, normalize_tax_number
from ..exceptions import SignInError, TooManyRequests, WrongCode
from ..signin import challenges, sessions
from ..signin.forms import CodeForm, SignInForm
from ..signin.models import Challenge
from .base import client_ip, portal_view, see_other

CHALLENGE = "b2b_portal_challenge"


def sign_in(request, render, *, supplier=None):
    """One step of a sign-in on the page that ``render(context, status)`` shows.

    ``supplier``: the one the site stands for; a link names one by ``?supplier=<tax number>``.
    """
    supplier = _named_supplier(request) or supplier
    if request.method == "POST":
        match request.POST.get("step"):
            case "code":
                return _check_code(request, render)
            case "restart":
                request.session.pop(CHALLENGE, None)
                return see_other(request.get_full_path())
            case _:
                return _ask_for_code(request, render, supplier)
    if CHALLENGE in request.session:
        return _show_code(request, render, CodeForm())
    return _show_start(render, SignInForm(supplier=supplier), supplier)


def _named_supplier(request):
    number = normalize_tax_number(request.GET.get("supplier", ""))
    return Supplier.objects.filter(tax_number=number).first() if is_tax_number(number) else None


def _ask_for_code(request, render, supplier):
    form = SignInForm(request.POST, supplier=supplier)
    if not form.is_valid():
        return _show_start(render, form, supplier, 422)
    data = form.cleaned_data
    try:
        challenge = challenges.begin(
            supplier_number=supplier.tax_number if supplier else data["supplier_number"],
            tax_number=data["tax_number"],
            mailbox=data["email"],
            language=get_language(),
            client_ip=client_ip(request),
        )
    except TooManyRequests as error:
        form.add_error(None, str(error))
        return _show_start(render, form, supplier, 429)
    request.session[CHALLENGE] = challenge.pk
    return see_other(request.get_full_path())


def _check_code(request, render):
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _show_code(request, render, form, 422)
    try:
        challenge = challenges.prove(request.session.get(CHALLENGE), form.cleaned_data["code"])
        sessions.open_session(request, challenge, client_ip(request))
    except WrongCode as error:
        form.add_error("code", str(error))
        return _show_code(request, render, form, 422)
    except SignInError as error:
        form.add_error(None, str(error))
        return _show_code(request, render, form, 403)
    request.session.pop(CHALLENGE, None)
    return see_other(_next(request))


def _next(request):
    target = request.GET.get("next", "")
    if url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return target
    return request.path


def _show_start(render, form, supplier, status=200):
    return render({"form": form, "step": "start", "named_supplier": supplier}, status)


def _show_code(request, render, form, status=200):
    mailbox = (
        Challenge.objects.filter(pk=request.session.get(CHALLENGE))
        .values_list("mailbox", flat=True)
        .first()
    )
    if mailbox is None:
        request.session.pop(CHALLENGE, None)
        return see_other(request.get_full_path())
    context = {
        "form": form,
        "step": "code",
        "mailbox": mailbox,
        "minutes": challenges.LIFETIME.seconds // 60,
    }
    return render(context, status)


@portal_view
@require_POST
def sign_out(request, viewer):
    sessions.close_session(request)
    messages.success(request, _("You have signed out."))
    return see_other(reverse("b2b_portal:home"))


@portal_view
@require_POST
def switch(request, viewer):
    sessions.switch(viewer, get_account_or_404(viewer, request.POST.get("account", "")))
    return redirect("b2b_portal:home")
