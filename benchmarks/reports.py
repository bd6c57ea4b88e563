"""Statements as PDF, Excel, CSV and HTML, each beside the bare way of writing the same cells.

    python benchmarks/reports.py [--rows N] [--large N] [--databases sqlite postgresql] [--runs N]

Makes its own rows and prints two Markdown tables of medians, ratios and goals: what the renderers
take, and what a page of a statement takes on each database. Memory is measured in processes of
their own.
"""

import argparse

import databases
from databases import NAMES
from figures import Figure, table

SMALL = 1_000
FLAT = 5  # MB by which a file of ten times the rows may take more


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--large", type=int, default=200_000)
    parser.add_argument("--databases", nargs="+", choices=NAMES, default=list(NAMES))
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    rows, large, runs = options.rows, options.large, options.runs
    figures = [
        *databases.alone(pdf, rows, runs),
        *memory_of_pdf(rows),
        *databases.alone(sheets, large, runs),
        *(figure for format in ("xlsx", "csv") for figure in memory_of_sheet(format, rows, large)),
    ]
    pages = {}
    for name in databases.installed(options.databases):
        with databases.new(name) as place:
            pages[NAMES[name]] = databases.alone(pages_of, place, rows, runs)
    print(f"\nMedians of {runs} runs.\n")
    print("\n".join(table({"files": figures})), end="\n\n")
    print("\n".join(table(pages)))


def pdf(rows, runs):
    set_up()
    import reports_files

    return [*reports_files.long_pdf(SMALL, rows, runs), *reports_files.short_pdf(runs)]


def sheets(rows, runs):
    set_up()
    import reports_files

    return [*reports_files.excel(rows, runs), *reports_files.csv(rows, runs)]


def pages_of(place, rows, runs):
    databases.set_up(place, ALLOWED_HOSTS=["testserver"])
    import reports_pages

    return list(reports_pages.pages(rows, runs))


def growth(format, rows):
    set_up()
    import reports_files

    return reports_files.growth(format, rows)


def memory_of_pdf(rows):
    data, grown = databases.alone(growth, "pdf", rows)
    yield Figure(
        f"PDF of {rows:,} rows: memory beside its rows",
        f"{grown:.0f} MB beside {data:.0f} MB",
        "≤ 45 MB",
        grown <= 45,
    )


def memory_of_sheet(format, rows, large):
    before, after = (databases.alone(growth, format, count)[1] for count in (rows, large))
    yield Figure(
        f"{format.upper()} of {large:,} rows: memory, growth from {rows:,}",
        f"{after:.0f} MB, {after - before:+.0f} MB",
        f"≤ +{FLAT} MB",
        after - before <= FLAT,
    )


def set_up():
    """Django without a database."""
    databases.set_up((databases.ROOT / "nowhere", None))


if __name__ == "__main__":
    main()
