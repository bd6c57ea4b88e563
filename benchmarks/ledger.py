"""The ledger's questions and its writer, at several sizes, on SQLite and on PostgreSQL.

    python benchmarks/ledger.py [--entries N …] [--databases sqlite postgresql] [--runs N]

Makes its own data, measures each thing beside the bare operation in the same run and prints a
Markdown table: medians, ratios, goals. PostgreSQL is a throw-away server of its own; where none is
installed, SQLite is measured alone.
"""

import argparse

import databases
from databases import NAMES
from figures import table


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--entries", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--databases", nargs="+", choices=NAMES, default=list(NAMES))
    parser.add_argument("--runs", type=int, default=9)
    options = parser.parse_args()
    columns = {}
    for name in databases.installed(options.databases):
        with databases.new(name) as place:
            measured = databases.alone(measure, place, options.entries, options.runs)
        for size, figures in measured.items():
            columns[f"{NAMES[name]}, {size:,}"] = figures
    print(f"\nMedians of {options.runs} runs.\n")
    print("\n".join(table(columns)))


def measure(place, sizes, runs):
    """{size: figures} of one database; on PostgreSQL with hordak beside ours."""
    _folder, port = place
    currency = dict.fromkeys(("DEFAULT_CURRENCY", "HORDAK_INTERNAL_CURRENCY"), "TRY")
    databases.set_up(place, ["mptt", "hordak"] if port else [], **currency)
    from ledger_run import run

    return run(sizes, runs)


if __name__ == "__main__":
    main()
