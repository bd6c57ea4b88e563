"""django-hordak's tables with the same movements, on PostgreSQL: the peer balances are held to.

Hordak books twice: each movement is a transaction of two legs, the second on one sales account.
"""

from functools import partial

from django.db import connection
from figures import faster, medians

from b2b_portal.ledger.balances import balances_of
from b2b_portal.models import CustomerAccount

SALES = 1_000_000_000  # no account of ours has this id

LOAD = f"""
ALTER TABLE hordak_account DISABLE TRIGGER USER;
ALTER TABLE hordak_transaction DISABLE TRIGGER USER;
ALTER TABLE hordak_leg DISABLE TRIGGER USER;
INSERT INTO hordak_account
    (id, uuid, name, code, full_code, type, is_bank_account, currencies, lft, rght, tree_id, level)
SELECT id, gen_random_uuid(), title, NULL, NULL, 'AS', false, '["TRY"]'::jsonb, 1, 2, id, 0
FROM b2b_portal_customeraccount
UNION ALL
SELECT {SALES}, gen_random_uuid(), 'Sales', NULL, NULL, 'IN', false, '[]', 1, 2, {SALES}, 0;
INSERT INTO hordak_transaction (id, uuid, timestamp, date, description)
SELECT id, gen_random_uuid(), posted_at, booked_on, description FROM b2b_portal_entry ORDER BY id;
INSERT INTO hordak_leg (uuid, transaction_id, account_id, debit, credit, currency, description)
SELECT gen_random_uuid(), id, account, CASE WHEN units > 0 THEN units / 10000.0 END,
    CASE WHEN units < 0 THEN -units / 10000.0 END, 'TRY', ''
FROM (
    SELECT id, account_id AS account, amount AS units FROM b2b_portal_entry
    UNION ALL
    SELECT id, {SALES}, -amount FROM b2b_portal_entry
) AS legs ORDER BY id;
ALTER TABLE hordak_account ENABLE TRIGGER USER;
ALTER TABLE hordak_transaction ENABLE TRIGGER USER;
ALTER TABLE hordak_leg ENABLE TRIGGER USER;
"""


def load():
    """Copy the movements of our tables into hordak's; its triggers rest meanwhile."""
    with connection.cursor() as cursor:
        for statement in LOAD.split(";\n"):
            if statement.strip():
                cursor.execute(statement)


def balances(runs, goal):
    """The balances of a page of 50 accounts: hordak's ``with_balances()`` beside ours."""
    for start, at_least in ((2000, goal), (0, None)):
        assert ours(start) == theirs(start)
        our_seconds, their_seconds = medians(runs, partial(ours, start), partial(theirs, start))
        name = f"balances of the accounts {start + 1:,}–{start + 50:,} : django-hordak"
        yield faster(name, our_seconds, their_seconds, at_least)


def ours(start):
    found = balances_of(CustomerAccount.objects.order_by("id")[start : start + 50])
    return {account: sums["TRY"] for account, sums in found.items()}


def theirs(start):
    from hordak.models import Account

    accounts = Account.objects.with_balances().order_by("id")[start : start + 50]
    return {pk: found["TRY"].amount for pk, found in accounts.values_list("id", "balance")}
