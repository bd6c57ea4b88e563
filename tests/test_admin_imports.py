"""Files of the ERP in the admin: taken in, mapped, looked at, applied, undone, decided on."""

import io
import re
from datetime import date

import pytest
import xlsxwriter
from django.contrib.auth.models import Group, Permission, User
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from wagtail.models import ModelLogEntry
from wagtail.users.models import UserProfile

from b2b_portal.cms import import_forms
from b2b_portal.erp.reading import first_rows
from b2b_portal.exceptions import FileRefused
from b2b_portal.ledger.balances import balances
from b2b_portal.ledger.months import close_month
from b2b_portal.models import (
    Entry,
    EntryMatch,
    ImportBatch,
    ImportProfile,
    Payment,
    StagedEntry,
)
from b2b_portal.testing.factories import make_account, make_entry, make_supplier
from b2b_portal.testing.worker import work

from .erp import HEADER, INVOICE, D, rows
from .test_admin import staff, text_of, url

pytestmark = pytest.mark.django_db

TRANSFER = "120.01;05.01.2026;;T1;Havale;;;1.000,00"
OWN_HEADER = "Müşteri;Gün;Belge;Ne;Giren;Çıkan"
OWN_ROW = "120.01;31.12.2025;F1;Fatura;1.234,56;"
RIGHTS = ("view_importbatch", "add_importbatch", "undo_importbatch")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Where uploaded files go."""
    monkeypatch.setattr(ImportBatch.file.field, "storage", FileSystemStorage(tmp_path / "files"))
    return tmp_path / "files"


@pytest.fixture
def admin(client, settings):
    settings.LANGUAGE_CODE = "en"
    client.force_login(User.objects.create_superuser("patron", "patron@example.com", "x"))
    return client


@pytest.fixture
def account():
    return make_account(make_supplier(name="Çınar Toptan"), code="120.01", title="YILDIZ TİCARET")


def send(client, account, data, name="hareketler.csv", **fields):
    """Fill in the upload form; returns the response."""
    data = data if isinstance(data, bytes) else data.encode()
    fields = {"supplier": account.supplier_id, "kind": "entries", "profile": "general"} | fields
    file = SimpleUploadedFile("x", data)
    file._name = name  # as a browser may send it
    return client.post(url("importbatch", "add"), {**fields, "file": file})


def upload(client, account, *lines, **fields):
    """Take in a file and have the worker read it; returns its batch."""
    data = (
        lines[0]
        if isinstance(lines[0], bytes)
        else rows(*lines, header=fields.pop("header", HEADER))
    )
    response = send(client, account, data, **fields)
    batch = ImportBatch.objects.latest("pk")
    assert response.url == page(batch)
    work()
    batch.refresh_from_db()
    return batch


def page(batch, name="inspect"):
    return url("importbatch", name, batch.pk)


def act(client, batch, name, **data):
    """Press a button; returns the page that follows and has the worker do what was asked."""
    response = client.post(page(batch, name), data, follow=True)
    work()
    if ImportBatch.objects.filter(pk=batch.pk).exists():
        batch.refresh_from_db()
    return response


def applied(client, account, *lines, **fields):
    batch = upload(client, account, *lines, **fields)
    act(client, batch, "apply")
    assert batch.state == "applied"
    return batch


def levels(response):
    return [message.level_tag for message in response.context["messages"]]


def logged(instance):
    return [entry.action for entry in ModelLogEntry.objects.for_instance(instance)]


def shown(client, batch, name):
    """The rows of one of the batch page's lists."""
    response = client.get(page(batch), {"rows": name})
    assert response.context["shown"].name == name
    return response.context["page"].object_list


def workbook(*rows):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        for number, cells in enumerate(rows):
            sheet.write_row(number, 0, cells)
    return out.getvalue()


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


class TestTheForm:
    def test_takes_own_suppliers_and_real_files(self, admin, account):
        def errors(**fields):
            data = fields.pop("data", rows(INVOICE))
            response = send(admin, account, data, **fields)
            return set(response.context["form"].errors)

        assert errors(supplier="999999") == {"supplier"}
        assert errors(kind="nonsense") == {"kind"}
        assert errors(profile="../../etc/passwd") == {"profile"}
        assert errors(data=b"") == {"file"}
        period = {"complete_from": "2026-02-01", "complete_until": "2026-01-01"}
        assert errors(**period) == {"complete_until"}
        assert not ImportBatch.objects.exists()

    def test_a_file_too_large_is_refused(self, admin, account, monkeypatch):
        monkeypatch.setattr(import_forms, "LARGEST", 10)
        response = send(admin, account, rows(INVOICE))
        assert "larger than 100 MB" in text_of(response)

    @pytest.mark.parametrize(
        "name, kept",
        [
            ("../../etc/mart.csv", "mart.csv"),
            ("C:\\evrak\\mart.csv", "mart.csv"),
            ("fatura\u202excod.csv", "faturaxcod.csv"),
            ("a\x07b\u2066c.csv", "abc.csv"),
        ],
    )
    def test_a_name_is_kept_for_show_only(self, admin, account, folder, name, kept):
        batch = upload(admin, account, INVOICE, name=name)
        assert batch.file_name == kept
        (stored,) = folder.glob("imports/*")
        assert re.fullmatch("imports/[0-9a-f]{32}", batch.file.name)
        assert stored.read_bytes().decode() == rows(INVOICE)

    def test_a_name_of_300_characters(self, admin, account):
        batch = upload(admin, account, INVOICE, name="m" * 300 + ".csv")
        assert len(batch.file_name) <= 250

    def test_marks_that_turn_a_text_around_are_taken_out(self):
        assert import_forms.shown("fatura\u202excod\u200f\r\n.csv") == "faturaxcod.csv"

    def test_options_are_kept(self, admin, account):
        batch = upload(admin, account, INVOICE, create_accounts="on", addresses="on")
        assert batch.options == {"create_accounts": True, "addresses": True}

    def test_addresses_need_their_permission(self, client, account):
        staff(client, "clerk", *RIGHTS)
        assert 'name="addresses"' not in client.get(url("importbatch", "add")).content.decode()
        batch = upload(client, account, INVOICE, addresses="on")
        assert batch.options["addresses"] is False

    def test_the_file_itself_is_served_nowhere(self, admin, account):
        batch = upload(admin, account, INVOICE)
        assert batch.file.name not in admin.get(page(batch)).content.decode()
        assert admin.get(f"/media/{batch.file.name}", follow=True).status_code == 404


class TestFirstRows:
    @pytest.mark.parametrize(
        "text, rows",
        [
            ("a;b\n1,5;2,5\n", [["a", "b"], ["1,5", "2,5"]]),
            ("a\tb\n1,5\t2\n", [["a", "b"], ["1,5", "2"]]),
            ("a,b\n1.5,2\n", [["a", "b"], ["1.5", "2"]]),
            ("Liste, 2026\n\na;b;c\n1;;3\n", [["Liste, 2026"], ["a", "b", "c"], ["1", "", "3"]]),
            ("\n\n", []),
        ],
    )
    def test_of_a_text(self, text, rows):
        assert first_rows(io.BytesIO(text.encode())) == rows

    def test_of_windows_turkish(self):
        data = "Müşteri;Gün\n".encode("cp1254")
        assert first_rows(io.BytesIO(data)) == [["Müşteri", "Gün"]]

    @pytest.mark.parametrize("data", [b"%PDF-1.7", b"PK\x03\x04x", b"a\x00b", b"a;\x81\n"])
    def test_of_no_table(self, data):
        with pytest.raises(FileRefused):
            first_rows(io.BytesIO(data))


class TestMapping:
    def map(self, client, batch, follow=True, **data):
        fields = ["account_code", "booked_on", "document_no", "kind", "debit", "credit"]
        chosen = {f"column_{index}": name for index, name in enumerate(fields)}
        return client.post(page(batch, "map"), {"name": "Netsis", **chosen, **data}, follow=follow)

    def test_columns_are_mapped_once_and_known_then(self, admin, account):
        batch = upload(admin, account, OWN_ROW, header=OWN_HEADER)
        assert batch.state == "unmapped"
        assert page(batch, "map") in admin.get(page(batch)).content.decode()
        form = text_of(admin.get(page(batch, "map")))
        assert "Needed: Account code, Date, Debit / Amount, Credit / Amount" in form
        assert "Müşteri" in form and "120.01" in form and "Account code" in form
        assert levels(self.map(admin, batch)) == ["success"]
        work()
        batch.refresh_from_db()
        assert (batch.state, batch.counts["new"], batch.profile) == ("read", 1, "Netsis")
        act(admin, batch, "apply")
        assert (Entry.objects.get().kind, Entry.objects.get().amount) == ("invoice", D("1234.56"))
        assert "b2b_portal.map_columns" in logged(batch)
        profile = ImportProfile.objects.get()
        assert (profile.supplier, profile.kind) == (account.supplier, "entries")
        second = upload(admin, account, OWN_ROW, header=OWN_HEADER, profile=profile.pk)
        assert (second.state, second.counts["unchanged"]) == ("read", 1)
        assert "Netsis" in text_of(admin.get(page(second)))

    def test_may_be_chosen_from_the_first(self, admin, account):
        batch = upload(admin, account, INVOICE, profile="")
        assert (batch.state, batch.problem) == ("unmapped", "")
        form = admin.get(page(batch, "map")).context["form"]
        assert form["column_0"].initial == "account_code"  # what general knows is proposed

    def test_of_an_excel_file_below_other_rows(self, admin, account):
        cells = [["Hareket listesi"], [], OWN_HEADER.split(";"), [*OWN_ROW.split(";")[:4], 5.5, ""]]
        batch = upload(admin, account, workbook(*cells), name="x.xlsx")
        form = admin.get(page(batch, "map")).context["form"]
        assert form.header == OWN_HEADER.split(";")
        other = admin.get(page(batch, "map"), {"header": "0"}).context["form"]
        assert other.header == ["Hareket listesi", "", "", "", "", ""]
        self.map(admin, batch)
        work()
        batch.refresh_from_db()
        assert batch.counts["new"] == 1

    @pytest.mark.parametrize(
        "data, error",
        [
            ({"column_0": ""}, "Missing: Account code"),
            ({"column_4": "", "column_5": ""}, "Missing: Debit / Amount, Credit / Amount"),
            ({"column_3": "debit"}, "“Debit” is chosen for more than one column."),
            ({"column_3": "nonsense"}, "nonsense"),
            ({"name": ""}, "required"),
            ({"name": "general"}, "This name is taken."),
            ({"name": "Cariler"}, "This name is taken."),
        ],
    )
    def test_a_wrong_mapping_is_refused(self, admin, account, data, error):
        columns = {"kind": "accounts", "data": {"columns": {}}}
        ImportProfile.objects.create(supplier=account.supplier, name="Cariler", **columns)
        batch = upload(admin, account, OWN_ROW, header=OWN_HEADER)
        response = self.map(admin, batch, **data)
        assert error in text_of(response)
        batch.refresh_from_db()
        assert batch.state == "unmapped" and ImportProfile.objects.count() == 1

    def test_a_header_that_stands_twice_is_not_offered(self, admin, account):
        batch = upload(admin, account, OWN_ROW, header=OWN_HEADER.replace("Çıkan", "Giren"))
        form = admin.get(page(batch, "map")).context["form"]
        assert "column_3" in form.fields
        assert not {"column_4", "column_5"} & set(form.fields)

    def test_twice_maps_once(self, admin, account):
        batch = upload(admin, account, OWN_ROW, header=OWN_HEADER)
        assert [levels(self.map(admin, batch)) for _click in range(2)] == [["success"], ["error"]]

    def test_another_suppliers_profile_is_not_used(self, admin, account):
        columns = {"kind": "entries", "data": {"columns": {}}}
        other = make_supplier()
        profile = ImportProfile.objects.create(supplier=other, name="Netsis", **columns)
        response = send(admin, account, rows(INVOICE), profile=profile.pk)
        assert set(response.context["form"].errors) == {"profile"}

    def test_rows_that_are_markup_are_shown_as_text(self, admin, account):
        batch = upload(admin, account, OWN_ROW, header=OWN_HEADER.replace("Gün", "<script>x"))
        html = admin.get(page(batch, "map")).content.decode()
        assert "<script>x" not in html and "&lt;script&gt;x" in html


def paid(account, amount="250", on=date(2026, 1, 5)):
    """A payment of the portal's, posted."""
    entry = make_entry(account, f"-{amount}", kind="card", source="portal", booked_on=on)
    return Payment.objects.create(
        account=account,
        currency="TRY",
        amount=D(amount),
        gateway="iyzico",
        language="tr",
        state="paid",
        entry=entry,
    )


class TestDeciding:
    """A credit of the ERP's that is probably a payment of the portal."""

    CREDIT = "120.01;06.01.2026;;ERP-7;Kredi Kartı;;;250,00"

    @pytest.fixture
    def payment(self, account):
        return paid(account)

    @pytest.fixture
    def row(self, admin, account, payment):
        batch = applied(admin, account, INVOICE, self.CREDIT)
        return batch.rows.get()

    def decide(self, client, row, decision):
        return client.post(
            url("stagedentry", "decide", row.pk), {"decision": decision}, follow=True
        )

    def test_is_not_offered_before_its_file_is_applied(self, admin, account, payment):
        batch = upload(admin, account, self.CREDIT)
        row = batch.rows.get()
        assert "ERP-7" not in text_of(admin.get(url("stagedentry")))
        assert [row.outcome for row in shown(admin, batch, "held")] == ["held"]
        assert admin.get(url("stagedentry", "inspect", row.pk), follow=True).status_code == 404
        assert self.decide(admin, row, "booked").status_code == 404

    def test_the_list_and_the_page_say_what_is_there(self, admin, row, payment):
        text = text_of(admin.get(url("stagedentry")))
        for part in ("ERP-7", "06/01/2026", "-250.00", "Probably", payment.receipt_no):
            assert part in text
        html = admin.get(url("stagedentry", "inspect", row.pk)).content.decode()
        for label in ("Book it", "It is our own payment", "Leave it"):
            assert f">{label}</button>" in html
        assert reverse("b2b_entry:inspect", args=[payment.entry_id]) in html
        assert [held.pk for held in shown(admin, row.batch, "held")] == [row.pk]
        html = admin.get(page(row.batch), {"rows": "held"}).content.decode()
        assert url("stagedentry", "inspect", row.pk) in html

    @pytest.mark.parametrize(
        "decision, balance, matches",
        [("booked", "734.56", 0), ("same", "984.56", 1), ("left", "984.56", 0)],
    )
    def test_each_decision(self, admin, account, row, decision, balance, matches):
        assert levels(self.decide(admin, row, decision)) == ["success"]
        row.refresh_from_db()
        assert (row.decision, row.decided_by) == (decision, "patron")
        assert balances(account) == {"TRY": D(balance)}
        assert EntryMatch.objects.count() == matches
        assert logged(row) == ["b2b_portal.decide_row"]
        assert admin.get(url("stagedentry", "history", row.pk)).status_code == 200
        html = admin.get(url("stagedentry", "inspect", row.pk)).content.decode()
        assert "</form>" not in html.split("<dl>")[1]

    def test_once(self, admin, account, row):
        self.decide(admin, row, "left")
        assert levels(self.decide(admin, row, "booked")) == ["error"]
        assert balances(account) == {"TRY": D("984.56")}
        row.refresh_from_db()
        assert row.decision == "left" and len(logged(row)) == 1

    def test_nonsense_is_no_decision(self, admin, row):
        self.decide(admin, row, "nonsense")
        row.refresh_from_db()
        assert row.decision == ""

    def test_what_is_undecided_comes_first(self, admin, account, row):
        self.decide(admin, row, "left")
        paid(account, "70")
        applied(admin, account, self.CREDIT.replace("250,00", "70").replace("ERP-7", "ERP-8"))
        listed = admin.get(url("stagedentry")).context["object_list"]
        assert [row.document_no for row in listed] == ["ERP-8", "ERP-7"]
        listed = admin.get(url("stagedentry"), {"decided": "true"}).context["object_list"]
        assert [row.document_no for row in listed] == ["ERP-7"]

    def test_a_changed_row_of_a_closed_month(self, admin, account):
        applied(admin, account, INVOICE)
        close_month(account.supplier, date(2025, 12, 31))
        row = applied(admin, account, INVOICE.replace("1.234,56", "1.000,00")).rows.get()
        text = text_of(admin.get(url("stagedentry", "inspect", row.pk)))
        assert "The books are closed" in text and "It is our own payment" not in text
        assert "Amount: 1,234.56 → 1,000.00" in text
        assert levels(self.decide(admin, row, "same")) == ["error"]
        self.decide(admin, row, "booked")
        assert balances(account) == {"TRY": D(1000)}
        assert balances(account, date(2025, 12, 31)) == {"TRY": D("1234.56")}

    def test_looking_is_not_deciding(self, client, account, row):
        staff(client, "reader", "view_stagedentry")
        assert "Book it" not in text_of(client.get(url("stagedentry", "inspect", row.pk)))
        self.decide(client, row, "booked")
        row.refresh_from_db()
        assert row.decision == ""


class TestNotBackFromTheErp:
    def test_holds_what_no_file_has_brought_back(self, admin, account):
        lost, back = paid(account), paid(account, "70")
        line = f"120.01;06.01.2026;;{back.receipt_no};Kredi Kartı;;;70,00"
        applied(admin, account, INVOICE, line)
        response = admin.get(reverse("b2b_unmatched:index"))
        assert list(response.context["object_list"]) == [lost]
        text = text_of(response)
        for part in (lost.receipt_no, "05/01/2026", "YILDIZ", "250.00"):
            assert part in text
        assert url("payment", "inspect", lost.pk) in response.content.decode()
        csv = b"".join(admin.get(reverse("b2b_unmatched:index"), {"export": "csv"})).decode()
        assert lost.receipt_no in csv and back.receipt_no not in csv

    def test_needs_the_permission_for_payments(self, client, account):
        lost = paid(account)
        staff(client, "clerk", "view_importbatch")
        assert client.get(reverse("b2b_unmatched:index")).status_code == 302
        staff(client, "reader", "view_payment")
        assert lost.receipt_no in text_of(client.get(reverse("b2b_unmatched:index")))


class TestPermissions:
    @pytest.fixture
    def batch(self, admin, account):
        return upload(admin, account, INVOICE)

    @pytest.mark.parametrize("rights", [0, 1, 2, 3])
    def test_each_opens_its_own(self, client, batch, account, rights):
        may_see, may_add, may_undo = (rights > number for number in range(3))
        staff(client, "clerk", "view_entry", *RIGHTS[:rights])
        assert client.get(url("importbatch")).status_code == (200 if may_see else 302)
        assert client.get(url("importbatch", "add")).status_code == (200 if may_add else 302)
        send(client, account, rows(INVOICE))
        assert ImportBatch.objects.count() == 1 + may_add
        html = client.get(page(batch), follow=True).content.decode()
        assert ("hareketler.csv" in html) == may_see
        for name in ("apply", "discard"):
            assert (page(batch, name) in html) == may_add
        act(client, batch, "apply")
        assert (batch.state == "applied") == may_add
        if not may_add:
            act(client, batch, "discard")
            assert batch.state == "read"
            ImportBatch.objects.filter(pk=batch.pk).update(state="unmapped")
            assert client.get(page(batch, "map")).status_code in (302, 404)
            return
        html = client.get(page(batch)).content.decode()
        assert (page(batch, "undo") in html) == may_undo
        assert client.get(page(batch, "undo")).status_code == (200 if may_undo else 302)
        act(client, batch, "undo")
        assert (batch.state == "undone") == may_undo

    def test_another_suppliers_clerk_finds_nothing(self, client, batch, account):
        paid(account)
        account.supplier.staff_groups.add(Group.objects.create(name="theirs"))
        own = Group.objects.create(name="own")
        mine = make_account(make_supplier(name="Kendi"), code="120.01")
        mine.supplier.staff_groups.add(own)
        rights = (*RIGHTS, "view_stagedentry", "decide_stagedentry", "view_payment")
        staff(client, "other", *rights, group=own)
        for name in ("inspect", "apply", "discard", "undo", "map", "history"):
            for ask in (client.get, client.post):
                assert ask(page(batch, name), follow=True).status_code in (404, 405)
        row = batch.rows.get()
        for name in ("inspect", "decide", "history"):
            for ask in (client.get, client.post):
                answer = ask(url("stagedentry", name, row.pk), {"decision": "left"}, follow=True)
                assert answer.status_code in (404, 405)
        for address in (url("importbatch"), url("stagedentry"), reverse("b2b_unmatched:index")):
            text = text_of(client.get(address))
            assert "hareketler.csv" not in text and "YILDIZ" not in text and "Çınar" not in text
        response = send(client, account, rows(INVOICE))
        assert set(response.context["form"].errors) == {"supplier"}
        batch.refresh_from_db()
        assert batch.state == "read" and ImportBatch.objects.count() == 1

    def test_an_act_is_a_post_of_ones_own(self, batch):
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(User.objects.get(username="patron"))
        for name in ("apply", "discard"):
            assert browser.get(page(batch, name)).status_code == 405
            assert browser.post(page(batch, name)).status_code == 403
        assert browser.post(url("importbatch", "add")).status_code == 403
        batch.refresh_from_db()
        assert batch.state == "read"

    def test_groups_can_be_given_them(self, admin):
        html = admin.get(reverse("wagtailusers_groups:add")).content.decode()
        for codename in ("undo_importbatch", "decide_stagedentry"):
            assert f'value="{Permission.objects.get(codename=codename).pk}"' in html

    def test_the_menu_leads_there(self, admin, site):
        html = admin.get(reverse("wagtailadmin_home")).content.decode()
        for address in (url("importbatch"), url("stagedentry"), reverse("b2b_unmatched:index")):
            assert f'"{address}"' in html
