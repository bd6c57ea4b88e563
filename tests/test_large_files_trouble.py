"""Large files that cannot be made or deleted, come twice or late, and how they go."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.files.base import ContentFile
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.models import Schedule
from django_q.scheduler import scheduler

from b2b_portal.models import ReportFile
from b2b_portal.reports import files
from b2b_portal.testing.worker import work

from .test_large_files import URL, asked, data_of, is_gone, many, words  # noqa: F401


class TestWhatGoesWrong:
    def test_a_file_that_cannot_be_made_is_told(self, many, dealer):  # noqa: F811
        page = asked(many)
        ReportFile.objects.update(query="currency=XXX")
        work()
        assert "hazırlanamadı" in words(many.get(page))
        assert mail.outbox[-1].subject == "Dosyanız hazırlanamadı: Cari Hesap Ekstresi"
        assert "Yeniden iste" in words(many.get(page))

    def test_a_worker_that_dies_over_it_gets_it_once_more(self, many):  # noqa: F811
        page = asked(many)
        row = ReportFile.objects.get()
        ReportFile.objects.update(state="making", tries=1)  # as a killed worker leaves it
        files.make(row.pk)
        assert "Dosya hazır." in words(many.get(page))

    def test_and_then_it_is_given_up(self, many):  # noqa: F811
        page = asked(many)
        ReportFile.objects.update(state="making", tries=files.TRIES)
        work()
        assert "hazırlanamadı" in words(many.get(page))
        assert "hazırlanamadı" in mail.outbox[-1].subject

    def test_a_job_that_runs_twice_makes_one_file_and_one_mail(self, many):  # noqa: F811
        asked(many)
        work()
        row = ReportFile.objects.get()
        files.make(row.pk)
        work()
        assert len(mail.outbox) == 1
        assert ReportFile.objects.get().file.name == row.file.name

    def test_after_an_hour_without_a_worker_it_may_be_asked_for_again(self, many):  # noqa: F811
        page = asked(many)
        ReportFile.objects.update(asked_at=timezone.now() - timedelta(minutes=61))
        assert "hazırlanamadı" in words(many.get(page))
        again = asked(many)
        assert again != page and ReportFile.objects.count() == 1

    def test_nobody_fills_the_disk(self, many, monkeypatch):  # noqa: F811
        monkeypatch.setattr(files, "MOST", 2)
        asked(many)
        asked(many, URL + "&currency=TRY")
        response = many.post(URL.replace("csv", "pdf"))
        assert response.status_code == 409 and "2 büyük dosyanız var" in words(response)
        ReportFile.objects.update(state="failed")
        asked(many, URL.replace("csv", "pdf"))

    def test_two_at_once_of_a_quick_worker_are_the_same_file(self, many, monkeypatch):  # noqa: F811
        page = asked(many)
        first = ReportFile.objects.filter

        def too_late(*args, **kwargs):
            """The other's file is not seen yet; a moment later it is ready."""
            if "key" in kwargs and "asked_at__lt" not in kwargs:
                monkeypatch.undo()
                return first(pk=None)
            return first(*args, **kwargs)

        monkeypatch.setattr(ReportFile.objects, "filter", too_late)
        assert asked(many) == page

    def test_half_a_file_of_a_full_disk_goes_with_its_row(self, many, monkeypatch):  # noqa: F811
        asked(many)
        row = ReportFile.objects.get()
        storage = row.file.storage

        def full(name, content):
            save(name, ContentFile(b"half"))
            raise OSError(28, "No space left on device")

        save = storage.save
        monkeypatch.setattr(storage, "save", full)
        work()
        assert ReportFile.objects.get().state == "failed"
        assert storage.exists(row.file.name)
        ReportFile.objects.update(expires_at=timezone.now())
        files.remove_expired()
        assert not storage.exists(row.file.name)

    def test_what_a_killed_try_left_is_written_over(self, many):  # noqa: F811
        page = asked(many)
        row = ReportFile.objects.get()
        row.file.storage.save(row.file.name, ContentFile(b"half"))
        ReportFile.objects.update(state="making", tries=1)
        files.make(row.pk)
        assert b"ANT001" in data_of(many, page)

    def test_a_choice_of_columns_of_an_older_version_is_not_there(self, many):  # noqa: F811
        page = asked(many)
        ReportFile.objects.update(choice={"a word of old": 1})
        assert is_gone(many, page)
        work()
        assert not ReportFile.objects.exists() and not mail.outbox


class TestTheEnd:
    def test_what_has_expired_is_not_there(self, many):  # noqa: F811
        page = asked(many)
        work()
        ReportFile.objects.update(expires_at=timezone.now())
        assert is_gone(many, page)

    @pytest.mark.django_db(transaction=True)
    def test_a_schedule_removes_row_and_file(self, many):  # noqa: F811
        asked(many)
        work()
        row = ReportFile.objects.get()
        assert timedelta(days=6) < row.expires_at - timezone.now() < timedelta(days=8)
        storage, name = row.file.storage, row.file.name
        assert storage.exists(name)
        moment = timezone.now() - timedelta(seconds=1)
        ReportFile.objects.update(expires_at=moment)
        assert Schedule.objects.get().next_run == row.expires_at
        Schedule.objects.update(next_run=moment)
        scheduler(get_broker())
        work()
        assert not ReportFile.objects.exists() and not storage.exists(name)
        assert not Schedule.objects.exists()

    @pytest.mark.parametrize("error", [PermissionError, RuntimeError])  # a folder's, a cloud's
    def test_one_that_cannot_be_deleted_keeps_no_other(self, many, monkeypatch, error):  # noqa: F811
        asked(many)
        asked(many, URL + "&currency=TRY")
        work()
        ReportFile.objects.update(expires_at=timezone.now())
        first, second = ReportFile.objects.order_by("pk")
        delete = first.file.storage.delete

        def guarded(name):
            if name == first.file.name:
                raise error
            delete(name)

        monkeypatch.setattr(first.file.storage, "delete", guarded)
        files.remove_expired()
        assert list(ReportFile.objects.all()) == [first]

    def test_the_file_goes_with_its_account(self, many):  # noqa: F811
        asked(many)
        work()
        row = ReportFile.objects.get()
        ReportFile.objects.filter(pk=row.pk).delete()
        assert not row.file.storage.exists(row.file.name)
