"""One payment of a dealer: by what means, on which paper, and the cheque that comes back."""

from datetime import time, timedelta
from decimal import Decimal

from .moves import Move

# means: (kind, the ERP's word, series, description)
MEANS = {
    "bank": ("bank_transfer", "Gelen Havale", "TH", "{bank} gelen havale/EFT"),
    "card": ("card", "Kredi Kartı", "KK", "Kredi kartı ile tahsilat, tek çekim"),
    "cash": ("cash", "Nakit Tahsilat", "NT", "Nakit tahsilat makbuzu"),
    "cheque": ("cheque", "Çek Girişi", "CEK", "{bank} çeki, vade {due:%d.%m.%Y}"),
    "note": ("promissory_note", "Senet Girişi", "SNT", "Senet, vade {due:%d.%m.%Y}"),
}
BANKS = ("Ziraat Bankası", "İş Bankası", "Akbank", "Garanti BBVA", "Vakıfbank", "Yapı Kredi")
MOST_CASH = Decimal(20_000)
LEAST_PAPER = Decimal(3_000)


def pay(
    rng,
    book,
    day,
    amount,
    currency,
    *,
    exact=False,
    explicit=False,
    only=None,
    means=None,
    bounces=None,
):
    """Book a payment of about ``amount``; ``exact``: to the kuruş, so not by cheque or note.

    A cheque may come back: then (day, cheque) is added to ``bounces``.
    """
    means = means or _choose(rng, amount, currency, exact, only)
    kind, source_kind, series, text = MEANS[means]
    is_paper = means in ("cheque", "note")
    if is_paper:
        amount = amount // 100 * 100
    if amount <= 0:
        return
    due = day + timedelta(days=rng.choice((30, 45, 60, 90))) if is_paper else None
    move = Move(day, -amount, kind, source_kind, text, due=due, series=series)
    move.description = text.replace("{bank}", rng.choice(BANKS))
    if means == "card":
        move.clock = time(rng.randint(7, 23), rng.randint(0, 59), rng.randint(0, 59))
    elif means == "bank" and rng.random() < 0.6:
        move.clock = time(rng.randint(9, 16), rng.randint(0, 59), rng.randint(0, 59))
    book.add(move, explicit=explicit and not is_paper, only=only)
    if means == "cheque" and bounces is not None and rng.random() < 0.09:
        bounces.append((due + timedelta(days=2), move))


def _choose(rng, amount, currency, exact, only):
    weights = {"bank": 48, "card": 20}
    if only:
        weights["card"] = 40
    if amount <= MOST_CASH:
        weights["cash"] = 14
    if currency != "TRY":
        weights = {"bank": 90, "cash": 10} if amount <= 500 else {"bank": 100}
    elif amount >= LEAST_PAPER and not exact:
        weights |= {"cheque": 22, "note": 8}
    return rng.choices(list(weights), list(weights.values()))[0]


def bounce(book, cheque, day):
    """A cheque comes back unpaid: its credit is taken back by a debit, and the bank's fee added."""
    text = f"Karşılıksız çek iadesi – {cheque.description}"
    text = text.replace("{due", "{about")
    returned = Move(day, -cheque.amount, "cheque_returned", "Karşılıksız Çek", text, series="KCK")
    returned.about = cheque.due
    cheque.closes.append((returned, -cheque.amount))
    book.add(returned, nameable=False)
    fee = Decimal("475.00")
    book.add(Move(day, fee, "debit_note", "Borç Dekontu", "Karşılıksız çek masrafı", series="BD"))
