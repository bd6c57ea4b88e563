"""UBL as XML: parsed within bounds, its texts, numbers and days read strictly."""

import re
from datetime import date
from decimal import Decimal
from uuid import UUID
from xml.etree.ElementTree import ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import XMLParser
from django.utils.translation import gettext as _

from ..exceptions import FileRefused
from ..money import ZERO
from .archives import MAX_FILE, MB

MAX_DEPTH = 40  # a sealed invoice has some 15
MAX_ELEMENTS = 200_000  # some 5,000 lines
LONG_TAG = re.compile(rb"<[^!?<>][^<>]{65536}")  # a tag with more attributes than memory

UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
INVOICE = f"{{{UBL}Invoice-2}}Invoice"
NAMES = {
    "cac": f"{UBL}CommonAggregateComponents-2",
    "cbc": f"{UBL}CommonBasicComponents-2",
}

# UN/ECE Recommendation 20 → the words on Turkish invoices.
UNITS = {
    "C62": "adet",
    "NIU": "adet",
    "EA": "adet",
    "PR": "çift",
    "SET": "takım",
    "DZN": "düzine",
    "BX": "kutu",
    "CT": "karton",
    "PA": "paket",
    "PK": "paket",
    "BG": "torba",
    "RO": "rulo",
    "KGM": "kg",
    "GRM": "g",
    "TNE": "ton",
    "LTR": "lt",
    "MLT": "ml",
    "MTR": "m",
    "CMT": "cm",
    "MMT": "mm",
    "MTK": "m²",
    "MTQ": "m³",
    "HUR": "saat",
    "DAY": "gün",
    "MON": "ay",
    "ANN": "yıl",
    "KWH": "kWh",
}


class _Builder(TreeBuilder):
    """Builds the tree, and stops at what no invoice has."""

    def __init__(self):
        super().__init__()
        self.depth = self.elements = 0

    def start(self, tag, attrs):
        self.depth += 1
        self.elements += 1
        if self.depth > MAX_DEPTH or self.elements > MAX_ELEMENTS:
            raise FileRefused(_("The XML is nested too deep or has too many parts for an invoice."))
        return super().start(tag, attrs)

    def end(self, tag):
        self.depth -= 1
        return super().end(tag)


def parse(data):
    """The root element of an XML file's bytes, or ``FileRefused``.

    Memory and time are bounded by the size, the number of parts and their depth; a document type,
    entities and what they might refer to are refused before they are looked at.
    """
    if len(data) > MAX_FILE:
        raise FileRefused(_("The file is larger than %s MB.") % (MAX_FILE // MB))
    if b"\0" in data:
        raise FileRefused(_("The file is not XML in UTF-8."))
    if LONG_TAG.search(data):
        raise FileRefused(_("The XML is nested too deep or has too many parts for an invoice."))
    parser = XMLParser(target=_Builder(), forbid_dtd=True)
    try:
        parser.feed(data)
        return parser.close()
    except DefusedXmlException:
        raise FileRefused(
            _("The XML declares a document type or entities: such files are not read.")
        ) from None
    except (ParseError, LookupError, ValueError) as error:
        raise FileRefused(_("The file cannot be read as XML: %s") % error) from None


def text(element, path):
    found = element.find(path, NAMES)
    return "" if found is None else " ".join((found.text or "").split())


def refuse_missing(paths, where=""):
    if paths:
        names = ", ".join(re.sub("c[ab]c:", "", path) for path in paths)
        raise FileRefused(_("Missing: %s") % f"{where}{names}")


def uuid(element, path):
    value = text(element, path)
    try:
        return UUID(value)
    except ValueError:
        raise FileRefused(_("“%s” is not an ETTN.") % value[:40]) from None


def day(element, path):
    value = text(element, path)
    try:
        return date.fromisoformat(value[:10]) if value else None
    except ValueError:
        raise FileRefused(_("“%s” is not a date like 2026-12-31.") % value[:40]) from None


def number(element, path, currency=None):
    """A Decimal as XML Schema writes one; 0 where there is none.

    ``currency``: the only one that the element may say it is in.
    """
    value, name = text(element, path), path.rpartition(":")[2]
    if not value:
        return ZERO
    if not re.fullmatch(r"[+-]?([0-9]{1,15}(\.[0-9]{0,20})?|\.[0-9]{1,20})", value):
        raise FileRefused(
            _("%(name)s: “%(value)s” is not a number.") % {"name": name, "value": value[:40]}
        )
    other = element.find(path, NAMES).get("currencyID")
    if currency and other and other != currency:
        raise FileRefused(
            _("%(name)s is in %(other)s, the invoice in %(currency)s.")
            % {"name": name, "other": other[:40], "currency": currency}
        )
    return Decimal(value)
