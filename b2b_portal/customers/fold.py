"""Search that finds "istanbul" in "İSTANBUL", on every database."""

import re
import unicodedata

_ACCENTS = re.compile("[\u0300-\u036f]+")


def fold(*texts):
    """One lower-case ASCII-like string for searching: "MÜŞTERİ", "musteri" → "musteri"."""
    text = " ".join(filter(None, texts))
    if not text.isascii():
        text = text.replace("İ", "i").replace("I", "i").replace("ı", "i")
        text = unicodedata.normalize("NFKD", text.casefold())
        text = _ACCENTS.sub("", text)
        if not text.isascii():
            text = "".join(c for c in text if not unicodedata.combining(c))
    return " ".join(text.lower().split())


def fold_number(text):
    """A document's number as one compares it: "abc-2026/12" → "abc202612". Zeros stay."""
    return "".join(c for c in fold(text) if c.isalnum())
