"""Portal sessions: the row that lets a request see an account."""

import hashlib
import secrets
from datetime import timedelta

from allauth.account.signals import user_logged_in
from django.conf import settings
from django.contrib.auth import login, logout
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ..customers.access import Viewer, proven_accounts
from ..exceptions import SignInError, WrongCode
from ..signals import signed_in, signed_out
from .challenges import accounts_of
from .models import PortalSession
from .users import user_of

KEY = "b2b_portal_session"
LIFETIME = timedelta(hours=12)


def open_session(request, challenge, client_ip):
    """Sign the browser in with a proven challenge; returns the ``PortalSession``.

    Raises ``WrongCode`` when the challenge opens nothing any more and ``SignInError`` for
    people of the staff.
    """
    account = accounts_of(challenge).first()
    if account is None:
        raise WrongCode(_("The code is wrong or has expired."))
    mailbox = user_of(challenge.mailbox)
    if not is_customer(mailbox.user):
        raise SignInError(_("This user cannot sign in here."))
    login(request, mailbox.user, backend=_backend())
    key = secrets.token_urlsafe(32)
    request.session[KEY] = key
    session = PortalSession.objects.create(
        key_hash=_hash(key),
        mailbox=mailbox,
        supplier=account.supplier,
        tax_number=challenge.tax_number,
        account=account,
        language=get_language(),
        client_ip=client_ip,
        expires_at=timezone.now() + LIFETIME,
    )
    request.__dict__.pop("b2b_portal_viewer", None)
    user_logged_in.send(mailbox.user.__class__, request=request, user=mailbox.user)
    signed_in.send(PortalSession, session=session)
    return session


def viewer_of(request):
    """The ``Viewer`` who asks, or None. Looked up once a request, and anew at each request.

    The account must still be opened by what the session has proven: an address taken from the
    card, a contact switched off or a user made staff ends it here.
    """
    if not hasattr(request, "b2b_portal_viewer"):
        request.b2b_portal_viewer = _look_up(request)
    return request.b2b_portal_viewer


def _look_up(request):
    key = request.session.get(KEY)
    if not key:
        return None
    session = (
        PortalSession.objects.select_related("mailbox__user", "supplier", "account__supplier")
        .filter(key_hash=_hash(key), ended_at=None, expires_at__gt=timezone.now())
        .first()
    )
    if session is None:
        return None
    if request.user != session.mailbox.user or not is_customer(request.user):
        return None
    proven = proven_accounts(session.supplier, session.tax_number, session.mailbox.email)
    if not proven.filter(pk=session.account_id).exists():
        return None
    return Viewer(
        supplier=session.supplier,
        tax_number=session.tax_number,
        mailbox=session.mailbox.email,
        account=session.account,
        session=session,
    )


def switch(viewer, account):
    """Open another of the viewer's accounts; the caller has looked it up in ``accounts()``."""
    viewer.session.account = account
    viewer.session.save(update_fields=["account"])


def speak(viewer, language):
    """Remember the language the viewer reads, for pages and files outside the page tree."""
    if viewer.session.language != language:
        viewer.session.language = language
        viewer.session.save(update_fields=["language"])


def close_session(request):
    """Sign out: the row ends, and with it every copy of the cookie."""
    viewer = viewer_of(request)
    if viewer:
        viewer.session.ended_at = timezone.now()
        viewer.session.save(update_fields=["ended_at"])
        signed_out.send(PortalSession, session=viewer.session)
    logout(request)


def _backend():
    """The one whose ``get_user`` finds the user again: Django's own, or what the site has instead."""
    backends = settings.AUTHENTICATION_BACKENDS
    own = "django.contrib.auth.backends.ModelBackend"
    return own if own in backends else backends[0]


def is_customer(user):
    """Whether the user may be signed in to the portal: active, and none of the staff."""
    is_staff = getattr(user, "is_staff", False) or user.has_perm("wagtailadmin.access_admin")
    return user.is_active and not is_staff


def _hash(key):
    return hashlib.sha256(key.encode()).hexdigest()
