"""iyzico's published test cards (docs.iyzico.com, add-ons/test-cards) and what becomes of each.

Assumed, because the documentation does not say: the group PICKUP_CARD for 4120111111111110
(sources name 10041, 10043 and PICKUP_CARD), 10202 for "general error", 10214 for "3DS initialize
failed", and BIN_NOT_FOUND for any card that is not on the list (the real sandbox knows only these).
"""

from dataclasses import dataclass

from .bank_errors import BANK_ERRORS, BankError

PICKUP = BankError("10043", "PICKUP_CARD", "Karta el koyunuz", "Pick up the card")
LOCAL_CARD_FOREIGN_CURRENCY = BankError(
    "5184",
    "INVALID_CURRENCY",
    "Yurt içi kartlarla yabancı para biriminde ödeme yapılamaz",
    "Turkish cards cannot pay in a foreign currency",
)
BIN_NOT_FOUND = BANK_ERRORS["10213"]
NOT_AUTHENTICATED = BANK_ERRORS["10220"]


@dataclass(frozen=True)
class Card:
    """A test card. ``error``: how its bank refuses it, None when it pays; ``md_status``: what 3-D Secure reports."""

    number: str
    bank: str = ""
    association: str = "VISA"
    family: str = ""
    debit: bool = False
    foreign: bool = False
    error: BankError | None = None
    md_status: int = 1
    three_ds_starts: bool = True

    @property
    def card_type(self):
        """CREDIT_CARD or DEBIT_CARD, as iyzico names it."""
        return "DEBIT_CARD" if self.debit else "CREDIT_CARD"


_PAYING = """\
5890040000000016 Akbank MASTER_CARD debit -
5526080000000006 Akbank MASTER_CARD credit Axess
9792072000017956 Akbank TROY credit Axess
4766620000000001 Denizbank VISA debit -
4603450000000000 Denizbank VISA credit Bonus
4729150000000005 Denizbank VISA credit Bonus
4987490000000002 QNB VISA debit -
5311570000000005 QNB MASTER_CARD credit CardFinans
9792020000000001 QNB TROY debit -
9792030000000000 QNB TROY credit CardFinans
9792023757123604 QNB TROY credit CardFinans
5170410000000004 Garanti MASTER_CARD debit -
5400360000000003 Garanti MASTER_CARD credit Bonus
374427000000003 Garanti AMERICAN_EXPRESS credit Bonus
4475050000000003 Halkbank VISA debit -
5528790000000008 Halkbank MASTER_CARD credit Paraf
4059030000000009 HSBC VISA debit -
5504720000000003 HSBC MASTER_CARD credit Advantage
5892830000000000 İşbank MASTER_CARD debit -
4543590000000006 İşbank VISA credit Maximum
4910050000000006 Vakıfbank VISA debit -
4157920000000002 Vakıfbank VISA credit World
6500528865390837 Vakıfbank TROY debit -
6501700194147183 Vakıfbank TROY credit World
5168880000000002 YKB MASTER_CARD debit -
5451030000000000 YKB MASTER_CARD credit World
4054180000000007 Foreign VISA debit -
5400010000000004 Foreign MASTER_CARD credit -
"""

_REFUSED = {
    "4111111111111129": "10051",
    "4129111111111111": "10005",
    "4128111111111112": "10012",
    "4127111111111113": "10041",
    "4126111111111114": "10043",
    "4125111111111115": "10054",
    "4124111111111116": "10084",
    "4123111111111117": "10057",
    "4122111111111118": "10058",
    "4121111111111119": "10034",
    "4130111111111118": "10202",
    "4151111111111393": "10093",
}

_SPECIAL = [
    Card(
        "5406670000000009", association="MASTER_CARD"
    ),  # pays, but cannot be cancelled or refunded
    Card("4120111111111110", error=PICKUP),
    Card("4131111111111117", md_status=0),  # "success but mdStatus is 0"
    Card("4141111111111115", md_status=4),
    Card("4151111111111112", three_ds_starts=False),
]


def _paying(line):
    number, bank, association, kind, family = line.split()
    return Card(number, bank, association, family.strip("-"), kind == "debit", bank == "Foreign")


CARDS = {
    card.number: card
    for card in [
        *map(_paying, _PAYING.splitlines()),
        *(Card(number, error=BANK_ERRORS[code]) for number, code in _REFUSED.items()),
        *_SPECIAL,
    ]
}


def passes_luhn(number):
    """Tell whether the digits (str) carry a right check digit."""
    doubled = "0246813579"
    digits = [
        int(doubled[int(digit)]) if place % 2 else int(digit)
        for place, digit in enumerate(reversed(number))
    ]
    return sum(digits) % 10 == 0


def find(number):
    """Return the test card with this number, or one that its bank does not know (BIN_NOT_FOUND)."""
    return CARDS.get(number) or Card(number, error=BIN_NOT_FOUND)
