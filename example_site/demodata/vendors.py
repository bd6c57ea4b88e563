"""A customer that is a supplier too: what it sells us, what we pay it, and virman between."""

from datetime import timedelta
from decimal import Decimal

from .moves import Move

MONTH = timedelta(days=30)
VIRMAN = Decimal(15_000)


def purchases(rng, first, last):
    """A purchase a month, as credits."""
    day, found = first + MONTH, []
    while day <= last - timedelta(days=5):
        amount = Decimal(rng.randint(800_000, 2_600_000)) / 100
        due = day + 2 * MONTH
        text = "Fason üretim ve ambalaj alımı"
        found.append(Move(day, -amount, "invoice", "Alış Faturası", text, due=due, series="ALF"))
        day += MONTH
    return found


def plan_vendor(rng, first, last, customer_code, vendor_code):
    """(credits on the customer's account, moves of the vendor's account)."""
    moves, offsets = purchases(rng, first, last), []
    owed = Decimal(0)
    for number, bought in enumerate(list(moves)):
        owed -= bought.amount
        day = bought.day + timedelta(days=3)
        if number % 3 == 2 and owed > VIRMAN:
            text = f"{vendor_code} hesabından virman"
            offsets.append(Move(day, -VIRMAN, "offset", "Virman", text, series="VRM"))
            text = f"{customer_code} hesabına virman"
            moves.append(Move(day, VIRMAN, "offset", "Virman", text, series="VRM"))
            owed -= VIRMAN
        elif number % 3 == 1:
            paid = owed // 2 // 1000 * 1000
            text = "Ziraat Bankası giden havale"
            moves.append(Move(day, paid, "bank_transfer", "Giden Havale", text, series="GH"))
            owed -= paid
    return offsets, moves
