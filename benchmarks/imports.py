"""A Turkish CSV of movements through the public command, on SQLite and on PostgreSQL.

    python benchmarks/imports.py [--rows N] [--large N] [--databases sqlite postgresql] [--runs N]

Makes its own file, takes it in, new and again, and prints a Markdown table of the rows a second
beside a bare COPY (PostgreSQL) or executemany (SQLite) of the same rows, beside bulk_create, of the
memory it takes at two sizes, and of Excel files beside calamine alone.
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

from figures import Figure, table  # noqa: E402
from ledger import NAMES  # noqa: E402

from tests.postgresql import Cluster, binaries  # noqa: E402


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--databases", nargs="+", choices=NAMES, default=list(NAMES))
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    columns = {}
    for database in options.databases:
        if database == "postgresql" and not binaries():
            print("PostgreSQL is not installed: not measured.")
            continue
        with (
            Cluster() if database == "postgresql" else nullcontext() as cluster,
            tempfile.TemporaryDirectory() as folder,
        ):
            place = Path(folder), cluster and cluster.port
            title = f"{NAMES[database]}, {options.rows:,} rows"
            columns[title] = alone(speed, *place, options.rows, options.runs)
            # SQLite takes no file that large.
            large = options.large if cluster else 2 * options.rows
            peaks = [alone(peak, *place, size) for size in (options.rows, large)]
            columns[title].append(memory(large, *peaks))
    print(f"\nMedians of {options.runs} runs.\n")
    print("\n".join(table(columns)))


def alone(measure, *arguments):
    """Measured in a process of its own: Django is set up once in a process."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(measure, *arguments).result()


def speed(folder, port, rows, runs):
    set_up(folder, port)
    import imports_run

    return imports_run.speed(folder, rows, runs)


def memory(large, at_first, at_last):
    """``at_first``, ``at_last``: MB that importing took beyond what Django takes."""
    return Figure(
        "memory that the import takes, growth to the large file",
        f"{at_first:.0f} MB, {at_last - at_first:+.0f} MB at {large:,} rows",
        "≤ +20 MB",
        at_last - at_first <= 20,
    )


def peak(folder, port, rows):
    set_up(folder, port)
    import imports_run

    return imports_run.peak(folder, rows)


def set_up(folder, port):
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
    django.setup()


if __name__ == "__main__":
    main()
