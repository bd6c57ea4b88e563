"""Reports have rows that are none of their table: passed over and counted, never taken for one."""

import io

import pytest
import xlsxwriter

from b2b_portal.erp.entries import decide, undo
from b2b_portal.ledger.balances import balances
from b2b_portal.ledger.months import close_month
from b2b_portal.models import CustomerAccount, Entry, ImportBatch, StagedEntry
from b2b_portal.testing.factories import make_account, next_tax_number

from .erp import HEADER, INVOICE, D, Erp, collected, counts, rows

WOLVOX = "BLKODU;CARIKODU;TARIHI;EVRAK_NO;ISLEM_TURU;KPB_BTUT;KPB_ATUT;SILINDI"
CARDS = "Cari Kodu;Ünvan;Vergi No;E-Posta;Adres;Bakiye;B/A;Plasiyer"
CARD = f"120.01;Gül Ltd.;{next_tax_number()};;;10,00;B;Ali"


@pytest.fixture
def account(supplier):
    return make_account(supplier, code="120.01")


@pytest.fixture
def erp(account, tmp_path):
    return Erp(account.supplier, tmp_path)


@pytest.fixture
def cards(supplier, tmp_path):
    return Erp(supplier, tmp_path, "accounts")


class TestOfMovements:
    @pytest.mark.parametrize(
        "row",
        [
            ";;;;;GENEL TOPLAM;15.099,25;11.000,00",
            "TOPLAM;;;;;;1.234,56;0,00",
            ";TOPLAM;;;;;1.234,56;0,00",
            "Genel Toplam:;;;;;;1.234,56;",
            ";;;;;Sayfa toplamı;1;2",
            ";;;;Nakli Yekûn;;1;2",
            ";;;NAKLİYEKÛN;;;1;2",
            ";;;;;Devreden;1;2",
            ";;;;;Ara Toplam (120.01 GÜL LTD.);1;2",
            "TOPLAM 3 KAYIT;;;;;;1;2",
            ";;;;;Grand Total;1;2",
            ";;;;;Subtotal;x;",
        ],
    )
    def test_a_totals_row_is_passed_over_and_counted(self, erp, account, row):
        result = erp.take_in(rows(INVOICE, row, INVOICE.replace("F1", "F2"), row))
        assert counts(result) == {"new": 2} and result["totals"] == 2
        assert counts(erp.take_in(rows(INVOICE, row))) == {"unchanged": 1}

    def test_wherever_its_word_stands(self, erp):
        header = f"Sıra;{HEADER}"
        result = erp.take_in(rows(f"1;{INVOICE}", "Toplam;;;;;;;1.234,56;", header=header))
        assert counts(result) == {"new": 1} and result["totals"] == 1

    @pytest.mark.parametrize(
        "row",
        [
            "120.01;;;;;GENEL TOPLAM;1;2",
            ";31.12.2025;;;;Toplam;1;2",
            ";;;F7;;Toplam hizmet bedeli;1;",
            ";;;;;Hizmet toplamı;1;",
            ";;;;;Toplama hizmeti;1;",
            ";;30.01.2026;;;Toplam;1;",
            "TOPLAM GIDA;;;;;;1;",
        ],
    )
    def test_a_row_that_tells_more_is_refused_as_ever(self, erp, row):
        assert [fault["line"] for fault in erp.refuse(rows(INVOICE, row))] == [3]

    def test_a_header_repeated_at_a_page_break_is_passed_over(self, erp):
        result = erp.take_in(rows(INVOICE, HEADER, INVOICE.replace("F1", "F2"), ";;;;;;;", HEADER))
        assert counts(result) == {"new": 2} and result["headers"] == 2

    def test_people_read_it_among_the_counts(self, erp):
        _code, out = erp.command(rows(INVOICE, HEADER, ";;;;;Toplam;1;"))
        assert "1 yeni" in out and "; atlanan: 1 toplam satırı, 1 yinelenen başlık" in out

    def test_so_it_is_in_an_excel_file(self, erp):
        out = io.BytesIO()
        cells = [HEADER, INVOICE, HEADER, INVOICE.replace("F1", "F2"), ";;;;;GENEL TOPLAM"]
        with xlsxwriter.Workbook(out) as book:
            sheet = book.add_worksheet()
            for number, row in enumerate(cells):
                sheet.write_row(number, 0, row.split(";"))
            sheet.write_row(4, 6, [2469.12, 0])
        result = erp.take_in(out.getvalue())
        assert counts(result) == {"new": 2}
        assert (result["totals"], result["headers"]) == (1, 1)

    def test_no_account_is_made_of_one(self, erp):
        file = rows("120.09;31.12.2025;;F1;Fatura;;1;", "TOPLAM;;;;;;1;")
        erp.take_in(file, "--create-accounts")
        assert not CustomerAccount.objects.filter(code="TOPLAM").exists()


class TestOfAccounts:
    @pytest.mark.parametrize(
        "row",
        [
            "TOPLAM;3 ADET CARİ;;;;4.099,25;B;",
            "TOPLAM;;;;;4.099,25;B;",
            "TOPLAM;3;;;;4.099,25;B;",
            ";GENEL TOPLAM;;;;4.099,25;B;",
            ";Toplam: 3 cari hesap;;;;;;",
            ";;;;;4.099,25;B;Toplam",
            "Kayıt sayısı;Toplam 3;;;;;;",
        ],
    )
    def test_a_totals_row_is_no_account(self, cards, row):
        result = cards.take_in(rows(CARD, row, header=CARDS))
        assert counts(result) == {"new": 1} and result["totals"] == 1
        assert [account.code for account in CustomerAccount.objects.all()] == ["120.01"]

    @pytest.mark.parametrize(
        "row",
        [
            "TOPLAM;Toplam Gıda San. Ltd. Şti.;;;;;;",
            f"TOPLAM;Toplam;{next_tax_number()};;;;;",
            "TOTAL;Total;;info@total.com;;;;",
            "TOPLAM;;;;Çarşı Cad. 5;;;",
            "120.02;Toplam;;;;;;",
            ";Toplam Gıda;;;;;;",
        ],
    )
    def test_a_company_of_that_name_is_not_swallowed(self, cards, row):
        code, out = cards.command(rows(CARD, row, header=CARDS), "--dry-run")
        assert "toplam satırı" not in out
        assert "2 yeni" in out or (code == 1 and "1 reddedilen" in out)


class TestOfInvoices:
    def test_a_totals_row_ends_no_invoice(self, account, tmp_path):
        header = "Cari Kodu;Fatura No;Fatura Tarihi;Stok Adı;Miktar;Net Tutar;KDV;Genel Toplam"
        invoice = "120.01;ABC-1;05.01.2026;Kupa;1;100;20;120"
        erp = Erp(account.supplier, tmp_path, "invoices")
        result = erp.take_in(rows(invoice, header, ";;;TOPLAM;1;100;20;120", header=header))
        assert counts(result) == {"new": 1}
        assert (result["totals"], result["headers"]) == (1, 1)


class TestRowsOfNothing:
    """ERPs write rows of 0: they move nothing, unless they stand for what was not 0 before."""

    ZERO = "120.01;31.12.2025;;F0;Satış Faturası;;0,00;0,00"

    @pytest.mark.parametrize(
        "row", [ZERO, ZERO.replace("F0", ""), "120.01;31.12.2025;;D;Devir;;0;"]
    )
    def test_are_passed_over_and_counted(self, erp, account, row):
        result = erp.take_in(rows(INVOICE, row))
        assert counts(result) == {"new": 1} and result["zeros"] == 1
        assert "1 tutarı 0 olan satır" in erp.command(rows(INVOICE, row))[1]
        assert balances(account) == {"TRY": D("1234.56")}

    def test_but_not_where_the_figures_are_empty(self, erp):
        assert len(erp.refuse(rows("120.01;31.12.2025;;F0;Satış Faturası;;;"))) == 1

    def test_nor_an_opening_that_stands_in_the_balance_alone(self, erp):
        row = "120.01;31.12.2025;;D1;Devir;;0,00;0,00;1.500,00"
        assert len(erp.refuse(rows(row, header=f"{HEADER};Bakiye"))) == 1

    def test_an_invoice_that_is_0_now_is_taken_back(self, erp, account):
        erp.take_in(rows(INVOICE))
        now = rows(INVOICE.replace("1.234,56", "0,00"))
        assert counts(erp.take_in(now)) == {"deleted": 1}
        assert balances(account) == {"TRY": D(0)}
        assert erp.take_in(now)["zeros"] == 1
        undo(ImportBatch.objects.get(counts__deleted=1))
        assert balances(account) == {"TRY": D("1234.56")}

    def test_so_is_a_row_known_by_its_id(self, erp, account):
        row = "7;120.01;05.01.2026;{};9;{};0;{}"
        for amount, deleted, said in ((100, 0, "new"), (0, 0, "deleted"), (0, 1, "unchanged")):
            file = rows(row.format("", amount, deleted), header=WOLVOX)
            assert counts(erp.take_in(file, "--profile", "wolvox")) == {said: 1}
        assert balances(account) == {"TRY": D(0)}

    def test_a_line_of_0_beside_the_invoice_takes_nothing_back(self, erp, account):
        file = rows(INVOICE, INVOICE.replace("1.234,56", "0"))
        erp.take_in(file)
        for _time in range(2):
            assert counts(erp.take_in(file)) == {"unchanged": 2}
        assert balances(account) == {"TRY": D("1234.56")}

    def test_one_without_a_number_takes_nothing_of_its_day_back(self, erp, account):
        erp.take_in(rows("120.01;31.12.2025;;;;;50;"))
        assert erp.take_in(rows("120.01;31.12.2025;;;;;0,00;0,00"))["zeros"] == 1
        assert balances(account) == {"TRY": D(50)}

    def test_in_a_closed_month_a_clerk_decides(self, erp, account):
        erp.take_in(rows(INVOICE))
        close_month(account.supplier, Entry.objects.get().booked_on)
        assert counts(erp.take_in(rows(INVOICE.replace("1.234,56", "0")))) == {"held": 1}
        decide(StagedEntry.objects.get(), "booked")
        assert balances(account) == {"TRY": D(0)}

    def test_a_payment_of_ours_that_is_0_there_still_counts_here(self, erp, account):
        payment = collected(account)
        row = f"120.01;06.01.2026;;{payment.receipt_no};Kredi Kartı;;;{{}}"
        assert counts(erp.take_in(rows(row.format("600")))) == {"matched": 1}
        erp.take_in(rows(row.format("0,00")))
        assert balances(account) == {"TRY": D(-600)}
