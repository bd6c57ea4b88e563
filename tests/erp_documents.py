"""What the tests of invoices and orders from files have in common."""

import csv
import io
from types import SimpleNamespace

from b2b_portal.customers.fold import fold


class Table:
    """What a profile says of its words; the columns are called as the fields are."""

    language = "tr"
    kinds = {"shipped": ["1"], "open": ["0"], "credit_note": ["refund"]}

    def word_of(self, code, detail="", is_return=""):
        return code

    def kind_of(self, word):
        return next((kind for kind, words in self.kinds.items() if fold(word) in words), "other")

    def currency_of(self, word):
        return {"TL": "TRY"}.get(word, word.upper())

    def says_deleted(self, word):
        return word == "1"


def lines(text):
    """Rows as the reader gives them, of a table written with its fields' names and semicolons."""
    rows = csv.reader(io.StringIO(text.strip()), delimiter=";")
    header = [name.strip() for name in next(rows)]
    for number, row in enumerate(rows, 2):
        cells = {name: cell.strip() for name, cell in zip(header, row, strict=False)}
        yield SimpleNamespace(number=number, cells=cells, too_wide=len(row) > len(header), error="")


def outcomes(rows):
    return [row.outcome for row in rows]
