"""The server-to-server API: checks who asks, answers initialize and retrieve, refuses all else loudly."""

import json
import logging
from decimal import Decimal

from . import amounts, signatures, validation
from .checkout import CheckoutError
from .errors import ApiError
from .forms import FAILURE, LIFETIME, Form, lang_of
from .payments import payment_fields

logger = logging.getLogger(__name__)

CHECKOUT = "/payment/iyzipos/checkoutform"
NO_EMBEDDED_FORM = (
    "<script>/* iyzico simulator: there is no embedded form, use paymentPageUrl */</script>"
)


class Api:
    """Answers one request at a time from any thread. To add an endpoint, add a row to ``endpoints``.

    ``page_url(token, lang)`` gives a form's paymentPageUrl; ``max_price`` as in ``validation.check``.
    """

    def __init__(self, checkout, api_key, secret_key, page_url, max_price=None):
        self.checkout = checkout
        self.api_key = api_key
        self.secret_key = secret_key
        self.page_url = page_url
        self.max_price = max_price
        self.endpoints = {
            ("GET", "/payment/test"): self.test,
            ("POST", f"{CHECKOUT}/initialize/ecom"): self.initialize,
            ("POST", f"{CHECKOUT}/initialize/auth/ecom"): self.initialize,
            ("POST", f"{CHECKOUT}/auth/ecom/detail"): self.retrieve,
            ("POST", f"{CHECKOUT}/auth/ecom/detail/"): self.retrieve,
        }

    def answer(self, method, path, authorization, body):
        """Return (HTTP status, JSON text) for a request.

        ``path`` without its query; ``authorization``: that header or None; ``body``: raw bytes, also of a GET.
        Failures are HTTP 200 (the SDKs ignore the status), but 404 for what is not simulated.
        """
        request = {}
        try:
            endpoint = self.endpoints.get((method, path))
            if endpoint is None:
                raise ApiError("11", f"{method} {path} is not simulated", http_status=404)
            self._authenticate(path, authorization, body)
            request = _read(body)
            validation.check_conversation(request)
            return 200, amounts.dumps(self._envelope("success", request) | endpoint(request))
        except ApiError as error:
            return error.http_status, amounts.dumps(self._failure(error, request))
        except Exception:
            logger.exception("%s %s failed", method, path)
            return 500, amounts.dumps(self._failure(ApiError("1"), request))

    def test(self, request):
        """GET /payment/test: are the keys right?"""
        return {}

    def initialize(self, request):
        """Open a checkout form; signed over conversationId and token."""
        price, paid_price, item_prices = validation.check(request, self.max_price)
        form = Form(request, price, paid_price, item_prices, created=self.checkout.clock())
        self.checkout.add(form)
        signature = signatures.response_signature(
            self.secret_key, request.get("conversationId"), form.token
        )
        return {
            "token": form.token,
            "checkoutFormContent": NO_EMBEDDED_FORM,
            "tokenExpireTime": LIFETIME,
            "paymentPageUrl": self.page_url(form.token, form.lang),
            "signature": signature,
        }

    def retrieve(self, request):
        """Tell how a form stands. ``conversationId`` is the echo of this request, as on real iyzico.

        Assumed, as iyzico documents none of it: a token on which no card was tried answers ``failure`` with
        5087 (payment not found), an unknown token ``failure`` with 11. Neither is signed nor has a
        paymentStatus, expired or not. After a failed try the call itself succeeds, with paymentStatus
        FAILURE, the bank's errorCode, errorGroup and errorMessage, and a signature; while the bank waits
        for the code, paymentStatus is INIT_THREEDS.
        """
        try:
            form = self.checkout.form(validation.required_text(request, "token"))
        except CheckoutError as error:
            raise ApiError("11", "token") from error
        attempt = form.current
        if attempt is None:
            raise ApiError("5087")
        answer = payment_fields(form, attempt)
        if attempt.status == FAILURE:
            answer |= {
                "errorCode": attempt.error.code,
                "errorGroup": attempt.error.group,
                "errorMessage": attempt.error.message(lang_of(request)),
            }
        answer["signature"] = signatures.response_signature(
            self.secret_key,
            attempt.status,
            attempt.payment_id,
            form.currency,
            form.request.get("basketId"),
            request.get("conversationId"),
            amounts.plain(form.paid_price),
            amounts.plain(form.price),
            form.token,
        )
        return answer

    def _authenticate(self, path, authorization, body):
        try:
            given = signatures.read_authorization(authorization)
        except ValueError as error:
            raise ApiError("1000") from error
        if given["apiKey"] != self.api_key:
            raise ApiError("1001")
        right = signatures.request_signature(self.secret_key, given["randomKey"], path, body)
        if not signatures.same(given["signature"], right):
            raise ApiError("1000")

    def _envelope(self, status, request):
        envelope = {
            "status": status,
            "locale": lang_of(request),
            "systemTime": int(self.checkout.clock() * 1000),
        }
        conversation_id = request.get("conversationId")
        return envelope | (
            {"conversationId": conversation_id} if isinstance(conversation_id, str) else {}
        )

    def _failure(self, error, request):
        message = error.message(lang_of(request))
        return self._envelope("failure", request) | {
            "errorCode": error.code,
            "errorMessage": message,
        }


def _read(body):
    """Return the request's JSON object; ``null`` and nothing (as SDKs send with GET) are an empty one."""
    try:
        request = json.loads(body or b"null", parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ApiError("11", "JSON") from error
    if not isinstance(request, (dict, type(None))):
        raise ApiError("11", "JSON")
    return request or {}


def _no_constant(name):
    raise ValueError(f"{name} is not JSON")
