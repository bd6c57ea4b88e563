"""The one setting, ``B2B_PORTAL``, and its defaults. Read at each call, so tests may override it."""

from django.conf import settings

DEFAULTS = {
    # Scheme and host that the gateway's way back starts with.
    "BASE_URL": "",
    # {alias: {"class": dotted path, and what that class wants}}; the first one is used to pay.
    "GATEWAYS": {},
    # Days overdue that end a bucket of the ageing: 1–30, 31–60, 61–90, over 90.
    "AGEING_BOUNDS": (30, 60, 90),
    # Hours after which the ERP's data is called old, to customers and to clerks.
    "ERP_DATA_WARNING_HOURS": 48,
}


def get(name):
    """The value of ``B2B_PORTAL[name]``, or its default."""
    return getattr(settings, "B2B_PORTAL", {}).get(name, DEFAULTS[name])


def absolute(path):
    """A full URL for a path of this site, from the configured base and never from the request."""
    return get("BASE_URL").rstrip("/") + path
