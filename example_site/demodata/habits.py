"""How the demo's dealers pay: each has a habit, and keeps to it from the first day to the last."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from .moves import ZERO, Book, Move
from .payments import bounce, pay

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Habit:
    """``grace``: days paid late. ``share``: percent of what is due that is paid. ``stops``: days
    before the last from which nothing is paid. ``finish``: percent of the balance paid at the end.
    """

    grace: tuple = (0, 5)
    share: tuple = (100, 100)
    stops: tuple = (0, 0)
    finish: int = 0
    weight: int = 0


HABITS = {
    "clear": Habit(finish=100, weight=28),
    "regular": Habit(weight=26),
    "partial": Habit(share=(55, 85), weight=16),
    "late": Habit(grace=(25, 55), weight=14),
    "stopped": Habit(stops=(70, 190), weight=10),
    "advance": Habit(finish=110, weight=6),
    "demo": Habit(),
}


def pick_habit(rng):
    """The name of a habit, by weight."""
    return rng.choices(list(HABITS), [habit.weight for habit in HABITS.values()])[0]


def live(rng, events, habit_name, currency, last, explicit=False, is_large=False):
    """Let an account live: ``events`` are the moves that come anyway. Returns its ``Book``.

    Payments are added by the habit, on days up to ``last``. ``explicit``: payments name what they
    pay, and are allocated to it.
    """
    habit, book = HABITS[habit_name], Book()
    queue = sorted(events, key=lambda move: move.day)
    if not queue:
        return book
    grace, stop = rng.randint(*habit.grace), last - rng.randint(*habit.stops) * DAY
    step = 4 if habit_name == "demo" else rng.choice((5, 7, 10) if is_large else (10, 14, 21, 30))
    day = queue[0].day + rng.randint(1, step) * DAY
    bounces = []
    while day <= stop:
        _catch_up(rng, book, queue, bounces, day, explicit)
        if habit_name == "demo":
            _pay_like_the_demo(rng, book, day, last, bounces, currency)
        else:
            _pay_what_is_due(rng, book, day, grace, habit, bounces, currency, explicit)
        day += step * DAY
    _catch_up(rng, book, queue, bounces, last, explicit)
    if habit_name == "demo":
        _finish_the_demo(rng, book, last, currency)
    elif habit.finish and book.balance > 0:
        end = max(max(move.day for move in book.moves), last - rng.randint(0, 6) * DAY)
        amount = book.balance
        if habit.finish > 100:
            amount = round_up(amount * habit.finish / 100)
        pay(rng, book, end, amount, currency, exact=True, explicit=explicit)
    return book


def round_up(amount):
    """To the next whole hundred."""
    return -(-amount // 100) * 100


def _catch_up(rng, book, queue, bounces, day, explicit):
    """Book what has happened up to ``day``: the queue's moves and cheques that came back."""
    while queue and queue[0].day <= day:
        book.add(queue.pop(0), explicit)
    for returned_on, cheque in sorted(bounces, key=lambda pair: pair[0]):
        if returned_on <= day:
            bounce(book, cheque, returned_on)
            bounces.remove((returned_on, cheque))
    if rng.random() < 0.004:
        fee = Decimal(rng.randint(15000, 95000)) / 100
        text = "Sevkiyat farkı yansıtması"
        book.add(Move(day, fee, "debit_note", "Borç Dekontu", text, series="BD"))


def _pay_what_is_due(rng, book, day, grace, habit, bounces, currency, explicit):
    items = book.due(day - grace * DAY)
    amount = sum((item.left for item in items), ZERO) - book.credit_left
    if habit.share[0] < 100:
        amount = amount * rng.randint(*habit.share) // 10000 * 100
    if amount <= 0:
        return
    # Whoever pays late is charged for it now and then.
    if grace > 20 and rng.random() < 0.12 and currency == "TRY":
        charge = (amount * 2 / 100).quantize(Decimal("0.01"))
        if charge:
            text = "Geç ödeme vade farkı"
            book.add(Move(day, charge, "debit_note", "Vade Farkı Faturası", text, series="VF"))
    pay(rng, book, day, amount, currency, explicit=explicit, bounces=bounces)


# The demo's dealer: one payment an invoice, but some invoices left open and one half paid.

CEILING = Decimal(58_000)
HOLDS = ((75, 40, Decimal(9_000), 100), (34, 18, Decimal(7_000), 60), (17, 6, Decimal(6_000), 100))


def _pay_like_the_demo(rng, book, day, last, bounces, currency):
    _hold_back(book, day, last)
    items = book.due(day)
    if not items:
        return
    is_early = (last - day).days > 150
    total = sum((item.left for item in items), ZERO)
    if is_early and total > 3_000 and rng.random() < 0.45:
        papers = sum(move.kind in ("cheque", "promissory_note") for move in book.moves)
        pay(rng, book, day, total, currency, means="note" if papers % 4 == 3 else "cheque")
        if papers == 2:
            cheque = book.moves[-1]
            bounces.append((cheque.due + 2 * DAY, cheque))
        items = book.due(day)
    for item in items:
        parts = [item.left - item.held]
        if parts[0] > 1_500 and rng.random() < 0.5:
            parts = [parts[0] // 200 * 100, parts[0] - parts[0] // 200 * 100]
        for amount in parts:
            pay(rng, book, day, amount, currency, exact=True, explicit=True, only=[item])


def _hold_back(book, day, last):
    """Once its day has come, mark for each of ``HOLDS`` one invoice that is not (all) paid."""
    for oldest, newest, most, percent in HOLDS:
        window = [
            item
            for item in book.open
            if item.move.kind == "invoice" and newest <= (last - item.move.falls_due).days <= oldest
        ]
        fitting = [
            item
            for item in window
            if most / 6 <= item.move.amount <= most and item.left == item.move.amount
        ]
        if fitting and not any(item.held for item in window):
            best = max(fitting, key=lambda item: item.left)
            best.held = (best.left * percent / 100).quantize(Decimal("0.01"))


def _finish_the_demo(rng, book, last, currency):
    """Pay the largest of what is not due yet by card, until the balance is what a card may pay."""
    while book.balance > CEILING:
        item = max(book.open, key=lambda item: item.left - item.held)
        end, only = max(item.move.day, last - 2 * DAY), [item]
        pay(rng, book, end, item.left, currency, exact=True, explicit=True, only=only, means="card")
