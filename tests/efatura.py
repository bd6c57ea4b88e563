"""E-invoices for tests, as GİB's guides describe them, made from a few words."""

import io
import zipfile
from decimal import Decimal
from uuid import uuid4

from b2b_portal.money import round_to

D = Decimal
OURS, THEIRS = "4540536920", "17291716060"

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<?xml-stylesheet type="text/xsl" href="general.xslt"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
  xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
  xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
"""
MUG = ("KP-01", "Kupa", 3, "C62", "50", 20)


def efatura(**said):
    """An e-invoice's bytes. ``supplier`` issues it to ``customer``.

    ``lines``: (code, name, quantity, unit code, unit price, VAT rate); ``withheld``: tenths of the
    VAT; ``taxes``: {code: amount} beside VAT; ``totals``: what to say instead of what is right.
    """
    said = {
        "supplier": OURS,
        "customer": THEIRS,
        "number": "ABC2026000000001",
        "uuid": uuid4(),
        "profile": "TEMELFATURA",
        "type_code": "SATIS",
        "issued_on": "2026-03-03",
        "due_on": "2026-04-02",
        "currency": "TRY",
        "rate": None,
        "lines": [MUG],
        "withheld": 0,
        "taxes": {},
        "totals": {},
    } | said
    currency = said["currency"]
    nets = [D(line[2]) * D(line[4]) for line in said["lines"]]
    vats = [
        round_to(net * line[5] / 100, currency)
        for net, line in zip(nets, said["lines"], strict=True)
    ]
    net, vat = sum(nets), sum(vats)
    withheld = round_to(vat * said["withheld"] / 10, currency)
    totals = {
        "TaxExclusiveAmount": net,
        "TaxInclusiveAmount": net + vat,
        "PayableAmount": net + vat + sum(map(D, said["taxes"].values())) - withheld,
    } | said["totals"]
    parts = [
        _texts(
            CustomizationID="TR1.2",
            ProfileID=said["profile"],
            ID=said["number"],
            UUID=said["uuid"],
            IssueDate=said["issued_on"],
            InvoiceTypeCode=said["type_code"],
            DocumentCurrencyCode=currency,
        ),
        _party("Supplier", said["supplier"]),
        _party("Customer", said["customer"]),
    ]
    if said["due_on"]:
        parts.append(_in("PaymentMeans", _texts(PaymentDueDate=said["due_on"])))
    if said["rate"]:
        rate = _texts(
            SourceCurrencyCode=currency, TargetCurrencyCode="TRY", CalculationRate=said["rate"]
        )
        parts.append(_in("PricingExchangeRate", rate))
    taxes = {"0015": vat} | said["taxes"]
    parts.append(
        _in(
            "TaxTotal",
            # As some write it: what is left of the VAT. The subtotals are what counts.
            _amounts(currency, TaxAmount=vat - withheld),
            *(_subtotal(currency, amount, code) for code, amount in taxes.items()),
        )
    )
    if withheld:
        parts.append(
            _in(
                "WithholdingTaxTotal",
                _amounts(currency, TaxAmount=withheld),
                _subtotal(currency, withheld, "607"),
            )
        )
    parts.append(_in("LegalMonetaryTotal", _amounts(currency, **totals)))
    for number, (line, net) in enumerate(zip(said["lines"], nets, strict=True), 1):
        parts.append(_line(number, line, net, currency))
    return (HEAD + "".join(parts) + "</Invoice>").encode()


def zipped(**members):
    """A ZIP's stream of {name: bytes}; "__" in a name stands for "/"."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/"), data)
    stream.seek(0)
    return stream


def _in(name, *parts):
    return f"<cac:{name}>{''.join(parts)}</cac:{name}>"


def _texts(**texts):
    return "".join(f"<cbc:{name}>{text}</cbc:{name}>" for name, text in texts.items())


def _amounts(currency, **amounts):
    return "".join(
        f'<cbc:{name} currencyID="{currency}">{amount}</cbc:{name}>'
        for name, amount in amounts.items()
    )


def _party(side, number):
    scheme = "VKN" if len(number) == 10 else "TCKN"
    ids = (
        '<cbc:ID schemeID="MERSISNO">0123456789012345</cbc:ID>',
        f'<cbc:ID schemeID="{scheme}">{number}</cbc:ID>',
    )
    return _in(
        f"Accounting{side}Party", _in("Party", *(_in("PartyIdentification", x) for x in ids))
    )


def _subtotal(currency, amount, code, percent=20):
    category = _in("TaxCategory", _in("TaxScheme", _texts(TaxTypeCode=code)))
    return _in(
        "TaxSubtotal", _amounts(currency, TaxAmount=amount), _texts(Percent=percent), category
    )


def _line(number, line, net, currency):
    code, name, quantity, unit, price, vat_rate = line
    vat = round_to(net * vat_rate / 100, currency)
    return _in(
        "InvoiceLine",
        _texts(ID=number),
        f'<cbc:InvoicedQuantity unitCode="{unit}">{quantity}</cbc:InvoicedQuantity>',
        _amounts(currency, LineExtensionAmount=net),
        _in(
            "TaxTotal",
            _amounts(currency, TaxAmount=vat),
            _subtotal(currency, vat, "0015", vat_rate),
        ),
        _in("Item", _texts(Name=name), _in("SellersItemIdentification", _texts(ID=code))),
        _in("Price", _amounts(currency, PriceAmount=price)),
    )
