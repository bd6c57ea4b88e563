"""The gateways of ``B2B_PORTAL['GATEWAYS']``."""

from django.utils.module_loading import import_string

from ... import conf
from ...exceptions import PaymentError


def get(alias):
    """The gateway of that alias; ``PaymentError`` where the setting has none."""
    options = conf.get("GATEWAYS").get(alias)
    if options is None:
        raise PaymentError(f"No gateway “{alias}”.")
    return import_string(options["class"])(options)


def aliases():
    """All aliases, the one that new payments go to first."""
    return list(conf.get("GATEWAYS"))
