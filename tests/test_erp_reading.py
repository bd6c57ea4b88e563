"""What a file may look like, and what is refused of it."""

import csv
import io
import tracemalloc
from datetime import date
from itertools import islice

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.core.management import CommandError, call_command

from b2b_portal.erp import profiles
from b2b_portal.erp.reading import read
from b2b_portal.exceptions import FileRefused
from b2b_portal.ledger.balances import balances
from b2b_portal.models import Entry, ImportBatch
from b2b_portal.testing.factories import make_account, make_supplier
from b2b_portal.testing.ledger import dump

from .erp import HEADER, INVOICE, D, Erp, counts, lines, rows


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


class TestFilesThatAreNone:
    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (b"", "Dosya boş"),
            (b"\xef\xbb\xbf", "Dosya boş"),
            (b"\r\n\r\n", "Dosya boş"),
            (b"\xef\xbb\xbf<html><table><tr><td>Cari Kodu", ".xlsx"),
            (b'<?xml version="1.0"?><Workbook>', ".xlsx"),
            (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "CSV"),
            (b"PK\x03\x04\x14\x00\x06\x00\x08\x00", "CSV"),
            (rows(INVOICE).encode() + b"\x00", "CSV"),
            (rows(INVOICE).encode("utf-16"), "CSV"),
            (b"\x81\x8d\x8f\x90", "UTF-8"),
            ("Tarih;Evrak No;Borç;Alacak\n31.12.2025;F1;1;\n".encode(), "Cari Kodu"),
            ("Cari Kodu;Tarih\n120.01;31.12.2025\n".encode(), "Borç, Alacak"),
            ("Cari Kodu;Tarih;Borç\n120.01;31.12.2025;1\n".encode(), "Alacak"),
            (rows(INVOICE, header=HEADER + ";Borç" * 100).encode(), "“Borç”"),
            (rows(INVOICE, header=HEADER + ";BORÇ").encode(), "“BORÇ”"),
            (rows(INVOICE).encode("cp857"), "UTF-8"),
            (b"x" * 2_000_000, "Başlık"),
            (rows(INVOICE, f"120.01;31.12.2025;;F2;Fatura;{'a' * 2_000_000};1;").encode(), "CSV"),
            (b'"' + b"x;" * 1_000_000, "Başlık"),
        ],
        ids=[
            "empty",
            "only a BOM",
            "empty lines",
            "HTML",
            "XML",
            "PDF",
            "ZIP",
            "NUL",
            "UTF-16",
            "no encoding",
            "no account column",
            "no amounts",
            "debits alone",
            "a hundred columns of one name",
            "a column twice",
            "DOS Turkish",
            "one long line",
            "a long cell",
            "an open quote",
        ],
    )
    def test_is_told_and_nothing_is_written(self, erp, data, reason):
        assert reason in erp.cannot_read(data)

    def test_a_header_alone_is_a_file_of_nothing(self, erp):
        result = erp.take_in(rows())
        assert counts(result) == {} and "satır yok" in result["warnings"][0]
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

    def test_what_a_movement_changes_is_said_old_and_new(self, erp, account):
        erp.take_in(rows(INVOICE))
        changed = rows(INVOICE.replace("1.234,56", "1.000,00"))
        said = [
            {"line": 2, "outcome": "changed", "text": f"{account} F1: Tutar: 1.234,56 → 1.000,00"}
        ]
        assert erp.take_in(changed, "--dry-run")["lines"] == said
        assert said[0]["text"] in erp.command(changed, "--dry-run")[1]
        erp.take_in(changed)
        assert ImportBatch.objects.latest("pk").lines == said

    def test_a_profile_nobody_knows(self, erp):
        columns = {"kind": "entries", "data": {"columns": {}}}
        erp.supplier.import_profiles.create(name="Çağdaş muavin", **columns)
        with pytest.raises(CommandError) as error:
            erp.command(rows(INVOICE), "--profile", "yok")
        assert "“yok” adında bir profil yok" in str(error.value)
        assert "general" in str(error.value) and "Çağdaş muavin" in str(error.value)


class TestStreams:
    table = profiles.get("general").table("entries")

    def test_memory_does_not_grow_with_the_file(self, tmp_path):
        (tmp_path / "a.csv").write_bytes(rows(*[INVOICE] * 60_000).encode())
        peaks = []
        for count in (2_000, 60_000):
            with (tmp_path / "a.csv").open("rb") as stream:
                tracemalloc.start()
                for _line in islice(read(stream, self.table), count):
                    pass
                peaks.append(tracemalloc.get_traced_memory()[1])
                tracemalloc.stop()
        assert peaks[1] < peaks[0] + 100_000

    @pytest.mark.parametrize("encoding", ["utf-8", "cp1254"])
    def test_the_encoding_is_that_of_the_whole_file(self, tmp_path, encoding):
        """The first Turkish letter may stand in the last row."""
        plain = ["Cari Kodu;Tarih;Tutar;Aciklama", *["120.01;31.12.2025;1;x"] * 60_000]
        text = "\n".join([*plain, "120.01;31.12.2025;1;ğüşıöç"])
        *_lines, line = lines(text.encode(encoding))
        assert (line.number, line.cells["description"]) == (60_002, "ğüşıöç")

    def test_a_byte_that_is_in_no_encoding_is_told_wherever_it_stands(self):
        plain = ["Cari Kodu;Tarih;Tutar", *["120.01;31.12.2025;1"] * 60_000]
        with pytest.raises(FileRefused, match="UTF-8"):
            lines("\n".join(plain).encode() + b"\xf0\x81\n")

    @pytest.mark.parametrize("kind", ["memory", "disk", "file"])
    def test_an_upload_is_read_and_left_open(self, kind, tmp_path):
        data = rows(INVOICE).encode()
        upload = SimpleUploadedFile("a.csv", data)
        if kind == "disk":
            upload = TemporaryUploadedFile("a.csv", "", len(data), "")
            upload.write(data)
        elif kind == "file":
            (tmp_path / "a.csv").write_bytes(data)
            upload = (tmp_path / "a.csv").open("rb")
        with upload:
            for _time in range(2):
                assert [line.number for line in read(upload, self.table)] == [2]
            assert not upload.closed

    def test_a_row_that_never_ends_is_told(self):
        for before in ([], [INVOICE] * 100):
            endless = rows(*before, ";".join(["120.01", "31.12.2025", *["a" * 1000] * 1100]))
            with pytest.raises(FileRefused, match=f" {len(before) + 2} "):
                lines(endless)
