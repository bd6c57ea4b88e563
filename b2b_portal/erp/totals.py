"""Rows of a report that are none of its table: sums at the end of a page, headers at its top."""

import re

from ..customers.fold import fold

TOTAL = (
    r"\W*(?:(?:genel|ara|alt|sayfa|cari|hesap|nakli|nakil|grand|sub|page) ?)*"
    r"(?:toplam(?:i|lar|lari)?|yekunu?|totals?|devreden)(?!\w)"
)
COUNT = r"(?:adet|kayit|kalem|satir|hareket|cari|hesap|sayisi|records?|rows?|accounts?)(?!\w)"
BEGINS = re.compile(TOTAL)
ALONE = re.compile(rf"(?:{TOTAL})?(?:[\W\d]*{COUNT})*[\W\d]*")
LONGEST = 80  # characters of a cell that may be such words
# What only a row of the table tells: whose it is, when, under which number, an account's card.
TELLING = (
    *("account_code", "account_id", "id", "booked_on", "issued_on", "ordered_on", "due_on"),
    *("document_no", "reference", "series", "number", "uuid", "payment_id"),
    *("code", "title", "tax_number", "tax_office", "email", "phone", "address", "city", "district"),
)


def passed_over(cells, texts):
    """What a row is that is none of the table's: "headers" or "totals"; None of any other.

    ``cells``: ``reading.Cells``; ``texts``: all cells of the row. A totals row has a text that
    begins with "Toplam", "Genel toplam", "Nakli yekûn" …, and tells nothing of its own: what would
    say whose it is, when, or an account's card is empty, or holds such words and counts alone.
    """
    if cells == cells.headers:
        return "headers"
    if any(BEGINS.match(fold(text[:LONGEST])) for text in texts if text):
        if all(_tells_nothing(name, cells[name]) for name in TELLING if name in cells):
            return "totals"
    return None


def _tells_nothing(name, value):
    if not isinstance(value, str) or len(value) > LONGEST:
        return False
    is_words = name == "title" or not value or any(map(str.isalpha, value))  # 120.01 is a code
    return is_words and bool(ALONE.fullmatch(fold(value)))
