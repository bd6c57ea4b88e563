import pytest
from django.conf import settings
from django.db import connection
from django.test import SimpleTestCase

from b2b_portal.testing.ledger import empty_ledger

pytest_plugins = ["tests.fixtures", "tests.demo", "tests.browser", "tests.admin_imports"]


def pytest_collection_modifyitems(config, items):
    """Leave out what is about the database that this run is not on."""
    other = {"sqlite": "postgresql", "postgresql": "sqlite"}[connection.vendor]
    left_out = [item for item in items if item.get_closest_marker(other)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix, tmp_path_factory):
    """Keep SQLite's test database in a file: threads cannot share one that lies in memory."""
    for alias, database in settings.DATABASES.items():
        if "sqlite" in database["ENGINE"]:
            test = database.setdefault("TEST", {})
            test["NAME"] = test.get("NAME") or str(
                tmp_path_factory.mktemp("database") / f"{alias}.sqlite3"
            )


@pytest.fixture(autouse=True)
def emptied_ledger(request):
    """Empty the ledger before a test's flush: pytest ends this fixture before the database's."""
    if not _flushes(request):
        yield
        return
    request.getfixturevalue("transactional_db")
    yield
    empty_ledger()


def _flushes(request):
    if request.cls and issubclass(request.cls, SimpleTestCase):
        return False  # Django flushes before fixtures end: such a test calls empty_ledger itself
    marker = request.node.get_closest_marker("django_db")
    wished = marker.kwargs if marker else {}
    return bool(
        wished.get("transaction")
        or wished.get("reset_sequences")
        or {"transactional_db", "live_server", "django_db_reset_sequences"}
        & set(request.fixturenames)
    )
