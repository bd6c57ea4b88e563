"""Other processes that write in a test's ledger, and what they do there.

A server that has Django set up forks them (multiprocessing's forkserver), so that each is there at
once. Each opens a connection of its own.
"""

import io
import json
import multiprocessing
import os
import time
import traceback
from contextlib import suppress
from datetime import date
from decimal import Decimal
from itertools import count
from random import Random
from threading import BrokenBarrierError

import django
from django.apps import apps

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
if not apps.ready:
    django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from b2b_portal.erp.entries import undo  # noqa: E402
from b2b_portal.exceptions import (  # noqa: E402
    AlreadyReversed,
    FileRefused,
    LedgerError,
    OverAllocation,
)
from b2b_portal.ledger.posting import (  # noqa: E402
    allocate,
    post,
    post_all,
    reverse,
    unallocate,
)
from b2b_portal.models import Allocation, Entry, ImportBatch  # noqa: E402
from b2b_portal.testing.factories import make_draft  # noqa: E402

D = Decimal
DAY = date(2026, 3, 10)
SOURCE = "test"
PATIENCE = 60  # seconds after which a process that says nothing is taken to hang

SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload([__name__])


class Other:
    """Another process, at work on this process's database."""

    def __init__(self, job, *arguments):
        self._ear, mouth = SERVER.Pipe(duplex=False)
        self._process = SERVER.Process(
            target=_live,
            args=(connection.settings_dict["NAME"], mouth, job, arguments),
            daemon=True,
        )
        self._process.start()
        mouth.close()
        self._session = self.hear()

    def hear(self):
        """The next thing it tells."""
        assert self._ear.poll(PATIENCE), "a process hangs"
        told = self._ear.recv()
        if isinstance(told, Failure):
            raise AssertionError(f"another process failed:\n{told.traceback}")
        return told

    def has_told(self):
        """Whether there is something to hear."""
        return self._ear.poll()

    def kill(self):
        """kill -9; returns what it had told by then and was not heard yet."""
        self.end()
        told = []
        with suppress(EOFError):
            while True:
                told.append(self.hear())
        return told

    def end(self):
        if self._process.is_alive():
            self._process.kill()
        self._process.join(PATIENCE)
        assert self._process.exitcode is not None
        self._wait_for_its_session()

    def _wait_for_its_session(self):
        """PostgreSQL finds out by itself, and later, that nobody is there any more."""
        until = time.monotonic() + PATIENCE
        while self._session and self._is_there():
            assert time.monotonic() < until, "PostgreSQL keeps a session of a dead process"
            time.sleep(0.002)

    def _is_there(self):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [self._session])
            return cursor.fetchone()


class Failure:
    def __init__(self):
        self.traceback = traceback.format_exc()


def _live(database, mouth, job, arguments):
    assert connection.connection is None
    settings.DEBUG = False
    connection.settings_dict["NAME"] = database
    try:
        connection.ensure_connection()
        on_server = connection.vendor == "postgresql"
        mouth.send(connection.connection.info.backend_pid if on_server else None)
        job(mouth.send, *arguments)
    except Exception:
        mouth.send(Failure())
    finally:
        connection.close()


# One act after the other: how far it got is told before, after its first write, and after.


def go_on(tell, act, first=0, last=None):
    """Do the acts ``first`` to ``last``, or for ever."""
    written = None

    def listen(execute, sql, parameters, many, context):
        nonlocal written
        result = execute(sql, parameters, many, context)
        if written != n and sql.startswith(("INSERT", "UPDATE", "DELETE")):
            written = n
            tell(("wrote", n))
        return result

    with connection.execute_wrapper(listen):
        for n in count(first):
            if last is not None and n > last:
                break
            tell(("begins", n))
            result = act(n)
            tell(("done", n, result))


def _from_far_away(execute, sql, parameters, many, context):
    """Each statement takes a little longer, so that a kill finds even a short act in flight."""
    time.sleep(0.001)
    return execute(sql, parameters, many, context)


class Bookkeeper:
    """Acts 0, 1, 2, … on six accounts. Each may be done again: then it changes nothing."""

    KINDS = ("send", "pay", "take_back", "undo", "allocate")
    INVOICES = 60  # in a batch, dealt out to the accounts in turn: invoice 0, 6, 12 … on the first
    PAYMENTS = 2
    PAYMENT = D(-100)

    def __init__(self, accounts):
        self.accounts = accounts

    def __call__(self, n):
        round, kind = self.act(n)
        with connection.execute_wrapper(_from_far_away):
            getattr(self, kind)(round)

    @classmethod
    def act(cls, n):
        """(round, kind) of an act."""
        round, kind = divmod(n, len(cls.KINDS))
        return round, cls.KINDS[kind]

    @staticmethod
    def invoice(number):
        return D(number + 1) + D("0.01")

    @classmethod
    def parts(cls, payment):
        """[(invoice, amount)] that a payment closes: one of its own, two in part."""
        whole, part = 6 + 6 * payment, 36 + 6 * payment
        return [(54, D(15)), (whole, cls.invoice(whole)), (part, D(20))]

    def send(self, round):
        post_all(
            [
                draft(self.accounts[n % 6], self.invoice(n), f"{round}/{n}")
                for n in range(self.INVOICES)
            ]
        )

    def pay(self, round):
        with transaction.atomic():
            for n in range(self.PAYMENTS):
                payment = post(**movement(self.accounts[0], self.PAYMENT, f"{round}/paid {n}"))
                for invoice, amount in self.parts(n):
                    self._close(payment, self._entry(round, invoice), amount)

    def take_back(self, round):
        with suppress(AlreadyReversed):
            reverse(self._entry(round, 54), reason="wrong")

    def undo(self, round):
        debit, credit = self._entry(round, 36), self._entry(round, "paid 0")
        with suppress(OverAllocation):
            unallocate(Allocation.objects.get(debit=debit, credit=credit, undoes=None))

    def allocate(self, round):
        self._close(self._entry(round, "paid 0"), self._entry(round, 42), D(5))

    def _entry(self, round, key):
        return Entry.objects.get(source=SOURCE, external_id=f"{round}/{key}")

    def _close(self, credit, debit, amount):
        if not Allocation.objects.filter(debit=debit, credit=credit).exists():
            allocate(credit, debit, amount)


class Cashier:
    """Posts a payment of 1 on an account, and another.

    A moment lies between them: SQLite's lock goes to whoever asks at the right one.
    """

    def __init__(self, account, name):
        self.account, self.name = account, name

    def __call__(self, n):
        time.sleep(0.01)
        post(**movement(self.account, D(-1), f"{self.name}/{n}"))


class Importer:
    """Gives the command that takes in a file; returns what it says."""

    def __init__(self, supplier, *paths):
        self.supplier, self.paths = supplier, paths

    def __call__(self, n):
        out = io.StringIO()
        call_command(
            "b2b_portal_import",
            "entries",
            str(self.paths[n]),
            "--supplier",
            self.supplier.tax_number,
            "--json",
            stdout=out,
        )
        return json.loads(out.getvalue())


def movement(account, amount, key):
    return {
        "account": account,
        "currency": "TRY",
        "amount": amount,
        "kind": "bank_transfer" if amount < 0 else "invoice",
        "booked_on": DAY,
        "document_no": key,
        "source": SOURCE,
        "external_id": key,
    }


def draft(account, amount, key):
    return make_draft(**movement(account, amount, key))


# Many at once.


def at_once(job, each):
    """Let one process do ``job(meet, *arguments)`` for each arguments; returns their results.

    ``meet()`` waits until all have come there.
    """
    barrier = SERVER.Barrier(len(each))
    others = []
    try:
        for arguments in each:
            others.append(Other(_together, barrier, job, arguments))
        return [other.hear() for other in others]
    finally:
        for other in others:
            other.end()


def _together(tell, barrier, job, arguments):
    def meet():
        barrier.wait(PATIENCE)

    try:
        meet()
        result = job(meet, *arguments)
    except BrokenBarrierError:
        tell("another process failed")
    except Exception:
        tell(Failure())
        barrier.abort()
    else:
        tell(result)


def take_in_together(meet, supplier, path):
    """Returns what the command counts, and how often it is undone at once: 1 or 0."""
    meet()
    found = Importer(supplier, path)(0)
    meet()
    batch = ImportBatch.objects.filter(supplier=supplier).earliest("applied_at", "pk")
    meet()
    try:
        undo(batch)
    except FileRefused:
        return found, 0
    return found, 1


def post_each(meet, movements):
    return [post(**each).pk for each in movements]


def post_each_together(meet, movements):
    found = []
    for each in movements:
        meet()
        found.append(post(**each).pk)
    return found


def post_batches_together(meet, batches):
    made = []
    for batch in batches:
        drafts = [draft(*each) for each in batch]
        meet()
        made.append(len(post_all(drafts)))
    return made


def allocate_each_together(meet, pairs, amount):
    """Returns what each pair of credit and debit closed: 0 where it was refused."""
    closed = []
    for credit, debit in pairs:
        meet()
        try:
            closed.append(allocate(credit, debit, amount).amount)
        except OverAllocation:
            closed.append(D(0))
    return closed


def reverse_each_together(meet, entries):
    """Returns the reversals' ids: None where somebody else was first."""
    reversals = []
    for entry in entries:
        meet()
        try:
            reversals.append(reverse(entry, reason="wrong").pk)
        except AlreadyReversed:
            reversals.append(None)
    return reversals


def do_anything(meet, name, seed, accounts, times):
    """Random acts; returns (the entries made as (id, amount), how many acts were refused)."""
    random = Random(seed)
    made, refused = [], 0
    for n in range(times):
        try:
            made += [
                (entry.pk, entry.amount) for entry in _anything(random, f"{name}/{n}", accounts)
            ]
        except LedgerError:
            refused += 1
    return made, refused


def _anything(random, key, accounts):
    account = random.choice(accounts)
    entries = list(Entry.objects.filter(account=account).order_by("pk"))
    debits = [entry for entry in entries if entry.amount > 0]
    credits = [entry for entry in entries if entry.amount < 0]
    allocations = list(Allocation.objects.filter(debit__in=debits).order_by("pk"))
    verb = random.choice(["post", "batch", "allocate", "allocate", "unallocate", "reverse"])
    if verb == "allocate" and debits and credits:
        allocate(random.choice(credits), random.choice(debits))
    elif verb == "unallocate" and allocations:
        unallocate(random.choice(allocations))
    elif verb == "reverse" and entries:
        return [reverse(random.choice(entries), reason="wrong")]
    elif verb == "batch":
        order = random.sample(accounts, len(accounts))
        return post_all([draft(each, D(10), f"{key}/{each.pk}") for each in order])
    else:
        return [post(**movement(account, random.choice([D(30), D(-20)]), key))]
    return []
