"""Supplier and customer as a PDF's head shows them."""

import logging
import re

from django.utils.translation import gettext as _

from ..customers.fold import fold
from ..tables.letterhead import Letterhead

logger = logging.getLogger(__name__)


def letterhead_of(account):
    """The ``Letterhead`` of an account's supplier, addressed to the account."""
    supplier = account.supplier
    logo = None
    if supplier.logo:
        try:
            with supplier.logo.open("rb") as file:
                logo = file.read()
        except OSError as error:
            logger.warning("the logo of %s cannot be read: %s", supplier.tax_number, error)
    return Letterhead(
        name=supplier.name,
        address=supplier.address.splitlines(),
        tax_office=supplier.tax_office,
        tax_number=supplier.tax_number,
        phone=supplier.phone,
        email=supplier.email,
        logo=logo,
        accent=supplier.color,
        customer=[
            account.title,
            _("Account code: %s") % account.code,
            " ".join(filter(None, [account.tax_office, account.tax_number])),
            *account.address.splitlines(),
            "" if _names(account.address, account.city) else account.city,
        ],
        ibans=[_iban(line) for line in supplier.ibans.splitlines() if line.strip()],
    )


def _names(address, city):
    """Whether the last line of the address already says the city, however it is written."""
    last = fold(address.strip().rpartition("\n")[2])
    return bool(re.search(rf"\b{re.escape(fold(city))}\b", last))


def _iban(line):
    """ "Ziraat Bankası TRY TR12 …" → (bank, IBAN); a line without a Turkish IBAN is all IBAN."""
    iban = re.search(r"\bTR ?\d[\d ]*\d", line)
    if not iban:
        return "", line.strip()
    bank = " ".join((line[: iban.start()] + line[iban.end() :]).split())
    return bank, iban[0]
