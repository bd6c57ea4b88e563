"""The iyzico simulator, asked through the official SDK over TLS and walked through like a browser."""

import base64
import html
import http.client
import http.server
import json
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request
from decimal import Decimal

import iyzipay
import pytest

from b2b_portal.testing.iyzico import CheckoutError, Simulator, SimulatorError, amounts, signatures
from b2b_portal.testing.iyzico.bank_errors import BANK_ERRORS
from b2b_portal.testing.iyzico.cards import CARDS, passes_luhn

PAYS = "5526080000000006"
DEBIT = "4766620000000001"
NO_FUNDS = "4111111111111129"
ADDRESS = {
    "address": "Sanayi Cad. 1",
    "contactName": "Ayşe Yılmaz",
    "city": "İstanbul",
    "country": "Turkey",
}
BUYER = {
    "id": "7",
    "name": "Ayşe",
    "surname": "Yılmaz",
    "identityNumber": "11111111111",
    "email": "ayse@bayi.com.tr",
    "gsmNumber": "+905350000000",
    "registrationAddress": "Sanayi Cad. 1",
    "city": "İstanbul",
    "country": "Turkey",
    "ip": "85.34.78.112",
}
ITEM = {
    "id": "p1",
    "name": "Cari ödeme",
    "category1": "Cari",
    "itemType": "VIRTUAL",
    "price": "10.50",
}


class Http:
    """What the SDK takes for ``http.client``: with a time limit and the simulator's certificate."""

    def __init__(self, ca_file):
        self.context = ssl.create_default_context(cafile=ca_file)

    def HTTPSConnection(self, host):
        return http.client.HTTPSConnection(host, timeout=5, context=self.context)


class Shop:
    """A merchant: calls the simulator with the unmodified SDK."""

    def __init__(self, simulator, **options):
        self.simulator = simulator
        self.http = Http(simulator.ca_file)
        self.options = {
            "api_key": simulator.api_key,
            "secret_key": simulator.secret_key,
            "base_url": simulator.base_url,
            **options,
        }

    def resource(self, cls):
        resource = cls()
        resource.header = dict(cls.header)
        resource.httplib = self.http
        return resource

    def call(self, cls, *args, method="create"):
        response = getattr(self.resource(cls), method)(*args, self.options)
        return json.loads(response.read(), parse_float=Decimal)

    def open(self, **changes):
        return self.call(iyzipay.CheckoutFormInitialize, order(**changes))

    def token(self, **changes):
        return self.open(**changes)["token"]

    def result(self, token, **request):
        request = {"locale": "tr", "conversationId": "asked", "token": token, **request}
        return self.call(iyzipay.CheckoutForm, request, method="retrieve")

    def raw(self, method, path, body=b"null", **request):
        """Send a signed request of any kind; returns HTTP status and JSON."""
        resource = self.resource(iyzipay.ApiTest)
        headers = resource.get_http_header(path, self.options, body.decode())
        connection = self.http.HTTPSConnection(self.options["base_url"])
        connection.request(method, path, body, {**headers, **request})
        response = connection.getresponse()
        return response.status, json.loads(response.read())


def order(**changes):
    """An initialize request for 10.50 TL; a change to None takes the field away."""
    request = {
        "locale": "tr",
        "conversationId": "ödeme-1",
        "price": "10.50",
        "paidPrice": "10.50",
        "currency": "TRY",
        "basketId": "basket-1",
        "callbackUrl": "http://localhost:9/pay/return/",
        "buyer": BUYER,
        "billingAddress": ADDRESS,
        "basketItems": [ITEM],
        **changes,
    }
    return {name: value for name, value in request.items() if value is not None}


def items(*prices):
    return [{**ITEM, "id": f"p{place}", "price": price} for place, price in enumerate(prices)]


@pytest.fixture
def simulator(tmp_path):
    with Simulator(ca_file=tmp_path / "ca.pem") as running:
        yield running


@pytest.fixture
def shop(simulator):
    return Shop(simulator)


@pytest.fixture
def merchant():
    """A small web server standing for the merchant: remembers each POST, answers ``statuses`` in turn, then 200."""

    class Merchant(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.server.posts.append((self.path, dict(self.headers), body))
            self.send_response(self.server.statuses.pop(0) if self.server.statuses else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Merchant)
    server.posts, server.statuses = [], []
    server.url = f"http://localhost:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


class Page:
    """A page as a browser without JavaScript has it; ``send`` fills its form and presses a button."""

    def __init__(self, url, data=None):
        body = urllib.parse.urlencode(data).encode() if data is not None else None
        try:
            response = urllib.request.urlopen(urllib.request.Request(url, body), timeout=5)
        except urllib.error.HTTPError as error:
            response = error
        with response:
            self.status, self.url = response.status, response.url
            self.html = response.read().decode()

    @property
    def text(self):
        return html.unescape(re.sub(r"<[^>]+>", " ", self.html))

    def action(self):
        return urllib.parse.urljoin(
            self.url, html.unescape(re.search(r'<form[^>]* action="([^"]*)"', self.html)[1])
        )

    def hidden(self):
        return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', self.html))

    def send(self, **fields):
        return Page(self.action(), {**self.hidden(), **fields})

    def pay(self, number, *, three_d=True, **changes):
        card = {
            "number": number,
            "holder": "Ayşe Yılmaz",
            "expiry": "12/40",
            "cvc": "123",
            **changes,
        }
        return self.send(action="pay", **card, **({"three_d": "1"} if three_d else {}))


# --- signatures -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("secret", "params", "signature"),
    [
        (
            "sandbox-qaIiLIxhjMgx3LSKIVvp6j17NunHOFtD",
            ["22416032", "TRY", "basketId", "conversationId", "10.5", "10.5"],
            "836c3a6c8db86c81043f2ca74edb13518b54a813f454f8dd762f0dd658610173",
        ),
        (
            "jLc7GQHD2pyJoqXDeEcTnGHYtP7Ai5jl",
            [None, None, 1, "22484292", "success"],
            "a4f73b80bb32a6ef8358090bbd8609a49a7b53f463048f8ef147496e236d04f0",
        ),
    ],
)
def test_published_response_signatures_are_reproduced(secret, params, signature):
    assert signatures.response_signature(secret, *params) == signature


def test_published_webhook_signature_is_reproduced():
    signature = signatures.webhook_signature(
        "sandbox-UuLnD7wZa0a3DmytfIrwHQqAMfqCNJrs",
        "CHECKOUT_FORM_AUTH",
        22483975,
        "e828c62d-fd12-4b1a-ad5a-380f15fe6596",
        "conversationId",
        "SUCCESS",
    )
    assert signature == "4031c575763486a2d2bf3f7ace0baebfcd6bed65393ab4df3fe80c00d5fd6878"


@pytest.mark.parametrize(
    ("amount", "signed"), [("10.50", "10.5"), ("50.00", "50"), ("1000", "1000"), ("0E-8", "0")]
)
def test_amounts_are_signed_without_trailing_zeros(amount, signed):
    assert amounts.plain(Decimal(amount)) == signed


# --- who asks ---------------------------------------------------------------------------------------------------


def test_the_sdk_is_answered_over_verified_tls(shop):
    assert shop.call(iyzipay.ApiTest, method="retrieve")["status"] == "success"


def test_a_wrong_secret_is_refused_with_1000(simulator):
    assert Shop(simulator, secret_key="sandbox-other").open()["errorCode"] == "1000"


def test_an_unknown_key_is_refused_with_1001(simulator):
    assert Shop(simulator, api_key="sandbox-other").open()["errorCode"] == "1001"


HALF_A_HEADER = "IYZWSv2 " + base64.b64encode(b"apiKey:x").decode()


@pytest.mark.parametrize("header", ["", "IYZWS a:b", "IYZWSv2 %%%", HALF_A_HEADER])
def test_anything_but_a_whole_iyzwsv2_header_is_refused_with_1000(shop, header):
    assert shop.raw("GET", "/payment/test", Authorization=header)[1]["errorCode"] == "1000"


def test_a_changed_body_breaks_the_signature(shop):
    signed = shop.resource(iyzipay.ApiTest).get_http_header("/payment/test", shop.options, "null")
    assert (
        shop.raw("GET", "/payment/test", b"{}", Authorization=signed["Authorization"])[1][
            "errorCode"
        ]
        == "1000"
    )


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/payment/refund"), ("GET", "/x"), ("DELETE", "/cardstorage/card")],
)
def test_what_is_not_simulated_fails_loudly(shop, method, path):
    status, answer = shop.raw(method, path)
    assert (status, answer["status"]) == (404, "failure")
    assert f"{method} {path} is not simulated" in answer["errorMessage"]


@pytest.mark.parametrize("body", [b"[]", b"{", b"NaN", b"[" * 100_000])
def test_what_is_not_a_json_object_is_an_invalid_request(shop, body):
    path = "/payment/iyzipos/checkoutform/initialize/ecom"
    assert shop.raw("POST", path, body)[1]["errorCode"] == "11"


# --- initialize -------------------------------------------------------------------------------------------------


def test_initialize_opens_a_form_and_signs_its_token(shop, simulator):
    answer = shop.open()
    right = signatures.response_signature(simulator.secret_key, "ödeme-1", answer["token"])
    assert (answer["status"], answer["conversationId"], answer["signature"]) == (
        "success",
        "ödeme-1",
        right,
    )
    assert answer["tokenExpireTime"] == 1800
    assert answer["paymentPageUrl"] == f"{simulator.page_url}/pay?token={answer['token']}&lang=tr"


def test_initialize_is_also_served_at_the_documented_address(shop):
    path = "/payment/iyzipos/checkoutform/initialize/auth/ecom"
    assert shop.raw("POST", path, json.dumps(order()).encode())[1]["status"] == "success"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"price": None}, "24"),
        ({"paidPrice": None}, "24"),
        ({"currency": None}, "24"),
        ({"currency": "XAU"}, "11"),
        ({"price": "0"}, "5005"),
        ({"price": "-1"}, "5005"),
        ({"price": "10,50"}, "11"),
        ({"price": 0.1 + 0.2}, "11"),
        ({"price": True}, "11"),
        ({"callbackUrl": None}, "23"),
        ({"callbackUrl": "javascript:alert(1)"}, "11"),
        ({"buyer": None}, "24"),
        ({"buyer": {**BUYER, "name": " "}}, "24"),
        ({"buyer": {**BUYER, "email": ""}}, "3"),
        ({"buyer": {**BUYER, "email": "ayse"}}, "5"),
        ({"buyer": {**BUYER, "email": "ayse@shop.test"}}, "5"),
        ({"buyer": {**BUYER, "email": "ayse@shop.EXAMPLE"}}, "5"),
        ({"buyer": {**BUYER, "email": "ayse@shop.invalid"}}, "5"),
        ({"buyer": {**BUYER, "identityNumber": ""}}, "8"),
        ({"buyer": {**BUYER, "identityNumber": "1"}}, "10"),
        ({"buyer": {**BUYER, "identityNumber": "1" * 51}}, "9"),
        ({"buyer": {**BUYER, "gsmNumber": ""}}, "25"),
        ({"buyer": {**BUYER, "ip": "1" * 46}}, "22"),
        ({"billingAddress": {**ADDRESS, "city": ""}}, "24"),
        ({"basketItems": []}, "24"),
        ({"basketItems": items("10.49")}, "5062"),
        ({"basketItems": items("10.50", "0")}, "5005"),
        ({"basketItems": [{**ITEM, "itemType": "OTHER"}]}, "5057"),
        (
            {"basketItems": [{**ITEM, "itemType": "PHYSICAL"}]},
            "24",
        ),  # then a shipping address is needed
        ({"conversationId": "x" * 256}, "20"),
        ({"enabledInstallments": ["1"]}, "11"),
    ],
)
def test_an_incomplete_order_is_refused_with_iyzicos_code(shop, changes, code):
    answer = shop.open(**changes)
    assert (answer["status"], answer["errorCode"]) == ("failure", code)
    assert answer["errorMessage"]
    assert shop.simulator.forms == []


def test_a_missing_field_is_named(shop):
    assert (
        shop.open(locale="en", buyer={**BUYER, "name": ""})["errorMessage"]
        == "buyer.name mandatory"
    )


def test_the_100000_limit_is_the_accounts_and_off_by_default(shop, tmp_path):
    large = {"price": "100000", "paidPrice": "100000", "basketItems": items("100000")}
    assert shop.open(**large)["status"] == "success"
    with Simulator(ca_file=tmp_path / "other.pem", max_price=Decimal(100000)) as limited:
        assert Shop(limited).open(**large)["errorCode"] == "5008"


# --- retrieve ---------------------------------------------------------------------------------------------------


def signature_of(answer, secret):
    """Work the retrieve signature out from the answer alone, as a merchant does."""
    price, paid = (amounts.plain(Decimal(answer[name])) for name in ("price", "paidPrice"))
    names = ["paymentStatus", "paymentId", "currency", "basketId", "conversationId"]
    parts = [answer.get(name) or "" for name in names] + [paid, price, answer["token"]]
    return signatures.sign(secret, ":".join(parts))


def test_a_paid_form_says_so_signed_and_echoes_the_asking_conversation(shop, simulator):
    token = shop.token()
    payment = simulator.pay(token)
    answer = shop.result(token)
    assert (answer["status"], answer["paymentStatus"], answer["fraudStatus"]) == (
        "success",
        "SUCCESS",
        1,
    )
    assert answer["paymentId"] == str(payment.payment_id)
    assert (answer["conversationId"], answer["basketId"]) == ("asked", "basket-1")
    assert answer["signature"] == signature_of(answer, simulator.secret_key)
    assert answer["itemTransactions"][0]["itemId"] == "p1"


def test_the_signature_holds_without_basket_and_conversation(shop, simulator):
    token = shop.token(basketId=None)
    simulator.pay(token)
    answer = shop.result(token, conversationId=None)
    assert "basketId" not in answer and "conversationId" not in answer
    assert answer["signature"] == signature_of(answer, simulator.secret_key)


def test_numbers_come_in_mixed_scales(shop, simulator):
    token = shop.token(price="10", paidPrice="10", basketItems=items("3.33", "6.67"))
    simulator.pay(token)
    path, body = "/payment/iyzipos/checkoutform/auth/ecom/detail", json.dumps({"token": token})
    connection = shop.http.HTTPSConnection(simulator.base_url)
    headers = shop.resource(iyzipay.ApiTest).get_http_header(path, shop.options, body)
    connection.request("POST", path, body, headers)
    text = connection.getresponse().read().decode()
    for written in (
        '"price":10,',
        '"paidPrice":10.00000000,',
        '"merchantCommissionRate":0E-8,',
        '"price":3.33,',
    ):
        assert written in text


def test_items_share_the_paid_price_to_the_last_kurus(shop, simulator):
    token = shop.token(price="10", paidPrice="10.01", basketItems=items("3.33", "3.33", "3.34"))
    simulator.pay(token)
    shares = [item["paidPrice"] for item in shop.result(token)["itemTransactions"]]
    assert sum(shares) == Decimal("10.01")


def test_retrieve_is_served_with_a_trailing_slash_too(shop, simulator):
    token = shop.token()
    simulator.pay(token)
    body = json.dumps({"token": token}).encode()
    for query in ("", "?x=1"):  # the query is not part of what is signed
        path = f"/payment/iyzipos/checkoutform/auth/ecom/detail/{query}"
        assert shop.raw("POST", path, body)[1]["paymentStatus"] == "SUCCESS"


def test_an_untried_form_and_an_unknown_token_are_failures_without_a_payment_status(shop):
    for token, code in [(shop.token(), "5087"), ("nobody", "11"), ("", "24")]:
        answer = shop.result(token)
        assert (answer["status"], answer["errorCode"]) == ("failure", code)
        assert "paymentStatus" not in answer


def test_a_declined_try_is_a_signed_failure_with_the_banks_reason(shop, simulator):
    token = shop.token()
    simulator.fail(token, NO_FUNDS)
    answer = shop.result(token)
    assert (answer["status"], answer["paymentStatus"]) == ("success", "FAILURE")
    assert (answer["errorCode"], answer["errorGroup"]) == ("10051", "NOT_SUFFICIENT_FUNDS")
    assert answer["errorMessage"] == "Kart limiti yetersiz, yetersiz bakiye"
    assert answer["signature"] == signature_of(answer, simulator.secret_key)


def test_a_later_success_on_the_same_token_wins(shop, simulator):
    token = shop.token()
    failed = simulator.fail(token)
    paid = simulator.pay(token)
    assert failed.payment_id != paid.payment_id
    assert shop.result(token)["paymentId"] == str(paid.payment_id)


def test_a_form_is_paid_only_once(shop, simulator):
    token = shop.token()
    simulator.pay(token)
    with pytest.raises(CheckoutError):
        simulator.pay(token)


def test_a_paid_form_stays_retrievable_and_an_unpaid_one_expires(tmp_path):
    now = [1_700_000_000]
    with Simulator(ca_file=tmp_path / "ca.pem", clock=lambda: now[0]) as simulator:
        shop = Shop(simulator)
        paid, unpaid = shop.token(), shop.open()
        simulator.pay(paid)
        now[0] += 1801
        assert shop.result(paid)["paymentStatus"] == "SUCCESS"
        page = Page(unpaid["paymentPageUrl"])
        assert page.status == 410 and "süresi doldu" in page.text
        with pytest.raises(CheckoutError):
            simulator.pay(unpaid["token"])


# --- cards ------------------------------------------------------------------------------------------------------


def test_all_published_test_cards_are_known_and_pass_luhn():
    assert len(CARDS) == 45 and all(passes_luhn(number) for number in CARDS)


@pytest.mark.parametrize("number", CARDS)
def test_each_test_card_has_its_outcome(shop, simulator, number):
    card = CARDS[number]
    token = shop.token(**({"currency": "EUR"} if card.foreign else {}))
    if card.error or not card.three_ds_starts:
        assert simulator.fail(token, number).error.code in {*BANK_ERRORS, "10043"}
    else:
        attempt = simulator.pay(token, number)
        assert attempt.md_status == {"4131111111111117": 0, "4141111111111115": 4}.get(number, 1)


def test_a_card_that_is_not_on_the_list_is_unknown_to_the_bank(shop, simulator):
    assert simulator.fail(shop.token(), "4242424242424242").error.group == "BIN_NOT_FOUND"


def test_turkish_cards_cannot_pay_in_a_foreign_currency(shop, simulator):
    token = shop.token(currency="USD")
    assert simulator.fail(token, PAYS).error.code == "5184"
    assert simulator.pay(token).card.foreign


def test_pay_and_fail_complain_when_the_card_does_otherwise(shop, simulator):
    with pytest.raises(SimulatorError, match="NOT_SUFFICIENT_FUNDS"):
        simulator.pay(shop.token(), NO_FUNDS)
    with pytest.raises(SimulatorError, match="SUCCESS"):
        simulator.fail(shop.token(), PAYS)


# --- the pages --------------------------------------------------------------------------------------------------


def test_the_payer_pays_with_3d_secure_and_is_posted_back_with_the_token_alone(
    shop, simulator, merchant
):
    answer = shop.open(callbackUrl=f"{merchant.url}/pay/return/?x=1&y=2")
    page = Page(answer["paymentPageUrl"])
    assert "10,50 TL" in page.text and "Cari ödeme" in page.text
    bank = page.pay(PAYS)
    assert "/3ds?" in bank.url and "123456" in bank.text
    assert shop.result(answer["token"])["paymentStatus"] == "INIT_THREEDS"
    back = bank.send(action="confirm", code="123456")
    assert "submit()" in back.html and "<button>" in back.html
    assert back.send().status == 200
    path, headers, body = merchant.posts[0]
    assert (path, body) == ("/pay/return/?x=1&y=2", f"token={answer['token']}")
    result = shop.result(answer["token"])
    assert (result["paymentStatus"], result["mdStatus"]) == ("SUCCESS", 1)


def test_the_page_is_another_site_than_the_merchant(shop, simulator):
    assert simulator.page_url.startswith("http://127.0.0.1:") and simulator.base_url.startswith(
        "localhost:"
    )


@pytest.mark.parametrize("fields", [{"action": "confirm", "code": "000000"}, {"action": "cancel"}])
def test_a_wrong_code_or_giving_up_at_the_bank_returns_with_a_failure(shop, fields):
    answer = shop.open()
    back = Page(answer["paymentPageUrl"]).pay(PAYS).send(**fields)
    assert back.action() == "http://localhost:9/pay/return/" and back.hidden() == {
        "token": answer["token"]
    }
    result = shop.result(answer["token"])
    assert (result["paymentStatus"], result["mdStatus"], result["fraudStatus"]) == ("FAILURE", 0, 1)


@pytest.mark.parametrize(
    ("lang", "said"), [("tr", "Kart limiti yetersiz"), ("en", "Insufficient card limit")]
)
def test_a_decline_is_shown_in_the_form_which_stays_open(shop, lang, said):
    answer = shop.open(locale=lang)
    declined = Page(answer["paymentPageUrl"]).pay(NO_FUNDS, three_d=False)
    assert said in declined.text and 'value="123"' not in declined.html
    assert shop.result(answer["token"])["paymentStatus"] == "FAILURE"
    assert "/return?" in declined.pay(PAYS, three_d=False).url
    assert shop.result(answer["token"])["paymentStatus"] == "SUCCESS"


def test_a_decline_after_the_right_code_is_shown_in_the_form_too(shop):
    answer = shop.open()
    declined = Page(answer["paymentPageUrl"]).pay(NO_FUNDS).send(action="confirm", code="123456")
    assert "/pay?" in declined.url and "Kart limiti yetersiz" in declined.text
    assert "/3ds?" in declined.pay(PAYS).url


@pytest.mark.parametrize(
    ("number", "changes"), [(DEBIT, {}), (PAYS, {"forceThreeDS": 1}), (PAYS, {"forceThreeDS": "1"})]
)
def test_debit_cards_and_the_merchants_wish_force_3d_secure(shop, number, changes):
    assert "/3ds?" in Page(shop.open(**changes)["paymentPageUrl"]).pay(number, three_d=False).url


@pytest.mark.parametrize(
    ("card", "said"),
    [
        ({"number": "5526080000000007"}, "Card number is not valid"),
        ({"number": "٥٥٢٦"}, "Card number is not valid"),
        ({"holder": " "}, "Name on the card mandatory"),
        ({"expiry": "13/40"}, "Expiry month is not valid"),
        ({"expiry": "12/4"}, "Expiry year is not valid"),
        ({"expiry": "01/24"}, "Expiry date is in the past"),
        ({"cvc": "12"}, "CVC is not valid"),
        ({"number": "374427000000003", "cvc": "123"}, "CVC is not valid"),
    ],
)
def test_what_is_typed_wrong_is_said_at_its_field_and_no_bank_is_asked(shop, simulator, card, said):
    page = Page(shop.open(locale="en")["paymentPageUrl"]).pay(**{"number": PAYS, **card})
    assert said in page.text and 'aria-invalid="true"' in page.html
    assert simulator.forms[0].attempts == []


def test_cancelling_returns_to_the_merchant_with_nothing_paid(shop, simulator, merchant):
    answer = shop.open(callbackUrl=f"{merchant.url}/back/")
    Page(answer["paymentPageUrl"]).send(action="cancel").send()
    assert merchant.posts[0][2] == f"token={answer['token']}"
    assert shop.result(answer["token"])["errorCode"] == "5087"


def test_cancel_without_a_browser_leaves_the_form_unpaid(shop, simulator):
    token = shop.token()
    assert simulator.cancel(token).paid is None
    simulator.fail(token)
    assert simulator.cancel(token).current.error.group == "NOT_SUFFICIENT_FUNDS"


def test_a_paid_form_takes_no_card_but_can_repeat_the_callback(shop, simulator, merchant):
    answer = shop.open(callbackUrl=f"{merchant.url}/back/")
    simulator.pay(answer["token"])
    page = Page(answer["paymentPageUrl"])
    assert "tamamlandı" in page.text and "cc-number" not in page.html
    page.send()
    page.send()
    assert [body for _, _, body in merchant.posts] == [f"token={answer['token']}"] * 2
    assert len(simulator.forms[0].attempts) == 1


def test_a_code_sent_again_or_after_payment_in_another_window_pays_nothing_more(shop, simulator):
    answer = shop.open()
    first, second = (Page(answer["paymentPageUrl"]).pay(PAYS) for _ in range(2))
    for bank in (first, second, first):
        assert "/return?" in bank.send(action="confirm", code="123456").url
    assert [attempt.status for attempt in simulator.forms[0].attempts].count("SUCCESS") == 1


@pytest.mark.parametrize("path", ["/pay?token=nobody", "/3ds?key=nobody", "/return", "/other"])
def test_an_unknown_address_is_a_404_page(simulator, path):
    page = Page(simulator.page_url + path + ("&lang=en" if "?" in path else "?lang=en"))
    assert page.status == 404 and "not found" in page.text


def test_what_the_merchant_sent_is_escaped(shop):
    name = '<script>alert("1")</script>$title'
    answer = shop.open(basketItems=[{**ITEM, "name": name}], callbackUrl='http://localhost:9/"><b>')
    page = Page(answer["paymentPageUrl"])
    assert name in page.text and "<script>" not in page.html
    assert '"><b>' not in page.send(action="cancel").html


def test_every_input_has_its_label_and_the_amount_is_written_as_the_language_does(shop):
    large = {"price": "1234567.5", "paidPrice": "1234567.50", "basketItems": items("1234567.50")}
    turkish = Page(shop.open(**large)["paymentPageUrl"])
    english = Page(shop.open(**large, locale="en", currency="EUR")["paymentPageUrl"])
    assert "1.234.567,50 TL" in turkish.text and "EUR 1,234,567.50" in english.text
    inputs = set(re.findall(r'<input type="text" id="(\w+)"', turkish.html))
    assert (
        inputs
        == set(re.findall(r'<label for="(\w+)"', turkish.html))
        == {"number", "holder", "expiry", "cvc"}
    )


# --- webhooks ---------------------------------------------------------------------------------------------------


@pytest.fixture
def notifying(tmp_path, merchant):
    url = f"{merchant.url}/notice/"
    with Simulator(
        ca_file=tmp_path / "ca.pem", webhook_url=url, webhook_delay=0, webhook_retry_every=0.05
    ) as simulator:
        yield simulator


def test_each_finished_try_is_notified_with_the_right_signature(notifying, merchant):
    token = Shop(notifying).token()
    notifying.fail(token)
    paid = notifying.pay(token)
    assert notifying.wait_for_webhooks()
    bodies = [json.loads(body) for _, _, body in merchant.posts]
    assert [body["status"] for body in bodies] == ["FAILURE", "SUCCESS"]
    body, headers = bodies[1], {name.lower(): value for name, value in merchant.posts[1][1].items()}
    assert (body["token"], body["iyziPaymentId"]) == (token, paid.payment_id)
    assert (body["paymentConversationId"], body["iyziEventType"]) == (
        "ödeme-1",
        "CHECKOUT_FORM_AUTH",
    )
    message = f"{notifying.secret_key}CHECKOUT_FORM_AUTH{paid.payment_id}{token}ödeme-1SUCCESS"
    assert headers["x-iyz-signature-v3"] == signatures.sign(notifying.secret_key, message)
    assert (headers["x-api-version"], headers["x-iyz-signature"]) == ("V1", "")


def test_a_notice_is_repeated_until_it_is_taken(notifying, merchant):
    merchant.statuses = [503, 302]
    notifying.pay(Shop(notifying).token())
    assert notifying.wait_for_webhooks()
    assert [delivery.results for delivery in notifying.deliveries] == [[503, 302, 200]]
    assert len({body for _, _, body in merchant.posts}) == 1


def test_a_notice_is_given_up_after_three_tries(notifying, merchant):
    merchant.statuses = [500] * 9
    notifying.pay(Shop(notifying).token())
    assert notifying.wait_for_webhooks()
    assert notifying.deliveries[0].results == [500] * 3 and not notifying.deliveries[0].taken


@pytest.mark.parametrize("signature", ["v3", "absent", "wrong", "empty"])
def test_a_notice_can_be_sent_at_will_with_any_signature(notifying, merchant, signature):
    token = Shop(notifying).token()
    delivery = notifying.send_webhook(token, status="SUCCESS", signature=signature)
    body = json.loads(delivery.body)
    right = signatures.webhook_signature(
        notifying.secret_key,
        body["iyziEventType"],
        body["iyziPaymentId"],
        token,
        "ödeme-1",
        "SUCCESS",
    )
    sent = {name.lower(): value for name, value in merchant.posts[0][1].items()}.get(
        "x-iyz-signature-v3"
    )
    assert (sent == right) == (signature == "v3")
    assert (sent is None, sent == "") == (signature == "absent", signature == "empty")
    assert delivery.taken


def test_a_notice_of_an_unknown_token_can_be_sent(notifying, merchant):
    assert notifying.send_webhook("nobody", signature="absent").results == [200]


# --- starting and stopping --------------------------------------------------------------------------------------


def test_stop_leaves_no_thread_and_no_port_even_with_idle_clients_and_waiting_notices(tmp_path):
    before = set(threading.enumerate())
    silent = socket.create_server(("127.0.0.1", 0))  # a merchant that never answers
    url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
    simulator = Simulator(ca_file=tmp_path / "ca.pem", webhook_url=url, webhook_delay=0).start()
    ports = [int(address.rsplit(":", 1)[1]) for address in (simulator.base_url, simulator.page_url)]
    shop = Shop(simulator)
    for _ in range(2):
        simulator.pay(shop.token())
    idle = [socket.create_connection(("127.0.0.1", port)) for port in ports]
    idle.append(silent.accept()[0])
    simulator.stop()
    simulator.stop()
    assert set(threading.enumerate()) == before
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=1)
    for opened in [*idle, silent]:
        opened.close()


def test_a_client_without_tls_disturbs_nobody(shop, simulator):
    host, port = simulator.base_url.split(":")
    with socket.create_connection(("127.0.0.1", int(port))) as plain:
        plain.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert shop.open()["status"] == "success"


def test_a_port_that_is_taken_is_named(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SimulatorError, match=str(port)):
            Simulator(ca_file=tmp_path / "ca.pem", page_port=port).start()


@pytest.mark.parametrize("url", ["localhost:8000/notice/", "http://", "http://localhost:x/"])
def test_a_webhook_address_must_be_whole(url):
    with pytest.raises(SimulatorError, match="not a web address"):
        Simulator(webhook_url=url)


def test_without_trustme_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "trustme", None)
    with pytest.raises(SimulatorError, match=r"b2b_portal\[demo\]"):
        Simulator(ca_file=tmp_path / "ca.pem").start()


def test_the_simulator_needs_no_django():
    code = "import sys, b2b_portal.testing.iyzico; sys.exit('django' in sys.modules or 'trustme' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_requests_from_many_threads_do_not_mix(shop, simulator):
    tokens = []
    threads = [threading.Thread(target=lambda: tokens.append(shop.token())) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ids = {simulator.pay(token).payment_id for token in tokens}
    assert len(ids) == len(set(tokens)) == 12


def command(*args):
    """Run the management command in a bare Django project; returns the process."""
    code = (
        "import sys, django; from django.conf import settings; settings.configure(); django.setup();"
        "from b2b_portal.management.commands.iyzico_simulator import Command;"
        "Command().run_from_argv(['manage.py', 'iyzico_simulator', *sys.argv[1:]])"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code, *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_says_where_it_is_and_ends_cleanly(tmp_path, number):
    ca_file = tmp_path / "ca.pem"
    process = command("--api-port", "0", "--page-port", "0", "--ca-file", str(ca_file))
    lines = [process.stdout.readline().strip().partition("=") for _ in range(3)]
    assert [name for name, _, _ in lines] == ["base_url", "page_url", "ca_file"]
    assert lines[2][2] == str(ca_file) and ca_file.read_text().startswith(
        "-----BEGIN CERTIFICATE-----"
    )
    assert Page(lines[1][2] + "/pay").status == 404
    process.send_signal(number)
    _, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, "")


def test_the_command_names_a_taken_port_and_fails(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        process = command(
            "--api-port", port, "--page-port", "0", "--ca-file", str(tmp_path / "ca.pem")
        )
        _, errors = process.communicate(timeout=10)
    assert process.returncode == 1
    assert port in errors and len(errors.splitlines()) == 1
