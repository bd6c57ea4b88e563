"""What a gateway must be able to do. One subclass a gateway; nothing else knows the vendor."""

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum


class State(Enum):
    """The gateway's word on a payment. Whatever it does not clearly say is ``PENDING``."""

    OPEN = "open"  # nobody has paid yet
    PENDING = "pending"  # something is under way there
    PAID = "paid"
    DECLINED = "declined"  # the last try failed; the page may still be tried again


@dataclass(frozen=True)
class Started:
    token: str
    url: str


@dataclass(frozen=True)
class Snapshot:
    """What the gateway itself says of a payment now, its signature checked.

    ``amount`` is what was asked for, ``charged`` what the card was charged with, ``commission``
    what the gateway keeps of it.
    """

    state: State
    payment_id: str = ""
    basket: str = ""
    amount: Decimal | None = None
    charged: Decimal | None = None
    commission: Decimal | None = None
    currency: str = ""
    card: str = ""
    installments: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class Notice:
    """A hint that something happened: never more than a reason to ask."""

    token: str


class Gateway:
    """Base of every gateway; ``options`` is its dict in ``B2B_PORTAL['GATEWAYS']``."""

    required_options = ()
    currencies = ()

    def __init__(self, options):
        self.options = options

    def start(self, payment, *, payer, return_url):
        """Open a payment page there; returns ``Started``.

        Raises ``GatewayUnavailable`` or ``GatewayRefused``: then nothing can be paid.
        """
        raise NotImplementedError

    def fetch(self, payment):
        """Ask for the payment's state, read-only; returns a ``Snapshot``.

        Raises ``GatewayUnavailable`` or ``UntrustedAnswer``: then nothing is known.
        """
        raise NotImplementedError

    def read_return(self, request):
        """The token in the browser's way back, or ""."""
        raise NotImplementedError

    def read_notice(self, request):
        """The ``Notice`` in a server's POST, or None for nonsense; ``UntrustedAnswer`` when forged."""
        raise NotImplementedError
