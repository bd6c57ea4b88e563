"""The databases that are measured, each new and its own, and processes to measure in."""

import multiprocessing
import os
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, nullcontext
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "example_site"), str(ROOT)]

from tests.postgresql import Cluster, binaries  # noqa: E402

NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def installed(names):
    """Of these databases those that there are."""
    for name in names:
        if name == "postgresql" and not binaries():
            print("PostgreSQL is not installed: not measured.")
        else:
            yield name


@contextmanager
def new(name):
    """An empty database, as (folder, port): SQLite in the folder, PostgreSQL on the port."""
    server = Cluster() if name == "postgresql" else nullcontext()
    with server as cluster, tempfile.TemporaryDirectory() as folder:
        yield Path(folder), cluster and cluster.port


def alone(measure, *arguments):
    """What a function gives in a process of its own: Django is set up once in a process."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(measure, *arguments).result()


def set_up(place, apps=(), **further):
    """Django with the example site's settings, and further apps and settings, on a ``new`` one."""
    folder, port = place
    os.environ["DJANGO_SETTINGS_MODULE"] = "example.settings"
    import django
    from django.conf import settings

    settings.DEBUG = False
    settings.MEDIA_ROOT = folder / "media"
    settings.DATABASES["default"]["NAME"] = folder / "db"
    if port:
        settings.DATABASES["default"] = {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "postgres",
            "USER": "postgres",
            "HOST": "127.0.0.1",
            "PORT": port,
        }
    settings.INSTALLED_APPS += apps
    for name, value in further.items():
        setattr(settings, name, value)
    django.setup()
