"""What a test has to do about a ledger that refuses to be emptied."""

from django.apps import apps
from django.db import connections, transaction

from ..ledger import triggers


def empty_ledger(using="default"):
    """Delete the portal's rows, and the rows of whatever points at them; the guard is lifted
    meanwhile.

    Django's flush, by which a ``TransactionTestCase`` cleans up, is refused while the ledger
    holds rows. Such a test says, before it posts anything::

        self.addCleanup(empty_ledger)

    With pytest, a fixture that requests ``transactional_db`` and calls this afterwards does it.
    """
    connection = connections[using]
    quote = connection.ops.quote_name
    triggers.remove(using)
    try:
        with transaction.atomic(using=using), connection.cursor() as cursor:
            for model in _portal_and_dependents():
                cursor.execute(f"DELETE FROM {quote(model._meta.db_table)}")
            # Foreign keys are checked here and not at COMMIT: PostgreSQL makes no trigger on a
            # table whose checks are pending.
            connection.check_constraints()
    finally:
        triggers.install(using)


def _portal_and_dependents():
    """The portal's models and all that point at one of them, at any remove."""
    found = set(apps.get_app_config("b2b_portal").get_models(include_auto_created=True))
    everything = apps.get_models(include_auto_created=True)
    grown = True
    while grown:
        more = {
            model
            for model in everything
            if any(field.related_model in found for field in model._meta.local_concrete_fields)
        } - found
        found |= more
        grown = bool(more)
    return [model for model in found if model._meta.managed and not model._meta.proxy]


def dump(using="default"):
    """{table: its rows} of the portal as the database holds them: a refused act leaves it equal."""
    connection = connections[using]
    quote = connection.ops.quote_name
    tables = {}
    with connection.cursor() as cursor:
        for model in apps.get_app_config("b2b_portal").get_models(include_auto_created=True):
            table = model._meta.db_table
            cursor.execute(f"SELECT * FROM {quote(table)}")
            tables[table] = sorted(cursor.fetchall(), key=repr)
    return tables
