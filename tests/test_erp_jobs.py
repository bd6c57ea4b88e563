"""The worker's part of an import: handed out twice, broken off, given up."""

import io
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.utils import timezone

from b2b_portal.erp import importing, staging
from b2b_portal.erp import work as erp_work
from b2b_portal.exceptions import FileRefused, TakenOver
from b2b_portal.ledger.balances import balances
from b2b_portal.models import CustomerAccount, Entry, ImportBatch, Invoice, StagedEntry
from b2b_portal.testing.factories import make_account, make_supplier
from b2b_portal.testing.ledger import dump
from b2b_portal.testing.worker import work

from .admin_imports import paid
from .erp import INVOICE, D, rows
from .ledger import at_once, refused
from .test_admin import text_of, url

LINES = [f"120.01;05.01.2026;;E{number};Fatura;;1;" for number in range(30)]
INVOICES = "Cari Kodu;Fatura No;Fatura Tarihi;Stok Adı;Miktar;Net Tutar;KDV;Genel Toplam"


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    """Where uploaded files go."""
    monkeypatch.setattr(ImportBatch.file.field, "storage", FileSystemStorage(tmp_path / "files"))


@pytest.fixture
def account(db):
    return make_account(make_supplier(), code="120.01")


def upload(account, text, kind="entries", profile="general"):
    data = text.encode()
    return importing.receive(
        account.supplier,
        kind,
        io.BytesIO(data),
        file=ContentFile(data, name="x"),
        file_name="x.csv",
        profile=profile,
    )


def read(account, text, **fields):
    """A file that was uploaded and read, and is being applied as soon as the worker comes."""
    batch = upload(account, text, **fields)
    erp_work.read_job(batch.pk)
    batch.refresh_from_db()
    assert batch.state == "read", batch.problem
    importing.enqueue_apply(batch, by="ayse")
    return batch


def state(batch):
    batch.refresh_from_db()
    return batch.state


def is_lost(batch):
    """Nothing has moved it for long."""
    long_ago = timezone.now() - importing.GIVEN_UP - timedelta(seconds=1)
    ImportBatch.objects.filter(pk=batch.pk).update(moved_at=long_ago)


@pytest.fixture
def meanwhile(monkeypatch):
    """Does something once, after the first ten rows of a file were written."""

    def meanwhile(act):
        def reading(*args):
            for number, line in enumerate(there(*args)):
                if number == 15 and acts:
                    acts.pop()()
                yield line

        acts, there = [act], staging.read
        monkeypatch.setattr(staging, "CHUNK", 10)
        monkeypatch.setattr(staging, "read", reading)

    return meanwhile


class TestReading:
    def test_a_job_that_is_handed_out_again_reads_the_file_once(self, account, meanwhile):
        batch = upload(account, rows(*LINES))
        meanwhile(lambda: erp_work.read_job(batch.pk))
        erp_work.read_job(batch.pk)
        assert state(batch) == "read" and batch.counts["new"] == batch.rows.count() == 30
        importing.enqueue_apply(batch, by="ayse")
        work()
        assert balances(account) == {"TRY": D(30)}

    def test_accounts_that_it_makes_are_made_once(self, account, meanwhile):
        others = [line.replace("120.01", "120.77") for line in LINES[16:]]
        batch = upload(account, rows(*LINES[:16], *others))
        ImportBatch.objects.filter(pk=batch.pk).update(options={"create_accounts": True})
        meanwhile(lambda: erp_work.read_job(batch.pk))
        erp_work.read_job(batch.pk)
        assert state(batch) == "read" and batch.counts["new"] == 30
        assert [made.code for made in batch.accounts.all()] == ["120.77"]

    def test_what_the_older_one_finds_wrong_then_is_not_told(self, account, meanwhile):
        """It has stopped: what stands on the batch is the newer one's."""
        batch = upload(account, rows(*LINES[:17], '120.01;"'))
        meanwhile(lambda: erp_work._begin(batch.pk, "reading"))
        erp_work.read_job(batch.pk)
        assert (state(batch), batch.problem) == ("reading", "")
        erp_work.read_job(batch.pk)
        assert state(batch) == "failed" and "Satır 19" in batch.problem

    def test_one_that_was_broken_off_is_read_from_the_beginning(self, account, meanwhile):
        class Killed(BaseException):
            pass

        def kill():
            raise Killed

        batch = upload(account, rows(*LINES))
        meanwhile(kill)
        with pytest.raises(Killed):
            erp_work.read_job(batch.pk)
        assert (state(batch), batch.rows.count()) == ("reading", 10)
        erp_work.read_job(batch.pk)
        assert state(batch) == "read" and batch.counts["new"] == batch.rows.count() == 30

    def test_a_file_that_is_discarded_meanwhile_leaves_nothing(self, account, meanwhile):
        def discard():
            is_lost(batch)
            importing.discard_upload(batch)

        batch = upload(account, rows(*LINES))
        pk = batch.pk
        meanwhile(discard)
        for _job in "12":
            erp_work.read_job(pk)
            assert not ImportBatch.objects.exists() and not StagedEntry.objects.exists()


class TestApplying:
    @pytest.mark.django_db(transaction=True)
    def test_two_jobs_at_once_apply_a_file_once(self):
        account = make_account(make_supplier(), code="120.01")
        paid(account)
        held = "120.01;06.01.2026;;ERP-7;Kredi Kartı;;;250,00"
        batch = read(account, rows(*LINES, held))
        jobs = [lambda: erp_work.apply_job(batch.pk, "ayse")] * 2
        assert at_once(*jobs) == [None, None]
        assert (state(batch), batch.problem) == ("applied", "")
        assert (batch.counts["new"], batch.counts["held"], batch.rows.count()) == (30, 1, 1)
        assert balances(account) == {"TRY": D(-220)}

    def test_a_job_that_comes_too_late_changes_nothing(self, account):
        batch = read(account, rows(*LINES))
        work()
        before = dump()
        erp_work.apply_job(batch.pk, "ayse")
        assert dump() == before

    def test_an_import_is_applied_once_from_code_too(self, account):
        batch = read(account, rows(*LINES))
        stale = ImportBatch.objects.get(pk=batch.pk)
        work()
        with refused(TakenOver):
            importing.KINDS["entries"].apply(stale)
        assert Entry.objects.count() == 30

    def test_a_file_whose_profile_was_changed_meanwhile_waits_for_the_clerk(self, account):
        columns = {"code": ["K"], "title": ["T"]}
        own = {"name": "Bizim", "kind": "accounts"}
        profile = account.supplier.import_profiles.create(**own, data={"columns": columns})
        batch = read(account, "K;T\r\n120.02;Yeni\r\n", kind="accounts", profile="Bizim")
        profile.data = {"columns": {"code": ["Kod"], "title": ["Ad"]}}
        profile.save()
        work()
        assert state(batch) == "read" and "Kod" in batch.problem
        importing.discard_upload(batch)
        assert CustomerAccount.objects.count() == 1

    def test_an_unexpected_error_leaves_it_with_the_clerk(self, account, monkeypatch):
        batch = read(account, rows(*LINES))
        monkeypatch.delattr(importing.entries, "post_rows")
        with pytest.raises(NameError):
            work()
        assert state(batch) == "read" and "Beklenmeyen" in batch.problem
        assert not Entry.objects.exists()

    def test_what_another_file_has_brought_meanwhile_is_shown_anew(self, account):
        line = "120.01;F1;05.01.2026;Kupa;1;100;20;120"
        first, second = (read(account, rows(line, header=INVOICES), kind="invoices") for _ in "12")
        work()
        assert (state(first), state(second)) == ("applied", "read")
        assert second.problem and second.counts["unchanged"] == 1
        assert Invoice.objects.count() == 1


class TestGivenUp:
    """The queue gives a job up after some tries: then a clerk goes on."""

    @pytest.mark.parametrize("waits_for", ["reading", "applying"])
    def test_a_file_that_nothing_moves_can_be_discarded(self, account, waits_for):
        batch = upload(account, rows(INVOICE))
        ImportBatch.objects.filter(pk=batch.pk).update(state=waits_for)
        with refused(FileRefused):
            importing.discard_upload(batch)
        is_lost(batch)
        importing.discard_upload(batch)
        assert not ImportBatch.objects.exists()

    def test_an_undoing_that_nothing_moves_can_be_asked_for_again(self, account):
        batch = read(account, rows(INVOICE))
        work()
        ImportBatch.objects.filter(pk=batch.pk).update(state="undoing")
        with refused(FileRefused):
            importing.enqueue_undo(batch, by="ayse")
        is_lost(batch)
        importing.enqueue_undo(batch, by="ayse")
        work()
        assert state(batch) == "undone"
        erp_work.undo_job(batch.pk, "ayse")
        assert (state(batch), batch.problem) == ("undone", "")

    def test_the_page_offers_it(self, account, client, settings):
        settings.LANGUAGE_CODE = "en"
        client.force_login(User.objects.create_superuser("patron", "patron@example.com", "x"))
        batch = upload(account, rows(INVOICE))
        address, discard = (url("importbatch", name, batch.pk) for name in ("inspect", "discard"))
        assert discard not in client.get(address).content.decode()
        is_lost(batch)
        page = client.get(address)
        assert discard in page.content.decode() and "it has given up" in text_of(page)
        client.post(discard)
        assert not ImportBatch.objects.exists()
