"""Cells of a row are read by one rule, whatever kind of file they stand in."""

import io
from datetime import date

import pytest
import xlsxwriter

from b2b_portal.ledger.balances import balances
from b2b_portal.models import CustomerAccount, Entry, Invoice, Order
from b2b_portal.testing.factories import make_account

from .erp import D, Erp, counts, rows

HEADERS = {
    "entries": "Cari Kodu;Tarih;Vade;Evrak No;Borç;Alacak;Döviz;Kur",
    "invoices": "Cari Kodu;Fatura Tarihi;Vade;Fatura No;Net Tutar;KDV;Döviz;Kur;KDV Oranı;Stok Adı",
    "orders": "Cari Kodu;Sipariş Tarihi;Sipariş No;Net Tutar;Stok Adı;Miktar",
}
LINES = {
    "entries": "{code};{day};{due};F1;100;;{currency};{rate}",
    "invoices": "{code};{day};{due};F1;100;20;{currency};{rate};{vat};Kupa",
    "orders": "{code};{day};F1;100;Kupa;1",
}
USUAL = {"code": "120.01", "day": "31.12.2025", "due": "", "currency": "", "rate": "", "vat": ""}
KINDS = pytest.mark.parametrize("kind", LINES)
WITH_DUE = pytest.mark.parametrize("kind", ["entries", "invoices"])


@pytest.fixture
def account(supplier):
    return make_account(supplier, code="120.01")


@pytest.fixture
def erp(account, tmp_path):
    """The bookkeeper's side of a kind of file."""
    return lambda kind: Erp(account.supplier, tmp_path, kind)


def file(kind, **said):
    return rows(LINES[kind].format(**USUAL | said), header=HEADERS[kind])


def workbook(kind, **said):
    """The same as Excel has it: what is given as a number is one."""
    cells = LINES[kind].format(**USUAL | {name: f"{{{name}}}" for name in said}).split(";")
    values = {f"{{{name}}}": value for name, value in said.items()}
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADERS[kind].split(";"))
        sheet.write_row(1, 0, [values.get(cell, cell) for cell in cells])
    return out.getvalue()


def due(kind):
    return {"entries": Entry, "invoices": Invoice}[kind].objects.get().due_on


class TestAccounts:
    @KINDS
    def test_a_former_code_finds_the_account(self, erp, account, kind):
        account.code = "120.NEW"
        account.save()
        assert counts(erp(kind).take_in(file(kind))) == {"new": 1}
        model = {"entries": Entry, "invoices": Invoice, "orders": Order}[kind]
        assert model.objects.get().account == account

    @KINDS
    def test_a_code_is_the_same_however_many_blanks_it_has(self, erp, account, kind):
        erp("accounts").take_in("Cari Kodu;Ünvan\n120  05;Gül Ltd.\n")
        assert counts(erp(kind).take_in(file(kind, code="120   05"))) == {"new": 1}
        assert set(CustomerAccount.objects.values_list("code", flat=True)) == {"120.01", "120 05"}

    def test_so_it_is_of_an_account_that_is_made(self, erp, account):
        for code in ("120  77", "120 77", "120   77"):
            erp("entries").take_in(file("entries", code=code), "--create-accounts")
        made = CustomerAccount.objects.get(code="120 77")
        assert balances(made) == {"TRY": D(100)}

    @KINDS
    def test_a_row_without_a_code_is_refused(self, erp, account, kind):
        (refused,) = erp(kind).refuse(file(kind, code=""))
        assert (refused["line"], refused["column"]) == (2, "Cari Kodu")


class TestDays:
    @KINDS
    @pytest.mark.parametrize(
        "text", ["31.02.2026", "01.01.0001", "31.12.9999", "2026-1-5", "٠٥.٠١.٢٠٢٦", ""]
    )
    def test_what_is_no_day_is_refused(self, erp, account, kind, text):
        (refused,) = erp(kind).refuse(file(kind, day=text))
        assert refused["column"].endswith("Tarih") or refused["column"].endswith("Tarihi")

    @WITH_DUE
    @pytest.mark.parametrize("text", ["01.01.0001", "31.12.9999", "2026-1-5", "x"])
    def test_nor_is_it_a_due_day(self, erp, account, kind, text):
        (refused,) = erp(kind).refuse(file(kind, due=text))
        assert refused["column"] == "Vade"

    @WITH_DUE
    @pytest.mark.parametrize(
        ("text", "day"),
        [("0", None), ("", None), ("-30", "2026-01-30"), ("20260131", "2026-01-31")],
    )
    def test_a_due_day_may_be_none_or_a_number_of_days(self, erp, account, kind, text, day):
        erp(kind).take_in(file(kind, due=text))
        assert due(kind) == (day and date.fromisoformat(day))


class TestRates:
    @WITH_DUE
    @pytest.mark.parametrize("rate", [1e30, 1e9, -42.5])
    def test_a_number_in_excel_that_is_no_rate_is_refused(self, erp, account, kind, rate):
        (refused,) = erp(kind).refuse(workbook(kind, currency="USD", rate=rate))
        assert refused["column"] == "Kur"

    @WITH_DUE
    @pytest.mark.parametrize("text", ["1.234,5", "-42,5", "1e3", "1234567890"])
    def test_nor_is_such_a_text(self, erp, account, kind, text):
        (refused,) = erp(kind).refuse(file(kind, currency="USD", rate=text))
        assert refused["column"] == "Kur"

    @WITH_DUE
    @pytest.mark.parametrize("write", [file, workbook])
    def test_one_that_is_a_rate_is_kept(self, erp, account, kind, write):
        rate = "42,5" if write is file else 42.5
        erp(kind).take_in(write(kind, currency="USD", rate=rate))
        assert {"entries": Entry, "invoices": Invoice}[kind].objects.get().rate == D("42.5")


class TestPercents:
    @pytest.mark.parametrize("text", ["20", "%20", "20%", "% 20", "20,0"])
    def test_a_vat_rate_may_bear_its_sign(self, erp, account, text):
        erp("invoices").take_in(file("invoices", vat=text))
        assert Invoice.objects.get().lines.get().vat_rate == 20

    def test_an_amount_bears_none(self, erp, account):
        (refused,) = erp("invoices").refuse(file("invoices").replace(";100;", ";%100;"))
        assert refused["column"] == "Net Tutar"
