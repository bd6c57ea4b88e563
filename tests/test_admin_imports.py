"""Files of the ERP in the admin: taken in, looked at, applied, undone."""

from datetime import date

import pytest
from django.contrib.auth.models import User
from wagtail.models import ModelLogEntry
from wagtail.users.models import UserProfile

from b2b_portal.ledger.balances import balances
from b2b_portal.ledger.months import close_month
from b2b_portal.models import (
    Entry,
    ImportBatch,
    StagedEntry,
)
from b2b_portal.testing.worker import work

from .admin_imports import (
    TRANSFER,
    act,
    applied,
    levels,
    logged,
    page,
    send,
    shown,
    upload,
    workbook,
    yildiz,
)
from .erp import HEADER, INVOICE, D, rows
from .test_admin import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folder")]
account = pytest.fixture(yildiz)


class TestTheWay:
    def test_from_the_file_to_the_books_and_back(self, admin, account):
        response = send(admin, account, rows(INVOICE, TRANSFER))
        batch = ImportBatch.objects.get()
        waiting = admin.get(response.url)
        assert waiting["Refresh"] and "manage.py qcluster" in text_of(waiting)
        assert (batch.state, batch.made_by, batch.file_name) == (
            "reading",
            "patron",
            "hareketler.csv",
        )
        work()
        dry = admin.get(page(batch))
        assert "Refresh" not in dry and "2 new, 0 changed" in text_of(dry)
        assert "1,234.56" in text_of(dry) and "YILDIZ TİCARET" in text_of(dry)
        assert not Entry.objects.exists()
        response = admin.post(page(batch, "apply"), follow=True)
        assert levels(response) == ["success"] and response["Refresh"]
        work()
        batch.refresh_from_db()
        assert (batch.state, batch.applied_by) == ("applied", "patron")
        assert balances(account) == {"TRY": D("234.56")}
        assert [entry.document_no for entry in shown(admin, batch, "movements")] == ["F1", "T1"]
        confirm = text_of(admin.get(page(batch, "undo")))
        assert "2 new, 0 changed" in confirm and "applied on" in confirm
        assert admin.post(page(batch, "undo"), follow=True)["Refresh"]
        work()
        batch.refresh_from_db()
        assert (batch.state, batch.undone_by) == ("undone", "patron")
        assert balances(account) == {"TRY": D(0)}
        assert logged(batch) == [
            "b2b_portal.undo_import",
            "b2b_portal.apply_import",
            "b2b_portal.take_in_file",
        ]
        assert "File taken in" in text_of(admin.get(page(batch, "history")))

    def test_a_double_click_applies_and_undoes_once(self, admin, account):
        batch = upload(admin, account, INVOICE)
        for name, there in (("apply", 1), ("undo", 2)):
            first, second = (admin.post(page(batch, name), follow=True) for _click in range(2))
            assert (levels(first), levels(second)) == (["success"], ["error"])
            work()
            assert levels(act(admin, batch, name)) == ["error"]
            assert Entry.objects.count() == there
        assert logged(batch).count("b2b_portal.apply_import") == 1

    def test_what_changes_is_shown_old_and_new(self, admin, account):
        applied(admin, account, INVOICE, TRANSFER)
        changed = INVOICE.replace("1.234,56", "1.000,00").replace("30.01.2026", "15.02.2026")
        batch = upload(admin, account, changed, TRANSFER, "120.01;06.01.2026;;F9;Fatura;;5;")
        response = admin.get(page(batch))
        assert response.context["shown"].name == "changed"
        text = text_of(response)
        assert "Amount: 1,234.56 → 1,000.00" in text and "Due: 30/01/2026 → 15/02/2026" in text
        assert "1 new, 1 changed, 1 unchanged" in text
        assert [row.document_no for row in shown(admin, batch, "new")] == ["F9"]

    def test_a_long_list_has_pages(self, admin, account):
        lines = [f"120.01;05.01.2026;;F{number};Fatura;;5;" for number in range(60)]
        batch = upload(admin, account, *lines)
        assert len(shown(admin, batch, "new")) == 50
        second = admin.get(page(batch), {"rows": "new", "p": 2})
        assert [row.document_no for row in second.context["page"]][-1] == "F59"
        assert admin.get(page(batch), {"rows": "nonsense", "p": "x"}).status_code == 200

    def test_an_excel_file_is_read_too(self, admin, account):
        file = workbook(HEADER.split(";"), [*INVOICE.split(";")[:6], 1234.56, ""])
        batch = upload(admin, account, file, name="mart.xlsx")
        assert (batch.state, batch.counts["new"]) == ("read", 1)

    def test_what_a_complete_file_lacks_is_reversed_only_where_asked(self, admin, account):
        applied(admin, account, INVOICE, TRANSFER)
        period = {"complete_from": "2025-12-01", "complete_until": "2026-01-31"}
        batch = upload(admin, account, INVOICE, **period)
        assert "missing from the file (1)" in text_of(admin.get(page(batch)))
        assert [entry.document_no for entry in shown(admin, batch, "missing")] == ["T1"]
        act(admin, batch, "apply")
        assert balances(account) == {"TRY": D("234.56")}
        batch = upload(admin, account, INVOICE, **period)
        act(admin, batch, "apply", reverse_missing="on")
        assert batch.state == "applied" and balances(account) == {"TRY": D("1234.56")}

    def test_without_a_period_nothing_is_missing(self, admin, account):
        applied(admin, account, INVOICE, TRANSFER)
        batch = upload(admin, account, INVOICE)
        assert "missing" not in text_of(admin.get(page(batch)))
        act(admin, batch, "apply", reverse_missing="on")
        assert balances(account) == {"TRY": D("234.56")}

    def test_lines_of_kinds_without_rows_are_shown(self, admin, account):
        batch = ImportBatch.objects.create(
            supplier=account.supplier,
            kind="accounts",
            state="read",
            counts={"new": 1},
            lines=[{"line": 2, "outcome": "new", "text": "120.07 GÜL"}],
        )
        text = text_of(admin.get(page(batch)))
        assert "120.07 GÜL" in text and "Rows (1)" in text


class TestRefused:
    BAD = "120.01;31.13.2025;;F2;Fatura;;5;"

    def test_rows_are_named_and_nothing_can_be_applied(self, admin, account):
        batch = upload(admin, account, INVOICE, self.BAD)
        response = admin.get(page(batch))
        text = text_of(response)
        assert "Rows are refused" in text and "31.13.2025" in text
        assert response.context["shown"].name == "refused"
        assert page(batch, "apply") not in response.content.decode()
        act(admin, batch, "apply")
        assert batch.state == "read" and batch.problem
        assert batch.problem in text_of(admin.get(page(batch)))
        assert not Entry.objects.exists()

    @pytest.mark.parametrize(
        "language, reason", [("en", "No account has the code"), ("tr", "kodlu bir cari yok")]
    )
    def test_in_the_language_of_who_sends_the_file(self, client, account, language, reason):
        user = User.objects.create_superuser("patron", "patron@example.com", "x")
        UserProfile.objects.create(user=user, preferred_language=language)
        client.force_login(user)
        batch = upload(client, account, INVOICE.replace("120.01", "120.99"))
        assert reason in batch.refused[0]["reason"]

    def test_of_very_many_the_first_thousand(self, admin, account):
        batch = upload(admin, account, *[self.BAD] * 1002)
        text = text_of(admin.get(page(batch)))
        assert "Refused (1002)" in text and "Only the first 1,000 are shown" in text

    def test_warnings_come_before_what_is_new(self, admin, account):
        devir = "120.01;01.02.2026;;D1;Devir;;100;"
        batch = upload(admin, account, INVOICE, devir)
        response = admin.get(page(batch))
        assert response.context["shown"].name == "warnings"
        assert "brings a balance forward" in text_of(response)
        assert len(shown(admin, batch, "repeated")) == 1

    def test_books_that_have_changed_since_are_looked_at_again(self, admin, account):
        batch = upload(admin, account, INVOICE)
        applied(admin, account, INVOICE)
        act(admin, batch, "apply")
        text = text_of(admin.get(page(batch)))
        assert batch.state == "read" and "The books have changed" in text
        assert "0 new, 0 changed, 1 unchanged" in text
        act(admin, batch, "apply")
        assert batch.state == "applied" and Entry.objects.count() == 1

    def test_an_undoing_that_fails_says_why(self, admin, account):
        applied(admin, account, INVOICE)
        batch = applied(admin, account, INVOICE.replace("1.234,56", "1.000,00"))
        close_month(account.supplier, date(2025, 12, 31))
        act(admin, batch, "undo")
        assert batch.state == "applied"
        assert "closed month" in text_of(admin.get(page(batch)))

    def test_a_pdf_named_xlsx(self, admin, account):
        batch = upload(admin, account, b"%PDF-1.7 \x00\x01", name="ekstre.xlsx")
        response = admin.get(page(batch))
        assert batch.state == "failed" and "This is a PDF" in text_of(response)
        assert page(batch, "map") not in response.content.decode()
        assert levels(admin.get(page(batch, "map"), follow=True)) == ["error"]

    def test_a_discarded_file_is_gone(
        self, admin, account, folder, django_capture_on_commit_callbacks
    ):
        batch = upload(admin, account, INVOICE, self.BAD)
        (stored,) = folder.glob("imports/*")
        with django_capture_on_commit_callbacks(execute=True):
            response = act(admin, batch, "discard")
        assert levels(response) == ["success"]
        assert not ImportBatch.objects.exists() and not StagedEntry.objects.exists()
        assert not stored.exists()
        (entry,) = ModelLogEntry.objects.filter(action="b2b_portal.discard_import")
        assert entry.deleted and admin.get(page(batch), follow=True).status_code == 404

    def test_what_is_applied_is_not_discarded(self, admin, account):
        batch = applied(admin, account, INVOICE)
        assert levels(act(admin, batch, "discard")) == ["error"]
        assert batch.state == "applied"
        assert "b2b_portal.discard_import" not in logged(batch)
