"""Files of accounts: who they are, by which code, who may sign in by which address."""

import io

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import FileSystemStorage
from django.core.management import call_command
from django.urls import reverse

from b2b_portal.erp import importing
from b2b_portal.erp.importing import is_undoable
from b2b_portal.models import (
    CustomerAccount,
    Entry,
    FormerCode,
    ImportBatch,
)
from b2b_portal.testing.factories import make_account, next_tax_number
from b2b_portal.testing.ledger import dump
from b2b_portal.testing.worker import work

from .erp import INVOICE, Erp, counts, rows
from .test_admin import card

VKN, OTHER_VKN = next_tax_number(), next_tax_number()
HEADER = "Cari Kodu;Ünvan;VKN;Vergi Dairesi;E-Posta;Telefon;Adres;İlçe;İl;Kapalı"
GUL = f"120.01;Gül Ltd.;{VKN};Konak;gul@example.com;0232 1;Çarşı Cad. 5;Konak;İzmir;Hayır"
# The profile of an ERP that gives its rows ids.
WITH_ID = "BLKODU;CARIKODU;TICARI_UNVANI;VERGI_NO;E_MAIL;SILINDI"


@pytest.fixture
def erp(supplier, tmp_path):
    return Erp(supplier, tmp_path, "accounts")


@pytest.fixture
def movements(supplier, tmp_path):
    return Erp(supplier, tmp_path)


def file(*lines, header=HEADER):
    return rows(*lines, header=header)


def with_id(*lines):
    return rows(*lines, header=WITH_ID)


def code_of(account):
    return CustomerAccount.objects.get(pk=account.pk).code


def told(result):
    """[(outcome, text)] of what a file changes."""
    return [(line["outcome"], line["text"]) for line in result.get("lines", [])]


class TestAccounts:
    def test_a_row_becomes_an_account(self, erp, supplier):
        result = erp.take_in(file(GUL))
        assert counts(result) == {"new": 1, "addresses": 1}
        account = CustomerAccount.objects.get()
        assert (account.supplier, account.code, account.title) == (supplier, "120.01", "Gül Ltd.")
        assert (account.tax_number, account.tax_office) == (VKN, "Konak")
        assert (account.email, account.phone) == ("gul@example.com", "0232 1")
        assert (account.address, account.city) == ("Çarşı Cad. 5\nKonak", "İzmir")
        assert (account.is_closed, account.batch_id) == (False, result["batch"])
        assert "gul ltd" in account.search_text

    def test_the_same_file_again_changes_nothing(self, erp):
        erp.take_in(file(GUL))
        before = dump()
        result = erp.take_in(file(GUL))
        assert counts(result) == {"unchanged": 1} and "lines" not in result
        after = dump()
        for tables in (before, after):
            tables.pop("b2b_portal_importbatch")
        assert before == after

    def test_what_changes_is_said_old_and_new(self, erp):
        erp.take_in(file(GUL))
        changed = GUL.replace("0232 1", "0232 2").replace("Hayır", "Evet")
        result = erp.take_in(file(changed))
        assert counts(result) == {"changed": 1}
        ((outcome, text),) = told(result)
        assert outcome == "changed" and "0232 1 → 0232 2" in text and "120.01 Gül Ltd." in text
        account = CustomerAccount.objects.get()
        assert (account.phone, account.is_closed) == ("0232 2", True)

    def test_an_empty_cell_empties_nothing(self, erp):
        erp.take_in(file(GUL))
        assert counts(erp.take_in(file("120.01;;;;;;;;;"))) == {"unchanged": 1}
        assert CustomerAccount.objects.get().address == "Çarşı Cad. 5\nKonak"

    def test_a_column_that_is_not_there_changes_nothing(self, erp):
        erp.take_in(file(GUL))
        short = file("120.01;Gül A.Ş.", header="Cari Kodu;Cari Adı")
        assert counts(erp.take_in(short)) == {"changed": 1}
        account = CustomerAccount.objects.get()
        assert (account.title, account.tax_number, account.email) == (
            "Gül A.Ş.",
            VKN,
            "gul@example.com",
        )

    def test_a_district_alone_is_no_address(self, erp):
        erp.take_in(file(GUL))
        erp.take_in(file(GUL.replace("Çarşı Cad. 5;Konak", ";Buca")))
        assert CustomerAccount.objects.get().address == "Çarşı Cad. 5\nKonak"

    def test_several_accounts_may_share_a_tax_number(self, erp):
        assert counts(erp.take_in(file(GUL, GUL.replace("120.01", "120.02")))) == {
            "new": 2,
            "addresses": 2,
        }

    @pytest.mark.parametrize(
        ("header", "word", "is_closed"),
        [
            ("Aktif", "1", False),
            ("Aktif", "Hayır", True),
            ("Kapalı", "evet", True),
            ("Kapalı", "0", False),
        ],
    )
    def test_closed_or_active(self, erp, header, word, is_closed):
        erp.take_in(file(f"120.01;Gül;{word}", header=f"Cari Kodu;Ünvan;{header}"))
        assert CustomerAccount.objects.get().is_closed is is_closed

    @pytest.mark.parametrize(
        ("old", "new", "column", "says"),
        [
            (VKN, "1234567891", "VKN", "1234567891"),
            (VKN, "12345", "VKN", "12345"),
            ("gul@example.com", "gul@example", "E-Posta", "gul@example"),
            ("gul@example.com", "a" * 250 + "@x.com", "E-Posta", "aaa"),
            ("Hayır", "belki", "Kapalı", "belki"),
            ("0232 1", "0" * 41, "Telefon", "000"),
            ("Gül Ltd.", "", "Ünvan", ""),
            ("120.01", "", "Cari Kodu", ""),
            ("120.01", "1" * 61, "Cari Kodu", "111"),
        ],
    )
    def test_what_cannot_be_is_refused_by_line_and_column(self, erp, old, new, column, says):
        bad = GUL.replace(old, new)
        if column == "Cari Kodu" and not new:
            bad = bad.replace(VKN, "")
        good = GUL.replace("120.01", "120.00")
        (row,) = erp.refuse(file(good, bad))
        assert (row["line"], row["column"]) == (3, column)
        assert says in row["reason"]

    def test_a_code_twice_in_one_file_is_refused(self, erp):
        (row,) = erp.refuse(file(GUL, GUL))
        assert (row["line"], row["column"]) == (3, "Cari Kodu")

    def test_another_suppliers_code_is_another_account(self, erp):
        other = make_account(code="120.01", title="Başka")
        assert counts(erp.take_in(file(GUL)))["new"] == 1
        other.refresh_from_db()
        assert other.title == "Başka"

    def test_a_dry_run_tells_and_writes_nothing(self, erp):
        erp.take_in(file(GUL))
        before = dump()
        changed = file(GUL.replace("0232 1", "0232 2").replace("gul@", "yeni@"))
        result = erp.take_in(changed, "--dry-run")
        assert counts(result) == {"changed": 1, "addresses": 1}
        assert [outcome for outcome, _text in told(result)] == ["changed", "address"]
        _code, text = erp.command(changed, "--dry-run")
        assert "gul@example.com → yeni@example.com" in text
        assert dump() == before

    def test_is_not_taken_back(self, erp):
        erp.take_in(file(GUL))
        assert not is_undoable(ImportBatch.objects.get())


class TestCodes:
    """By the ERP's row id an account stays itself when its code changes."""

    def test_another_code_under_the_same_id_is_a_change_of_code(self, erp, movements):
        erp.take_in(with_id(f"7;120.01;Gül;{VKN};;"), "--profile", "wolvox")
        account = CustomerAccount.objects.get()
        moved = with_id(f"7;120.99;Gül;{VKN};;")
        assert counts(erp.take_in(moved, "--profile", "wolvox")) == {"changed": 1}
        assert code_of(account) == "120.99"
        assert counts(erp.take_in(moved, "--profile", "wolvox")) == {"unchanged": 1}
        movements.take_in(rows(INVOICE))  # says 120.01
        assert Entry.objects.get().account == account

    def test_codes_may_change_places(self, erp):
        erp.take_in(with_id("1;A;Ada;;;", "2;B;Bor;;;"), "--profile", "wolvox")
        ada, bor = CustomerAccount.objects.order_by("code")
        result = erp.take_in(with_id("1;B;Ada;;;", "2;A;Bor;;;"), "--profile", "wolvox")
        assert counts(result) == {"changed": 2}
        assert (code_of(ada), code_of(bor)) == ("B", "A")
        assert set(FormerCode.objects.values_list("code", "account")) == {
            ("A", ada.pk),
            ("B", bor.pk),
        }

    def test_a_code_that_was_left_may_be_a_new_accounts(self, erp):
        erp.take_in(with_id("1;A;Ada;;;"), "--profile", "wolvox")
        ada = CustomerAccount.objects.get()
        result = erp.take_in(with_id("2;A;Çam;;;", "1;C;Ada;;;"), "--profile", "wolvox")
        assert counts(result) == {"new": 1, "changed": 1}
        assert code_of(ada) == "C"
        assert CustomerAccount.objects.get(code="A").title == "Çam"

    def test_a_code_another_account_keeps_is_refused(self, erp, supplier):
        make_account(supplier, code="C")
        erp.take_in(with_id("1;A;Ada;;;"), "--profile", "wolvox")
        (row,) = erp.refuse(with_id("1;C;Ada;;;"), "--profile", "wolvox")
        assert (row["line"], row["column"]) == (2, "CARIKODU")

    def test_accounts_made_by_hand_get_their_id_by_their_code(self, erp, supplier):
        account = make_account(supplier, code="A", title="Ada", tax_number="")
        first = with_id("1;A;Ada;;;")
        assert counts(erp.take_in(first, "--profile", "wolvox")) == {"changed": 1}
        assert counts(erp.take_in(first, "--profile", "wolvox")) == {"unchanged": 1}
        erp.take_in(with_id("1;B;Ada;;;"), "--profile", "wolvox")
        assert code_of(account) == "B"

    def test_a_code_given_to_another_customer_opens_nobodys_books(self, erp):
        """The ERP deleted a row and gave its code to another company: no rename, no takeover."""
        erp.take_in(with_id(f"1;A;Ada;{VKN};ada@example.com;"), "--profile", "wolvox")
        again = with_id(f"2;A;Çam;{OTHER_VKN};cam@example.com;")
        (row,) = erp.refuse(again, "--profile", "wolvox")
        assert row["column"] == "CARIKODU"
        ada = CustomerAccount.objects.get()
        ada.code = "A-ESKI"
        ada.save()
        assert counts(erp.take_in(again, "--profile", "wolvox")) == {"new": 1, "addresses": 1}

    def test_the_same_customer_in_a_new_row_of_the_erp_is_the_same(self, erp):
        erp.take_in(with_id(f"1;A;Ada;{VKN};;"), "--profile", "wolvox")
        again = with_id(f"1;A;Ada;{VKN};;1", f"2;A;Ada;{VKN};;0")
        assert counts(erp.take_in(again, "--profile", "wolvox")) == {"changed": 1}
        assert CustomerAccount.objects.get().external_id == "2"

    def test_a_row_deleted_in_the_erp_closes_the_account(self, erp):
        erp.take_in(with_id("1;A;Ada;;ada@example.com;0"), "--profile", "wolvox")
        gone = with_id("1;A;Ada;;;1", "9;Z;Zer;;;1")
        assert counts(erp.take_in(gone, "--profile", "wolvox")) == {"changed": 1, "unchanged": 1}
        account = CustomerAccount.objects.get()
        assert (account.is_closed, account.email) == (True, "ada@example.com")

    def test_a_file_without_ids_knows_the_account_by_its_former_code(self, erp, supplier):
        account = make_account(supplier, code="ESKI", tax_number="")
        account.code = "YENI"
        account.save()
        short = "Cari Kodu;Ünvan;Telefon"
        result = erp.take_in(file(f"ESKI;{account.title};5", header=short))
        assert counts(result) == {"changed": 1}
        assert code_of(account) == "YENI"

    def test_where_both_codes_are_in_the_file_they_are_two_accounts(self, erp, supplier):
        account = make_account(supplier, code="ESKI", title="Ada", tax_number="")
        account.code = "YENI"
        account.save()
        both = file("ESKI;Çam", "YENI;Ada", header="Cari Kodu;Ünvan")
        assert counts(erp.take_in(both)) == {"new": 1, "unchanged": 1}
        assert counts(erp.take_in(both)) == {"unchanged": 2}

    def test_an_editor_changes_a_code_and_files_still_know_the_old_one(
        self, client, supplier, movements
    ):
        account = make_account(supplier, code="120.01")
        client.force_login(User.objects.create_superuser("patron", "patron@example.com", "x"))
        url = reverse("b2b_customeraccount:edit", args=[account.pk])
        assert client.post(url, card(account, code="120.77")).status_code == 302
        assert code_of(account) == "120.77"
        movements.take_in(rows(INVOICE))
        assert Entry.objects.get().account == account

    def test_a_code_that_comes_back_elsewhere_is_its_new_bearers(self, supplier, movements):
        first = make_account(supplier, code="120.01")
        first.code = "120.02"
        first.save()
        second = make_account(supplier, code="120.01")
        movements.take_in(rows(INVOICE))
        assert Entry.objects.get().account == second
        second.code = "120.03"
        second.save()
        assert FormerCode.objects.get().account == second


class TestByTheWorker:
    """An uploaded file: read by the worker, looked at, applied by the worker as it was shown."""

    @pytest.fixture
    def uploaded(self, supplier, monkeypatch, tmp_path):
        storage = FileSystemStorage(tmp_path)
        monkeypatch.setattr(ImportBatch._meta.get_field("file"), "storage", storage)

        def upload(text, **options):
            stream = io.BytesIO(text.encode())
            batch = importing.receive(
                supplier, "accounts", stream, profile="general", options=options
            )
            stream.seek(0)
            batch.file.save("cariler.csv", stream)
            importing.enqueue_read(batch)
            work()
            batch.refresh_from_db()
            return batch

        return upload

    def test_is_shown_then_applied(self, uploaded):
        batch = uploaded(file(GUL))
        assert (batch.state, batch.counts["new"]) == ("read", 1)
        assert [line["outcome"] for line in batch.lines] == ["new", "address"]
        assert not CustomerAccount.objects.exists()
        importing.enqueue_apply(batch, by="ayse")
        work()
        batch.refresh_from_db()
        assert (batch.state, batch.applied_by) == ("applied", "ayse")
        assert CustomerAccount.objects.get().email == "gul@example.com"

    def test_what_has_changed_since_it_was_shown_is_shown_again(self, uploaded, supplier):
        batch = uploaded(file(GUL))
        make_account(supplier, code="120.01")
        importing.enqueue_apply(batch, by="ayse")
        work()
        batch.refresh_from_db()
        assert (batch.state, batch.counts["changed"]) == ("read", 1)
        assert batch.problem

    def test_who_may_not_change_addresses_applies_the_rest(self, uploaded):
        batch = uploaded(file(GUL), addresses=False)
        importing.enqueue_apply(batch, by="ayse")
        work()
        assert CustomerAccount.objects.get().email == ""


def test_ten_thousand_accounts_ask_no_query_each(erp, django_assert_max_num_queries):
    lines = [f"120.{n:05};Cari {n};c{n}@example.com" for n in range(10_000)]
    data = file(*lines, header="Cari Kodu;Ünvan;E-Posta")
    with django_assert_max_num_queries(200):
        erp.take_in(data)
    with django_assert_max_num_queries(30):
        assert counts(erp.take_in(data)) == {"unchanged": 10_000}


def test_the_ledger_holds_after_all_this(erp, movements):
    erp.take_in(file(GUL))
    movements.take_in(rows(INVOICE))
    call_command("b2b_portal_verify", stdout=io.StringIO())
