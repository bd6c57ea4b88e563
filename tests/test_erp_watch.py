"""A folder that the ERP writes into, looked at by a schedule."""

import io
import os
import time

import pytest
from django.core.management import CommandError, call_command

from b2b_portal.erp import importing
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


def watch(folder, account, **options):
    out, err, code = io.StringIO(), io.StringIO(), 0
    try:
        call_command(
            "b2b_portal_watch",
            str(folder),
            supplier=account.supplier.tax_number,
            **options,
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

    def test_what_breaks_a_file_off_is_told_though_a_row_before_it_was_refused(
        self, tmp_path, account, put
    ):
        put("entries-1.csv", rows("120.99;01.01.2026;;F1;Fatura;;5;", '120.01;01.01.2026;;"F2;'))
        code, _out, err = watch(tmp_path, account)
        assert code == 1 and "Satır 3 CSV olarak okunamıyor" in err

    def test_a_file_that_is_being_written_waits(self, tmp_path, account, put):
        put("entries-now.csv", rows(INVOICE), age=1)
        assert watch(tmp_path, account) == (0, "", "")
        assert (tmp_path / "entries-now.csv").exists()

    def test_other_files_are_left_alone(self, tmp_path, account, put):
        put("notes.txt", "x")
        put("movements.csv", rows(INVOICE))
        assert watch(tmp_path, account) == (0, "", "")
        assert {path.name for path in tmp_path.iterdir()} >= {"notes.txt", "movements.csv"}

    def test_while_one_run_is_at_work_another_leaves_the_folder_to_it(
        self, tmp_path, account, put, monkeypatch
    ):
        put("entries-1.csv", rows(INVOICE))
        others = []

        def take_in(*args, **options):
            others.append(watch(tmp_path, account))
            return there(*args, **options)

        there = importing.take_in
        monkeypatch.setattr(importing, "take_in", take_in)
        code, out, _err = watch(tmp_path, account)
        assert code == 0 and "entries-1.csv" in out
        ((code, out, _err),) = others
        assert code == 0 and str(tmp_path) in out and "entries-1.csv" not in out
        assert names(tmp_path / "done") == ["entries-1.csv"]
        assert ImportBatch.objects.count() == 1

    def test_addresses_change_only_where_that_was_asked_for(self, tmp_path, account, put):
        """Whoever can write into the folder could else sign in as any customer."""
        file = "Cari Kodu;Ünvan;E-Posta\n120.01;YENİ ÜNVAN;yeni@firma.com\n"
        put("accounts-1.csv", file)
        before = account.email
        _code, out, _err = watch(tmp_path, account)
        account.refresh_from_db()
        assert (account.title, account.email) == ("YENİ ÜNVAN", before)
        assert "adres" in out
        put("accounts-2.csv", file)
        watch(tmp_path, account, addresses=True)
        account.refresh_from_db()
        assert account.email == "yeni@firma.com"

    def test_a_folder_that_is_none(self, tmp_path, account):
        with pytest.raises(CommandError):
            watch(tmp_path / "x", account)
