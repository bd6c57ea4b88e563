"""The ledger under processes: killed at any moment, and eight at once."""

import os
import random
import time
from collections import Counter, defaultdict
from itertools import count

import pytest

from b2b_portal.ledger import integrity
from b2b_portal.ledger.posting import allocate, post, post_all, residual
from b2b_portal.models import AccountBalance, Allocation, Entry, ImportBatch, OpenItem
from b2b_portal.testing.factories import make_account, make_supplier

from .erp import counts, rows
from .ledger_process import (
    DAY,
    Bookkeeper,
    Cashier,
    D,
    Importer,
    Other,
    allocate_each_together,
    at_once,
    do_anything,
    draft,
    go_on,
    movement,
    post_batches_together,
    post_each,
    post_each_together,
    reverse_each_together,
    take_in_together,
)

FRESH = {"new": 150, "changed": 48, "unchanged": 72}

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def dice():
    seed = int(os.environ.get("B2B_TEST_SEED") or random.randrange(2**32))
    print(f"B2B_TEST_SEED={seed} throws the same again")
    return random.Random(seed)


@pytest.fixture
def start():
    """Start a process; what still runs at the end is killed."""
    started = []

    def start(*job):
        started.append(Other(*job))
        return started[-1]

    yield start
    for other in started:
        other.end()


@pytest.fixture
def accounts():
    supplier = make_supplier()
    return [make_account(supplier) for _ in range(6)]


def problems():
    return list(integrity.problems())


def books():
    """Entries, allocations, open items and balances as they are, by the entries' keys."""
    keys = {}
    for pk, key, original in Entry.objects.order_by("pk").values_list(
        "pk", "external_id", "reverses"
    ):
        keys[pk] = f"back {keys[original]}" if original else key
    return (
        sorted(
            (keys[pk], *row) for pk, *row in Entry.objects.values_list("pk", "account", "amount")
        ),
        sorted(
            (keys[debit], keys[credit], amount)
            for debit, credit, amount in Allocation.objects.values_list("debit", "credit", "amount")
        ),
        {keys[pk]: residual for pk, residual in OpenItem.objects.values_list("pk", "residual")},
        {
            account: amount
            for account, amount in AccountBalance.objects.values_list("account", "amount")
        },
    )


def books_after(acts, accounts):
    """What ``books`` should say when a ``Bookkeeper`` has done so many acts, in plain Python."""
    entries, closings = {}, []
    first = accounts[0].pk
    for n in range(acts):
        round, kind = Bookkeeper.act(n)
        if kind == "send":
            for number in range(Bookkeeper.INVOICES):
                account = accounts[number % 6].pk
                entries[f"{round}/{number}"] = (account, Bookkeeper.invoice(number))
        elif kind == "pay":
            for number in range(Bookkeeper.PAYMENTS):
                entries[f"{round}/paid {number}"] = (first, Bookkeeper.PAYMENT)
                for invoice, amount in Bookkeeper.parts(number):
                    closings.append((f"{round}/{invoice}", f"{round}/paid {number}", amount))
        elif kind == "take_back":
            for number in range(Bookkeeper.PAYMENTS):
                closings.append((f"{round}/54", f"{round}/paid {number}", D(-15)))
            entries[f"back {round}/54"] = (first, -Bookkeeper.invoice(54))
            closings.append((f"{round}/54", f"back {round}/54", Bookkeeper.invoice(54)))
        elif kind == "undo":
            closings.append((f"{round}/36", f"{round}/paid 0", D(-20)))
        elif kind == "allocate":
            closings.append((f"{round}/42", f"{round}/paid 0", D(5)))
    left = {key: amount for key, (_account, amount) in entries.items()}
    balances = defaultdict(D)
    for account, amount in entries.values():
        balances[account] += amount
    for debit, credit, amount in closings:
        left[debit] -= amount
        left[credit] += amount
    return (
        sorted((key, *entry) for key, entry in entries.items()),
        sorted(closings),
        {key: amount for key, amount in left.items() if amount},
        dict(balances),
    )


class TestKilledWhilePosting:
    def test_every_act_is_in_the_ledger_wholly_or_not_at_all(self, dice, start, accounts):
        """Killed again and again; the next process sends again what was last done and in flight."""
        bookkeeper = Bookkeeper(accounts)
        seconds = self.undisturbed(start, bookkeeper)
        done, kills = 15, 0
        cut = Counter()  # kills between an act's first write and its commit, by the kind of act
        while (kind := min(Bookkeeper.KINDS, key=cut.__getitem__)) and cut[kind] < 3:
            assert kills < 100, f"only these kills hit an act: {cut}"
            writer = start(go_on, bookkeeper, done - 1)
            done = next(n for n in count(done) if Bookkeeper.act(n)[1] == kind)
            moment = dice.choice(["begins", "wrote"])
            told = [hear_until(writer, moment, done)]
            time.sleep(dice.uniform(0, seconds[moment, kind]))
            told += writer.kill()
            kills += 1
            aim, done = done, last_done(told, done - 1) + 1
            now = books()
            if now == books_after(done + 1, accounts):
                done += 1  # killed between the commit and the report
            elif ("wrote", done) in told:
                cut[Bookkeeper.act(done)[1]] += 1
            if done > aim:
                seconds[moment, kind] *= 0.8  # too late: it was slower when it was measured
            assert now == books_after(done, accounts)
            assert problems() == []
        hear_until(start(go_on, bookkeeper, 0, done), "done", done)
        assert books() == books_after(done + 1, accounts)
        assert problems() == []

    def undisturbed(self, start, bookkeeper):
        """{(moment, kind of act): seconds from there to its end}; fifteen acts are done then."""
        writer = start(go_on, bookkeeper, 0, 14)
        seconds = {}
        for n in range(15):
            _round, kind = Bookkeeper.act(n)
            for moment in ("begins", "wrote"):
                hear_until(writer, moment, n)
                seconds[moment, kind] = -time.monotonic()
            hear_until(writer, "done", n)
            seconds["begins", kind] += time.monotonic()
            seconds["wrote", kind] += time.monotonic()
        assert books() == books_after(15, bookkeeper.accounts)
        return seconds

    def test_a_killed_process_holds_nobody_up(self, dice, start, accounts):
        """All on one account: who waits for one that is killed goes on, and the next one too."""
        done = {}  # {process: number of its last payment that was reported}
        steady = {name: start(go_on, Cashier(accounts[0], name)) for name in ("one", "two")}
        for victim in ("three", "four", "five", "six", "seven", "eight"):
            other = start(go_on, Cashier(accounts[0], victim))
            hear_until(other, "wrote", 1)
            time.sleep(dice.uniform(0, 0.001))
            done[victim] = last_done(other.kill(), 0)
            for name, other in steady.items():
                done[name] = one_more(other)
        for name, other in steady.items():
            done[name] = last_done(other.kill(), done[name])
        reported = {f"{name}/{n}" for name, last in done.items() for n in range(last + 1)}
        in_flight = {f"{name}/{last + 1}" for name, last in done.items()}
        there = set(Entry.objects.values_list("external_id", flat=True))
        assert reported <= there <= reported | in_flight
        assert AccountBalance.objects.get().amount == -len(there)
        assert problems() == []


def hear_until(other, what, n):
    while (told := other.hear())[:2] != (what, n):
        pass
    return told


def last_done(told, before):
    """The number of the last act that was reported as done."""
    return max([before, *(n for what, n, *_result in told if what == "done")])


def one_more(other):
    """Wait until a process has done an act that it begins from now on; returns its number."""
    while other.has_told():
        other.hear()
    while (told := other.hear())[0] != "begins":
        pass
    return hear_until(other, "done", told[1])[1]


# What the ERP has sent, what it sends now, some of that in other words, and what it sends next.
CODES = ["120.01", "120.02", "120.03"]
BEFORE = [(CODES[n % 3], f"F{n}", D("100.10") if n % 4 else D("-70.05")) for n in range(120)]
CHANGED = [
    (code, number, amount + D("1.01")) if n % 5 < 2 else (code, number, amount)
    for n, (code, number, amount) in enumerate(BEFORE)
]
NOW = CHANGED + [
    (CODES[n % 3], f"F{n}", D("33.33") if n % 2 else D("-0.01")) for n in range(120, 270)
]
NEXT = NOW[200:] + [(CODES[n % 3], f"F{n}", D("5.55")) for n in range(270, 300)]


def totals(lines):
    """{account code: what a file's rows sum up to}."""
    sums = defaultdict(D)
    for code, _number, amount in lines:
        sums[code] += amount
    return dict(sums)


def balances(supplier):
    found = AccountBalance.objects.filter(account__supplier=supplier)
    return dict(found.values_list("account__code", "amount"))


def taken_in(supplier):
    """Everything that files have brought, without ids."""
    mine = {"account__supplier": supplier}
    entries = Entry.objects.filter(**mine).values_list(
        "account__code", "document_no", "kind", "amount", "revision"
    )
    left = OpenItem.objects.filter(**mine).values_list(
        "account__code", "entry__document_no", "residual"
    )
    closed = Allocation.objects.filter(debit__account__supplier=supplier).values_list(
        "debit__account__code", "debit__document_no", "credit__document_no", "amount"
    )
    imports = ImportBatch.objects.filter(supplier=supplier, entries__isnull=False).distinct()
    return sorted(entries), sorted(left), sorted(closed), balances(supplier), imports.count()


@pytest.fixture
def file(tmp_path):
    """Write a file of the ERP."""

    def file(name, lines):
        texts = []
        for code, number, amount in lines:
            kind, sides = ("Fatura", f"{amount};") if amount > 0 else ("Havale", f";{-amount}")
            texts.append(f"{code};{DAY:%d.%m.%Y};;{number};{kind};;" + sides.replace(".", ","))
        path = tmp_path / name
        path.write_text(rows(*texts), "utf-8")
        return path

    return file


class TestKilledWhileImporting:
    def test_a_file_is_taken_in_wholly_or_not_at_all_and_may_be_sent_again(self, dice, start, file):
        before, now = file("before.csv", BEFORE), file("now.csv", NOW)
        again = [now, now, file("reordered.csv", NOW[::-1]), file("next.csv", NEXT)]
        clean, seconds = self.undisturbed(start, before, now)
        cut = suppliers = 0  # cut: killed between an import's first write and its commit
        while cut < 5:
            suppliers += 1
            assert suppliers < 12, f"only {cut} kills hit an import"
            supplier = make_customers()
            Importer(supplier, before)(0)
            untouched = taken_in(supplier)
            for _ in range(2):
                importer = start(go_on, Importer(supplier, now), 0, 0)
                hear_until(importer, "wrote", 0)
                time.sleep(dice.uniform(0, seconds))
                importer.kill()
                found = taken_in(supplier)
                assert found in (untouched, clean)
                assert problems() == []
                if found == clean:
                    seconds *= 0.8  # too late: it was slower when it was measured
                    break
                cut += 1
            importer = start(go_on, Importer(supplier, *again), 0, 3)
            first, *later = [counts(hear_until(importer, "done", n)[2]) for n in range(4)]
            assert first == ({"unchanged": 270} if found == clean else FRESH)
            assert later == [{"unchanged": 270}] * 2 + [{"unchanged": 70, "new": 30}]
            assert balances(supplier) == totals(NOW + NEXT[70:])
            assert problems() == []

    def undisturbed(self, start, before, now):
        """(what a run without a kill leaves, the seconds from its first write to its end)."""
        supplier = make_customers()
        importer = start(go_on, Importer(supplier, before, now), 0, 1)
        hear_until(importer, "wrote", 1)
        began = time.monotonic()
        assert counts(hear_until(importer, "done", 1)[2]) == FRESH
        seconds = time.monotonic() - began
        assert balances(supplier) == totals(NOW)
        assert problems() == []
        return taken_in(supplier), seconds

    def test_nobody_sees_half_a_file(self, start, file):
        supplier = make_customers()
        importer = start(
            go_on, Importer(supplier, file("before.csv", BEFORE), file("now.csv", NOW)), 0, 1
        )
        hear_until(importer, "wrote", 1)
        seen = [balances(supplier)]
        while not importer.has_told():
            seen.append(balances(supplier))
        assert importer.hear()[:2] == ("done", 1)
        assert len(seen) > 3
        assert all(each in (totals(BEFORE), totals(NOW)) for each in seen)
        assert seen[0] == totals(BEFORE)
        assert balances(supplier) == totals(NOW)


def make_customers():
    supplier = make_supplier()
    for code in CODES:
        make_account(supplier, code=code)
    return supplier


class TestEightProcesses:
    def test_nothing_posted_is_lost(self, accounts):
        shared, others = accounts[0], accounts[1:]

        def payments(process):
            for n in range(25):
                yield movement(shared, D("-1.01"), f"{process}/{n}")
                yield movement(others[(process + n) % 5], D("-2.02"), f"{process}/{n} elsewhere")

        ids = at_once(post_each, [[list(payments(process))] for process in range(8)])
        assert len({pk for made in ids for pk in made}) == Entry.objects.count() == 400
        kept = dict(AccountBalance.objects.values_list("account", "amount"))
        assert kept == {shared.pk: D("-202.00")} | {each.pk: D("-80.80") for each in others}
        assert problems() == []

    def test_a_key_delivered_more_than_fifty_times_is_posted_once(self, accounts):
        movements = [movement(accounts[0], D(-10), f"{n}") for n in range(5)]
        deliveries = [each for each in movements for _ in range(7)]
        ids = at_once(post_each_together, [[deliveries]] * 8)
        keys = list(Entry.objects.order_by("external_id").values_list("external_id", "pk"))
        assert [key for key, _pk in keys] == ["0", "1", "2", "3", "4"]
        assert ids == [[pk for _key, pk in keys for _ in range(7)]] * 8
        assert AccountBalance.objects.get().amount == -50
        assert problems() == []

    @pytest.mark.parametrize(
        ("amount", "closed"), [(None, [*[0] * 6, 200, 800]), (D(800), [*[0] * 7, 800])]
    )
    def test_an_invoice_is_never_over_allocated(self, accounts, amount, closed):
        """Ten invoices of 1,000, and on each at once eight payments of 800."""
        invoices = post_all([draft(accounts[0], D(1000), f"{n}") for n in range(10)])
        payments = post_all([draft(accounts[0], D(-800), f"{n} paid") for n in range(80)])
        found = at_once(
            allocate_each_together,
            [[list(zip(payments[n::8], invoices, strict=True)), amount] for n in range(8)],
        )
        assert [sorted(each) for each in zip(*found, strict=True)] == [closed] * 10
        assert {residual(invoice) for invoice in invoices} == {1000 - sum(closed)}
        assert problems() == []

    def test_a_file_is_taken_in_once_and_undone_once(self, accounts, file):
        supplier = make_customers()
        found = at_once(take_in_together, [[supplier, file("now.csv", NOW)]] * 4)
        told = sorted((counts(result) for result, _undone in found), key=str)
        assert told == [{"new": 270}] + [{"unchanged": 270}] * 3
        assert sorted(undone for _result, undone in found) == [0, 0, 0, 1]
        assert balances(supplier) == dict.fromkeys(CODES, 0)
        assert problems() == []

    def test_an_invoice_is_reversed_once(self, accounts):
        invoices = post_all([draft(accounts[0], D(1000), f"{n}") for n in range(10)])
        for invoice in invoices:
            allocate(post(**movement(accounts[0], D(-300), f"{invoice.pk} paid")), invoice)
        found = at_once(reverse_each_together, [[invoices]] * 8)
        for invoice, reversals in zip(invoices, zip(*found, strict=True), strict=True):
            assert list(filter(None, reversals)) == [Entry.objects.get(reverses=invoice).pk]
        assert AccountBalance.objects.get().amount == -3000
        assert problems() == []

    def test_batches_over_the_same_accounts_in_any_order_do_not_deadlock(self, accounts):
        """On accounts without a movement before, and then on the same again."""
        shops = [[make_account(accounts[0].supplier) for _ in range(10)] for _ in range(4)]

        def batches(process):
            for shop in shops:
                for n in range(3):
                    order = shop[::-1] if process % 2 else shop
                    yield [(each, D(1), f"{process}/{n}/{each.pk}") for each in order]

        made = at_once(post_batches_together, [[list(batches(process))] for process in range(8)])
        assert made == [[10] * 12] * 8
        kept = dict(AccountBalance.objects.values_list("account", "amount"))
        assert kept == {each.pk: 24 for shop in shops for each in shop}
        assert problems() == []

    def test_whatever_they_do_the_books_are_right(self, dice, accounts):
        """Postings, batches, allocations and what undoes them, at random on three accounts."""
        found = at_once(
            do_anything,
            [[f"{n}", dice.random(), accounts[:3], 25] for n in range(8)],
        )
        made = [entry for entries, _refused in found for entry in entries]
        assert sorted(made) == sorted(Entry.objects.values_list("pk", "amount"))
        assert sum(refused for _entries, refused in found) < 150
        assert problems() == []
