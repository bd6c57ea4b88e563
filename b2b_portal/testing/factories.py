"""Rows for tests: valid numbers, nothing repeated, everything open to choice by keyword."""

from decimal import Decimal
from itertools import count

from django.utils import timezone
from stdnum.tr import vkn

from ..customers.models import Contact, CustomerAccount, Supplier
from ..ledger import posting
from ..ledger.drafts import draft
from ..ledger.models import EntryKind

_numbers = count(1)


def next_tax_number():
    """A company's tax number (VKN) with right check digits, new at each call."""
    stem = f"{700_000_000 + next(_numbers)}"
    return stem + vkn.calc_check_digit(stem)


def make_supplier(**fields):
    number = next(_numbers)
    return Supplier.objects.create(
        **{"name": f"Supplier {number}", "tax_number": next_tax_number(), **fields}
    )


def make_account(supplier=None, **fields):
    """An account, in the books of a new supplier where none is given."""
    number = next(_numbers)
    return CustomerAccount.objects.create(
        supplier=supplier or make_supplier(),
        **{
            "code": f"120.{number:06d}",
            "title": f"Customer {number}",
            "tax_number": next_tax_number(),
            "email": f"customer{number}@example.com",
            **fields,
        },
    )


def make_contact(account=None, **fields):
    number = next(_numbers)
    return Contact.objects.create(
        account=account or make_account(),
        **{"name": f"Contact {number}", "email": f"contact{number}@example.com", **fields},
    )


def make_draft(account=None, amount="100", **movement):
    """A checked movement under a new key, not posted. A debit is an invoice, a credit a transfer.

    ``amount`` may be written as text: ``make_entry(account, "-12.50")``.
    """
    account = account or make_account()
    amount = Decimal(amount) if isinstance(amount, str) else amount
    number = next(_numbers)
    return draft(
        account=account,
        amount=amount,
        **{
            "currency": account.supplier.currency,
            "kind": EntryKind.BANK_TRANSFER if amount < 0 else EntryKind.INVOICE,
            "booked_on": timezone.localdate(),
            "document_no": f"DOC{number:06d}",
            "source": "test",
            "external_id": f"{number}",
            **movement,
        },
    )


def make_entry(account=None, amount="100", **movement):
    """A posted movement; see ``make_draft``."""
    return posting.post_all([make_draft(account, amount, **movement)])[0]
