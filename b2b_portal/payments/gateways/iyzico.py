"""iyzico's hosted checkout form, through the vendor's unmodified SDK.

The wire, the signatures and the state rules: https://docs.iyzico.com/en (checkout form, response
signature validation, webhook).
"""

import hashlib
import hmac
import http.client
import json
import logging
import re
import ssl
from decimal import Decimal, InvalidOperation

import iyzipay
from django.utils.translation import gettext as _

from ...exceptions import GatewayRefused, GatewayUnavailable, UntrustedAnswer
from ...money import LIMIT, round_to
from .base import Gateway, Notice, Snapshot, Started, State

logger = logging.getLogger(__name__)

TIMEOUT = 30  # seconds; the SDK itself has none
NOT_TRIED = "5087"  # "payment not found": so a form answers, it is assumed, that nobody has tried
TOKEN = re.compile("[A-Za-z0-9-]{1,120}")


class _Http:
    """Stands where the SDK keeps ``http.client``: gives each call a timeout and the CA."""

    def __init__(self, ca_file):
        self.context = ssl.create_default_context(cafile=ca_file)

    def HTTPSConnection(self, host):
        return http.client.HTTPSConnection(host, timeout=TIMEOUT, context=self.context)


class IyzicoGateway(Gateway):
    """Options: ``api_key``, ``secret_key``, ``base_url`` (host[:port], no scheme), ``ca_file``."""

    required_options = ("api_key", "secret_key", "base_url")
    currencies = ("TRY", "USD", "EUR", "GBP", "CHF")

    def start(self, payment, *, payer, return_url):
        amount = f"{payment.amount:.2f}"
        account, supplier = payment.account, payment.account.supplier
        address = {
            "address": account.address or supplier.address or account.title,
            "contactName": payer.name,
            "city": account.city or "İstanbul",
            "country": "Türkiye",
        }
        if not _gsm(payer.phone):
            raise GatewayRefused(
                _("To pay by card your account needs a phone number. Please call the supplier.")
            )
        first, _space, last = payer.name.rpartition(" ")
        answer = self._call(
            iyzipay.CheckoutFormInitialize,
            "create",
            {
                "locale": _locale(payment.language),
                "conversationId": str(payment.uuid),
                "basketId": str(payment.uuid),
                "price": amount,
                "paidPrice": amount,
                "currency": payment.currency,
                "paymentGroup": "PRODUCT",
                "enabledInstallments": [1],
                "callbackUrl": return_url,
                "buyer": {
                    "id": str(account.pk),
                    "name": first or last,
                    "surname": last,
                    "identityNumber": account.tax_number,
                    "email": payer.email,
                    "gsmNumber": _gsm(payer.phone),
                    "ip": payer.ip,
                    "registrationAddress": address["address"],
                    "city": address["city"],
                    "country": address["country"],
                },
                "billingAddress": address,
                "basketItems": [
                    {
                        "id": str(payment.uuid),
                        "name": f"{supplier.name} {account.code}"[:120],
                        "category1": "Cari",
                        "itemType": "VIRTUAL",
                        "price": amount,
                    }
                ],
            },
        )
        if answer.get("status") != "success":
            raise GatewayRefused(answer.get("errorMessage") or _("The payment page did not open."))
        self._verify(answer, [answer.get("conversationId"), answer.get("token")])
        return Started(answer["token"], answer["paymentPageUrl"])

    def fetch(self, payment):
        answer = self._call(
            iyzipay.CheckoutForm,
            "retrieve",
            {
                "locale": _locale(payment.language),
                "conversationId": str(payment.uuid),
                "token": payment.token,
            },
        )
        if answer.get("status") != "success" or not answer.get("paymentStatus"):
            if str(answer.get("errorCode")) == NOT_TRIED:
                return Snapshot(State.OPEN)
            # A rate limit, a wrong key, a proxy's word: it says nothing about the payment.
            raise GatewayUnavailable(_("The payment service cannot be reached now."))
        self._verify(
            answer,
            [
                answer.get(name)
                for name in (
                    "paymentStatus",
                    "paymentId",
                    "currency",
                    "basketId",
                    "conversationId",
                    "paidPrice",
                    "price",
                    "token",
                )
            ],
        )
        if answer.get("token") != payment.token:
            raise UntrustedAnswer(_("The gateway answered for another payment."))
        return Snapshot(
            state=_state(answer),
            payment_id=str(answer.get("paymentId") or ""),
            basket=answer.get("basketId") or "",
            amount=_decimal(answer.get("price")),
            charged=_decimal(answer.get("paidPrice")),
            commission=_commission(answer),
            currency=answer.get("currency") or "",
            card=_card(answer),
            installments=answer.get("installment"),
            reason=_reason(answer),
        )

    def read_return(self, request):
        token = request.POST.get("token", "")
        return token if TOKEN.fullmatch(token) else ""

    def read_notice(self, request):
        try:
            notice = json.loads(request.body)
            token = notice["token"]
            parts = [
                str(notice.get(name, ""))
                for name in (
                    "iyziEventType",
                    "iyziPaymentId",
                    "token",
                    "paymentConversationId",
                    "status",
                )
            ]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None
        if not isinstance(token, str) or not TOKEN.fullmatch(token):
            return None
        # Real accounts may send the header empty or not at all: then it is only a hint.
        signature = request.headers.get("X-Iyz-Signature-V3", "")
        if signature and not hmac.compare_digest(
            signature.encode(), self._hmac(self.options["secret_key"] + "".join(parts)).encode()
        ):
            raise UntrustedAnswer("X-IYZ-SIGNATURE-V3")
        return Notice(token)

    def _call(self, resource, verb, request):
        """One call to iyzico, as a dict; amounts in it are Decimals."""
        call = resource()
        # The class keeps one header dict for all threads: with two merchants, one thread's key
        # goes out with another's signature. A dict of its own for each call mends that.
        call.header = dict(resource.header)
        try:
            call.httplib = _Http(self.options.get("ca_file"))
            body = getattr(call, verb)(request, self.options).read()
            answer = json.loads(body, parse_float=Decimal)
        except (OSError, http.client.HTTPException, ValueError) as error:
            logger.warning("iyzico did not answer: %s", type(error).__name__)
            raise GatewayUnavailable(_("The payment service cannot be reached now.")) from error
        if not isinstance(answer, dict):
            raise GatewayUnavailable(_("The payment service cannot be reached now."))
        return answer

    def _verify(self, answer, values):
        wanted = self._hmac(":".join(map(_plain, values)))
        if not hmac.compare_digest(str(answer.get("signature", "")).encode(), wanted.encode()):
            raise UntrustedAnswer(_("The gateway's answer is not signed as it should be."))

    def _hmac(self, message):
        key = self.options["secret_key"].encode()
        return hmac.new(key, message.encode(), hashlib.sha256).hexdigest()


def _state(answer):
    status = answer["paymentStatus"]
    if status == "SUCCESS" and answer.get("fraudStatus") == 1:
        return State.PAID
    if status == "FAILURE" or (status == "SUCCESS" and answer.get("fraudStatus") == -1):
        return State.DECLINED
    return State.PENDING


def _reason(answer):
    if answer["paymentStatus"] == "SUCCESS" and answer.get("fraudStatus") == -1:
        return _("The bank declined the card.")
    if answer["paymentStatus"] != "FAILURE":
        return ""
    if answer.get("mdStatus") is not None and str(answer["mdStatus"]) != "1":
        return _("3-D Secure was not completed.")
    # What a bank says of a lost, stolen or suspected card is not for the payer's eyes.
    if re.search("LOST|STOLEN|FRAUD|PICKUP", answer.get("errorGroup") or ""):
        return _("The bank declined the card.")
    message = (answer.get("errorMessage") or "").rstrip(". ")
    return f"{message}." if message else _("The bank declined the card.")


def _plain(value):
    """A value as signatures spell it: 10.50000000 as 10.5, nothing as the empty text."""
    if value is None:
        return ""
    if isinstance(value, (Decimal, int)):
        return f"{Decimal(value).normalize():f}"
    return str(value)


def _decimal(value):
    try:
        return None if value is None else Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        return None


def _commission(answer):
    """What iyzico keeps, its rate's part and its fee; None where it does not say, or unclearly."""
    parts = [_decimal(answer.get(f"iyziCommission{name}")) for name in ("RateAmount", "Fee")]
    if all(part is not None and 0 <= part < LIMIT for part in parts):
        return round_to(sum(parts), answer.get("currency") or "TRY")


def _card(answer):
    if not answer.get("lastFourDigits"):
        return ""
    bin_number = str(answer.get("binNumber") or "")[:6]
    network = str(answer.get("cardAssociation") or "").replace("_", " ").title()
    return f"{network} {bin_number}******{answer['lastFourDigits']}".strip()


def _locale(language):
    return "tr" if language.startswith("tr") else "en"


def _gsm(phone):
    digits = re.sub(r"\D", "", phone).removeprefix("00").removeprefix("90").lstrip("0")
    return f"+90{digits}" if digits else ""
