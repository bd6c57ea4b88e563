"""iyzico's published signature formulas: requests (IYZWSv2), responses, webhooks (V3)."""

import base64
import binascii
import hashlib
import hmac


def sign(secret_key, message):
    """Return hex(HMAC-SHA256) of the message (str or bytes) under the merchant's secret key."""
    data = message if isinstance(message, bytes) else message.encode()
    return hmac.new(secret_key.encode(), data, hashlib.sha256).hexdigest()


def response_signature(secret_key, *params):
    """Sign a response: the parameters joined by ``:``, None as the empty string.

    The order per response is the documentation's (docs.iyzico.com, response signature validation);
    amounts must come without trailing zeros (``amounts.plain``).
    """
    return sign(secret_key, ":".join("" if param is None else str(param) for param in params))


def webhook_signature(secret_key, event_type, payment_id, token, conversation_id, status):
    """Sign a hosted-page notification for ``X-IYZ-SIGNATURE-V3`` (docs.iyzico.com, webhook): no separators."""
    return sign(secret_key, f"{secret_key}{event_type}{payment_id}{token}{conversation_id}{status}")


def request_signature(secret_key, random_key, path, body):
    """Sign a request: random key + path without query + the raw body (bytes) as sent."""
    return sign(secret_key, f"{random_key}{path}".encode() + body)


def read_authorization(header):
    """Return the fields of an ``IYZWSv2`` Authorization header: apiKey, randomKey, signature.

    Raises ValueError when the header has another scheme, is not base64 or lacks a field.
    """
    scheme, _, encoded = (header or "").partition(" ")
    if scheme != "IYZWSv2":
        raise ValueError("Authorization is not IYZWSv2")
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ValueError("Authorization is not base64") from error
    fields = dict(part.partition(":")[::2] for part in text.split("&"))
    missing = {"apiKey", "randomKey", "signature"} - fields.keys()
    if missing:
        raise ValueError(f"Authorization lacks {', '.join(sorted(missing))}")
    return fields


def same(given, right):
    """Compare two signatures in constant time; tolerates any text in the given one."""
    return hmac.compare_digest(given.encode(), right.encode())
