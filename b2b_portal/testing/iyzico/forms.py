"""What the simulator remembers: checkout forms and the tries made on them. In memory only."""

import uuid
from dataclasses import dataclass, field
from decimal import Decimal

from .bank_errors import BankError
from .cards import Card

SUCCESS, FAILURE, INIT_THREEDS = "SUCCESS", "FAILURE", "INIT_THREEDS"
LIFETIME = 1800  # seconds a form can be paid, iyzico's tokenExpireTime


def lang_of(request):
    """The language a request asks for, ``tr`` unless ``en``."""
    return "en" if request.get("locale") in ("en", "EN") else "tr"


@dataclass
class Attempt:
    """One try with a card on a form.

    ``payment_id`` is iyzico's paymentId (int; a string on the wire). ``status`` is SUCCESS, FAILURE or
    INIT_THREEDS while the bank waits for the code. ``key`` names the try on the 3-D Secure page.
    """

    token: str
    payment_id: int
    card: Card
    three_d_secure: bool
    status: str = INIT_THREEDS
    md_status: int | None = None
    error: BankError | None = None
    key: str = field(default_factory=lambda: uuid.uuid4().hex)


@dataclass
class Form:
    """A checkout form: the initialize request as received, its amounts (main unit), and the tries made on it."""

    request: dict
    price: Decimal
    paid_price: Decimal
    item_prices: list
    created: float  # seconds since the epoch
    token: str = field(default_factory=lambda: str(uuid.uuid4()))
    attempts: list = field(default_factory=list)

    @property
    def currency(self):
        return self.request["currency"]

    @property
    def callback_url(self):
        return self.request["callbackUrl"]

    @property
    def lang(self):
        return lang_of(self.request)

    @property
    def paid(self):
        """The try that paid this form, or None."""
        return next((attempt for attempt in self.attempts if attempt.status == SUCCESS), None)

    @property
    def current(self):
        """The try that says how the form stands: the paying one, else the last, else None."""
        return self.paid or (self.attempts[-1] if self.attempts else None)

    def expired(self, now):
        """Tell whether the form can no longer be paid at ``now`` (seconds since the epoch)."""
        return now > self.created + LIFETIME
