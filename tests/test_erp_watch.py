"""A folder that the ERP writes into, looked at by a schedule."""

import io
import os
import time

import pytest
from django.core.management import CommandError, call_command

from b2b_portal.ledger.balances import balances
from b2b_portal.models import ImportBatch
from b2b_portal.testing.factories import make_account

from .erp import INVOICE, D, rows


@pytest.fixture
def account(supplier):
    return make_account(supplier, code="120.01")


@pytest.fixture
def put(tmp_path):
    """Writes a file of a minute ago into the folder."""

    def put(name, text, age=60):
        path = tmp_path / name
        path.write_text(text, "utf-8")
        os.utime(path, (time.time() - age,) * 2)

    return put


def watch(folder, account):
    out, err, code = io.StringIO(), io.StringIO(), 0
    try:
        call_command(
            "b2b_portal_watch",
            str(folder),
            supplier=account.supplier.tax_number,
            stdout=out,
            stderr=err,
        )
    except SystemExit as exit:
        code = exit.code
    return code, out.getvalue(), err.getvalue()


def names(folder):
    return sorted(path.name[16:] for path in folder.iterdir())


class TestTheFolder:
    def test_a_file_is_taken_in_once_and_put_away(self, tmp_path, account, put):
        put("entries-monday.csv", rows(INVOICE))
        assert watch(tmp_path, account)[0] == 0
        assert balances(account) == {"TRY": D("1234.56")}
        assert names(tmp_path / "done") == ["entries-monday.csv"]
        assert watch(tmp_path, account) == (0, "", "")
        assert ImportBatch.objects.count() == 1

    def test_a_refused_one_is_put_aside_with_the_reasons_and_the_others_go_on(
        self, tmp_path, account, put
    ):
        put("entries-1.csv", rows("120.99;01.01.2026;;F1;Fatura;;5;"))
        put("entries-2.csv", rows(INVOICE))
        code, _out, err = watch(tmp_path, account)
        assert code == 1 and "120.99" in err
        assert names(tmp_path / "refused") == ["entries-1.csv", "entries-1.csv.txt"]
        assert names(tmp_path / "done") == ["entries-2.csv"]
        (reasons,) = (tmp_path / "refused").glob("*.txt")
        assert "120.99" in reasons.read_text("utf-8")

    def test_a_file_that_is_being_written_waits(self, tmp_path, account, put):
        put("entries-now.csv", rows(INVOICE), age=1)
        assert watch(tmp_path, account) == (0, "", "")
        assert (tmp_path / "entries-now.csv").exists()

    def test_other_files_are_left_alone(self, tmp_path, account, put):
        put("notes.txt", "x")
        put("movements.csv", rows(INVOICE))
        assert watch(tmp_path, account) == (0, "", "")
        assert len(list(tmp_path.iterdir())) == 2

    def test_a_folder_that_is_none(self, tmp_path, account):
        with pytest.raises(CommandError):
            watch(tmp_path / "x", account)
