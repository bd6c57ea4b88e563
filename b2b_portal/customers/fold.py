"""Search that finds "istanbul" in "İSTANBUL", on every database."""

import unicodedata

_TURKISH = str.maketrans({"İ": "i", "I": "i", "ı": "i"})


def fold(*texts):
    """One lower-case ASCII-like string for searching: "MÜŞTERİ", "musteri" → "musteri"."""
    text = " ".join(filter(None, texts)).translate(_TURKISH).casefold()
    plain = unicodedata.normalize("NFKD", text)
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())
