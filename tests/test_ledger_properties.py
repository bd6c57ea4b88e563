"""Any history of the ledger agrees with a model of it in plain Python, after every step."""

import io
from collections import defaultdict
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import count, permutations

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run

from b2b_portal import exceptions
from b2b_portal.erp import entries as erp
from b2b_portal.erp import importing
from b2b_portal.ledger import integrity, months, posting
from b2b_portal.ledger.ageing import ageing
from b2b_portal.ledger.balances import balances_of, balances_on, totals
from b2b_portal.ledger.cheques import not_yet_due
from b2b_portal.ledger.drafts import draft
from b2b_portal.ledger.open_items import average_due, open_items
from b2b_portal.ledger.statement import statement
from b2b_portal.models import AccountBalance, Allocation, Entry, OpenItem
from b2b_portal.testing.factories import make_account, make_draft, make_supplier

from .erp import HEADER
from .erp import rows as csv
from .ledger import refused, same
from .ledger_model import CHEQUES, DAY, NOW, Model, month_end

D = Decimal
TODAY = date(2026, 4, 2)
ENDS = [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]
# Days around the ends of months, few amounts: ties, exact closings and edges are what breaks.
DAYS = [end + n * DAY for end in ENDS for n in (-1, 0, 1)]
LARGEST = 3 * 10**13  # kuruş: a batch of three stays below the limit of one amount
KINDS = ["invoice", "invoice", *CHEQUES, "cheque_returned", "fx_difference"]
WORDS = dict(zip(KINDS, ["", "Fatura", "Çek", "Senet", "Karşılıksız Çek", "Kur Farkı"]))

keys = st.sampled_from([(0, "TRY"), (0, "USD"), (1, "TRY")])  # account, currency
days = st.sampled_from(DAYS)
day_or_none = st.none() | days
amounts = st.one_of(
    st.sampled_from([D("-100"), D("-33.33"), D("-0.01"), D("0.01"), D("33.33"), D("100")]),
    st.integers(-LARGEST, LARGEST).filter(bool).map(lambda n: D(n).scaleb(-2)),
)
movements = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(KINDS),
        "amount": amounts,
        "base_amount": st.none() | amounts,
        "rate": st.sampled_from([None, D("2.5"), D("0.333")]),
        "booked_on": days,
        "due_on": st.none() | st.sampled_from([*DAYS, TODAY, TODAY + DAY, TODAY + 30 * DAY]),
        "document_no": st.sampled_from(["C1", "C2", ""]),
    }
)
edges = st.sampled_from([None, D("-0.01"), D(0), D("0.01")])
ages = st.sampled_from([age + n for age in (0, 30, 60, 90) for n in (0, 1)])
periods = st.tuples(days, days).map(sorted)
some = st.lists(movements, min_size=1, max_size=3)
pick = st.integers(0, 10**6)
flag = st.booleans()
latest = st.sampled_from([(0,), (1,), (2,), (5,), (0, 0), (1, 0)])  # how many imports ago
seldom = st.sampled_from([False, False, False, True])


class History(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.undo_all = transaction.atomic()
        self.undo_all.__enter__()
        self.supplier = make_supplier()
        self.accounts = [make_account(self.supplier) for _ in range(2)]
        self.model = Model()
        self.posted = []  # ids of what was posted by hand
        self.books = []  # the ERP's rows, with the id of the entry that each is
        self.numbers = count()  # of the ERP's documents
        self.waiting = {}  # for a clerk: {id of the entry: (its row as it would be, batch)}
        self.imports = []  # until undone
        self.said = defaultdict(list)  # {row's number: (import, row or None), the latest last}
        self.withdrawn = []  # rows of the ERP that imports, or their undoing, have taken back
        self.closed_with = {}  # the answers about the last closed day when it was closed

    def teardown(self):
        try:
            for day in (*ENDS, NOW):
                self.items(day)
            for day in DAYS:
                self.sums(day)
                self.statements(day, NOW, False)
            assert list(integrity.problems()) == []
        finally:
            transaction.set_rollback(True)
            self.undo_all.__exit__(None, None, None)

    def at(self, key):
        return self.accounts[key[0]], key[1]

    def attempt(self, error, act, *arguments, **options):
        """What the act returns; None where ``error`` has to be raised, and is."""
        if not error:
            return act(*arguments, **options)
        with refused(error):
            act(*arguments, **options)

    def choose(self, number, likely, possible, stubborn):
        rows = list(possible if stubborn or not likely else likely)
        return rows[number % len(rows)]

    # Movements

    def movement(self, key, stubborn, row):
        """A row of the model. Only the stubborn try the days of closed months."""
        row = row | {"key": key}
        if row["kind"] in CHEQUES:
            row["amount"] = -abs(row["amount"])
        elif row["kind"] == "cheque_returned":
            row["amount"] = abs(row["amount"])
        if key[1] == "TRY":
            row |= {"base_amount": None, "rate": None}
        elif row["kind"] == "fx_difference":
            row |= {"amount": D(0), "base_amount": row["base_amount"] or row["amount"]}
        if not stubborn:
            row["booked_on"] = self.model.open_day(row["booked_on"])
        return row

    @initialize(key=keys, posted=some, imported=some)
    def begin(self, key, posted, imported):
        self.post(key, posted, False)
        self.take_in(self.new_rows(key, imported, False))

    @rule(key=keys, movements=some, stubborn=seldom)
    def post(self, key, movements, stubborn):
        self.post_rows([self.movement(key, stubborn, movement) for movement in movements])

    def post_rows(self, rows):
        def as_draft(key, **movement):
            return make_draft(self.accounts[key[0]], currency=key[1], **movement)

        if made := self.attempt(
            self.model.is_closed(*(row["booked_on"] for row in rows)) and exceptions.MonthClosed,
            posting.post_all,
            [as_draft(**row) for row in rows],
        ):
            pks = [entry.pk for entry in made]
            self.posted += pks
            self.model.post(dict(zip(pks, rows, strict=True)))

    def cheques(self):
        return [pk for pk, row in self.model.entries.items() if row["kind"] in CHEQUES]

    @precondition(cheques)
    @rule(number=pick, movement=movements, stubborn=seldom, pays=flag)
    def return_a_cheque(self, number, movement, stubborn, pays):
        waiting = [pk for pk in self.cheques() if not self.model.gone(pk)]
        pk = self.choose(number, waiting, self.cheques(), stubborn)
        debits = [debit for debit in self.model.entries if self.possible(pk, debit)]
        if debits and pays:
            self.allocate_pair(pk, debits[0])
        cheque = self.model.entries[pk]
        row = self.movement(cheque["key"], stubborn, movement | {"kind": "cheque_returned"})
        row |= {"amount": -cheque["amount"], "document_no": cheque["document_no"]}
        if not stubborn:
            row["booked_on"] = max(row["booked_on"], cheque["booked_on"])
        self.post_rows([row])

    @rule(number=pick, changed=flag)
    def send_again(self, number, changed):
        entry = Entry.objects.get(pk=self.posted[number % len(self.posted)])
        again = draft(**same(entry, description="other" if changed else ""))
        made = self.attempt(changed and exceptions.ContentConflict, posting.post_all, [again])
        assert changed or made == [entry]

    @rule(number=pick, day=day_or_none, stubborn=seldom)
    def reverse(self, number, day, stubborn):
        rows = self.model.entries
        pks = [pk for pk in rows if not (rows[pk]["reverses"] or self.model.reversed(pk))]
        pk = self.choose(number, pks, rows, stubborn)
        if day and not stubborn:
            day = max(day, rows[pk]["booked_on"])
        error = day and self.model.is_closed(day) and exceptions.MonthClosed
        if day and day < rows[pk]["booked_on"]:
            error = exceptions.InvalidEntry
        if pk not in pks:
            error = exceptions.AlreadyReversed
        entry = Entry.objects.get(pk=pk)
        if made := self.attempt(error, posting.reverse, entry, booked_on=day, reason="x"):
            self.model.reverse(pk, made.pk, day)

    # Allocations

    def possible(self, credit, debit):
        """How much of the debit the credit can close; 0 where they do not belong together."""
        if self.model.entries[credit]["key"] != self.model.entries[debit]["key"]:
            return 0
        return max(0, min(-self.model.left(credit), self.model.left(debit)))

    @rule(number=pick, amount=st.none() | amounts, edge=edges, day=day_or_none, stubborn=seldom)
    def allocate(self, number, amount, edge, day, stubborn):
        pairs = list(permutations(self.model.entries, 2))
        possible = [pair for pair in pairs if self.possible(*pair)]
        pair = self.choose(number, possible, pairs, stubborn)
        amount = amount if edge is None else self.possible(*pair) + edge
        self.allocate_pair(*pair, amount, day)

    def allocate_pair(self, credit, debit, amount=None, day=None):
        possible = self.possible(credit, debit)
        allowed = possible and (amount is None or 0 < amount <= possible)
        error = not allowed and exceptions.OverAllocation
        sides = Entry.objects.get(pk=credit), Entry.objects.get(pk=debit)
        if self.attempt(error, posting.allocate, *sides, amount, on=day):
            self.model.close(credit, debit, amount or possible, day)

    @precondition(lambda self: self.model.closings)
    @rule(number=pick, day=day_or_none, stubborn=seldom, anew=flag)
    def unallocate(self, number, day, stubborn, anew):
        rows = self.model.closings
        closing = self.choose(number, [row for row in rows if not row["undone"]], rows, stubborn)
        allocation = Allocation.objects.filter(
            undoes=None,
            debit__in=closing["sides"],
            credit__in=closing["sides"],
            amount=closing["amount"],
            effective_on=closing["on"],
            undone_by__effective_on=closing["undone"],
        )[0]
        error = closing["undone"] and exceptions.OverAllocation
        if self.attempt(error, posting.unallocate, allocation, on=day):
            self.model.undo(closing, day or TODAY)
            if anew:
                self.allocate_pair(allocation.credit_id, allocation.debit_id)

    # Months

    @rule(day=days, stubborn=seldom)
    def close_or_reopen(self, day, stubborn):
        if self.model.is_closed(day) != stubborn:
            self.reopen_month(day)
        else:
            self.close_month(day)

    def close_month(self, day):
        last = month_end(day)
        error = (self.model.is_closed(last) or last >= TODAY) and exceptions.InvalidMonth
        if self.attempt(error, months.close_month, self.supplier, day):
            self.model.close_month(last)
            self.closed_with = {key: self.answers(key) for key in self.model.keys()}

    def reopen_month(self, day):
        error = not self.model.is_closed(day) and exceptions.InvalidMonth
        if not error:
            self.items(self.model.months[-1])
        if self.attempt(error, months.reopen_month, self.supplier, day, reason="x"):
            self.model.reopen_month(day)
            keys = self.model.keys() if self.model.months else ()
            self.closed_with = {key: self.answers(key) for key in keys}

    def answers(self, key):
        model, day = self.model, self.model.months[-1]
        items = model.open(key, day), model.ageing(key, day)
        return items, model.balance(key, day), model.statement(key, DAYS[0], day, True)

    @invariant()
    def closed_months_answer_as_before(self):
        assert {key: self.answers(key) for key in self.closed_with} == self.closed_with

    # The ERP's files

    @rule(
        key=keys,
        new=st.lists(movements, max_size=2),
        change=st.none() | movements,
        number=pick,
        stubborn=seldom,
        backwards=flag,
        again=flag,
        closing=st.none() | st.sampled_from(ENDS),
        complete=flag,
    )
    def import_a_file(
        self, key, new, change, number, stubborn, backwards, again, closing, complete
    ):
        file = [(row, row) for row in self.books]
        if self.books and change:
            open_rows = [row for row in self.books if not self.model.is_closed(row["booked_on"])]
            row = self.choose(number, open_rows, self.books, stubborn)
            file[self.books.index(row)] = row, self.changed(row, change, stubborn)
        file = file[stubborn:] + self.new_rows(key, new, stubborn)
        if again:
            file += [(None, row) for row in self.withdrawn]
        self.take_in(file[:: -1 if backwards else 1], closing, complete)

    def new_rows(self, key, movements, stubborn):
        """[(None, row)]: each under a number of its own, a return under that of its cheque."""
        cheques = [row for row in self.books if row["kind"] in CHEQUES]
        returns = [row for row in self.books if row["kind"] == "cheque_returned"]
        rows = []
        for number, movement in zip(self.numbers, movements):
            row = self.movement(key, stubborn, movement)
            row |= {"document_no": f"E{number}", "number": number}
            row["amount"] = row["amount"] or row["base_amount"]
            if row["kind"] in ("cheque_returned", "fx_difference") and len(cheques) > len(returns):
                cheque = cheques[len(returns)]
                row |= {name: cheque[name] for name in ("key", "document_no", "rate")}
                row |= {"kind": "cheque_returned", "amount": -cheque["amount"]}
            rows.append((None, in_books_currency(row)))
        return rows

    def changed(self, row, change, stubborn):
        new = self.movement(row["key"], stubborn, change)
        new["amount"] = change["amount"].copy_sign(row["amount"])
        fields = ("amount", "rate", "booked_on", "due_on")
        return in_books_currency(row | {name: new[name] for name in fields})

    def take_in(self, file, closing=None, complete=False):
        """A file of pairs: a row as it was, None where it is new, and as it is.

        ``complete``: what is missing of it is reversed.
        """
        stream = io.BytesIO(self.csv(row for _old, row in file))
        fields = {"profile": "general", "file_name": "x", "options": {"reverse_missing": True}}
        if complete:
            fields |= {"complete_from": DAYS[0], "complete_until": DAYS[-1]}
        batch = importing.receive(self.supplier, "entries", stream, **fields)
        erp.stage(batch, stream)
        importing.compare(batch)
        fresh, late, changed, held = self.sorted_out(file)
        assert [row["line"] for row in batch.refused] == late
        if late:
            return importing.discard(batch)
        gone = self.missing(file) if complete else []
        counts = {"new": len(fresh), "changed": len(changed), "held": len(held), "matched": 0}
        counts |= {"unchanged": len(file) - sum(counts.values()), "missing": len(gone)}
        assert {name: batch.counts.get(name, 0) for name in counts} == counts
        if closing:
            self.close_month(closing)
        error = self.sorted_out(file) != (fresh, late, changed, held) and exceptions.FileRefused
        self.attempt(error, erp.apply, batch)
        if error:
            return importing.discard(batch)
        rows = fresh + [row for _old, row in changed]
        entries = batch.entries.filter(source="erp").order_by("pk")
        for entry, row in zip(entries, rows, strict=True):
            row["pk"] = entry.pk
        self.books += fresh
        self.withdrawn = [row for row in self.withdrawn if row not in fresh]
        self.model.post({row["pk"]: row for row in fresh})
        for old, row in file:
            if old and self.waiting.get(old["pk"], [row])[0] != row:
                del self.waiting[old["pk"]]
        self.waiting |= {old["pk"]: (row, batch) for old, row in held}
        self.correct(changed)
        self.take_back(gone)
        self.imports.append(batch)
        for row in rows:
            self.said[row["number"]].append((batch, row))
        for row in gone:
            self.said[row["number"]].append((batch, None))

    def missing(self, file):
        numbers = {row["number"] for _old, row in file}
        rows = [row for row in self.books if row["number"] not in numbers]
        return [row for row in rows if not self.model.reversed(row["pk"])]

    def correct(self, changed):
        """The ERP has corrected rows; what a clerk had reversed of them is only posted anew."""
        by_hand = [row["number"] for old, row in changed if self.model.reversed(old["pk"])]
        for number in by_hand:
            self.said.pop(number, None)
        self.reverse_rows([old for old, row in changed if row["number"] not in by_hand])
        for old, row in changed:
            self.books[self.books.index(old)] = row
        self.model.post({row["pk"]: row for _old, row in changed})

    def take_back(self, rows):
        self.reverse_rows(rows)
        for row in rows:
            self.books.remove(row)
            self.withdrawn.append(row)

    def reverse_rows(self, rows):
        """Those first that were allocated: as many at once are."""
        closed = {pk for closing in self.model.closings for pk in closing["sides"]}
        for row in sorted(rows, key=lambda row: (row["pk"] not in closed, row["pk"])):
            self.model.reverse(row["pk"], Entry.objects.get(reverses=row["pk"]).pk)

    def sorted_out(self, file):
        """The rows that are new, the lines of those too late, and pairs: changed; to be decided."""
        fresh, late, changed, held = [], [], [], []
        for line, (old, row) in enumerate(file, 2):
            if not old:
                fresh.append(row)
                late += [line] if self.model.is_closed(row["booked_on"]) else []
            elif old != row:
                closed = self.model.is_closed(row["booked_on"], old["booked_on"])
                if not closed:
                    changed.append((old, row))
                elif self.waiting.get(old["pk"], [None])[0] != row:
                    held.append((old, row))
        return fresh, late, changed, held

    def replace(self, old, row):
        """The ERP has corrected a row; what a clerk had reversed is only posted anew."""
        self.books[self.books.index(old)] = row
        if not self.model.reversed(old["pk"]):
            self.model.reverse(old["pk"], Entry.objects.get(reverses=old["pk"]).pk)
        self.model.post({row["pk"]: row})

    @precondition(lambda self: self.books)
    @rule(number=pick, back=latest)
    def leave_a_row_out_and_send_it_again(self, number, back):
        gone = self.books[number % len(self.books)]
        self.take_in([(row, row) for row in self.books if row is not gone], complete=True)
        back_again = [row for row in self.withdrawn if not self.model.is_closed(row["booked_on"])]
        file = [(row, row) for row in self.books] + [(None, row) for row in back_again]
        self.take_in(file)
        self.undo_imports(back)

    @precondition(lambda self: self.imports)
    @rule(back=latest)
    def undo_imports(self, back):
        for number in back[: len(self.imports)]:
            self.undo_an_import(self.imports[-1 - number % len(self.imports)])

    def undo_an_import(self, batch):
        """What the latest import that is left says of a row is there again, or nothing."""
        before, back, again = {}, [], []
        for number, said in self.said.items():
            before[number] = [it for it in said if it[0] is not batch]
            if said[-1][0] is not batch:
                continue
            row, there = said[-1][1], before[number][-1][1] if before[number] else None
            if row and self.model.reversed(row["pk"]):
                before[number] = []  # by hand
            elif there:
                again.append(there)
            elif row:
                back.append(row)
        if any(self.model.is_closed(row["booked_on"]) for row in again):
            return self.attempt(exceptions.MonthClosed, erp.undo, batch)
        erp.undo(batch)
        self.imports.remove(batch)
        self.said |= before
        self.said = defaultdict(list, {n: said for n, said in self.said.items() if said})
        self.waiting = {pk: it for pk, it in self.waiting.items() if it[1] is not batch}
        for row in self.in_order(again):
            self.put_back(row)
        self.take_back(back)

    def in_order(self, rows):
        """As they are put back: by their keys, as the database sorts them."""
        by_key = {Entry.objects.get(pk=row["pk"]).external_id: row for row in rows}
        entries = Entry.objects.filter(external_id__in=by_key, revision=1, source="erp")
        return [by_key[entry.external_id] for entry in entries.order_by("external_id")]

    def put_back(self, row):
        key = Entry.objects.get(pk=row["pk"]).external_id
        again = row | {"pk": Entry.objects.filter(external_id=key).latest("revision").pk}
        said = self.said[row["number"]]
        said[-1] = said[-1][0], again
        for old in [old for old in self.withdrawn if old["number"] == row["number"]]:
            self.withdrawn.remove(old)
            self.books.append(old)
        (old,) = [old for old in self.books if old["number"] == row["number"]]
        self.replace(old, again)

    def csv(self, rows):
        lines = []
        for row in rows:
            account, currency = self.at(row["key"])
            cells = [account.code, row["booked_on"], row["due_on"], row["document_no"]]
            cells += [WORDS[row["kind"]], "", max(row["amount"], 0), max(-row["amount"], 0)]
            lines.append(";".join(str(cell or "") for cell in [*cells, currency, row["rate"]]))
        return csv(*lines, header=HEADER + ";Döviz;Kur").encode()

    # What is asked

    @invariant()
    def what_is_kept(self):
        model = self.model
        pks = {self.at(key)[0].pk: key[0] for key in model.keys()}
        kept = AccountBalance.objects.values_list("account", "currency", "amount", "base_amount")
        assert {(pks[pk], currency): sums for pk, currency, *sums in kept} == {
            key: [model.balance(key), model.balance(key, field="base_amount")]
            for key in model.keys()
        }
        left = {pk: model.left(pk) for pk in model.entries if model.left(pk)}
        assert dict(OpenItem.objects.values_list("entry", "residual")) == left
        fields = ("debit", "credit", "amount", "effective_on", "undone_by__effective_on")
        closings = Allocation.objects.filter(undoes=None).values_list(*fields)
        assert in_order(
            {"sides": {debit, credit}, "amount": amount, "on": on, "undone": undone}
            for debit, credit, amount, on, undone in closings
        ) == in_order(model.closings)
        assert months.closed_until(self.supplier) == max(model.months, default=None)

    @rule(day=st.just(NOW) | days, number=pick, age=ages, period=periods, hide=flag)
    def look(self, day, number, age, period, hide):
        pks = list(self.model.entries)
        self.items(self.model.due(pks[number % len(pks)]) + age * DAY)
        self.items(day)
        self.sums(day)
        self.statements(*period, hide)

    def sums(self, day):
        as_of = None if day == NOW else day
        each = {key: self.model.balance(key, day) for key in self.model.keys()}
        found = balances_of(self.accounts, as_of)
        assert {(pk, code): each for pk in found for code, each in found[pk].items()} == {
            (self.at(key)[0].pk, key[1]): amount for key, amount in each.items()
        }
        if day != NOW:
            week = [day - n * DAY for n in (40, 2, 1, 0)]
            for account in self.accounts:
                assert balances_on(account, week) == {
                    key[1]: [self.model.balance(key, one) for one in week]
                    for key in self.model.keys()
                    if self.at(key)[0] == account
                }
        assert totals(self.supplier, as_of) == {
            currency: sum(amount for key, amount in each.items() if key[1] == currency)
            for _account, currency in each
        }

    def items(self, day):
        as_of, today = (None, TODAY) if day == NOW else (day, day)
        old = []
        for key in self.model.keys():
            items = open_items(*self.at(key), as_of)
            found = [(item.entry.pk, item.residual, item.open) for item in items]
            assert found == self.model.open(key, day)
            assert average_due(items) == self.model.average_due(key, day)
            cheques = [entry.pk for entry in not_yet_due(*self.at(key), as_of)]
            assert cheques == self.model.not_yet_due(key, today)
            buckets, credit = self.model.ageing(key, today)
            assert sum(buckets) + credit == self.model.balance(key, today)
            if credit or any(buckets):
                old.append((self.at(key)[0].pk, key[1], buckets, credit))
        found = ageing(self.supplier, today)
        assert [(row.account_id, row.currency, row.buckets, row.credit) for row in found] == old

    def statements(self, start, end, hide):
        for key in self.model.keys():
            found = statement(*self.at(key), start, end, hide_reversed=hide)
            rows = [(row.id, row.balance) for row in found.rows]
            assert told(found, rows) == self.model.statement(key, start, end, hide)
            base = self.model.statement(key, start, end, hide, "base_amount")
            if found.base:
                assert told(found.base, [(row.id, row.base_balance) for row in found.rows]) == base
            else:
                assert key[1] == "TRY" or base[:4] == (0, 0, 0, 0)


def in_order(closings):
    return sorted(
        closings,
        key=lambda row: (sorted(row["sides"]), row["amount"], row["on"], str(row["undone"])),
    )


def in_books_currency(row):
    base = row["rate"] and (row["amount"] * row["rate"]).quantize(D("0.01"), ROUND_HALF_UP)
    return row | {"base_amount": base}


def told(sums, rows):
    return sums.opening, sums.total_debit, sums.total_credit, sums.closing, rows


def run_histories(**options):
    options |= {"deadline": None, "print_blob": True, "suppress_health_check": list(HealthCheck)}
    with time_machine.travel(TODAY, tick=False):
        run(History, settings=settings(stateful_step_count=25, **options))


@pytest.mark.django_db
def test_every_history_agrees_with_the_model():
    phases = [Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink]
    run_histories(max_examples=40, phases=phases)
