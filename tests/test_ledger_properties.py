"""Any history of the ledger agrees with a model of it in plain Python, after every step."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run

from b2b_portal.exceptions import AlreadyReversed, ContentConflict, OverAllocation
from b2b_portal.ledger import integrity, posting
from b2b_portal.ledger.balances import balances
from b2b_portal.ledger.open_items import open_items
from b2b_portal.ledger.statement import statement
from b2b_portal.models import Allocation, Entry
from b2b_portal.testing.factories import make_account, make_draft, make_supplier

from .ledger import balance_on

D = Decimal
FIRST = date(2026, 1, 30)
# Few days around a month's end, few amounts: ties, exact closings and edges are what breaks.
LARGEST = 3 * 10**13  # kuruş: a batch of three stays below the limit of one amount
days = st.integers(0, 4).map(lambda n: FIRST + timedelta(days=n))
amounts = st.one_of(
    st.sampled_from([D("-100"), D("-33.33"), D("-0.01"), D("0.01"), D("33.33"), D("100")]),
    st.integers(-LARGEST, LARGEST).filter(bool).map(lambda n: D(n).scaleb(-2)),
)
where = st.sampled_from([(0, "TRY"), (0, "USD"), (1, "TRY")])
pick = st.integers(0, 10**6)


class Model:
    """What should be: entries as dicts, live allocations as {pk: [debit, credit, amount]}."""

    def __init__(self):
        self.entries, self.live = {}, {}

    def add(self, key, entry, reverses=None):
        due = entry.due_on or entry.booked_on
        self.entries[entry.pk] = dict(
            key=key, amount=entry.amount, day=entry.booked_on, due=due, reverses=reverses
        )

    def reversible(self, pk):
        pairs = {entry["reverses"] for entry in self.entries.values()}
        return self.entries[pk]["reverses"] is None and pk not in pairs

    def reverse(self, pk, reversal):
        self.live = {k: row for k, row in self.live.items() if pk not in row[:2]}
        self.add(self.entries[pk]["key"], reversal, reverses=pk)
        pair = (pk, reversal.pk) if self.entries[pk]["amount"] > 0 else (reversal.pk, pk)
        self.live[f"pair {pk}"] = [*pair, abs(self.entries[pk]["amount"])]

    def residual(self, pk):
        amount = self.entries[pk]["amount"]
        closed = sum(row[2] for row in self.live.values() if pk in row[:2])
        return amount - (closed if amount > 0 else -closed)

    def possible(self, credit, debit):
        """How much of debit the credit can close; 0 where they do not belong together."""
        sides = self.entries[credit], self.entries[debit]
        if sides[0]["key"] != sides[1]["key"] or not sides[0]["amount"] < 0 < sides[1]["amount"]:
            return 0
        return min(-self.residual(credit), self.residual(debit))

    def pairs(self):
        return [(c, d) for c in self.entries for d in self.entries if self.possible(c, d)]

    def of(self, key):
        found = [(entry["day"], pk) for pk, entry in self.entries.items() if entry["key"] == key]
        return [(pk, day, self.entries[pk]["amount"]) for day, pk in sorted(found)]

    def open(self, key):
        """[(pk, open)]: the first debit and the first credit meet, until one side is used up."""
        items = [(self.entries[pk]["due"], day, pk) for pk, day, _amount in self.of(key)]
        left = {pk: self.residual(pk) for _due, _day, pk in sorted(items) if self.residual(pk)}
        while True:
            debit = next((pk for pk, amount in left.items() if amount > 0), None)
            credit = next((pk for pk, amount in left.items() if amount < 0), None)
            if debit is None or credit is None:
                return list(left.items())
            step = min(left[debit], -left[credit])
            left[debit] -= step
            left[credit] += step
            left = {pk: amount for pk, amount in left.items() if amount}


class History(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.undo_all = transaction.atomic()
        self.undo_all.__enter__()
        supplier = make_supplier()
        self.accounts = [make_account(supplier) for _ in range(2)]
        self.model = Model()
        self.touched = set()

    def teardown(self):
        try:
            assert list(integrity.problems()) == []
        finally:
            transaction.set_rollback(True)
            self.undo_all.__exit__(None, None, None)

    def entry(self, number):
        pks = list(self.model.entries)
        return Entry.objects.get(pk=pks[number % len(pks)])

    @rule(
        where=where,
        movements=st.lists(st.tuples(amounts, days, st.none() | days), min_size=1, max_size=3),
    )
    def post(self, where, movements):
        account = self.accounts[where[0]]
        drafts = [
            make_draft(account, amount, currency=where[1], booked_on=day, due_on=due)
            for amount, day, due in movements
        ]
        for entry in posting.post_all(drafts):
            self.model.add(where, entry)
        self.touched.add(where)

    def known(self):
        return bool(self.model.entries)

    @precondition(known)
    @rule(number=pick, changed=st.booleans())
    def send_again(self, number, changed):
        entry = self.entry(number)
        if entry.reverses_id:
            return
        again = make_draft(
            entry.account,
            entry.amount,
            currency=entry.currency,
            booked_on=entry.booked_on,
            due_on=entry.due_on,
            document_no="other" if changed else entry.document_no,
            external_id=entry.external_id,
        )
        if changed:
            with pytest.raises(ContentConflict):
                posting.post_all([again])
        else:
            assert posting.post_all([again]) == [entry]

    @precondition(known)
    @rule(number=pick, day=st.none() | days)
    def reverse(self, number, day):
        entry = self.entry(number)
        if self.model.reversible(entry.pk):
            reversal = posting.reverse(entry, booked_on=day, reason="x")
            assert reversal.booked_on == (day or entry.booked_on)
            self.model.reverse(entry.pk, reversal)
        else:
            with pytest.raises(AlreadyReversed):
                posting.reverse(entry, booked_on=day, reason="x")

    @precondition(lambda self: self.model.pairs())
    @rule(number=pick, amount=st.none() | amounts.map(abs), day=st.none() | days)
    def allocate(self, number, amount, day):
        pairs = self.model.pairs()
        self.try_to_allocate(*pairs[number % len(pairs)], amount, day)

    @precondition(known)
    @rule(numbers=st.tuples(pick, pick), amount=st.none() | amounts, day=st.none() | days)
    def allocate_anything(self, numbers, amount, day):
        self.try_to_allocate(*(self.entry(number).pk for number in numbers), amount, day)

    def try_to_allocate(self, credit, debit, amount, day):
        possible = self.model.possible(credit, debit)
        credit, debit = Entry.objects.get(pk=credit), Entry.objects.get(pk=debit)
        on = day and max(day, credit.booked_on, debit.booked_on)
        if possible and (amount is None or 0 < amount <= possible):
            made = posting.allocate(credit, debit, amount, on=on)
            assert made.amount == (possible if amount is None else amount)
            self.model.live[made.pk] = [debit.pk, credit.pk, made.amount]
        else:
            with pytest.raises(OverAllocation):
                posting.allocate(credit, debit, amount, on=on)

    @precondition(lambda self: self.model.live)
    @rule(number=pick, day=days)
    def unallocate(self, number, day):
        pk = list(self.model.live)[number % len(self.model.live)]
        if not isinstance(pk, str):  # the closing of a reversed pair is its own
            posting.unallocate(Allocation.objects.get(pk=pk), on=day)
            del self.model.live[pk]

    @invariant()
    def balances_are_sums(self):
        for number, account in enumerate(self.accounts):
            expected = {
                currency: sum(amount for *_, amount in self.model.of((number, currency)))
                for place, currency in self.touched
                if place == number
            }
            assert balances(account) == expected

    @invariant()
    def open_items_are_the_models(self):
        for key in self.touched:
            account = self.accounts[key[0]]
            found = open_items(account, key[1])
            assert [(item.entry.pk, item.open) for item in found] == self.model.open(key)
            assert [item.residual for item in found] == [
                self.model.residual(item.entry.pk) for item in found
            ]
            assert sum(item.open for item in found) == balances(account)[key[1]]

    @rule(split=days, hide=st.booleans())
    def statement_splits(self, split, hide):
        for key in self.touched:
            account, rows = self.accounts[key[0]], self.model.of(key)
            whole = statement(account, key[1], None, None)
            assert [(row.id, row.booked_on, row.amount) for row in whole.rows] == rows
            first = statement(account, key[1], FIRST, split, hide_reversed=hide)
            rest = statement(account, key[1], split + timedelta(days=1), None, hide_reversed=hide)
            before = sum(amount for _pk, day, amount in rows if day <= split)
            assert first.opening == 0
            assert first.closing == rest.opening == before == balance_on(account, key[1], split)
            assert rest.closing == whole.closing
            for part in (first, rest, whole):
                balance = part.opening
                for row in part.rows:
                    balance += row.debit - row.credit
                    assert row.balance == balance
                assert part.closing == balance
                assert part.closing == part.opening + part.total_debit - part.total_credit

    @rule(day=days)
    def the_past_adds_up(self, day):
        for place, currency in self.touched:
            account = self.accounts[place]
            found = open_items(account, currency, day)
            assert sum(item.open for item in found) == balance_on(account, currency, day)
            for item in found:  # never more than the entry, never its opposite
                assert 0 < item.open / item.entry.amount <= 1
                assert item.residual / item.entry.amount <= 1


@pytest.mark.django_db
def test_every_history_agrees_with_the_model():
    run(
        History,
        settings=settings(
            max_examples=60,
            stateful_step_count=20,
            deadline=None,
            print_blob=True,
            phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
