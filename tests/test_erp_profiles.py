"""The profiles: what the dumps of each ERP look like, and what becomes of their rows."""

from datetime import date

import pytest

from b2b_portal.erp import profiles
from b2b_portal.erp.cells import RowRefused
from b2b_portal.exceptions import FileRefused
from b2b_portal.ledger.models import EntryKind
from b2b_portal.models import Order

from .erp import D, lines, movements

FIELDS = {
    "entries": {
        *("id", "account_code", "account_id", "booked_on", "due_on", "document_no", "series"),
        *("number", "reference", "kind", "kind_detail", "is_return", "description", "debit"),
        *("credit", "amount", "side", "currency", "rate", "fx_debit", "fx_credit", "fx_amount"),
        *("uses_fx", "fx_booked", "deleted", "payment_id", "balance", "balance_side", "title"),
    },
    "accounts": {
        *("id", "code", "title", "tax_number", "tax_office", "email", "phone", "address", "city"),
        *("district", "active", "is_closed", "balance", "balance_side", "balance_debit"),
        *("balance_credit", "currency", "deleted"),
    },
    "invoices": {
        *("account_code", "account_id", "tax_number", "series", "number", "uuid", "issued_on"),
        *("due_on", "currency", "rate", "kind", "is_return", "product_code", "product_name"),
        *("quantity", "unit", "unit_price", "vat_rate", "net", "vat", "withheld", "payable"),
        "deleted",
    },
    "orders": {
        *("account_code", "account_id", "series", "number", "ordered_on", "state", "currency"),
        *("rate", "product_code", "product_name", "quantity", "unit", "unit_price", "net"),
        *("delivered", "deleted"),
    },
}
KINDS = {
    "entries": set(EntryKind.values),
    "accounts": set(),
    "invoices": {"invoice", "credit_note"},
    "orders": set(Order.State.values),
}

WOLVOX = """\
BLKODU;BLCRKODU;EVRAK_NO;TARIHI;VADESI;ISLEM_TURU;ACIKLAMA;KPB_BTUT;KPB_ATUT;DVZ_BTUT;DVZ_ATUT;DOVIZ_KULLAN;DOVIZ_HES_ISLE;DOVIZ_BIRIMI;SILINDI
1001;77;F1;31.12.2025 00:00:00;30.01.2026;9;Sevkiyat;1234.560;0;0;0;0;0;TL;0
1002;77;F1;31.12.2025 14:05:09;;5;;0;34.5;0;0;0;0;;0
1003;77;F2;02.01.2026;;9;;4250;0;100;0;1;1;$;0
1004;77;F3;02.01.2026;;9;;4250;0;100;0;1;0;USD;1
"""
LOGO = """\
LOGICALREF;CLIENTREF;DATE_;MODULENR;TRCODE;TRANNO;DOCODE;LINEEXP;SIGN;AMOUNT;TRCURR;TRRATE;TRNET;CANCELLED
5;12;2025-12-31 00:00:00.000;4;38;00000017;ABC2025000000017;Sevkiyat;0;1234.56;0;1;1234.56;0
6;12;2026-01-02 00:00:00.000;5;70;KK0001;;;1;34.5;160;1;34.5;0
7;12;2026-01-03 00:00:00.000;61;3;CS0001;;;0;500;0;1;500;0
8;12;2026-01-03 00:00:00.000;5;3;BD0001;;;0;10;0;1;10;0
9;12;2026-01-04 00:00:00.000;4;38;00000018;;;0;4250;1;42.5;100;0
10;12;2026-01-31 00:00:00.000;5;6;KF0001;;;0;50;1;43;0;1
"""
MIKRO = """\
cha_RECno,cha_kod,cha_tarihi,cha_evrakno_seri,cha_evrakno_sira,cha_satir_no,cha_belge_no,cha_aciklama,cha_meblag,cha_tip,cha_cinsi,cha_evrak_tip,cha_vade,cha_d_cins,cha_d_kur,cha_normal_Iade,cha_iptal
1,120.01,2025-12-31 00:00:00.000,A,17,0,ABC2025000000017,Sevkiyat,1234.56,0,6,63,20260130,0,1,0,0
2,120.01,2026-01-02 00:00:00.000,T,5,0,,,34.5,1,19,1,0,0,1,0,0
3,120.01,2026-01-02 00:00:00.000,,6,0,,,20,1,6,0,-30,0,1,1,0
4,120.01,2026-01-03 00:00:00.000,A,18,0,,,100,0,6,63,0,1,42.5,0,1
"""


@pytest.mark.parametrize("name", profiles.names())
class TestEveryProfile:
    def test_names_only_fields_and_kinds_that_there_are(self, name):
        profile = profiles.get(name)
        assert profile.label and set(profile.tables) <= set(FIELDS)
        for kind, table in profile.tables.items():
            needed = [[names] if isinstance(names, str) else names for names in table.required]
            assert set(table.columns) <= FIELDS[kind]
            assert set(table.kinds) <= KINDS[kind] - {"reversal"}
            assert all(set(names) <= set(table.columns) for names in needed)
            assert all(table.columns.values()) and table.language in ("tr", "en")
            assert table.missing(table.columns) == []
            assert table.missing(()) == [table.columns[names[0]][0] for names in needed]

    def test_every_word_of_a_code_is_a_kind_or_none_and_no_two_kinds_share_one(self, name):
        for table in profiles.get(name).tables.values():
            words = [word for words in table.kinds.values() for word in words]
            assert len(words) == len(set(words))
            assert all(table.kind_of(word) != "other" for word in words)


class TestWolvox:
    def test_rows_become_movements(self):
        sale, card, foreign, local = movements(WOLVOX, profile="wolvox", ids=["77"])
        assert (sale["account"], sale["currency"], sale["amount"]) == ("77", "TRY", D("1234.56"))
        assert (sale["booked_on"], sale["due_on"]) == (date(2025, 12, 31), date(2026, 1, 30))
        assert (sale["kind"], sale["source_kind"]) == ("invoice", "Fatura")
        assert (card["kind"], card["amount"], card["document_no"]) == ("card", D("-34.5"), "F1")
        assert (foreign["currency"], foreign["amount"]) == ("USD", D(100))
        assert (foreign["base_amount"], foreign["rate"]) == (D(4250), None)

    def test_a_row_that_is_not_booked_in_its_currency_is_local(self):
        local = movements(WOLVOX, profile="wolvox", ids=["77"])[3]
        assert (local["currency"], local["amount"], local["base_amount"]) == ("TRY", D(4250), None)

    def test_keys_and_deleted_rows_are_told(self):
        table = profiles.get("wolvox").table("entries")
        read = lines(WOLVOX, profile="wolvox")
        assert [line.cells["id"] for line in read] == ["1001", "1002", "1003", "1004"]
        assert [table.says_deleted(line.cells["deleted"]) for line in read] == [*[False] * 3, True]

    def test_of_a_person_name_and_number_are_taken(self):
        text = (
            "BLKODU;CARIKODU;TICARI_UNVANI;ADI_SOYADI;VERGI_NO;TC_KIMLIK_NO;AKTIF\n"
            "1;C1;Gül Ltd.;Ayşe Gül;4540536920;;1\n2;C2;;Ali Can;;17291716060;0\n"
        )
        company, person = [line.cells for line in lines(text, kind="accounts", profile="wolvox")]
        assert (company["title"], company["tax_number"]) == ("Gül Ltd.", "4540536920")
        assert (person["title"], person["tax_number"]) == ("Ali Can", "17291716060")

    def test_an_id_that_no_account_has(self):
        with pytest.raises(RowRefused) as refusal:
            movements(WOLVOX, profile="wolvox", ids=["78"])
        assert refusal.value.column == "BLCRKODU" and "“77”" in refusal.value.reason


class TestLogo:
    def test_rows_become_movements(self):
        told = movements(LOGO, profile="logo", ids=["12"])
        assert [(row["currency"], row["amount"], row["base_amount"]) for row in told] == [
            ("TRY", D("1234.56"), None),
            ("TRY", D("-34.5"), None),
            ("TRY", D(500), None),
            ("TRY", D(10), None),
            ("USD", D(100), D(4250)),
            ("USD", D(0), D(50)),
        ]
        assert [row["kind"] for row in told] == [
            *("invoice", "card", "cheque_returned", "debit_note", "invoice", "fx_difference")
        ]
        assert told[0]["source_kind"] == "Toptan Satış Faturası"
        assert told[0]["booked_on"] == date(2025, 12, 31)
        assert (told[0]["document_no"], told[4]["rate"]) == ("00000017", D("42.5"))

    def test_its_ids_start_again_each_period(self):
        assert profiles.get("logo").table("entries").id_scope == "year"

    @pytest.mark.parametrize(
        ("code", "module", "kind"),
        [
            *(("14", "5", "opening"), ("37", "4", "invoice"), ("33", "4", "credit_note")),
            *(("1", "10", "cash"), ("20", "7", "bank_transfer"), ("61", "6", "cheque")),
            *(("62", "6", "promissory_note"), ("5", "5", "offset"), ("41", "4", "surcharge")),
            *(("4", "5", "other"), ("999", "5", "other"), ("", "", "other")),
        ],
    )
    def test_codes(self, code, module, kind):
        table = profiles.get("logo").table("entries")
        assert table.kind_of(table.word_of(code, module)) == kind


class TestMikro:
    def test_rows_become_movements(self):
        sale, card, back, foreign = movements(MIKRO, profile="mikro")
        assert (sale["amount"], sale["kind"]) == (D("1234.56"), "invoice")
        assert (sale["document_no"], sale["due_on"]) == ("A17", date(2026, 1, 30))
        assert (card["amount"], card["kind"], card["due_on"]) == (D("-34.5"), "card", None)
        assert (back["amount"], back["kind"], back["document_no"]) == (D(-20), "credit_note", "6")
        assert back["due_on"] == date(2026, 2, 1)
        assert (foreign["currency"], foreign["amount"]) == ("USD", D(100))
        assert (foreign["base_amount"], foreign["rate"]) == (D(4250), D("42.5"))

    def test_its_excel_has_turkish_headers(self):
        text = (
            "Cari Kodu;Seri;Sıra;Tarih;Belge No;Evrak Tipi;Ödeme Tipi;Tutar;Tip Kodu\n"
            "120.01;A;17;31.12.2025;;Satış Faturası;;1234,56;0\n"
        )
        (sale,) = movements(text, profile="mikro")
        assert (sale["document_no"], sale["kind"]) == ("A17", "invoice")
        assert sale["amount"] == D("1234.56")

    def test_orders_are_read_a_row_a_line(self):
        text = (
            "sip_musteri_kod;sip_evrakno_seri;sip_evrakno_sira;sip_tarih;sip_kapat_fl;"
            "sip_stok_kod;sip_miktar;sip_b_fiyat;sip_tutar;sip_teslim_miktar\n"
            "120.01;S;8;2026-01-05 00:00:00.000;0;STK1;10;2.5;25;4\n"
        )
        (line,) = lines(text, kind="orders", profile="mikro")
        table = profiles.get("mikro").table("orders")
        assert (line.cells["number"], table.kind_of(line.cells["state"])) == ("8", "open")


class TestParasut:
    def test_its_template_starts_with_help_text(self):
        text = (
            "Bu dosyayı kullanarak müşterilerinizi aktarabilirsiniz.;;\n"
            "Zorunlu alanlar: name, account_type;;\n\n"
            "account_type;contact_type;name;short_name;tax_number;tax_office;city;district\n"
            "customer;company;Gül Ltd. Şti.;GUL;4540536920;Kadıköy;İstanbul;Kadıköy\n"
        )
        (line,) = lines(text, kind="accounts", profile="parasut")
        assert (line.number, line.cells["title"], line.cells["code"]) == (5, "Gül Ltd. Şti.", "GUL")

    def test_its_lira_is_the_lira(self):
        table = profiles.get("parasut").table("invoices")
        assert [table.currency_of(word) for word in ("TRL", "USD", "eur")] == ["TRY", "USD", "EUR"]

    def test_movements_it_has_none(self):
        with pytest.raises(FileRefused, match="Paraşüt"):
            profiles.get("parasut").table("entries")


class TestGeneral:
    @pytest.mark.parametrize(
        "header",
        [
            "Tarih;Fiş Türü;Fiş No;Belge No;Açıklama;Borç;Alacak;Bakiye;Cari Kodu",
            "İşlem Tarihi;İşlem Türü;Evrak No;Hesap;Not;Borç;Alacak;Vade Tarihi;Cari Hesap Kodu",
        ],
    )
    def test_reads_the_statements_that_people_know(self, header):
        (sale,) = movements(f"{header}\n31.12.2025;Toptan Satış Faturası;17;;;100,00;;;120.01\n")
        assert (sale["amount"], sale["kind"], sale["document_no"]) == (D(100), "invoice", "17")

    def test_accounts_and_invoices(self):
        text = (
            "Cari Kodu;Ticari Ünvan;Vergi No;T.C. Kimlik No;İl\n120.01;Gül Ltd.;4540536920;;İzmir\n"
        )
        (account,) = lines(text, kind="accounts")
        assert (account.cells["tax_number"], account.cells["city"]) == ("4540536920", "İzmir")
        text = "Cari Kodu;Fatura No;Fatura Tarihi;Stok Kodu;Miktar;Net Tutar\n120.01;F1;31.12.2025;S1;2;10\n"
        (invoice,) = lines(text, kind="invoices")
        assert (invoice.cells["product_code"], invoice.cells["quantity"]) == ("S1", "2")


@pytest.mark.parametrize(
    "data",
    [
        *({}, [], None, {"label": "x"}),
        {"label": "x", "language": "tr", "tables": {"entries": {}}},
        {
            **{"label": "x", "language": "tr", "collections": {}},
            "tables": {"entries": {"columns": {}, "required": ["booked_on"]}},
        },
        {
            **{"label": "x", "language": "tr", "collections": {}},
            "tables": {"entries": {"columns": {}, "required": [], "colour": "red"}},
        },
    ],
)
def test_data_that_is_no_profile_is_told(data):
    with pytest.raises(FileRefused, match="kendi"):
        profiles.Profile.from_data("kendi", data)


def test_a_profile_of_ones_own_reads_files():
    data = {
        **{"label": "Kendi", "language": "en", "collections": {}},
        "tables": {
            "entries": {
                "columns": {"account_code": ["Konto"], "booked_on": ["Tag"], "amount": ["Wert"]},
                "required": ["account_code", "booked_on", "amount"],
            }
        },
    }
    table = profiles.Profile.from_data("kendi", data).table("entries")
    assert table.fields_of(["Wert", "", " KONTO ", "Tag"]) == {
        **{"account_code": [2], "booked_on": [3], "amount": [0]}
    }
