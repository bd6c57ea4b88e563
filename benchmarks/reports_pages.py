"""A page of a statement on one database: what it takes beside its bare query, and its queries."""

import re

import ledger_data
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext, setup_test_environment
from django.utils import translation
from figures import Figure, medians, slower
from statement import signed_in
from website.seed import seed_site

from b2b_portal import reports
from b2b_portal.cms.setup import steps
from b2b_portal.ledger.statement import FIELDS
from b2b_portal.models import Entry, Supplier
from b2b_portal.tables.html import render_html
from b2b_portal.tables.paging import page_of
from b2b_portal.testing.factories import make_account, next_tax_number

SHOWN = 100  # rows of a page
YEAR = 2_000  # movements of a large customer in a year
OURS = re.compile(r'FROM "b2b_portal_(?!pages_)')
URL = "/tr/musteri-portali/hesap-ekstresi/?period=all&currency=TRY"


def pages(rows, runs):
    setup_test_environment()  # mails stay here
    call_command("migrate", verbosity=0)
    seed_site()
    accounts = fill([SHOWN, YEAR, rows])
    for _what, make in steps():
        make()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    with translation.override("tr"):
        for size, account in accounts.items():
            goal = 3.5 if size == YEAR else None
            ours, bare = medians(runs * 3, lambda: page(account), lambda: bare_rows(account))
            name = f"HTML of {SHOWN} rows of {size:,} : bare query of these"
            yield slower(name, ours, bare, goal)
    asked = []
    for size, account in accounts.items():
        client = signed_in(account)
        served, bare = medians(runs * 3, lambda: client.get(URL), lambda: bare_rows(account))
        yield slower(f"the whole page, of {size:,} rows, through HTTP : bare query", served, bare)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(URL).status_code == 200
        ours = sum(bool(OURS.search(query["sql"])) for query in captured)
        asked.append(f"{len(captured)}, {ours} of them on the portal's tables")
    yield Figure(
        f"queries of that page, of {', '.join(f'{size:,}' for size in accounts)} rows",
        "; ".join(dict.fromkeys(asked)),
        "equal",
        len(set(asked)) == 1,
    )


def fill(sizes):
    """{size: an account with so many movements} of the site's supplier."""
    supplier = Supplier.objects.first()
    accounts = [make_account(supplier, tax_number=next_tax_number()) for _size in sizes]
    ledger_data.load_accounts(accounts, sizes)
    return dict(zip(sizes, accounts, strict=True))


def page(account):
    _form, table = reports.read(reports.get("statement"), account, {"period": "all"})
    part, _page = page_of(table, "last", SHOWN)
    return render_html(part)


def bare_rows(account):
    rows = Entry.objects.filter(account=account, currency="TRY").order_by("booked_on", "id")
    return list(rows.values_list(*FIELDS))
