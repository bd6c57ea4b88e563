"""The simulator as tests and the management command use it."""

import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

from . import webhooks
from .api import Api
from .checkout import Checkout, CheckoutError
from .forms import FAILURE, INIT_THREEDS, SUCCESS
from .handlers import api_handler, page_handler
from .server import HOST, Listener, SimulatorError, make_tls
from .validation import is_web_address

API_KEY = "sandbox-simulator-api-key"
SECRET_KEY = "sandbox-simulator-secret-key"
PAYING_CARD = {"TRY": "5526080000000006"}
FOREIGN_CARD = "5400010000000004"  # Turkish cards cannot pay in a foreign currency


class Simulator:
    """iyzico on this machine. Start it with ``with`` or ``start()``; ``stop()`` leaves no port and no thread.

    Ports: 0 takes a free one. ``ca_file``: where to write the certificate to trust, by default in the
    directory for temporary files. ``webhook_url``: where to notify each finished try, "" for nowhere,
    ``webhook_delay`` seconds after it (iyzico: 10 to 15) and every ``webhook_retry_every`` seconds until a
    2xx, three times in all. ``code``: the bank's one-time code. ``max_price`` (Decimal): refuse prices from
    there up (5008). ``clock``: seconds since the epoch, for tests of expiry.
    Raises SimulatorError when a port is taken, trustme is missing or webhook_url is no web address.
    """

    def __init__(
        self,
        *,
        api_port=0,
        page_port=0,
        api_key=API_KEY,
        secret_key=SECRET_KEY,
        ca_file=None,
        webhook_url="",
        webhook_delay=12,
        webhook_retry_every=900,
        code="123456",
        max_price=None,
        clock=time.time,
    ):
        self.api_key = api_key
        self.secret_key = secret_key
        self.ca_file = Path(ca_file or Path(tempfile.gettempdir()) / "iyzico-simulator-ca.pem")
        self.webhook_url = webhook_url
        if webhook_url and not is_web_address(webhook_url):
            raise SimulatorError(f"not a web address: {webhook_url}")
        self._ports = api_port, page_port
        self._delays = webhook_delay, webhook_retry_every
        self._checkout = Checkout(clock, code, self._notify)
        self._api = Api(self._checkout, api_key, secret_key, self._payment_page, max_price)
        self._sender = None
        self._listeners = []

    def start(self):
        """Open both ports and begin to answer; returns self."""
        if self._listeners:
            raise SimulatorError("the simulator is already running")
        context = make_tls(self.ca_file)
        api_port, page_port = self._ports
        try:
            self._listeners.append(Listener(api_port, api_handler(self._api), context))
            self._listeners.append(Listener(page_port, page_handler(self._checkout)))
        except SimulatorError:
            self.stop()
            raise
        self._sender = webhooks.Sender(self.webhook_url, *self._delays)
        self._sender.start()
        for listener in self._listeners:
            listener.start()
        return self

    def stop(self):
        """Close the ports, drop what is unsent, wait for every thread. May be called twice."""
        if self._sender:
            self._sender.stop()
        for listener in self._listeners:
            listener.stop()
        self._listeners = []

    def __enter__(self):
        return self.start()

    def __exit__(self, *exc):
        self.stop()

    @property
    def base_url(self):
        """What the SDK's options want as ``base_url``: host and port, no scheme."""
        return f"localhost:{self._listeners[0].port}"

    @property
    def page_url(self):
        """Where the card page is served: by number, so that it is another site than ``localhost``."""
        return f"http://{HOST}:{self._listeners[1].port}"

    @property
    def forms(self):
        """All forms in the order they were opened."""
        return self._checkout.all()

    @property
    def deliveries(self):
        """All notifications queued or sent, oldest first."""
        return list(self._sender.deliveries) if self._sender else []

    def form(self, token):
        """Return the form with this token; raises CheckoutError when there is none."""
        return self._checkout.form(token)

    def pay(self, token, card=None, *, three_d_secure=True):
        """Pay a form without a browser, the bank's code included; returns the Attempt.

        ``card``: a test card's number; by default one that pays in the form's currency. Raises
        CheckoutError when the form cannot be paid, SimulatorError when the card did not pay.
        """
        form = self.form(token)
        return self._try(
            form, card or PAYING_CARD.get(form.currency, FOREIGN_CARD), three_d_secure, SUCCESS
        )

    def fail(self, token, card="4111111111111129", *, three_d_secure=True):
        """Try to pay with a card that its bank refuses (by default: no funds); returns the Attempt.

        Raises like ``pay``; SimulatorError when the card did pay.
        """
        return self._try(self.form(token), card, three_d_secure, FAILURE)

    def cancel(self, token):
        """Leave the form as its cancel button does: a 3-D Secure check under way fails, nothing is paid."""
        form = self.form(token)
        self._checkout.leave(form)
        return form

    def send_webhook(self, token, status=None, signature="v3"):
        """Notify now, once, and wait for the answer; returns the Delivery.

        ``status``: SUCCESS or FAILURE, by default as the form stands (SUCCESS when untried). ``signature``:
        v3, absent, wrong or empty. The token may be unknown. Raises SimulatorError without a webhook_url.
        """
        if not (self.webhook_url and self._sender):
            raise SimulatorError("no webhook_url, or the simulator is not running")
        try:
            form = self.form(token)
        except CheckoutError:
            form = None
        attempt = form and form.current
        payment_id = attempt.payment_id if attempt else self._checkout.next_id()
        status = status or (attempt.status if attempt else SUCCESS)
        delivery = self._delivery(form, token, payment_id, status, signature)
        self._sender.now(delivery)
        return delivery

    def wait_for_webhooks(self, timeout=10):
        """Wait up to ``timeout`` seconds until no notification is queued or under way; return whether so."""
        return self._sender.wait(timeout)

    def _try(self, form, number, three_d_secure, wanted):
        attempt = self._checkout.submit(form, number, three_d_secure)
        if attempt.status == INIT_THREEDS:
            self._checkout.confirm(attempt, self._checkout.code)
        if attempt.status != wanted:
            why = f" ({attempt.error.group})" if attempt.error else ""
            raise SimulatorError(f"card {number}: {attempt.status}{why}")
        return attempt

    def _payment_page(self, token, lang):
        return f"{self.page_url}/pay?{urlencode({'token': token, 'lang': lang})}"

    def _notify(self, form, attempt):
        if self.webhook_url and self._sender:
            self._sender.later(
                self._delivery(form, form.token, attempt.payment_id, attempt.status, "v3")
            )

    def _delivery(self, form, token, payment_id, status, signature):
        return webhooks.make(
            self.secret_key,
            token=token,
            conversation_id=(form and form.request.get("conversationId")) or "",
            payment_id=payment_id,
            status=status,
            time_ms=int(self._checkout.clock() * 1000),
            signature=signature,
        )
