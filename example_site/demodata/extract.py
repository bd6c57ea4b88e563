"""Makes ``data/invoice_lines.csv.xz`` from the whole file of real invoice lines.

From the folder ``example_site``: ``python -m demodata.extract WHOLE_FILE``. Kept are the lines of
``CUSTOMERS`` with a stock item of ``data/products.csv``: customers of the first supplier keep
the range "gift", those of the second the range "packaging", both what is "any" (postage,
discounts); the demo's dealer keeps all of these. Kept lines are copied as they are, in their
order.
"""

import csv
import lzma
import sys

from .people import supplier_index
from .source import COLUMNS, DATA, LINES, open_lines

CUSTOMERS = """
    14646 14606 18118 14298 17450 18102 13798 13098 12682 12474 13078 15498 16446 14194 13050
    16422 15078 12766 15358 17426 16110 14554 16626 16370 14530 15786 13566 14866 12854 16906
    17086 14382 13730 12890 13954 14130 16274 18062 17418 14550 13602 18218 13778 13754 13690

    12748 14156 14096 14680 17068 13408 12720 15640 16180 14936 16940 17416 16016 15704 12388
    14560 17552 13208 17984 12652 13940 17384
""".split()
PACKED = 9 | lzma.PRESET_EXTREME
EVERYTHING = "14606"
RANGES = ({"gift", "any"}, {"packaging", "any"})


def extract(whole, target=LINES):
    """Write the subset of ``whole`` to ``target``; returns how many lines were kept."""
    with open(DATA / "products.csv", encoding="utf-8", newline="") as file:
        ranges = {row["stock_code"]: row["range"] for row in csv.DictReader(file)}
    wanted = {key: RANGES[supplier_index(key)] for key in CUSTOMERS}
    wanted[EVERYTHING] = {"gift", "packaging", "any"}
    kept = 0
    with (
        open_lines(whole) as source,
        lzma.open(target, "wt", preset=PACKED, encoding="utf-8", newline="") as out,
    ):
        writer = csv.DictWriter(out, COLUMNS, lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        for row in csv.DictReader(source):
            if ranges.get(row["StockCode"]) in wanted.get(row["CustomerID"], ()):
                writer.writerow(row)
                kept += 1
    return kept


if __name__ == "__main__":
    print(extract(sys.argv[1]), "lines")
