"""What the ledger should answer, in plain Python: rows in lists, and sums over them."""

from datetime import date, timedelta
from fractions import Fraction
from math import floor

DAY = timedelta(days=1)
NOW = date.max  # as of now: all that is booked, nothing that was undone
CHEQUES, RETURN = ("cheque", "promissory_note"), "cheque_returned"
AGES = (range(-9999, 1), range(1, 31), range(31, 61), range(61, 91), range(91, 9999))


def month_end(day):
    return day if (day + DAY).day == 1 else month_end(day + DAY)


class Model:
    """``entries``: {pk: row}; a row's key is (account, currency), ``reverses`` a pk or None.

    ``closings``: rows in the order they were made. ``months``: the last days of closed months.
    """

    def __init__(self):
        self.entries, self.closings, self.months = {}, [], []

    def post(self, rows):
        self.entries |= {pk: row | {"reverses": None} for pk, row in rows.items()}
        for pk, row in rows.items():
            if row["document_no"] and not self.counting(pk):
                self.return_cheque(pk, row)

    def return_cheque(self, pk, row):
        """A cheque and its return meet, whichever comes last; neither pays anything else."""
        like_it = row["key"], row["document_no"], -row["amount"]
        for other, its in sorted(self.entries.items()):
            back, cheque = (pk, other) if row["kind"] == RETURN else (other, pk)
            kinds = self.entries[back]["kind"] == RETURN, self.entries[cheque]["kind"] in CHEQUES
            in_time = self.entries[cheque]["booked_on"] <= self.entries[back]["booked_on"]
            alike = (its["key"], its["document_no"], its["amount"]) == like_it
            if all(kinds) and in_time and alike and not self.reversed(other):
                if not any(self.is_return(row) for row in self.counting(other)):
                    self.free(cheque, self.entries[back]["booked_on"])
                    self.free(back, self.entries[back]["booked_on"])
                    return self.close(back, cheque, abs(row["amount"]))

    def is_return(self, closing):
        kinds = {self.entries[pk]["kind"] for pk in closing["sides"]}
        return RETURN in kinds and kinds & {*CHEQUES}

    def reverse(self, pk, reversal, day=None):
        row = self.entries[pk]
        opposite = {
            "kind": "reversal",
            "amount": -row["amount"],
            "base_amount": row["base_amount"] and -row["base_amount"],
            "booked_on": day or self.open_day(row["booked_on"]),
            "reverses": pk,
        }
        self.entries[reversal] = row | opposite
        self.free(pk, opposite["booked_on"])
        if row["amount"]:
            self.close(pk, reversal, abs(row["amount"]))

    def close(self, one, other, amount, on=None):
        """It counts once both are booked and what was undone of either no longer counts."""
        before = [row for row in self.closings if {one, other} & row["sides"] and row["undone"]]
        days = [row["undone"] for row in before if row["undone"] > row["on"]]
        days += [on, self.entries[one]["booked_on"], self.entries[other]["booked_on"]]
        on = self.open_day(max(filter(None, days)))
        self.closings.append({"sides": {one, other}, "amount": amount, "on": on, "undone": None})

    def undo(self, closing, on):
        closing["undone"] = self.open_day(max(on, closing["on"]))

    def free(self, pk, on):
        for row in self.counting(pk):
            self.undo(row, on)

    def close_month(self, last):
        """And all before it, from the first movement or the last closed month on."""
        first = min(last, *(row["booked_on"] for row in self.entries.values()))
        first = min([first, *(end + DAY for end in self.months)])
        days = (first + n * DAY for n in range((last - first).days + 1))
        self.months = sorted({*self.months, *map(month_end, days)})

    def reopen_month(self, day):
        self.months = [last for last in self.months if last < day.replace(day=1)]

    def is_closed(self, *days):
        return bool(self.months) and min(days) <= self.months[-1]

    def open_day(self, day):
        return self.months[-1] + DAY if self.is_closed(day) else day

    def keys(self):
        return sorted({row["key"] for row in self.entries.values()})

    def of(self, key, until=NOW):
        """{pk: row} in the order of a statement."""
        rows = [(row["booked_on"], pk) for pk, row in self.entries.items() if row["key"] == key]
        return {pk: self.entries[pk] for day, pk in sorted(rows) if day <= until}

    def balance(self, key, until=NOW, field="amount"):
        return sum(row[field] or 0 for row in self.of(key, until).values())

    def statement(self, key, start, end, hide, field="amount"):
        """Opening, total debit, total credit, closing and [(pk, balance after it)]."""
        opening = balance = self.balance(key, start - DAY, field)
        shown = {pk: row for pk, row in self.of(key, end).items() if row["booked_on"] >= start}
        pairs = {pk: row["reverses"] for pk, row in shown.items() if row["reverses"] in shown}
        hidden = {*pairs, *pairs.values()} if hide else ()
        amounts = {pk: row[field] or 0 for pk, row in shown.items() if pk not in hidden}
        rows = [(pk, balance := balance + amount) for pk, amount in amounts.items()]
        debit = sum(amount for amount in amounts.values() if amount > 0)
        return opening, debit, opening + debit - balance, balance, rows

    def counting(self, pk, day=NOW):
        """The closings of an entry that count at a day's end."""
        rows = [row for row in self.closings if pk in row["sides"] and row["on"] <= day]
        return [row for row in rows if not row["undone"] or row["undone"] > day]

    def left(self, pk, day=NOW):
        closed = sum(row["amount"] for row in self.counting(pk, day))
        amount = self.entries[pk]["amount"]
        return amount - closed if amount > 0 else amount + closed

    def due(self, pk):
        return self.entries[pk]["due_on"] or self.entries[pk]["booked_on"]

    def open(self, key, day=NOW):
        """[(pk, left, open)]: the first debit and the first credit meet, until one is used up."""
        left = {pk: self.left(pk, day) for pk in self.of(key, day)}
        rest = {pk: left[pk] for pk in sorted(left, key=self.due) if left[pk]}
        while min(rest.values(), default=0) < 0 < max(rest.values(), default=0):
            debit = next(pk for pk in rest if rest[pk] > 0)
            credit = next(pk for pk in rest if rest[pk] < 0)
            step = min(rest[debit], -rest[credit])
            rest |= {debit: rest[debit] - step, credit: rest[credit] + step}
            rest = {pk: amount for pk, amount in rest.items() if amount}
        return [(pk, left[pk], amount) for pk, amount in rest.items()]

    def ageing(self, key, day):
        """The open debits of each age, and the open credit."""
        items = [(amount, (day - self.due(pk)).days) for pk, _left, amount in self.open(key, day)]
        debits = [[amount for amount, age in items if amount > 0 and age in ages] for ages in AGES]
        return tuple(map(sum, debits)), sum(amount for amount, _age in items if amount < 0)

    def average_due(self, key, day):
        items = [(Fraction(amount), self.due(pk)) for pk, _left, amount in self.open(key, day)]
        if items:
            weighted = sum(amount * due.toordinal() for amount, due in items)
            average = weighted / sum(amount for amount, _due in items)
            return date.fromordinal(floor(average + Fraction(1, 2)))

    def not_yet_due(self, key, day):
        cheques = {pk: row for pk, row in self.of(key, day).items() if row["kind"] in CHEQUES}
        waiting = [pk for pk in cheques if self.due(pk) > day and not self.gone(pk, day)]
        return sorted(waiting, key=lambda pk: (self.due(pk), pk))

    def reversed(self, pk, day=NOW):
        rows = self.entries.values()
        return any(row["reverses"] == pk and row["booked_on"] <= day for row in rows)

    def gone(self, cheque, day=NOW):
        """Reversed, or returned, by a day's end."""
        closings = [row for row in self.closings if cheque in row["sides"] and self.is_return(row)]
        live = [row for row in closings if not row["undone"] or row["undone"] > day]
        backs = {pk for row in live for pk in row["sides"] - {cheque}}
        backs = [pk for pk in backs if self.entries[pk]["booked_on"] <= day]
        return self.reversed(cheque, day) or not all(self.reversed(pk, day) for pk in backs)
