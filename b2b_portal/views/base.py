from functools import wraps
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.urls import get_resolver, reverse
from django.utils import translation
from django.utils.cache import add_never_cache_headers

from ..signin.sessions import viewer_of


def client_ip(request):
    """The browser's address as allauth sees it, behind the proxies it is told to trust; or None."""
    try:
        return get_adapter().get_client_ip(request)
    except PermissionDenied:  # a server on a socket gives none
        return None


def see_other(url):
    """303: go on there by GET, whatever brought you here."""
    return HttpResponseRedirect(url, status=303)


def never_cached(response):
    """Keep a personal answer, redirects included, out of every cache."""
    add_never_cache_headers(response)
    return response


def sign_in_url(request):
    """Where to sign in and come back from to what was asked for."""
    query = urlencode({"next": request.get_full_path()}) if request.method == "GET" else ""
    return f"{reverse('b2b_portal:home')}?{query}"


def portal_view(view):
    """For signed-in customers: ``view(request, viewer, …)``, in the language they read."""

    @login_not_required
    @wraps(view)
    def wrapper(request, *args, **kwargs):
        viewer = viewer_of(request)
        if viewer is None:
            return never_cached(HttpResponseRedirect(sign_in_url(request)))
        with translation.override(viewer.session.language):
            try:
                response = view(request, viewer, *args, **kwargs)
            except Http404 as error:
                response = get_resolver().resolve_error_handler(404)(request, exception=error)
            return never_cached(response)

    return wrapper
