"""The form that takes in a file of the ERP, and the columns mapped by hand."""

import io
import re

import pytest

from b2b_portal.cms import import_forms
from b2b_portal.erp.reading import first_rows
from b2b_portal.exceptions import FileRefused
from b2b_portal.models import (
    Entry,
    ImportBatch,
    ImportProfile,
)
from b2b_portal.testing.factories import make_supplier
from b2b_portal.testing.worker import work

from .admin_imports import (
    OWN_HEADER,
    OWN_ROW,
    RIGHTS,
    act,
    levels,
    logged,
    page,
    send,
    upload,
    workbook,
    yildiz,
)
from .erp import INVOICE, D, rows
from .test_admin import staff, text_of, url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folder")]
account = pytest.fixture(yildiz)


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
            (
                "Liste, 2026\n\na;b;c\n1;;3\n",
                [["Liste, 2026"], [], ["a", "b", "c"], ["1", "", "3"]],
            ),
        ],
    )
    def test_of_a_text(self, text, rows):
        assert first_rows(io.BytesIO(text.encode())) == rows

    def test_of_windows_turkish(self):
        data = "Müşteri;Gün\n".encode("cp1254")
        assert first_rows(io.BytesIO(data)) == [["Müşteri", "Gün"]]

    @pytest.mark.parametrize("data", [b"%PDF-1.7", b"PK\x03\x04x", b"a\x00b", b"a;\x81\n", b"\n\n"])
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
