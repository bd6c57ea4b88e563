"""A ledger of any size: 5,000 accounts, five years of invoices, payments and their allocations.

The rows are made by ``ledger.drafts.draft`` (so checked and hashed as any other) and written by
``bulk_create``: ``posting`` would write the entries almost as fast, but half a million allocations,
one by one, would take it most of an hour. ``integrity.problems()`` says whether the result holds.
"""

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Count

from b2b_portal.ledger.drafts import draft
from b2b_portal.ledger.posting import reverse
from b2b_portal.models import AccountBalance, Allocation, CustomerAccount, Entry, OpenItem
from b2b_portal.testing.factories import make_supplier

FIRST, LAST = date(2021, 1, 1), date(2025, 12, 31)
DAYS = (LAST - FIRST).days + 1
ACCOUNTS = 5000
LARGE = 10_000  # movements of the one account that is the same at every size
CHUNK = 10_000
TERMS = (0, 30, 45, 60, 90)
MISTAKES = 0.002  # share of invoices that are reversed
PAID_BY = ("bank_transfer", "bank_transfer", "bank_transfer", "card", "cash", "cheque")


@dataclass
class Movement:
    account: int
    booked_on: date
    kind: str
    cents: int
    due_on: date | None
    left: int = 0  # cents that explicit allocations have not closed
    pk: int = field(default=0, compare=False)


def load(entries):
    """Fill an empty database; returns the supplier and the large account."""
    supplier = make_supplier(currency="TRY")
    accounts = CustomerAccount.objects.bulk_create(
        CustomerAccount(supplier=supplier, code=f"120.{n:05}", title=f"Customer {n}")
        for n in range(ACCOUNTS + 1)
    )
    rng = random.Random(20211231)
    weights = [rng.lognormvariate(0, 1.26) for _account in range(ACCOUNTS)]
    scale = (entries - LARGE) / sum(weights)
    sizes = [LARGE, *(min(max(2, round(weight * scale)), LARGE - 1) for weight in weights)]
    load_accounts(accounts, sizes)
    return supplier, accounts[0]


def load_accounts(accounts, sizes):
    """Give each of these accounts, which have none, as many movements as its size says."""
    movements, allocations, mistakes = _history(sizes)
    _write(accounts, movements, allocations)
    for mistake in mistakes:
        reverse(Entry.objects.get(pk=mistake.pk), reason="benchmark")


def _history(sizes):
    """All movements by day, [(debit, credit, cents, day)], and the invoices to be reversed."""
    movements, allocations, mistakes = [], [], []
    for account, size in enumerate(sizes):
        _live(random.Random(account), account, size, movements, allocations, mistakes)
    movements.sort(key=lambda movement: movement.booked_on)
    return movements, allocations, mistakes


def _live(rng, account, size, movements, allocations, mistakes):
    """One account's five years: what is overdue is mostly paid next, the oldest first.

    Some payments are allocated to nothing, some pay a part or in advance. First in, first out over
    all movements gives the same as over what allocations leave: so figures can be compared.
    """
    term = timedelta(rng.choice(TERMS))
    unpaid, advance = [], []  # [[movement, cents]], [[movement, cents, is allocated]]
    for day in sorted(FIRST + timedelta(rng.randrange(DAYS)) for _movement in range(size)):
        overdue = unpaid and unpaid[0][0].due_on <= day
        if unpaid and rng.random() < (0.9 if overdue else 0.1):
            cents = sum(left for _invoice, left in unpaid[: rng.choice((1, 1, 2, 3))])
            cents = max(1, round(cents * rng.choice((1, 1, 1, 1, 1, 1, 1, 1, 0.6, 1.1))))
            kind = "credit_note" if rng.random() < 0.03 else rng.choice(PAID_BY)
            due_on = day + timedelta(60) if kind == "cheque" else None
            movement = Movement(account, day, kind, -cents, due_on)
            advance.append([movement, cents, rng.random() > 0.05])
        else:
            cents = round(100 * rng.lognormvariate(7, 1)) + 100
            movement = Movement(account, day, "invoice", cents, day + term)
            mistake = rng.random() < MISTAKES
            mistakes.append(movement) if mistake else unpaid.append([movement, cents])
        movement.left = movement.cents
        movements.append(movement)
        _close(unpaid, advance, day, allocations)


def _close(unpaid, advance, day, allocations):
    """Let the oldest credit pay the oldest invoice until one of the two is used up."""
    while unpaid and advance:
        debit, credit = unpaid[0], advance[0]
        cents = min(debit[1], credit[1])
        debit[1] -= cents
        credit[1] -= cents
        if credit[2]:
            allocations.append((debit[0], credit[0], cents, day))
            debit[0].left -= cents
            credit[0].left += cents
        for queue in (unpaid, advance):
            if not queue[0][1]:
                queue.pop(0)


def _write(accounts, movements, allocations):
    sums = defaultdict(int)
    for start in range(0, len(movements), CHUNK):
        part = movements[start : start + CHUNK]
        drafts = [
            _draft(accounts[movement.account], movement, start + n)
            for n, movement in enumerate(part)
        ]
        with transaction.atomic():
            Entry.objects.bulk_create(drafts, batch_size=1000)
            OpenItem.objects.bulk_create(
                [
                    _open_item(entry, movement.left)
                    for entry, movement in zip(drafts, part, strict=True)
                    if movement.left
                ],
                batch_size=1000,
            )
        for entry, movement in zip(drafts, part, strict=True):
            movement.pk = entry.pk
            sums[entry.account_id] += movement.cents
    for start in range(0, len(allocations), CHUNK):
        Allocation.objects.bulk_create(
            [
                Allocation(
                    debit_id=debit.pk, credit_id=credit.pk, amount=lira(cents), effective_on=day
                )
                for debit, credit, cents, day in allocations[start : start + CHUNK]
            ],
            batch_size=1000,
        )
    AccountBalance.objects.bulk_create(
        AccountBalance(account_id=account, currency="TRY", amount=lira(cents))
        for account, cents in sorted(sums.items())
    )


def _draft(account, movement, number):
    invoice = movement.kind == "invoice"
    return draft(
        account=account,
        currency="TRY",
        amount=lira(movement.cents),
        kind=movement.kind,
        booked_on=movement.booked_on,
        due_on=movement.due_on,
        document_no=f"{'FTR' if invoice else 'THS'}{movement.booked_on.year}{number:09}",
        description="Mal satışı" if invoice else "Tahsilat",
        source_kind="Toptan Satış Faturası" if invoice else "Gelen Havale",
        source="erp",
        external_id=f"{number}",
        by="benchmark",
    )


def _open_item(entry, left):
    return OpenItem(
        entry=entry,
        account_id=entry.account_id,
        currency=entry.currency,
        booked_on=entry.booked_on,
        falls_due_on=entry.falls_due_on,
        residual=lira(left),
    )


def lira(cents):
    return Decimal(cents).scaleb(-2)


def small_and_median(supplier):
    """The account with the fewest movements, and the one in the middle."""
    accounts = CustomerAccount.objects.filter(supplier=supplier)
    by_size = list(accounts.annotate(size=Count("entries")).order_by("size", "id"))
    return by_size[0], by_size[len(by_size) // 2]
