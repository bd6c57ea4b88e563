"""Plans one customer of the lines file: its card, its invoices, and how its account lives."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from random import Random

from .habits import live, pick_habit
from .invoices import NO_WITHHOLDING, plan_invoice
from .money import rate_on, rounded
from .moves import Move
from .people import DEMO_DEALER, SPECIALS, currencies_of, supplier_index
from .vendors import plan_vendor, purchases

TERMS = (30, 60, 60, 90)
LARGE = 25  # invoices
VALUATIONS = (270, 180, 90, 9)  # days before the last on which open foreign money is valued


@dataclass
class AccountPlan:
    """One account to be: its card's fields, contacts, invoices and moves by currency."""

    key: str
    supplier: int
    code: str
    card: dict
    people: list
    invoices: list = field(default_factory=list)
    moves: dict = field(default_factory=dict)


class Planner:
    """Plans the accounts of customers one after the other; codes are numbered as they come."""

    def __init__(self, cards, products, first, last):
        self.cards, self.products, self.first, self.last = cards, products, first, last
        self.numbers = {}

    def plan(self, customer):
        """The ``AccountPlan``s of a customer; more than one where it is also a supplier."""
        rng = Random(f"account {customer.key}")
        special = SPECIALS.get(customer.key, {})
        currencies = currencies_of(customer.key, customer.country)
        supplier = supplier_index(customer.key)
        card, people = self._card(customer.key, special)
        code = self._code(supplier, "120.01" if "TRY" in currencies else "120.02")
        plan = AccountPlan(customer.key, supplier, code, card, people)
        term = special.get("term") or rng.choice(TERMS)
        habit = special.get("habit") or pick_habit(rng)
        explicit = special.get("explicit", rng.random() < 0.12)
        fraction = _fraction(special.get("withheld") or (rng.random() < 0.02 and "4/10"))
        for at, source in enumerate(customer.invoices):
            withheld = fraction if at % 3 == 1 and not source.is_return else NO_WITHHOLDING
            currency = currencies[at % len(currencies)]
            plan.invoices.append(plan_invoice(source, self.products, currency, term, withheld))
        plans = [plan]
        extra = []
        if special.get("vendor") == "same":
            extra = purchases(rng, self.first, self.last)
        elif special.get("vendor") == "own":
            vendor = self._code(supplier, "320.01")
            extra, moves = plan_vendor(rng, self.first, self.last, code, vendor)
            plans.append(AccountPlan(f"{customer.key}-320", supplier, vendor, card, people))
            plans[1].moves["TRY"] = moves
        if special.get("fx_invoice"):
            text = "Dövizli alım kur farkı faturası"
            day = self.last - timedelta(days=47)
            extra.append(
                Move(day, Decimal("4812.37"), "fx_difference", "Kur Farkı", text, series="KF")
            )
        for currency in currencies:
            events = [one.move for one in plan.invoices if one.currency == currency and one.move]
            opening = self._opening(rng, customer.key, habit, currency, events)
            extra = extra if currency == currencies[0] else []
            book = live(
                rng,
                opening + events + extra,
                habit,
                currency,
                self.last,
                explicit,
                len(events) >= LARGE,
            )
            plan.moves[currency] = book.moves
        for one in plans:
            for currency, moves in one.moves.items():
                moves.sort(key=lambda move: move.day)
                if currency != "TRY":
                    one.moves[currency] = self._valued(moves, currency)
        return plans

    def _card(self, key, special):
        if "card" in special:
            card, dealer = special["card"], DEMO_DEALER
            return card, [
                (dealer["contact"], dealer["email"], card["phone"], "payment_officer"),
                (dealer["buyer"], dealer["buyer_email"], card["phone"], "buyer"),
            ]
        card = self.cards.make(key)
        return card, card.pop("people")

    def _code(self, supplier, group):
        number = self.numbers[supplier, group] = self.numbers.get((supplier, group), 0) + 1
        return f"{group}.{number:04}"

    def _opening(self, rng, key, habit, currency, events):
        """What was open when the year began (devir), for most accounts."""
        if habit != "demo" and (rng.random() > 0.6 or not events):
            return []
        debits = [move.amount for move in events if move.amount > 0] or [Decimal(500)]
        amount = rounded(sum(debits) / len(debits) * rng.randint(40, 260) / 100)
        if habit == "demo":
            amount = Decimal("18450.00")
        elif habit == "advance" and rng.random() < 0.5:
            amount = -amount
        if not amount:
            return []
        text = "Önceki dönemden devreden bakiye"
        return [Move(self.first, amount, "opening", "Devir", text, series="DVR")]

    def _valued(self, moves, currency):
        """Give foreign money its rate and TRY, and add the kur farkı of each valuation day."""
        days = [self.last - timedelta(days=back) for back in VALUATIONS]
        out, balance, base = [], Decimal(0), Decimal(0)
        for move in [*moves, None]:
            while days and (move is None or move.day > days[0]):
                day = days.pop(0)
                rate = rate_on(currency, (self.last - day).days)
                difference = rounded(balance * rate) - base
                if difference:
                    text = "Dönem sonu kur değerlemesi"
                    fx = Move(day, Decimal(0), "fx_difference", "Kur Farkı", text, series="KF")
                    fx.base, fx.rate = difference, rate
                    base += difference
                    out.append(fx)
            if move:
                move.rate = rate_on(currency, (self.last - move.day).days)
                move.base = rounded(move.amount * move.rate)
                balance, base = balance + move.amount, base + move.base
                out.append(move)
        return out


def in_order(customers):
    """Customers with the demo's dealer first, so that its codes are the first of their groups."""
    dealer = [key for key, one in SPECIALS.items() if "card" in one]
    return sorted(
        customers,
        key=lambda one: (dealer.index(one.key) if one.key in dealer else len(dealer), one.key),
    )


def _fraction(text):
    if not text:
        return NO_WITHHOLDING
    part, whole = text.split("/")
    return Decimal(part) / Decimal(whole)
