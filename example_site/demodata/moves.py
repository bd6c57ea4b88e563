"""A movement to be, and the open items it meets, as the demo's dealers pay."""

from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(slots=True, eq=False)
class Move:
    """A movement in the days of the lines file.

    ``closes``: (debit, amount) it is allocated to. ``description`` may hold ``{due}`` and
    ``{about}``, days that are filled in once they are moved to the present.
    """

    day: date
    amount: Decimal
    kind: str
    source_kind: str
    description: str
    due: date | None = None
    about: date | None = None
    series: str = ""
    key: str = ""
    document_no: str = ""
    clock: time | None = None
    rate: Decimal | None = None
    base: Decimal | None = None
    closes: list = field(default_factory=list)

    @property
    def falls_due(self):
        return self.due or self.day


@dataclass(slots=True, eq=False)
class Open:
    """What is open of a debit. ``nameable``: a payment may be allocated to it."""

    move: Move
    left: Decimal
    nameable: bool = True
    held: Decimal = ZERO


class Book:
    """One account in one currency: its moves, and what is open when the oldest is paid first."""

    def __init__(self):
        self.moves = []
        self.open = []
        self.credit_left = ZERO

    @property
    def balance(self):
        return sum((item.left for item in self.open), ZERO) - self.credit_left

    def due(self, day):
        """The open items that have fallen due by ``day``, oldest first, less what is held back."""
        items = [item for item in self.open if item.move.falls_due <= day and item.left > item.held]
        return sorted(items, key=lambda item: item.move.falls_due)

    def add(self, move, explicit=False, nameable=True, only=None):
        """Take a move in. A credit pays ``only`` these items, or the oldest first."""
        self.moves.append(move)
        if move.amount > 0:
            item = Open(move, move.amount, nameable)
            used = min(self.credit_left, item.left)
            self.credit_left -= used
            item.left -= used
            if item.left:
                self.open.append(item)
            return item
        left = -move.amount
        for item in only or sorted(self.open, key=lambda item: item.move.falls_due):
            part = min(left, item.left - (item.held if only else ZERO))
            if part <= 0:
                continue
            item.left -= part
            left -= part
            if explicit and item.nameable:
                move.closes.append((item.move, part))
        self.open = [item for item in self.open if item.left]
        self.credit_left += left
        return None
