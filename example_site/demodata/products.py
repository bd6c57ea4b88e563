"""Products in Turkish: translated by hand where listed, else word by word."""

import csv
import re
from functools import lru_cache

from .source import DATA

TEXTILES = re.compile(r"\b(TOWELS?|FLANNEL|APRON|OVEN GLOVE|CUSHION|CURTAIN|QUILT|BLANKET|SCARF)\b")
COUNTED = re.compile(
    r"\b(?:(?:SET|PACK|BOX|BUNDLE) ?OF ?|SET ?/ ?|S/)(\d+)\b|\b(?:SET|PACK) (\d+)\b"
)
ENDINGS = {1: "li", 2: "li", 3: "lü", 4: "lü", 5: "li", 6: "lı", 7: "li", 8: "li", 9: "lu"}
TENS = {0: "lü", 1: "lu", 2: "li", 3: "lu", 4: "lı", 5: "li", 6: "lı", 7: "li", 8: "li", 9: "lı"}


def counted(number):
    """ "6'lı", "12'li": a number with the ending Turkish gives it."""
    number = int(number)
    ending = ENDINGS[number % 10] if number % 10 else TENS[number // 10 % 10]
    return f"{number}'{ending}"


class Products:
    """The names and VAT rates of stock items."""

    def __init__(self):
        with open(DATA / "products.csv", encoding="utf-8", newline="") as file:
            self.listed = {
                row["stock_code"]: (row["name"], int(row["vat_rate"]))
                for row in csv.DictReader(file)
            }
        with open(DATA / "glossary.csv", encoding="utf-8", newline="") as file:
            self.words = {row["english"]: row["turkish"] for row in csv.DictReader(file)}
        self.longest = max(len(words.split()) for words in self.words)
        self.of = lru_cache(maxsize=None)(self._of)

    def _of(self, code, description):
        """(name, VAT rate in %) of a stock item."""
        if code in self.listed:
            return self.listed[code]
        return self._translated(description) or code, 10 if TEXTILES.search(description) else 20

    def _translated(self, description):
        text = " ".join(description.upper().split())
        match = COUNTED.search(text)
        if match:
            text = text[: match.start()] + text[match.end() :]
        words, out, at = text.split(), [], 0
        while at < len(words):
            for length in range(self.longest, 0, -1):
                phrase = " ".join(words[at : at + length]).strip(",.")
                if phrase in self.words:
                    out.append(self.words[phrase])
                    at += length
                    break
            else:
                out.append(words[at].capitalize())
                at += 1
        if match:
            out.append(counted(match[1] or match[2]))
        return " ".join(filter(None, out))[:250]
