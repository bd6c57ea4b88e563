"""The ERP's files: movements in, collections out, and the two matched."""

import csv
import io
import json
import re
from datetime import date
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from b2b_portal.erp import profiles
from b2b_portal.exceptions import LedgerError
from b2b_portal.ledger.posting import allocate, reverse
from b2b_portal.ledger.statement import balances, statement
from b2b_portal.models import CustomerAccount, Entry, ImportBatch, Payment
from b2b_portal.testing.factories import make_account, make_supplier
from b2b_portal.testing.ledger import dump

from .fixtures import start_paying

D = Decimal

HEADER = "Cari Kodu;Tarih;Vade;Evrak No;İşlem Türü;Açıklama;Borç;Alacak"
INVOICE = "120.01;31.12.2025;30.01.2026;F1;Satış Faturası;Ağustos sevkiyatı;1.234,56;"
QUOTES = "strict reading with the wrong separator refuses the file"
KEYS = {"batch", "new", "changed", "unchanged", "matched", "refused", "warnings"}


class Erp:
    """The bookkeeper's side: writes files, gives the commands."""

    def __init__(self, supplier, folder):
        self.supplier = supplier
        self.folder = folder

    def command(self, data, *flags, name="hareketler.csv"):
        """Run the import; returns (exit code, what was printed)."""
        path = self.folder / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        out = io.StringIO()
        code = 0
        try:
            call_command(
                "b2b_portal_import",
                "entries",
                str(path),
                "--supplier",
                self.supplier.tax_number,
                *flags,
                stdout=out,
            )
        except SystemExit as exit:
            code = exit.code
        return code, out.getvalue()

    def take_in(self, data, *flags):
        """What the command says in JSON of a file that nothing is refused of."""
        code, out = self.command(data, "--json", *flags)
        result = json.loads(out)
        assert (code, result["refused"]) == (0, [])
        assert result.keys() == KEYS
        return result

    def refuse(self, data, *flags):
        """What is refused of a file: then the exit code is 1 and nothing was written."""
        before = dump()
        code, out = self.command(data, "--json", *flags)
        result = json.loads(out)
        assert dump() == before
        assert (code, result["batch"]) == (1, None)
        assert result.keys() == KEYS
        assert all(row.keys() == {"line", "column", "reason"} for row in result["refused"])
        return result["refused"]

    def cannot_read(self, data, **options):
        """The sentence about a file that is none: nothing was written."""
        (refused,) = self.refuse(data, **options)
        assert refused["line"] == 0
        with pytest.raises(CommandError) as error:
            self.command(data, **options)
        assert str(error.value) == refused["reason"]
        return refused["reason"]


def rows(*lines, header=HEADER, end="\r\n"):
    return end.join([header, *lines, ""])


def counts(result):
    return {
        name: result[name] for name in ("new", "changed", "unchanged", "matched") if result[name]
    }


@pytest.fixture
def account(supplier):
    return make_account(supplier, code="120.01")


@pytest.fixture
def erp(account, tmp_path):
    return Erp(account.supplier, tmp_path)


class TestReading:
    def test_a_row_becomes_an_entry(self, erp, account):
        result = erp.take_in(rows(INVOICE))
        assert counts(result) == {"new": 1}
        entry = Entry.objects.get()
        assert (entry.account, entry.currency, entry.amount) == (account, "TRY", D("1234.56"))
        assert (entry.booked_on, entry.due_on) == (date(2025, 12, 31), date(2026, 1, 30))
        assert (entry.kind, entry.source_kind) == ("invoice", "Satış Faturası")
        assert (entry.document_no, entry.description) == ("F1", "Ağustos sevkiyatı")
        assert entry.batch == ImportBatch.objects.get(pk=result["batch"])
        assert entry.batch.file_name == "hareketler.csv"
        assert balances(account) == {"TRY": D("1234.56")}

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1254"])
    @pytest.mark.parametrize("separator", [";", ",", "\t"])
    @pytest.mark.parametrize("end", ["\r\n", "\n"], ids=["crlf", "lf"])
    def test_encodings_and_separators_are_found_out(self, erp, encoding, separator, end):
        out = io.StringIO()
        writer = csv.writer(out, delimiter=separator, lineterminator=end)
        writer.writerow(HEADER.split(";"))
        writer.writerow(["120.01", "31.12.2025", "", "F1", "Çek", "ğüşıöç İĞÜŞÖÇ", "", "1.234,56"])
        erp.take_in(out.getvalue().encode(encoding))
        entry = Entry.objects.get()
        assert (entry.description, entry.kind) == ("ğüşıöç İĞÜŞÖÇ", "cheque")
        assert entry.amount == D("-1234.56")

    @pytest.mark.parametrize(
        "header",
        [
            "Cari Kodu;Tarih;Vade;Evrak No;İşlem Türü;Açıklama;Borç;Alacak",
            "Hesap Kodu;İşlem Tarihi;Vade Tarihi;Fiş No;Fiş Türü;Açıklama;Borç;Alacak",
            "Cari Kodu;Fiş Tarihi;Vade Tarihi;Belge No;İşlem Türü;Açıklama;Borç;Alacak",
            "CARİ KODU;TARİH;VADE;EVRAK NO;İŞLEM TÜRÜ;AÇIKLAMA;BORÇ;ALACAK",
            " cari kodu ; tarih;vade;evrak no;islem turu;aciklama;borc;alacak ",
        ],
    )
    def test_headers_people_use(self, erp, header):
        erp.take_in(rows(INVOICE, header=header))
        entry = Entry.objects.get()
        assert (entry.booked_on, entry.due_on) == (date(2025, 12, 31), date(2026, 1, 30))
        assert (entry.document_no, entry.kind, entry.amount) == ("F1", "invoice", D("1234.56"))

    def test_columns_may_stand_in_any_order_among_unknown_ones(self, erp):
        erp.take_in(
            "Alacak;Ünvan;Bakiye;Tarih;Borç;Cari Kodu;Plasiyer\n"
            ";Gül Ltd.;1.234,56;31.12.2025;1.234,56;120.01;Ali\n"
        )
        assert Entry.objects.get().amount == D("1234.56")

    def test_help_text_may_stand_above_the_header(self, erp):
        erp.take_in(
            "Anadolu Toptan Ltd. Şti.\nCari hareket dökümü; 01.01.2025 – 31.12.2025\n\n"
            "Cari Kodu ve Tarih alanları zorunludur.;;;;\n" + rows(INVOICE)
        )
        assert Entry.objects.get().document_no == "F1"

    def test_empty_rows_are_left_out(self, erp):
        assert counts(erp.take_in(rows("", INVOICE, ";;;;;;;", "  "))) == {"new": 1}

    @pytest.mark.parametrize(
        ("text", "amount"),
        [
            ("1.234,56", "1234.56"),
            ("1234,56", "1234.56"),
            ("1234.56", "1234.56"),
            ("1.234.567,89", "1234567.89"),
            ("1234", "1234"),
            ("1.234", "1234"),
            ("0,01", "0.01"),
            (" 12,5 ", "12.5"),
            ("999.999.999.999,99", "999999999999.99"),
        ],
    )
    def test_amounts_as_erps_write_them(self, erp, text, amount):
        erp.take_in(rows(f"120.01;31.12.2025;;F1;Fatura;;{text};0,00"))
        assert Entry.objects.get().amount == D(amount)

    @pytest.mark.parametrize(
        "text",
        ["31.12.2025", "31.12.2025 14:05:09", "31.12.2025 14:05", "2025-12-31", "31/12/2025"],
    )
    def test_dates_as_erps_write_them(self, erp, text):
        erp.take_in(rows(f"120.01;{text};{text};F1;Fatura;;1;"))
        entry = Entry.objects.get()
        assert entry.booked_on == entry.due_on == date(2025, 12, 31)

    def test_without_a_currency_column_it_is_the_books_own(self, db, tmp_path):
        account = make_account(make_supplier(currency="EUR"), code="120.01")
        Erp(account.supplier, tmp_path).take_in(rows(INVOICE))
        assert balances(account) == {"EUR": D("1234.56")}

    @pytest.mark.parametrize(
        ("word", "currency"),
        [("", "TRY"), ("TL", "TRY"), ("TRY", "TRY"), ("₺", "TRY"), ("USD", "USD"), ("eur", "EUR")],
    )
    def test_currencies_as_erps_write_them(self, erp, account, word, currency):
        erp.take_in(f"Cari Kodu;Tarih;Borç;Alacak;Döviz\n120.01;31.12.2025;10;;{word}\n")
        assert balances(account) == {currency: D(10)}

    def test_a_row_in_foreign_currency_keeps_its_rate(self, erp, account):
        header = "Cari Kodu;Tarih;Evrak No;Borç;Alacak;Para Birimi;Kur"
        erp.take_in(
            rows(
                "120.01;31.12.2025;F1;100,00;;USD;42,1234",
                "120.01;31.12.2025;F2;5;;TL;1",
                header=header,
            )
        )
        dollars, lira = Entry.objects.order_by("pk")
        assert (dollars.currency, dollars.amount, dollars.rate) == ("USD", D(100), D("42.1234"))
        assert (lira.currency, lira.rate) == ("TRY", None)
        assert balances(account) == {"TRY": D(5), "USD": D(100)}

    def test_a_rate_with_a_point_and_three_digits_is_no_thousand(self, erp):
        erp.take_in(
            "Cari Kodu;Tarih;Borç;Alacak;Para Birimi;Kur\n120.01;31.12.2025;100.00;;USD;42.123\n"
        )
        assert Entry.objects.get().rate == D("42.123")

    def test_a_row_in_foreign_currency_moves_the_books_currency_too(self, erp):
        erp.take_in("Cari Kodu;Tarih;Borç;Alacak;Döviz;Kur\n120.01;31.12.2025;100;;USD;42,5\n")
        assert Entry.objects.get().base_amount == D(4250)

    @pytest.mark.parametrize(
        ("word", "kind"),
        [
            ("Devir", "opening"),
            ("Satış Faturası", "invoice"),
            ("SATIŞ FATURASI", "invoice"),
            ("Tevkifatlı Satış Faturası", "invoice"),
            ("Satış İade Faturası", "credit_note"),
            ("Nakit Tahsilat", "cash"),
            ("Gelen Havale", "bank_transfer"),
            ("EFT", "bank_transfer"),
            ("Kredi Kartı", "card"),
            ("Çek", "cheque"),
            ("Karşılıksız Çek", "cheque_returned"),
            ("Senet", "promissory_note"),
            ("Virman", "offset"),
            ("Borç Dekontu", "debit_note"),
            ("Kur Farkı", "fx_difference"),
            ("Vade Farkı", "surcharge"),
            ("Bonus", "other"),
            ("", "other"),
        ],
    )
    def test_the_erps_words_are_mapped_and_kept(self, erp, word, kind):
        erp.take_in(rows(f"120.01;31.12.2025;;X1;{word};;10;"))
        entry = Entry.objects.get()
        assert (entry.kind, entry.source_kind) == (kind, word)

    @pytest.mark.parametrize(
        "separator",
        [
            ";",
            ",",
            "\t",
        ],
    )
    def test_every_cell_may_be_quoted(self, erp, separator):
        out = io.StringIO()
        writer = csv.writer(out, delimiter=separator, quoting=csv.QUOTE_ALL)
        writer.writerow(["Anadolu Toptan"])
        writer.writerow(HEADER.split(";"))
        writer.writerow(["120.01", "31.12.2025", "", "F1", "Çek", 'Boru 1/2"', "", "1.234,56"])
        erp.take_in(out.getvalue())
        entry = Entry.objects.get()
        assert (entry.description, entry.amount) == ('Boru 1/2"', D("-1234.56"))

    def test_quotes_in_the_help_text_do_no_harm(self, erp):
        erp.take_in('"Anadolu" Toptan; "cari" dökümü\n' + rows(INVOICE))
        assert Entry.objects.get().document_no == "F1"

    def test_formula_text_is_text_and_nothing_more(self, erp):
        formula = '=HYPERLINK("http://evil.example","Fatura")'
        quoted = formula.replace('"', '""')
        erp.take_in(rows(f'120.01;31.12.2025;;F1;Fatura;"{quoted}";10;'))
        assert Entry.objects.get().description == formula


class TestRefusedRows:
    @pytest.mark.parametrize(
        ("row", "column", "reason"),
        [
            ("120.99;31.12.2025;;F1;Fatura;;1;", "Cari Kodu", "“120.99” kodlu bir cari yok"),
            (";31.12.2025;;F1;Fatura;;1;", "Cari Kodu", "kodlu bir cari yok"),
            ("120.01;31.02.2026;;F1;Fatura;;1;", "Tarih", "“31.02.2026”"),
            ("120.01;;;F1;Fatura;;1;", "Tarih", "gibi bir tarih değil"),
            ("120.01;46022;;F1;Fatura;;1;", "Tarih", "“46022”"),
            ("120.01;31.12.25;;F1;Fatura;;1;", "Tarih", "“31.12.25”"),
            ("120.01;31.12.2025;31.02.2026;F1;Fatura;;1;", "Vade", "“31.02.2026”"),
            ("120.01;31.12.2025;;F1;Fatura;;NaN;", "Borç", "“NaN” bir tutar değil"),
            ("120.01;31.12.2025;;F1;Fatura;;;Infinity", "Alacak", "bir tutar değil"),
            ("120.01;31.12.2025;;F1;Fatura;;1e3;", "Borç", "bir tutar değil"),
            ("120.01;31.12.2025;;F1;Fatura;;1,2,3;", "Borç", "bir tutar değil"),
            ("120.01;31.12.2025;;F1;Fatura;;1.23.456;", "Borç", "bir tutar değil"),
            ("120.01;31.12.2025;;F1;Fatura;;１２;", "Borç", "bir tutar değil"),
            ("120.01;31.12.2025;;F1;Fatura;;=1+1;", "Borç", "bir tutar değil"),
            ("120.01;31.12.2025;;F1;Fatura;;1000000000000000;", "Borç", "çok büyük"),
            ("120.01;31.12.2025;;F1;Fatura;;1000000000000;", "Borç", "çok büyük"),
            ("120.01;31.12.2025;;F1;Fatura;;0,001;", "", "TRY"),
            ("120.01;31.12.2025;;F1;Fatura;;0,00;0,00", "", "Tutarı 0 olan"),
            ("120.01;31.12.2025;;F1;Fatura;;;", "", "Tutarı 0 olan"),
            (f"120.01;31.12.2025;;{'F' * 61};Fatura;;1;", "", "FFF"),
            (f"120.01;31.12.2025;;F1;{'T' * 61};;1;", "", "TTT"),
            (f"120.01;31.12.2025;;F1;Fatura;{'a' * 501};1;", "", "aaa"),
        ],
    )
    def test_a_row_that_makes_no_movement(self, erp, row, column, reason):
        refused = erp.refuse(rows(INVOICE, row))
        assert [(line["line"], line["column"]) for line in refused] == [(3, column)]
        assert reason in refused[0]["reason"]

    def test_a_currency_nobody_knows(self, erp):
        refused = erp.refuse("Cari Kodu;Tarih;Borç;Alacak;Döviz\n120.01;31.12.2025;1;;ABC\n")
        assert "ABC" in refused[0]["reason"]

    def test_a_row_with_debit_and_credit_is_two_movements_or_none(self, erp):
        """One figure in the statement where the ERP prints two: the totals would not agree."""
        erp.refuse(rows("120.01;31.12.2025;;F1;Fatura;;100,00;40,00"))

    def test_a_row_wider_than_the_header_is_refused(self, erp):
        """Unquoted decimal commas in a file with commas: 100,56 is no debit and a credit."""
        refused = erp.refuse("Cari Kodu,Tarih,Borç,Alacak\n120.01,31.12.2025,100,56,\n")
        assert refused[0]["line"] == 2

    def test_more_digits_than_any_currency_has_are_refused(self, erp):
        refused = erp.refuse(rows(INVOICE, "120.01;31.12.2025;;F2;Fatura;;0,00001;"))
        assert [row["line"] for row in refused] == [3]

    def test_what_a_rate_makes_too_large_is_refused(self, erp):
        refused = erp.refuse(
            "Cari Kodu;Tarih;Borç;Alacak;Döviz;Kur\n"
            "120.01;31.12.2025;1;;USD;42,5\n"
            "120.01;31.12.2025;100.000.000.000,00;;USD;42,5\n"
        )
        assert [row["line"] for row in refused] == [3]

    def test_every_bad_row_is_told_and_good_ones_wait(self, erp):
        bad = "120.99;31.12.2025;;F9;Fatura;;1;"
        refused = erp.refuse(rows(INVOICE, bad, INVOICE, "120.01;x;;F1;Fatura;;1;", bad))
        assert [row["line"] for row in refused] == [3, 5, 6]

    def test_another_suppliers_account_is_unknown(self, erp):
        make_account(code="120.02")
        refused = erp.refuse(rows("120.02;31.12.2025;;F1;Fatura;;1;"))
        assert "120.02" in refused[0]["reason"]

    def test_a_new_row_for_a_closed_account_is_refused(self, erp, account):
        CustomerAccount.objects.update(is_closed=True)
        assert account.code in erp.refuse(rows(INVOICE))[0]["reason"]

    def test_old_rows_of_a_closed_account_do_not_stop_the_file(self, erp, account):
        """ERPs send the whole history each time: one closed account would stop every later file."""
        erp.take_in(rows(INVOICE, "120.01;05.01.2026;;T1;Havale;;;1.234,56"))
        CustomerAccount.objects.update(is_closed=True)
        make_account(account.supplier, code="120.02")
        erp.take_in(
            rows(
                INVOICE,
                "120.01;05.01.2026;;T1;Havale;;;1.234,56",
                "120.02;06.01.2026;;F2;Fatura;;10;",
            )
        )

    def test_lines_are_numbered_as_an_editor_does(self, erp):
        text = (
            "Yardım metni\n"  # 1
            "\n"  # 2
            f"{HEADER}\n"  # 3
            '120.01;31.12.2025;;F1;Fatura;"ilk satır\nikinci\r\nüçüncü";10;\n'  # 4 to 6
            "\n"  # 7
            "120.01;31.02.2026;;F2;Fatura;;10;\n"  # 8
        )
        assert [row["line"] for row in erp.refuse(text)] == [8]

    def test_a_row_over_several_lines_is_where_it_begins(self, erp):
        text = rows('120.01;31.02.2026;;F1;Fatura;"bir\niki\nüç";10;', INVOICE)
        assert [row["line"] for row in erp.refuse(text)] == [2]

    def test_line_breaks_within_quotes_are_kept(self, erp):
        erp.take_in(rows('120.01;31.12.2025;;F1;Fatura;"bir\niki";10;'))
        assert Entry.objects.get().description == "bir\niki"

    def test_a_quote_that_never_closes_loses_no_row(self, erp):
        """Inches: ERPs that quote nothing write descriptions like this."""
        lost = rows(
            '120.01;31.12.2025;;F1;Fatura;"1/2 boru;10,00;',
            "120.01;31.12.2025;;F2;Fatura;;20,00;",
            '120.01;31.12.2025;;F3;Fatura;"3/4 boru;30,00;40,00',
            "120.01;31.12.2025;;F4;Fatura;;;50,00",
        )
        before = dump()
        try:
            code, _out = erp.command(lost, "--json")
        except CommandError:
            code = 1
        assert (code == 1 and dump() == before) or Entry.objects.count() == 4


class TestFilesThatAreNone:
    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (b"", "Cari Kodu"),
            (b"\xef\xbb\xbf", "Cari Kodu"),
            (b"\r\n\r\n", "Cari Kodu"),
            (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "CSV"),
            (b"PK\x03\x04\x14\x00\x06\x00\x08\x00", "CSV"),
            (rows(INVOICE).encode() + b"\x00", "CSV"),
            (rows(INVOICE).encode("utf-16"), "CSV"),
            (b"\x81\x8d\x8f\x90", "UTF-8"),
            ("Tarih;Evrak No;Borç;Alacak\n31.12.2025;F1;1;\n".encode(), "Cari Kodu"),
            ("Cari Kodu;Tarih\n120.01;31.12.2025\n".encode(), "Borç, Alacak"),
            (b"x" * 2_000_000, "Başlık"),
            (rows(INVOICE, f"120.01;31.12.2025;;F2;Fatura;{'a' * 2_000_000};1;").encode(), "CSV"),
            (b'"' + b"x;" * 1_000_000, "Başlık"),
        ],
        ids=[
            "empty",
            "only a BOM",
            "empty lines",
            "PDF",
            "ZIP",
            "NUL",
            "UTF-16",
            "no encoding",
            "no account column",
            "no amounts",
            "one long line",
            "a long cell",
            "an open quote",
        ],
    )
    def test_is_told_and_nothing_is_written(self, erp, data, reason):
        assert reason in erp.cannot_read(data)

    def test_a_header_alone_is_a_file_of_nothing(self, erp):
        result = erp.take_in(rows())
        assert counts(result) == {}
        assert not Entry.objects.exists()

    def test_a_file_that_is_not_there(self, erp):
        with pytest.raises(CommandError, match="yok.csv"):
            call_command(
                "b2b_portal_import",
                "entries",
                str(erp.folder / "yok.csv"),
                supplier=erp.supplier.tax_number,
            )

    def test_a_supplier_nobody_knows(self, erp):
        with pytest.raises(CommandError):
            call_command("b2b_portal_import", "entries", "x.csv", supplier="4540536920")

    def test_a_hundred_thousand_separators_are_read_in_reasonable_time(self, erp):
        refused = erp.refuse(rows("120.01" + ";" * 100_000))
        assert refused[0]["line"] == 2


class TestWhatIsSaid:
    def test_a_dry_run_says_the_same_and_writes_nothing(self, erp):
        erp.take_in(rows(INVOICE))
        more = rows(INVOICE.replace("1.234,56", "1.000,00"), "120.01;31.12.2025;;F2;Fatura;;5;")
        before = dump()
        said = erp.take_in(more, "--dry-run")
        assert dump() == before
        assert said.pop("batch") is None
        done = erp.take_in(more)
        assert done.pop("batch")
        assert said == done

    def test_a_dry_run_refuses_too(self, erp):
        assert erp.refuse(rows("120.99;31.12.2025;;F1;Fatura;;1;"), "--dry-run")

    def test_people_read_sentences(self, erp):
        code, out = erp.command(rows(INVOICE, "120.99;31.12.2025;;F2;Fatura;;1;"))
        assert code == 1
        assert "Satır 3, Cari Kodu: “120.99” kodlu bir cari yok." in out
        assert "Hiçbir şey yazılmadı." in out
        code, out = erp.command(rows(INVOICE))
        assert code == 0
        assert f"{ImportBatch.objects.get().pk} numaralı aktarım olarak işlendi." in out


class TestTheNextFile:
    """An ERP sends its rows again and again; what it has sent before is known by itself."""

    def test_the_same_file_again_changes_nothing(self, erp, account):
        text = rows(INVOICE, "120.01;05.01.2026;;T1;Havale;;;200,00")
        erp.take_in(text)
        assert counts(erp.take_in(text)) == {"unchanged": 2}
        assert Entry.objects.count() == 2
        assert balances(account) == {"TRY": D("1034.56")}

    def test_in_another_order_either(self, erp):
        lines = [f"120.01;0{n}.01.2026;;F{n};Fatura;;{n}0,00;" for n in range(1, 6)]
        erp.take_in(rows(*lines))
        assert counts(erp.take_in(rows(*reversed(lines)))) == {"unchanged": 5}

    def test_said_in_another_way_it_is_the_same(self, erp):
        erp.take_in(rows(INVOICE))
        again = "120.01\t2025-12-31\t30.01.2026 00:00:00\tF1\tSatış Faturası\tAğustos sevkiyatı\t1234.56\t0"
        assert counts(erp.take_in(rows(again, header=HEADER.replace(";", "\t")))) == {
            "unchanged": 1
        }

    def test_new_rows_come_in_beside_known_ones(self, erp):
        erp.take_in(rows(INVOICE))
        again = rows(
            "120.01;01.12.2025;;F0;Fatura;;5;", INVOICE, "120.01;01.01.2026;;F2;Fatura;;5;"
        )
        assert counts(erp.take_in(again)) == {"new": 2, "unchanged": 1}

    def test_a_changed_row_is_reversed_and_posted_anew(self, erp, account):
        erp.take_in(rows(INVOICE))
        again = rows(INVOICE.replace("1.234,56", "1.200,00"))
        assert counts(erp.take_in(again)) == {"changed": 1}
        first, reversal, second = Entry.objects.order_by("pk")
        assert (reversal.reverses, reversal.amount) == (first, D("-1234.56"))
        assert reversal.booked_on == first.booked_on == date(2025, 12, 31)
        assert (second.revision, second.external_id) == (2, first.external_id)
        assert second.amount == D(1200)
        assert second.batch != first.batch
        assert balances(account) == {"TRY": D(1200)}
        shown = statement(account, "TRY", None, None, hide_reversed=True)
        assert [row.amount for row in shown.rows] == [D(1200)]
        assert counts(erp.take_in(again)) == {"unchanged": 1}

    def test_a_row_may_change_again_and_back(self, erp, account):
        for amount in ("1.200,00", "1.300,00", "1.200,00"):
            erp.take_in(rows(INVOICE.replace("1.234,56", amount)))
        assert Entry.objects.order_by("-pk").first().revision == 3
        assert balances(account) == {"TRY": D(1200)}

    @pytest.mark.parametrize(
        ("was", "becomes"),
        [
            ("31.12.2025", "30.12.2025"),
            ("30.01.2026", "28.02.2026"),
            ("Ağustos", "Eylül"),
            ("Satış Faturası", "Fatura"),
        ],
    )
    def test_whatever_changes_the_balance_stays(self, erp, account, was, becomes):
        erp.take_in(rows(INVOICE))
        assert counts(erp.take_in(rows(INVOICE.replace(was, becomes)))) == {"changed": 1}
        assert balances(account) == {"TRY": D("1234.56")}
        assert Entry.objects.get(reverses__isnull=False).booked_on == date(2025, 12, 31)

    def test_equal_cheques_of_one_bordro_stay_as_many_as_they_are(self, erp, account):
        cheque = "120.01;05.01.2026;05.04.2026;BRD-7;Çek;Ziraat;;1.000,00"
        assert counts(erp.take_in(rows(*[cheque] * 3))) == {"new": 3}
        assert counts(erp.take_in(rows(*[cheque] * 3))) == {"unchanged": 3}
        assert counts(erp.take_in(rows(*[cheque] * 4))) == {"unchanged": 3, "new": 1}
        assert balances(account) == {"TRY": D(-4000)}

    def test_different_cheques_of_one_bordro_in_another_order_are_the_same(self, erp):
        cheques = [f"120.01;05.01.2026;;BRD-7;Çek;No {n};;{n}00,00" for n in (1, 2, 3)]
        erp.take_in(rows(*cheques))
        assert counts(erp.take_in(rows(*reversed(cheques)))) == {"unchanged": 3}

    def test_rows_without_a_number_in_the_next_months_file_are_new(self, erp, account):
        """A file of one month after the other: February's first cash is not January's."""
        erp.take_in(rows("120.01;05.01.2026;;;Nakit;;;100,00"))
        assert counts(erp.take_in(rows("120.01;05.02.2026;;;Nakit;;;250,00"))) == {"new": 1}
        assert balances(account) == {"TRY": D(-350)}

    def test_accounts_and_kinds_may_share_a_number(self, erp, account):
        make_account(account.supplier, code="120.02")
        lines = [
            "120.01;05.01.2026;;V1;Virman;;;100,00",
            "120.02;05.01.2026;;V1;Virman;;100,00;",
            "120.01;05.01.2026;;V1;Nakit;;;5,00",
        ]
        erp.take_in(rows(*lines))
        assert counts(erp.take_in(rows(*reversed(lines)))) == {"unchanged": 3}

    def test_a_word_the_profile_has_learnt_posts_nothing_twice(self, erp, account, monkeypatch):
        """A newer release maps more words: the rows that were "other" are still the same rows."""
        line = "120.01;05.01.2026;;B1;Bonus;;;100,00"
        erp.take_in(rows(line))
        learnt = profiles.get("general")
        learnt.kinds["credit_note"].append("Bonus")
        monkeypatch.setattr(profiles, "get", lambda name: learnt)
        erp.take_in(rows(line))
        assert balances(account) == {"TRY": D(-100)}

    def test_a_second_devir_is_warned_of_within_one_file_too(self, erp):
        result = erp.take_in(
            rows(
                "120.01;01.01.2025;;DVR25;Devir;;100,00;",
                "120.01;10.01.2025;;F1;Fatura;;50,00;",
                "120.01;01.01.2026;;DVR26;Devir;;150,00;",
            )
        )
        assert len(result["warnings"]) == 1 and "DVR26" in result["warnings"][0]

    def test_the_first_devir_is_no_warning(self, erp, account):
        make_account(account.supplier, code="120.02")
        result = erp.take_in(
            rows(
                "120.01;01.01.2025;;DVR25;Devir;;100,00;",
                "120.02;01.01.2025;;DVR25;Devir;;100,00;",
                "120.01;10.01.2025;;F1;Fatura;;50,00;",
            )
        )
        assert result["warnings"] == []

    def test_suppliers_do_not_share_keys(self, erp, tmp_path):
        other = make_account(code="120.01")
        erp.take_in(rows(INVOICE))
        assert counts(Erp(other.supplier, tmp_path).take_in(rows(INVOICE))) == {"new": 1}

    def test_what_a_clerk_reversed_stays_reversed(self, erp, account):
        erp.take_in(rows(INVOICE))
        reverse(Entry.objects.get(), reason="Yanlış cari")
        assert counts(erp.take_in(rows(INVOICE))) == {"unchanged": 1}
        assert balances(account) == {"TRY": D(0)}

    def test_the_erp_may_still_correct_what_a_clerk_reversed(self, erp, account):
        """Else no later file comes in at all."""
        erp.take_in(rows(INVOICE))
        reverse(Entry.objects.get(), reason="Yanlış tutar")
        assert counts(erp.take_in(rows(INVOICE.replace("1.234,56", "1.000,00")))) == {"changed": 1}
        assert balances(account) == {"TRY": D(1000)}

    def test_a_correction_frees_what_had_been_allocated(self, erp, account):
        erp.take_in(rows(INVOICE, "120.01;05.01.2026;;T1;Havale;;;1.234,56"))
        invoice, transfer = Entry.objects.order_by("pk")
        allocate(transfer, invoice)
        erp.take_in(
            rows(INVOICE.replace("1.234,56", "1.300,00"), "120.01;05.01.2026;;T1;Havale;;;1.234,56")
        )
        assert balances(account) == {"TRY": D("65.44")}
        call_command("b2b_portal_verify", stdout=io.StringIO())

    def test_a_file_is_applied_whole_or_not_at_all(self, erp, account, monkeypatch):
        erp.take_in(rows(INVOICE))
        before = dump()

        def fail(*args, **kwargs):
            raise LedgerError("no")

        monkeypatch.setattr("b2b_portal.erp.entries.revise", fail)
        text = rows("120.01;01.01.2026;;F2;Fatura;;5;", INVOICE.replace("1.234,56", "1.000,00"))
        with pytest.raises(CommandError, match="no"):
            erp.command(text)
        assert dump() == before


def token_of(response):
    return re.search(r"token=([0-9a-f-]+)", response["Location"])[1]


@pytest.fixture
def paid(customer, dealer, iyzico):
    """A payment of 600,00 that the dealer has made through the gateway."""
    token = token_of(start_paying(customer, amount="600,00"))
    iyzico.pay(token)
    customer.post("/b2b/pay/return/", {"token": token})
    payment = Payment.objects.get()
    assert payment.state == "paid"
    return payment


@pytest.fixture
def books(dealer, tmp_path):
    return Erp(dealer.supplier, tmp_path)


def export(books, name="tahsilat.csv"):
    """The rows of the collections file, as dicts."""
    path = books.folder / name
    call_command(
        "b2b_portal_export_collections",
        "--supplier",
        books.supplier.tax_number,
        "-o",
        str(path),
        stdout=io.StringIO(),
    )
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf"), "Excel knows UTF-8 by this"
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))


def booked(row, **changes):
    """The line an ERP sends after it has booked a row of our collections."""
    row = row | changes
    return ";".join(
        [
            row["Cari Kodu"],
            row["Tarih"],
            "",
            row["Evrak No"],
            row["İşlem Türü"],
            "Portal tahsilatı",
            row["Borç"],
            row["Alacak"],
        ]
    )


class TestCollections:
    def test_the_file_says_what_was_paid(self, books, dealer, paid):
        (row,) = export(books)
        moment = timezone.localtime(paid.paid_at)
        assert row == {
            "Tarih": f"{timezone.localdate():%d.%m.%Y}",
            "Saat": f"{moment:%H:%M:%S}",
            "Cari Kodu": dealer.code,
            "Evrak No": paid.receipt_no,
            "İşlem Türü": "Kredi Kartı",
            "Açıklama": paid.entry.description,
            "Borç": "",
            "Alacak": "600,00",
            "Para Birimi": "TRY",
            "Taksit": "1",
            "Ödeme No": paid.gateway_payment_id,
            "Kart": paid.card,
        }

    def test_a_payment_is_marked_when_it_first_went_out(self, books, paid):
        assert paid.exported_at is None
        export(books)
        paid.refresh_from_db()
        first = paid.exported_at
        assert abs((timezone.now() - first).total_seconds()) < 60
        export(books)
        paid.refresh_from_db()
        assert paid.exported_at == first

    def test_until_the_erp_has_booked_it_it_goes_out_again(self, books, paid):
        assert export(books) == export(books, "again.csv")

    def test_only_what_is_paid_goes_out(self, books, customer, iyzico):
        token = token_of(start_paying(customer, amount="10"))
        iyzico.fail(token, card="4111111111111129")
        customer.post("/b2b/pay/return/", {"token": token})
        start_paying(customer, amount="20")
        assert export(books) == []

    def test_what_was_reversed_before_it_went_out_does_not_go_out(self, books, paid):
        """The ERP would book money that the portal has taken back."""
        reverse(paid.entry, reason="İptal")
        assert export(books) == []

    def test_another_suppliers_payments_stay_out(self, paid, tmp_path):
        assert export(Erp(make_supplier(), tmp_path)) == []

    @pytest.mark.parametrize("where", ["", "no/such/folder/file.csv"], ids=["folder", "nowhere"])
    def test_a_file_that_cannot_be_written_marks_nothing(self, books, paid, where):
        before = dump()
        with pytest.raises(CommandError):
            export(books, where)
        assert dump() == before
        paid.refresh_from_db()
        assert paid.exported_at is None

    def test_a_supplier_nobody_knows(self, books, db):
        with pytest.raises(CommandError):
            call_command(
                "b2b_portal_export_collections", supplier="4540536920", output=books.folder / "x"
            )


class TestMatching:
    @pytest.fixture
    def row(self, books, paid):
        (row,) = export(books)
        return row

    def test_what_comes_back_is_matched_and_moves_nothing(self, books, dealer, row):
        before = balances(dealer)
        result = books.take_in(rows(booked(row), INVOICE.replace("120.01", dealer.code)))
        assert counts(result) == {"matched": 1, "new": 1}
        assert balances(dealer) == {"TRY": before["TRY"] + D("1234.56")}
        assert Entry.objects.filter(amount__lt=0).count() == 1
        assert export(books) == []

    def test_again_there_is_still_one_credit(self, books, dealer, row):
        books.take_in(rows(booked(row)))
        before = balances(dealer)
        result = books.take_in(rows(booked(row)))
        assert (counts(result), result["warnings"]) == ({"matched": 1}, [])
        assert balances(dealer) == before
        assert Entry.objects.filter(amount__lt=0).count() == 1

    def test_a_dry_run_matches_nothing(self, books, row):
        before = dump()
        assert counts(books.take_in(rows(booked(row)), "--dry-run")) == {"matched": 1}
        assert dump() == before

    def test_booked_with_another_amount_it_is_refused(self, books, paid, row):
        (refused,) = books.refuse(rows(booked(row, Alacak="599,99")))
        assert refused["line"] == 2
        assert paid.receipt_no in refused["reason"] and "tutarı farklı" in refused["reason"]

    def test_booked_as_a_debit_it_is_refused(self, books, row):
        assert books.refuse(rows(booked(row, Borç="600,00", Alacak="")))

    def test_twice_in_one_file_is_refused(self, books, paid, row):
        (refused,) = books.refuse(rows(booked(row), booked(row)))
        assert refused["line"] == 3
        assert paid.receipt_no in refused["reason"] and "iki kez" in refused["reason"]

    def test_so_it_is_once_it_was_matched(self, books, dealer, row):
        books.take_in(rows(booked(row)))
        books.refuse(rows(booked(row), booked(row)))

    def test_a_match_stands_when_the_erp_renames_its_kind(self, books, dealer, row):
        books.take_in(rows(booked(row)))
        before = balances(dealer)
        books.command(rows(booked(row, **{"İşlem Türü": "Tahsilat"})))
        assert balances(dealer) == before

    def test_changed_after_it_was_matched_is_a_warning(self, books, dealer, paid, row):
        books.take_in(rows(booked(row)))
        before = balances(dealer)
        result = books.take_in(rows(booked(row, Tarih="01.01.2026")))
        assert counts(result) == {"matched": 1}
        (warning,) = result["warnings"]
        assert paid.receipt_no in warning and "2" in warning
        assert balances(dealer) == before

    def test_the_number_on_another_account_is_refused(self, books, dealer, paid, row):
        """The portal's credit stands here, the ERP's would stand there: counted twice."""
        other = make_account(dealer.supplier)
        (refused,) = books.refuse(rows(booked(row, **{"Cari Kodu": other.code})))
        assert paid.receipt_no in refused["reason"]

    def test_the_erps_own_reversal_of_it_counts_with_a_warning(self, books, dealer, paid, row):
        before = balances(dealer)["TRY"]
        back = booked(row, Borç="600,00", Alacak="", **{"İşlem Türü": "Borç Dekontu"})
        said = books.take_in(rows(booked(row), back))
        assert (counts(said), len(said["warnings"])) == ({"new": 1, "matched": 1}, 1)
        assert balances(dealer)["TRY"] == before + 600

    def test_our_number_is_known_however_it_is_written(self, books, dealer, paid, row):
        line = booked(row, **{"Evrak No": f" {paid.receipt_no.lower()}"})
        assert counts(books.take_in(rows(line))) == {"matched": 1}

    def test_an_account_that_got_another_code_keeps_its_movements(self, books, dealer):
        line = f"{dealer.code};05.01.2026;;F9;Fatura;;100,00;"
        books.take_in(rows(line))
        CustomerAccount.objects.filter(pk=dealer.pk).update(code="120.NEW")
        again = books.take_in(rows(line.replace(dealer.code, "120.NEW")))
        assert counts(again) == {"unchanged": 1}

    def test_nor_in_another_suppliers_books(self, paid, row, tmp_path):
        other = make_account()
        result = Erp(other.supplier, tmp_path).take_in(
            rows(booked(row, **{"Cari Kodu": other.code}))
        )
        assert counts(result) == {"new": 1}

    def test_a_number_that_looks_like_a_receipt_is_an_ordinary_number(self, books, dealer, row):
        line = booked(row, **{"Evrak No": "B2B999999999"})
        assert counts(books.take_in(rows(line))) == {"new": 1}

    def test_our_number_is_found_in_whichever_column_the_erp_keeps_it(self, books, dealer, row):
        """Logo prints its own Fiş No and, beside it, the Belge No that came in with our file."""
        header = "Cari Kodu;Tarih;Fiş No;Belge No;Fiş Türü;Borç;Alacak"
        line = f"{dealer.code};{row['Tarih']};000123;{row['Evrak No']};Kredi Kartı;;600,00"
        assert counts(books.take_in(rows(line, header=header))) == {"matched": 1}

    def test_what_the_portal_has_reversed_meanwhile_is_told(self, books, paid, row):
        """The ERP counts a credit that the portal does not: somebody must know."""
        reverse(paid.entry, reason="İptal")
        code, out = books.command(rows(booked(row)), "--json")
        said = json.loads(out)
        assert paid.receipt_no in json.dumps([said["refused"], said["warnings"]])
