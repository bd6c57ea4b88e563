"""The ledger's questions and its writer, at several sizes, on SQLite and on PostgreSQL.

    python benchmarks/ledger.py [--entries N …] [--databases sqlite postgresql] [--runs N]

Makes its own data, measures each thing beside the bare operation in the same run and prints a
Markdown table: medians, ratios, goals. PostgreSQL is a throw-away server of its own; where none is
installed, SQLite is measured alone.
"""

import argparse
import multiprocessing
import os
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "example_site"), str(ROOT)]

from figures import table  # noqa: E402

from tests.postgresql import Cluster, binaries  # noqa: E402

NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--entries", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--databases", nargs="+", choices=NAMES, default=list(NAMES))
    parser.add_argument("--runs", type=int, default=9)
    options = parser.parse_args()
    columns = {}
    for database in options.databases:
        if database == "postgresql" and not binaries():
            print("PostgreSQL is not installed: not measured.")
            continue
        with (
            Cluster() if database == "postgresql" else nullcontext() as cluster,
            tempfile.TemporaryDirectory() as folder,
            # A process of its own: Django is set up once in a process.
            ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool,
        ):
            port = cluster and cluster.port
            measured = pool.submit(measure, Path(folder), port, options.entries, options.runs)
            for size, figures in measured.result().items():
                columns[f"{NAMES[database]}, {size:,}"] = figures
    print(f"\nMedians of {options.runs} runs.\n")
    print("\n".join(table(columns)))


def measure(folder, port, sizes, runs):
    """{size: figures} of one database: SQLite, or PostgreSQL on this port."""
    set_up(folder, port)
    from ledger_run import run

    return run(sizes, runs)


def set_up(folder, port):
    """Django with the example site's settings; on PostgreSQL with hordak beside ours."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "example.settings"
    import django
    from django.conf import settings

    settings.DEBUG = False
    settings.DATABASES["default"]["NAME"] = folder / "db"
    if port:
        settings.DATABASES["default"] = {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "postgres",
            "USER": "postgres",
            "HOST": "127.0.0.1",
            "PORT": port,
        }
        settings.INSTALLED_APPS += ["mptt", "hordak"]
        settings.DEFAULT_CURRENCY = settings.HORDAK_INTERNAL_CURRENCY = "TRY"
    django.setup()


if __name__ == "__main__":
    main()
