"""Turkish e-invoices (UBL-TR 1.2 on UBL 2.1), read; nothing is built, fetched or verified here.

Element names and what they mean: GİB, "UBL-TR Fatura" V1.0, "Ortak Elemanlar", "Kod Listeleri".
The fiscal seal is not checked: the files are the supplier's own, from its own archive.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from babel.numbers import is_currency
from django.utils.translation import gettext as _

from ..exceptions import FileRefused
from ..money import LIMIT, ZERO, fits
from ..tables.formats import format_number
from . import ubl

TOTALS = "cac:LegalMonetaryTotal/cbc:"
PARTIES = ("cac:AccountingSupplierParty", "cac:AccountingCustomerParty")
REQUIRED = (
    "cbc:ID",
    "cbc:UUID",
    "cbc:IssueDate",
    "cbc:InvoiceTypeCode",
    "cbc:DocumentCurrencyCode",
    f"{TOTALS}TaxExclusiveAmount",
    f"{TOTALS}PayableAmount",
    "cac:InvoiceLine/cbc:ID",
)
REQUIRED_OF_LINE = (
    "cbc:InvoicedQuantity",
    "cbc:LineExtensionAmount",
    "cac:Item/cbc:Name",
    "cac:Price/cbc:PriceAmount",
)

WHOSE = ("Sellers", "Buyers", "Manufacturers")

VAT = "0015"
VAT_WITHHELD = "9015"  # as UBL-TR 1.0 wrote it, among the taxes
INCOME_TAX = ("0003", "0011")  # held back by the buyer (stopaj), written among the taxes too
NOT_CHARGED = "IHRACKAYITLI"  # its VAT may be shown and not charged: VAT law 11/1-c


@dataclass(frozen=True)
class LineData:
    """A line, as exactly as the file has it. ``net``: after the line's discounts."""

    product_code: str
    product_name: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    net: Decimal
    vat_rate: Decimal


@dataclass(frozen=True)
class InvoiceData:
    """What an invoice says. Amounts are as printed, never negative: ``party_of`` gives the sign.

    ``payable`` is the legal total; ``vat`` is KDV alone, before ``withheld`` (tevkifat, and income
    tax where one is held back). ``net`` is the rest: payable − vat + withheld. So other taxes, of
    which the usual one (ÖTV) is part of the base of VAT, and the rounding stand in it.
    ``warnings``: where the totals of the file do not add up. ``rate``: lira for one of the currency.
    """

    supplier_number: str
    customer_number: str
    number: str
    uuid: UUID
    issued_on: date
    due_on: date | None
    currency: str
    rate: Decimal | None
    profile: str
    type_code: str
    net: Decimal
    vat: Decimal
    withheld: Decimal
    payable: Decimal
    lines: tuple
    warnings: tuple

    @property
    def is_return(self):
        """IADE, TEVKIFATIADE, YTBIADE …"""
        return self.type_code.endswith("IADE")


def read_invoice(data):
    """The ``InvoiceData`` of an e-invoice's bytes; ``FileRefused`` with a sentence for anything else."""
    root = ubl.parse(data)
    if root.tag != ubl.INVOICE or not ubl.text(root, "cbc:CustomizationID").startswith("TR"):
        raise FileRefused(_("This is no e-invoice (UBL-TR)."))
    numbers = [_tax_number(root, party) for party in PARTIES]
    missing = [path for path in REQUIRED if not ubl.text(root, path)]
    missing += [
        f"{party} VKN" for party, number in zip(PARTIES, numbers, strict=True) if not number
    ]
    ubl.refuse_missing(missing)
    currency = ubl.text(root, "cbc:DocumentCurrencyCode")
    if not is_currency(currency):
        raise FileRefused(_("“%s” is not a currency.") % currency[:40])
    number = ubl.text(root, "cbc:ID")
    if len(number) > 60:
        raise FileRefused(_("“%s” is too long.") % number[:40])
    type_code = ubl.text(root, "cbc:InvoiceTypeCode")
    amounts, warnings = _amounts(root, currency, type_code)
    return InvoiceData(
        *numbers,
        number=number,
        uuid=ubl.uuid(root, "cbc:UUID"),
        issued_on=ubl.day(root, "cbc:IssueDate"),
        due_on=ubl.day(root, "cac:PaymentMeans/cbc:PaymentDueDate")
        or ubl.day(root, "cac:PaymentTerms/cbc:PaymentDueDate"),
        currency=currency,
        rate=_rate(root, currency),
        profile=ubl.text(root, "cbc:ProfileID"),
        type_code=type_code,
        **amounts,
        lines=tuple(_line(line, currency) for line in root.findall("cac:InvoiceLine", ubl.NAMES)),
        warnings=warnings,
    )


def party_of(invoice, supplier):
    """(the other side's tax number, sign of the movement on its account) of an ``InvoiceData``.

    An invoice debits (+1) the account where the supplier issued it, and credits (−1) it where the
    supplier received it. Nothing else decides: an IADE is the invoice of whoever sends goods back,
    so a dealer's credits the dealer, and the supplier's own to a vendor debits the vendor.
    ``FileRefused`` where the supplier is on neither side.
    """
    if invoice.supplier_number == supplier.tax_number:
        return invoice.customer_number, 1
    if invoice.customer_number == supplier.tax_number:
        return invoice.supplier_number, -1
    raise FileRefused(
        _("Invoice %(no)s is from %(from)s to %(to)s: neither is this supplier.")
        % {"no": invoice.number, "from": invoice.supplier_number, "to": invoice.customer_number}
    )


def _tax_number(root, party):
    for found in root.findall(f"{party}/cac:Party/cac:PartyIdentification/cbc:ID", ubl.NAMES):
        if found.get("schemeID") in ("VKN", "TCKN"):
            return (found.text or "").strip()
    return ""


def _amounts(root, currency, type_code):
    """The four amounts by name, and warnings."""
    payable = ubl.number(root, f"{TOTALS}PayableAmount", currency)
    exclusive = ubl.number(root, f"{TOTALS}TaxExclusiveAmount", currency)
    rounding = ubl.number(root, f"{TOTALS}PayableRoundingAmount", currency)
    if payable >= LIMIT or not fits(payable, currency):
        raise FileRefused(
            _("“%(amount)s” is no amount in %(currency)s.")
            % {"amount": payable, "currency": currency}
        )
    taxes = _taxes(root, currency)
    vat = taxes.pop(VAT, ZERO)
    if type_code == NOT_CHARGED and payable <= exclusive:
        vat = ZERO
    income_tax = sum(taxes.pop(code, ZERO) for code in INCOME_TAX)
    withheld = income_tax + taxes.pop(VAT_WITHHELD, ZERO)
    for total in root.findall("cac:WithholdingTaxTotal", ubl.NAMES):
        withheld += ubl.number(total, "cbc:TaxAmount", currency)
    total = exclusive + vat + sum(taxes.values()) - withheld
    warnings = ()
    # The total without taxes may be there with the income tax taken off already.
    if all(abs(payable - sum_) > abs(rounding) for sum_ in (total, total + income_tax)):
        warnings = (
            _("Net, taxes and withholding make %(sum)s, payable is %(payable)s.")
            % {"sum": format_number(total, places=2), "payable": format_number(payable, places=2)},
        )
    amounts = {
        "net": payable - vat + withheld,
        "vat": vat,
        "withheld": withheld,
        "payable": payable,
    }
    if min(amounts.values()) < 0:
        raise FileRefused(_("An amount of the invoice is below zero."))
    return amounts, warnings


def _taxes(root, currency):
    """{tax type code: amount in the invoice's currency}.

    From the subtotals: on invoices with withholding ``TaxTotal/TaxAmount`` is sometimes the whole
    VAT and sometimes what is left of it.
    """
    sums = defaultdict(lambda: ZERO)
    for part in root.findall("cac:TaxTotal/cac:TaxSubtotal", ubl.NAMES):
        amount = part.find("cbc:TaxAmount", ubl.NAMES)
        if amount is not None and amount.get("currencyID", currency) == currency:
            sums[_tax_code(part)] += ubl.number(part, "cbc:TaxAmount")
    return sums


def _tax_code(subtotal):
    return ubl.text(subtotal, "cac:TaxCategory/cac:TaxScheme/cbc:TaxTypeCode")


def _rate(root, currency):
    for name in ("Pricing", "Payment"):
        path = f"cac:{name}ExchangeRate/cbc:"
        pair = (
            ubl.text(root, f"{path}SourceCurrencyCode"),
            ubl.text(root, f"{path}TargetCurrencyCode"),
        )
        if pair == (currency, "TRY") and currency != "TRY":
            return ubl.number(root, f"{path}CalculationRate") or None
    return None


def _line(line, currency):
    missing = [path for path in REQUIRED_OF_LINE if not ubl.text(line, path)]
    ubl.refuse_missing(missing, _("line %s: ") % ubl.text(line, "cbc:ID")[:20])
    codes = (ubl.text(line, f"cac:Item/cac:{whose}ItemIdentification/cbc:ID") for whose in WHOSE)
    unit = line.find("cbc:InvoicedQuantity", ubl.NAMES).get("unitCode", "").strip()
    return LineData(
        product_code=next(filter(None, codes), ""),
        product_name=ubl.text(line, "cac:Item/cbc:Name"),
        quantity=ubl.number(line, "cbc:InvoicedQuantity"),
        unit=ubl.UNITS.get(unit, unit),
        unit_price=ubl.number(line, "cac:Price/cbc:PriceAmount", currency),
        net=ubl.number(line, "cbc:LineExtensionAmount", currency),
        vat_rate=_vat_rate(line),
    )


def _vat_rate(line):
    for part in line.findall("cac:TaxTotal/cac:TaxSubtotal", ubl.NAMES):
        if _tax_code(part) == VAT:
            return ubl.number(part, "cbc:Percent") or ubl.number(
                part, "cac:TaxCategory/cbc:Percent"
            )
    return ZERO
