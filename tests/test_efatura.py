"""E-invoices (UBL-TR) and the files they come in: read, or refused at once."""

import io
import time
import tracemalloc
import zipfile
from datetime import date
from types import SimpleNamespace
from uuid import UUID

import pytest
from django.utils import translation

from b2b_portal.documents.archives import MAX_MEMBERS, is_pdf, read_files, safe_name
from b2b_portal.documents.efatura import party_of, read_invoice
from b2b_portal.exceptions import FileRefused

from .efatura import HEAD, MUG, OURS, THEIRS, D, efatura, zipped

SUPPLIER = SimpleNamespace(tax_number=OURS)
UID = UUID("f47ac10b-58cc-4372-a567-0e02b2c3d480")


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def sentence(data):
    """Why an invoice is refused, within bounds of time and memory."""
    tracemalloc.start()
    began = time.process_time()
    with pytest.raises(FileRefused) as error:
        read_invoice(data)
    took, peak = time.process_time() - began, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert took < 10 and peak < 200_000_000, (took, peak)
    return str(error.value)


class TestReading:
    def test_everything_it_says(self):
        invoice = read_invoice(efatura(uuid=UID))
        assert (invoice.supplier_number, invoice.customer_number) == (OURS, THEIRS)
        assert (invoice.number, invoice.uuid) == ("ABC2026000000001", UID)
        assert (invoice.issued_on, invoice.due_on) == (date(2026, 3, 3), date(2026, 4, 2))
        assert (invoice.currency, invoice.rate) == ("TRY", None)
        assert (invoice.profile, invoice.type_code) == ("TEMELFATURA", "SATIS")
        assert (invoice.net, invoice.vat, invoice.withheld) == (150, 30, 0)
        assert (invoice.payable, invoice.is_return, invoice.warnings) == (180, False, ())
        (line,) = invoice.lines
        assert (line.product_code, line.product_name, line.unit) == ("KP-01", "Kupa", "adet")
        assert (line.quantity, line.unit_price, line.net, line.vat_rate) == (3, 50, 150, 20)

    def test_withheld_vat_to_the_kurus(self):
        """1.234,57 + KDV 246,91 − 5/10 of it, 123,46 = 1.358,02."""
        line = ("H1", "Temizlik", 1, "C62", "1234.57", 20)
        invoice = read_invoice(efatura(type_code="TEVKIFAT", withheld=5, lines=[line]))
        assert (invoice.net, invoice.vat) == (D("1234.57"), D("246.91"))
        assert (invoice.withheld, invoice.payable) == (D("123.46"), D("1358.02"))
        assert invoice.warnings == ()

    def test_in_dollars(self):
        invoice = read_invoice(efatura(currency="USD", rate="41.2345"))
        assert (invoice.currency, invoice.rate, invoice.payable) == ("USD", D("41.2345"), 180)

    @pytest.mark.parametrize("code", ["IADE", "TEVKIFATIADE", "YTBIADE"])
    def test_returns(self, code):
        assert read_invoice(efatura(type_code=code)).is_return

    def test_other_taxes_stand_in_net(self):
        """Net 150 + ÖTV 10 + KDV 30 = 190."""
        invoice = read_invoice(efatura(taxes={"0071": "10"}))
        assert (invoice.net, invoice.vat, invoice.payable) == (160, 30, 190)
        assert invoice.warnings == ()

    @pytest.mark.parametrize("exclusive", ["150", "135"])
    def test_income_tax_held_back(self, exclusive):
        """150 + KDV 30 − stopaj 15 = 165; the total without taxes is written before it or after."""
        totals = {"TaxExclusiveAmount": exclusive, "PayableAmount": "165"}
        invoice = read_invoice(efatura(taxes={"0003": "15"}, totals=totals))
        assert (invoice.net, invoice.vat, invoice.withheld) == (150, 30, 15)
        assert (invoice.payable, invoice.warnings) == (165, ())

    def test_vat_that_is_shown_and_not_charged(self):
        invoice = read_invoice(efatura(type_code="IHRACKAYITLI", totals={"PayableAmount": "150"}))
        assert (invoice.net, invoice.vat, invoice.payable) == (150, 0, 150)
        assert invoice.warnings == ()
        charged = read_invoice(efatura(type_code="IHRACKAYITLI"))
        assert (charged.net, charged.vat, charged.payable) == (150, 30, 180)

    def test_rounded_totals_add_up_within_the_rounding(self):
        rounded = {"PayableAmount": "180.40", "PayableRoundingAmount": "0.40"}
        assert read_invoice(efatura(totals=rounded)).warnings == ()
        too_far = {"PayableAmount": "180.41", "PayableRoundingAmount": "0.40"}
        assert read_invoice(efatura(totals=too_far)).warnings

    def test_what_does_not_add_up_is_warned_of_and_payable_stands(self):
        invoice = read_invoice(efatura(totals={"PayableAmount": "181"}))
        assert "180" in invoice.warnings[0] and "181" in invoice.warnings[0]
        assert invoice.payable == invoice.net + invoice.vat - invoice.withheld == 181

    def test_units_and_codes(self):
        lines = [("", "Boya", "2.5", "KGM", "3", 10), ("X", "Özel", 1, "ZZ9", "1", 0)]
        first, second = read_invoice(efatura(lines=lines)).lines
        assert (first.product_code, first.unit, first.quantity) == ("", "kg", D("2.5"))
        assert (second.unit, second.vat_rate) == ("ZZ9", 0)

    def test_due_in_the_payment_terms_or_nowhere(self):
        assert read_invoice(efatura(due_on="")).due_on is None
        terms = efatura().replace(b"PaymentMeans", b"PaymentTerms")
        assert read_invoice(terms).due_on == date(2026, 4, 2)

    def test_other_prefixes_for_the_same_names(self):
        data = efatura(uuid=UID).replace(b"cbc:", b"b:").replace(b":cbc=", b":b=")
        assert read_invoice(data) == read_invoice(efatura(uuid=UID))

    def test_an_encoding_it_declares(self):
        text = efatura(lines=[("1", "Çeşme başlığı", 1, "C62", "5", 20)]).decode()
        data = text.replace('encoding="UTF-8"', 'encoding="ISO-8859-9"').encode("iso-8859-9")
        assert read_invoice(data).lines[0].product_name == "Çeşme başlığı"


class TestWhoseItIs:
    @pytest.mark.parametrize("type_code", ["SATIS", "IADE"])
    def test_what_the_supplier_issues_debits_and_what_it_receives_credits(self, type_code):
        ours = read_invoice(efatura(type_code=type_code))
        assert party_of(ours, SUPPLIER) == (THEIRS, 1)
        theirs = read_invoice(efatura(supplier=THEIRS, customer=OURS, type_code=type_code))
        assert party_of(theirs, SUPPLIER) == (THEIRS, -1)

    def test_on_neither_side(self):
        with pytest.raises(FileRefused, match="ABC2026000000001"):
            party_of(read_invoice(efatura(supplier="1111111157")), SUPPLIER)


class TestRefused:
    def test_a_billion_laughs(self):
        entities = "".join(
            f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "lol"}">' for n in range(10)
        )
        data = f"<?xml version='1.0'?><!DOCTYPE x [{entities}]><x>&l9;</x>".encode()
        assert "document type" in sentence(data)

    @pytest.mark.parametrize(
        "declared",
        [
            '<!DOCTYPE Invoice SYSTEM "http://evil.example/x.dtd">',
            '<!DOCTYPE Invoice [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
            '<!DOCTYPE Invoice [<!ENTITY % x SYSTEM "http://evil.example/x"> %x;]>',
            "<!DOCTYPE Invoice>",
        ],
    )
    def test_document_types_and_what_they_refer_to(self, declared):
        data = efatura().decode().replace("<Invoice ", f"{declared}<Invoice ", 1).encode()
        assert "document type" in sentence(data)

    def test_entities_nobody_declared(self):
        assert "XML" in sentence(efatura().replace(b"Kupa", b"&kupa;"))

    def test_nested_deep(self):
        assert "nested" in sentence(b"<a>" * 1_000_000)

    def test_many_parts(self):
        assert "nested" in sentence(b"<a>" + b"<b/>" * 2_000_000)

    def test_one_part_with_a_million_attributes(self):
        attributes = b" ".join(b'a%d=""' % n for n in range(900_000))
        assert "nested" in sentence(b"<a " + attributes + b"/>")

    def test_fifty_megabytes(self):
        assert "10 MB" in sentence(HEAD.encode() + b" " * 50_000_000)

    def test_ten_megabytes_of_text_are_read(self):
        data = efatura().replace(b"Kupa", b"x" * 9_000_000)
        assert len(read_invoice(data).lines[0].product_name) == 9_000_000

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"%PDF-1.7",
            b"PK\x03\x04",
            b"Cari Kodu;Tarih",
            efatura()[:-20],
            efatura().replace(b"Kupa", "Şişe".encode("cp1254")),
            efatura().replace(b"UTF-8", b"UTF-7"),
            efatura().replace(b"UTF-8", b"no-such-encoding"),
            efatura().decode().encode("utf-16"),
            efatura().decode().replace("UTF-8", "UTF-16").encode("utf-16"),
        ],
    )
    def test_no_xml_or_not_in_the_encoding_it_says(self, data):
        assert "XML" in sentence(data)

    @pytest.mark.parametrize(
        "data",
        [
            b"<html/>",
            b"<Invoice/>",
            efatura().replace(b"xsd:Invoice-2", b"xsd:CreditNote-2"),
            efatura().replace(b"TR1.2", b"urn:cen.eu:en16931:2017"),
            b'<e:Envelope xmlns:e="e">' + efatura().partition(b"?>\n")[2][50:] + b"</e:Envelope>",
        ],
    )
    def test_other_xml(self, data):
        assert "XML" in sentence(data) or "e-invoice" in sentence(data)

    @pytest.mark.parametrize(
        ("gone", "name"),
        [
            ("cbc:UUID", "UUID"),
            ("cbc:IssueDate", "IssueDate"),
            ("cbc:DocumentCurrencyCode", "DocumentCurrencyCode"),
            ("cbc:PayableAmount", "PayableAmount"),
            ("cac:AccountingSupplierParty", "AccountingSupplierParty"),
            ("cac:InvoiceLine", "InvoiceLine"),
            ("cbc:InvoicedQuantity", "line 1: InvoicedQuantity"),
            ("cac:Price", "line 1: Price/PriceAmount"),
        ],
    )
    def test_missing_parts_are_named(self, gone, name):
        data = efatura().replace(f"{gone}>".encode(), b"cac:Nothing>")
        data = data.replace(f"{gone} ".encode(), b"cac:Nothing ")
        assert name in sentence(data)

    def test_all_that_is_missing_at_once(self):
        data = efatura().replace(b"cbc:UUID", b"cbc:X").replace(b"cbc:IssueDate", b"cbc:Y")
        assert "UUID, IssueDate" in sentence(data)

    @pytest.mark.parametrize(
        "figure", ["1e3", "NaN", "Infinity", "1,5", "1 000", "１２", "0x1F", "--1"]
    )
    @pytest.mark.parametrize("name", ["PayableAmount", "TaxExclusiveAmount"])
    def test_amounts_that_are_no_numbers(self, figure, name):
        assert "is not a number" in sentence(efatura(totals={name: figure}))

    @pytest.mark.parametrize("figure", ["180.001", "1000000000000", "-180"])
    def test_payable_that_no_account_can_owe(self, figure):
        assert sentence(efatura(totals={"PayableAmount": figure}))

    def test_trailing_zeros_are_no_kurus(self):
        assert read_invoice(efatura(totals={"PayableAmount": "180.00000000"})).payable == 180

    def test_a_total_in_another_currency(self):
        data = efatura().replace(
            b'PayableAmount currencyID="TRY"', b'PayableAmount currencyID="EUR"'
        )
        assert "EUR" in sentence(data)

    @pytest.mark.parametrize(
        "said",
        [
            {"uuid": "___ignore___"},
            {"issued_on": "03.03.2026"},
            {"due_on": "2026-02-30"},
            {"currency": "XXQ"},
            {"number": "9" * 61},
            {"supplier": ""},
        ],
    )
    def test_parts_that_say_nothing_usable(self, said):
        assert sentence(efatura(**said))


class TestFiles:
    def read(self, stream, name="faturalar.zip"):
        return list(read_files(stream, name))

    def refused(self, stream):
        with pytest.raises(FileRefused) as error:
            self.read(stream)
        return str(error.value)

    def test_one_file_is_itself(self):
        assert self.read(io.BytesIO(b"<a/>"), "a.xml") == [("a.xml", b"<a/>")]

    def test_a_zip_is_its_members_without_folders_and_what_macos_adds(self):
        stream = zipped(
            **{
                "2026__a.xml": b"<a/>",
                "b.pdf": b"%PDF-1",
                "__MACOSX/._a.xml": b"",
                ".DS_Store": b"",
            }
        )
        read = self.read(stream)
        assert read == [("a.xml", b"<a/>"), ("b.pdf", b"%PDF-1")]
        assert [is_pdf(data) for _name, data in read] == [False, True]

    @pytest.mark.parametrize(
        ("name", "shown"),
        [
            ("../../etc/passwd", "passwd"),
            ("C:\\faturalar\\a.xml", "a.xml"),
            ("a\x00\r\n\u202elmx.xml", "almx.xml"),
            ("x" * 300 + ".xml", "x" * 116 + ".xml"),
        ],
    )
    def test_names_are_for_reading_only(self, name, shown):
        assert safe_name(name) == shown

    def test_a_member_or_file_larger_than_ten_megabytes(self):
        noise = zipfile.ZIP_STORED
        assert "10 MB" in self.refused(io.BytesIO(b"<" * 11_000_000))
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", noise) as archive:
            archive.writestr("a.xml", b"<" * 11_000_000)
        stream.seek(0)
        assert "10 MB" in self.refused(stream)

    def test_a_bomb(self):
        assert "unpacks" in self.refused(zipped(a=b" " * 9_000_000))

    def test_many_members_that_are_large_together(self, monkeypatch):
        monkeypatch.setattr("b2b_portal.documents.archives.MAX_TOTAL", 100)
        assert len(self.read(zipped(a=b"x" * 60, b=b"x" * 40))) == 2
        assert "unpacks" in self.refused(zipped(a=b"x" * 60, b=b"x" * 41))

    def test_a_member_that_lies_about_its_size(self):
        stream = zipped(a=b"<a/>" + b" " * 100_000)
        data = stream.getvalue().replace((100_004).to_bytes(4, "little"), (4).to_bytes(4, "little"))
        assert "damaged" in self.refused(io.BytesIO(data))

    def test_many_members(self):
        stream = zipped(**{f"{n}.xml": b"" for n in range(MAX_MEMBERS + 1)})
        assert str(MAX_MEMBERS) in self.refused(stream)

    def test_a_zip_inside(self):
        assert "inside" in self.refused(zipped(a=zipped(b=b"<a/>").getvalue()))

    def test_an_encrypted_member(self):
        data = bytearray(zipped(a=b"<a/>").getvalue())
        data[data.index(b"PK\x01\x02") + 8] |= 1
        assert "encrypted" in self.refused(io.BytesIO(bytes(data)))

    def test_a_method_that_is_not_read(self):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_LZMA) as archive:
            archive.writestr("a.xml", b"<a/>")
        stream.seek(0)
        assert "packed" in self.refused(stream)

    @pytest.mark.parametrize("cut", [10, 60, 100])
    def test_a_cut_zip(self, cut):
        assert "damaged" in self.refused(io.BytesIO(zipped(a=b"<a/>").getvalue()[:cut]))

    def test_nothing_is_yielded_of_a_zip_that_is_refused(self):
        stream = zipped(a=b"<a/>", b=b" " * 9_000_000)
        with pytest.raises(FileRefused):
            next(read_files(stream, "x.zip"))


def test_an_invoice_of_thousands_of_lines_is_read():
    assert len(read_invoice(efatura(lines=[MUG] * 4000)).lines) == 4000
