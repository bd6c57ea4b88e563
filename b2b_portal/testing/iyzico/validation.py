"""What an initialize request must hold, with the code iyzico answers when it does not.

Strict where iyzico's own documents disagree: ``gsmNumber`` (required since 2026) and ``ip`` (required
before) must both be there, so that a request which passes here passes there.
"""

import re
from urllib.parse import urlsplit

from . import amounts
from .errors import ApiError

CURRENCIES = {"TRY", "USD", "EUR", "GBP", "NOK", "CHF", "IRR", "RUB"}
RESERVED_TLDS = {"test", "example", "invalid", "localhost"}
BUYER = ["id", "name", "surname", "identityNumber", "email", "gsmNumber"]
BUYER += ["registrationAddress", "city", "country", "ip"]
ADDRESS = ["address", "contactName", "city", "country"]
ITEM = ["id", "name", "category1", "itemType"]
MISSING = {"email": "3", "identityNumber": "8", "callbackUrl": "23", "gsmNumber": "25"}
MAX_ITEMS = 500
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.([A-Za-z]{2,})")


def check(request, max_price=None):
    """Check an initialize request (a dict) and return its price, paidPrice and item prices as Decimal.

    ``max_price`` (Decimal, main unit): refuse prices from there up with 5008, an account limit that is
    off by default. Raises ApiError with iyzico's code.
    """
    check_conversation(request)
    price = _amount(request, "price", "price")
    paid_price = _amount(request, "paidPrice", "paidPrice")
    if max_price is not None and max(price, paid_price) >= max_price:
        raise ApiError("5008", "price", limit=amounts.plain(max_price))
    if _text(request, "currency", "currency") not in CURRENCIES:
        raise ApiError("11", "currency")
    if not is_web_address(_text(request, "callbackUrl", "callbackUrl")):
        raise ApiError("11", "callbackUrl")
    _buyer(_object(request, "buyer"))
    item_prices = _basket(request)
    _texts(_object(request, "billingAddress"), ADDRESS, "billingAddress")
    if (
        any(item["itemType"] == "PHYSICAL" for item in request["basketItems"])
        or "shippingAddress" in request
    ):
        _texts(_object(request, "shippingAddress"), ADDRESS, "shippingAddress")
    if sum(item_prices) != price:
        raise ApiError("5062")
    _installments(request.get("enabledInstallments"))
    _optional_text(request, "basketId")
    return price, paid_price, item_prices


def check_conversation(request):
    """Check locale and conversationId, which every request may carry; raises ApiError."""
    if request.get("locale") not in (None, "tr", "en", "TR", "EN"):
        raise ApiError("11", "locale")
    _optional_text(request, "conversationId")
    if len(request.get("conversationId") or "") > 255:
        raise ApiError("20", "conversationId")


def required_text(request, name):
    """Return the request's text field of this name; raises ApiError 24 when missing, 11 when not text."""
    return _text(request, name, name)


def is_web_address(url):
    """Tell whether the text is a whole http or https address."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, half an IPv6 address
        return False


def _basket(request):
    items = request.get("basketItems")
    if not items:
        raise ApiError("24", "basketItems")
    if not isinstance(items, list) or len(items) > MAX_ITEMS:
        raise ApiError("11", "basketItems")
    return [_item(item, f"basketItems[{place}]") for place, item in enumerate(items)]


def _item(item, path):
    if not isinstance(item, dict):
        raise ApiError("11", path)
    _texts(item, ITEM, path)
    if item["itemType"] not in ("PHYSICAL", "VIRTUAL"):
        raise ApiError("5057", f"{path}.itemType")
    return _amount(item, "price", f"{path}.price")


def _buyer(buyer):
    _texts(buyer, BUYER, "buyer")
    email = _EMAIL.fullmatch(buyer["email"])
    if not email or email[1].lower() in RESERVED_TLDS:
        raise ApiError("5", "buyer.email")
    if len(buyer["identityNumber"]) < 5:
        raise ApiError("10", "buyer.identityNumber")
    if len(buyer["identityNumber"]) > 50:
        raise ApiError("9", "buyer.identityNumber")
    if len(buyer["ip"]) > 45:
        raise ApiError("22", "buyer.ip")


def _installments(value):
    if value is not None and not (
        isinstance(value, list) and all(type(count) is int for count in value)
    ):
        raise ApiError("11", "enabledInstallments")


def _amount(holder, name, path):
    if holder.get(name) in (None, ""):
        raise ApiError("24", path)
    try:
        amount = amounts.parse(holder[name])
    except ValueError as error:
        raise ApiError("11", path) from error
    if amount <= 0:
        raise ApiError("5005", path)
    return amount


def _object(request, name):
    value = request.get(name)
    if value is None:
        raise ApiError("24", name)
    if not isinstance(value, dict):
        raise ApiError("11", name)
    return value


def _texts(holder, names, path):
    for name in names:
        _text(holder, name, f"{path}.{name}")


def _text(holder, name, path):
    value = holder.get(name)
    if value is not None and not isinstance(value, str):
        raise ApiError("11", path)
    if not value or not value.strip():
        raise ApiError(MISSING.get(name, "24"), path)
    return value


def _optional_text(request, name):
    if not isinstance(request.get(name), (str, type(None))):
        raise ApiError("11", name)
