"""What settings, URLs and templates can tell is wrong. The database is not asked."""

import ipaddress
import re
from contextlib import suppress
from itertools import pairwise
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.core.checks import Error, Warning, register
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.template.loader_tags import ExtendsNode
from django.urls import NoReverseMatch, reverse
from django.utils.module_loading import import_string

from . import conf
from .payments.gateways.base import Gateway


@register()
def check_settings(app_configs, **kwargs):
    unknown = sorted(getattr(settings, "B2B_PORTAL", {}).keys() - conf.DEFAULTS.keys())
    for name in unknown:
        yield Error(f"B2B_PORTAL has no setting “{name}”.", id="b2b_portal.E001")
    if not re.fullmatch(r"https?://[^\s/?#:@]+(:[0-9]+)?/?", conf.get("BASE_URL")):
        yield Error(
            "B2B_PORTAL['BASE_URL'] must be the site's address, like https://www.firma.com.tr.",
            id="b2b_portal.E002",
        )
    bounds = conf.get("AGEING_BOUNDS")
    if not _rise(bounds):
        yield Error(
            "B2B_PORTAL['AGEING_BOUNDS'] must be rising numbers of days, like (30, 60, 90).",
            id="b2b_portal.E011",
        )
    hours = conf.get("ERP_DATA_WARNING_HOURS")
    if type(hours) is not int or hours <= 0:
        yield Error(
            "B2B_PORTAL['ERP_DATA_WARNING_HOURS'] must be a whole number of hours, like 48.",
            id="b2b_portal.E013",
        )
    for app in ("django_q", "allauth.account", "wagtail.contrib.settings", "wagtail.snippets"):
        if not apps.is_installed(app):
            yield Error(f"Add “{app}” to INSTALLED_APPS.", id="b2b_portal.E003")


def _rise(bounds):
    if not isinstance(bounds, (list, tuple)) or not all(type(days) is int for days in bounds):
        return False
    return bool(bounds) and all(a < b for a, b in pairwise([0, *bounds]))


@register()
def check_gateways(app_configs, **kwargs):
    for alias, options in conf.get("GATEWAYS").items():
        try:
            gateway = import_string(options["class"])
            if not issubclass(gateway, Gateway):
                raise TypeError(f"{gateway} is no Gateway")
        except (KeyError, ImportError, AttributeError, TypeError) as error:
            yield Error(f"Gateway “{alias}” has no usable class: {error}", id="b2b_portal.E004")
            continue
        for name in gateway.required_options:
            if not options.get(name):
                yield Error(f"Gateway “{alias}” needs “{name}”.", id="b2b_portal.E005")
        if not settings.DEBUG and is_this_machine(options.get("base_url", "")):
            yield Error(
                f"Gateway “{alias}” is a simulator on this machine, and DEBUG is off.",
                hint="Payments would be booked that nobody made. Use the gateway's real host.",
                id="b2b_portal.E006",
            )


def is_this_machine(address):
    """Whether "host", "host:port" or a URL leads back to the machine itself."""
    address = str(address).split("://")[-1].strip()
    for host in (address, urlsplit(f"//{address}").hostname or ""):
        if host == "localhost" or host.endswith(".localhost"):
            return True
        with suppress(ValueError):
            ip = ipaddress.ip_address(host)
            if ip.is_loopback or ip.is_unspecified:
                return True
    return False


READ_COMMITTED = 2  # psycopg's IsolationLevel


@register()
def check_databases(app_configs, **kwargs):
    for alias, database in settings.DATABASES.items():
        options = database.get("OPTIONS", {})
        engine = database.get("ENGINE", "")
        if "sqlite" in engine and options.get("transaction_mode") != "IMMEDIATE":
            yield Warning(
                f"Database “{alias}”: SQLite refuses parallel writers without "
                "OPTIONS['transaction_mode'] = 'IMMEDIATE'.",
                id="b2b_portal.W007",
            )
        if (
            "postgresql" in engine
            and options.get("isolation_level", READ_COMMITTED) != READ_COMMITTED
        ):
            yield Error(
                f"Database “{alias}”: leave OPTIONS['isolation_level'] at READ COMMITTED.",
                hint="In others, a movement can get into a month while it is closed.",
                id="b2b_portal.E012",
            )
        if (
            "postgresql" in engine
            and database.get("CONN_MAX_AGE", 0) == 0
            and "pool" not in options
        ):
            yield Warning(
                f"Database “{alias}”: CONN_MAX_AGE above 0 makes the worker 3 to 9 times faster.",
                id="b2b_portal.W008",
            )


@register()
def check_queue(app_configs, **kwargs):
    queue = getattr(settings, "Q_CLUSTER", {})
    timeout, retry = queue.get("timeout"), queue.get("retry", 60)
    if not timeout or retry <= timeout:
        yield Warning(
            "Q_CLUSTER needs a “timeout”, and a “retry” above it.",
            hint="Else a job that still runs is begun again, and a large file may never end.",
            id="b2b_portal.W014",
        )


@register()
def check_urls(app_configs, **kwargs):
    try:
        reverse("b2b_portal:home")
    except NoReverseMatch:
        yield Error(
            "The portal's URLs are missing: path('b2b/', include('b2b_portal.urls')), "
            "outside i18n_patterns and before Wagtail's.",
            id="b2b_portal.E009",
        )


@register()
def check_templates(app_configs, **kwargs):
    try:
        _load_with_parents("b2b_portal/layouts/base.html")
    except TemplateDoesNotExist as error:
        yield Error(
            f"The portal's pages extend the site's base.html; not found: {error}",
            hint="Give the site a base.html with a block “content”, or override "
            "b2b_portal/layouts/base.html.",
            id="b2b_portal.E010",
        )


def _load_with_parents(name):
    while name:
        nodes = get_template(name).template.nodelist
        extends = next((node for node in nodes if isinstance(node, ExtendsNode)), None)
        parent = extends and extends.parent_name
        # A name worked out when the page is shown cannot be told here.
        name = parent.var if parent and isinstance(parent.var, str) and not parent.filters else None
