"""Accounts that a file of movements names and the portal lacks."""

import io
from datetime import timedelta

import pytest
from django.utils import timezone

from b2b_portal.erp import importing
from b2b_portal.models import (
    CustomerAccount,
)
from b2b_portal.testing.factories import make_account
from b2b_portal.testing.ledger import dump

from .erp import INVOICE, Erp, counts, rows


@pytest.fixture
def movements(supplier, tmp_path):
    return Erp(supplier, tmp_path)


class TestMissingAccounts:
    """A movement's account that the portal lacks: refused, or made if asked."""

    FILE = rows(
        "120.01;Gül Ltd.;05.01.2026;F1;10;",
        "120.02;;05.01.2026;F2;20;",
        "120.01;Başka;06.01.2026;F3;30;",
        header="Cari Kodu;Ünvan;Tarih;Evrak No;Borç;Alacak",
    )

    def test_is_refused(self, movements):
        assert [row["line"] for row in movements.refuse(self.FILE)] == [2, 3, 4]

    def test_is_made_and_named_if_asked(self, movements, supplier):
        result = movements.take_in(self.FILE, "--create-accounts")
        assert counts(result) == {"new": 3}
        made = CustomerAccount.objects.order_by("code")
        assert [(row.code, row.title) for row in made] == [
            ("120.01", "Gül Ltd."),
            ("120.02", "120.02"),
        ]
        assert [str(row) in text for row, text in zip(made, result["warnings"], strict=True)]
        assert {row.batch_id for row in made} == {result["batch"]}
        again = movements.take_in(self.FILE, "--create-accounts")
        assert counts(again) == {"unchanged": 3} and again["warnings"] == []

    def test_a_dry_run_leaves_none(self, movements):
        movements.take_in(rows("120.09;05.01.2026;;F0;Fatura;;1;"), "--create-accounts")
        before = dump()
        assert len(movements.take_in(self.FILE, "--create-accounts", "--dry-run")["warnings"]) == 2
        assert dump() == before

    def test_neither_does_a_file_that_is_refused(self, movements):
        movements.refuse(self.FILE.replace("06.01.2026", "32.01.2026"), "--create-accounts")

    def test_what_is_used_meanwhile_stays_when_the_file_is_discarded(self, movements, supplier):
        batch = importing.receive(
            supplier,
            "entries",
            io.BytesIO(self.FILE.encode()),
            profile="general",
            options={"create_accounts": True},
        )
        importing.KINDS["entries"].stage(batch, io.BytesIO(self.FILE.encode()))
        importing.compare(batch)
        movements.take_in(rows(INVOICE))
        importing.discard(batch)
        assert [account.code for account in CustomerAccount.objects.all()] == ["120.01"]

    def test_what_a_killed_command_left_goes_with_the_next_file(self, movements, supplier):
        batch = importing.receive(
            supplier,
            "entries",
            io.BytesIO(self.FILE.encode()),
            profile="general",
            options={"create_accounts": True},
            made_at=timezone.now() - timedelta(days=2),
        )
        importing.KINDS["entries"].stage(batch, io.BytesIO(self.FILE.encode()))
        make_account(supplier, code="120.07")
        movements.take_in(rows("120.07;05.01.2026;;F0;Fatura;;1;"))
        assert [account.code for account in CustomerAccount.objects.all()] == ["120.07"]
