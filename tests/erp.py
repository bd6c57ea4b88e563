"""What the tests of the ERP's files have in common."""

import io
import json
from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from b2b_portal.erp import importing, profiles
from b2b_portal.erp.movements import movement_of
from b2b_portal.erp.reading import read
from b2b_portal.erp.who import Accounts
from b2b_portal.models import Payment
from b2b_portal.testing.factories import make_entry
from b2b_portal.testing.ledger import dump

D = Decimal

HEADER = "Cari Kodu;Tarih;Vade;Evrak No;İşlem Türü;Açıklama;Borç;Alacak"
INVOICE = "120.01;31.12.2025;30.01.2026;F1;Satış Faturası;Ağustos sevkiyatı;1.234,56;"
KEYS = {"batch", "new", "changed", "unchanged", "matched", "refused", "warnings"}


COUNTED = {"new", "changed", "unchanged", "matched", "deleted", "missing", "repeated", "held"}
COUNTED |= {"addresses"}


class Erp:
    """The bookkeeper's side: writes files of one kind, gives the commands, always with ``flags``."""

    def __init__(self, supplier, folder, kind="entries", *flags):
        self.supplier = supplier
        self.folder = folder
        self.kind = kind
        self.flags = flags

    def command(self, data, *flags, name="hareketler.csv"):
        """Run the import; returns (exit code, what was printed)."""
        path = self.folder / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        out = io.StringIO()
        code = 0
        try:
            call_command(
                "b2b_portal_import",
                self.kind,
                str(path),
                "--supplier",
                self.supplier.tax_number,
                *self.flags,
                *flags,
                stdout=out,
            )
        except SystemExit as exit:
            code = exit.code
        return code, out.getvalue()

    def read(self, data, **fields):
        """The batch of a file that is read and compared, and not applied yet."""
        stream = io.BytesIO(data.encode())
        fields = {"profile": "general", "file_name": "hareketler.csv"} | fields
        batch = importing.receive(self.supplier, self.kind, stream, **fields)
        importing.KINDS[self.kind].stage(batch, stream)
        importing.compare(batch)
        return batch

    def take_in(self, data, *flags):
        """What the command says in JSON of a file that nothing is refused of."""
        code, out = self.command(data, "--json", *flags)
        result = json.loads(out)
        assert (code, result["refused"]) == (0, [])
        assert result.keys() >= KEYS
        return result

    def refuse(self, data, *flags):
        """What is refused of a file: then the exit code is 1 and nothing was written."""
        before = dump()
        code, out = self.command(data, "--json", *flags)
        result = json.loads(out)
        assert dump() == before
        assert (code, result["batch"]) == (1, None)
        assert result.keys() >= KEYS
        assert all(row.keys() == {"line", "column", "reason"} for row in result["refused"])
        return result["refused"]

    def cannot_read(self, data, **options):
        """The sentence about a file that is none: nothing was written."""
        (refused,) = self.refuse(data, **options)
        assert refused["line"] == 0
        with pytest.raises(CommandError) as error:
            self.command(data, **options)
        assert str(error.value) == refused["reason"]
        return refused["reason"]


def rows(*lines, header=HEADER, end="\r\n"):
    return end.join([header, *lines, ""])


def counts(result):
    return {name: count for name, count in result.items() if name in COUNTED and count}


def collected(account, amount="600", on=date(2026, 1, 5)):
    """A payment by card: on the account at once, and not yet in the ERP."""
    payment = Payment.objects.create(
        account=account,
        currency="TRY",
        amount=D(amount),
        gateway="iyzico",
        language="tr",
        state="paid",
    )
    payment.entry = make_entry(
        account,
        f"-{amount}",
        kind="card",
        source="portal",
        document_no=payment.receipt_no,
        booked_on=on,
    )
    payment.save()
    return payment


BOOKS = SimpleNamespace(currency="TRY")


def lines(data, *, kind="entries", profile="general"):
    """The lines that are read of a file's bytes or text."""
    data = data if isinstance(data, bytes) else data.encode()
    return list(read(io.BytesIO(data), profiles.get(profile).table(kind)))


def movements(data, *, profile="general", codes=("120.01",), ids=()):
    """What a file tells of movements, on accounts that are their own codes and ids."""
    accounts = Accounts({code: code for code in codes}, {key: key for key in ids})
    table = profiles.get(profile).table("entries")
    return [
        movement_of(line.cells, BOOKS, accounts, table) for line in lines(data, profile=profile)
    ]
