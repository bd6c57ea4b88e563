"""A Turkish CSV of movements through the public command, on SQLite and on PostgreSQL.

    python benchmarks/imports.py [--rows N] [--large N] [--databases sqlite postgresql] [--runs N]

Makes its own file, takes it in, new and again, and prints a Markdown table of the rows a second
beside a bare COPY (PostgreSQL) or executemany (SQLite) of the same rows, beside bulk_create, of the
memory it takes at two sizes, and of Excel files beside calamine alone.
"""

import argparse

import databases
from databases import NAMES
from figures import Figure, table


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--databases", nargs="+", choices=NAMES, default=list(NAMES))
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    columns = {}
    for name in databases.installed(options.databases):
        # SQLite takes no file that large.
        on_sqlite = name == "sqlite"
        small, large = options.rows // (1 + on_sqlite), options.rows if on_sqlite else options.large
        with databases.new(name) as place:
            figures = databases.alone(speed, place, options.rows, options.runs)
        peaks = [peak(name, rows) for rows in (small, large)]
        columns[f"{NAMES[name]}, {options.rows:,} rows"] = [*figures, memory(large, *peaks)]
    print(f"\nMedians of {options.runs} runs.\n")
    print("\n".join(table(columns)))


def speed(place, rows, runs):
    databases.set_up(place)
    import imports_run

    return imports_run.speed(place[0], rows, runs)


def peak(name, rows):
    """MB by which a process grows that takes in a file of so many rows."""
    with databases.new(name) as place:
        databases.alone(prepare, place, rows)
        return databases.alone(growth, place)


def prepare(place, rows):
    databases.set_up(place)
    import imports_run

    imports_run.prepare(place[0], rows)


def growth(place):
    databases.set_up(place)
    import imports_run

    return imports_run.growth(place[0])


def memory(large, at_first, at_last):
    return Figure(
        "memory that the import takes, growth to the large file",
        f"{at_first:.0f} MB, {at_last - at_first:+.0f} MB at {large:,} rows",
        "≤ +20 MB",
        at_last - at_first <= 20,
    )


if __name__ == "__main__":
    main()
