"""Collections out, and back in."""

import csv
import io
import json
import re
import threading

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from b2b_portal.erp.collections import export_collections
from b2b_portal.erp.entries import decide
from b2b_portal.ledger.balances import balances
from b2b_portal.ledger.posting import reverse
from b2b_portal.models import CustomerAccount, Entry, EntryMatch, Payment, StagedEntry
from b2b_portal.testing.factories import make_account, make_entry, make_supplier
from b2b_portal.testing.ledger import dump

from .erp import INVOICE, D, Erp, counts, rows
from .fixtures import start_paying


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


@pytest.fixture
def row(books, paid):
    (row,) = export(books)
    return row


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
            "Komisyon": "12,25",  # 2 % and 25 kuruş, at the simulator
            "Net": "587,75",
            "İlk Aktarım": "",
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

    def test_until_the_erp_has_booked_it_it_goes_out_again_and_says_so(self, books, paid):
        (first,), (again,) = export(books), export(books, "again.csv")
        paid.refresh_from_db()
        moment = f"{timezone.localtime(paid.exported_at):%d.%m.%Y %H:%M}"
        assert again == first | {"İlk Aktarım": moment}

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


def settled(account, amount):
    """A payment taken just now."""
    entry = make_entry(account, f"-{amount}", kind="card", source="portal")
    return Payment.objects.create(
        account=account,
        currency="TRY",
        amount=entry.amount * -1,
        gateway="iyzico",
        language="tr",
        state="paid",
        paid_at=timezone.now(),
        entry=entry,
    )


class Meanwhile(io.BytesIO):
    """A file to be written; when its first row is, something else happens too."""

    def __init__(self, act):
        super().__init__()
        self.acts = [act]

    def write(self, data):
        if self.acts and b"B2B" in data:
            self.acts.pop()()
        return super().write(data)

    def rows(self):
        """The (receipt no, handed over before) that were written."""
        text = self.getvalue().decode("utf-8-sig")
        read = csv.DictReader(io.StringIO(text, newline=""), delimiter=";")
        return [(row["Evrak No"], row["İlk Aktarım"] != "") for row in read]


class TestAtOnce:
    @pytest.fixture
    def account(self, transactional_db):
        return make_account()

    def test_a_payment_that_is_settled_meanwhile_is_not_called_handed_over(self, account):
        first = settled(account, "10")
        file = Meanwhile(lambda: settled(account, "20"))
        export_collections(account.supplier, file)
        marked = Payment.objects.exclude(exported_at=None)
        assert [payment.receipt_no for payment in marked] == [first.receipt_no]
        assert file.rows() == [(first.receipt_no, False)]

    def test_of_two_exports_at_once_one_says_that_it_repeats(self, account):
        def export_too():
            export_collections(account.supplier, second)
            connection.close()

        number = settled(account, "10").receipt_no
        second = Meanwhile(lambda: None)
        other = threading.Thread(target=export_too)
        first = Meanwhile(lambda: (other.start(), other.join(timeout=1)))
        export_collections(account.supplier, first)
        other.join()
        assert first.rows() + second.rows() == [(number, False), (number, True)]


class TestMatching:
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
        line = booked(row, **{"Evrak No": "B2B999999999", "Alacak": "599,00"})
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


class TestWhatMayBeOurs:
    """A credit like a payment of ours, but without its number, waits: it never counts twice."""

    @pytest.fixture
    def credit(self, row):
        return booked(row, **{"Evrak No": "KK-17"})

    def test_it_is_not_posted_until_a_clerk_has_decided(self, books, dealer, credit):
        before = balances(dealer)
        assert counts(books.take_in(rows(credit))) == {"held": 1}
        assert balances(dealer) == before
        assert counts(books.take_in(rows(credit))) == {"unchanged": 1}

    def test_the_same_it_is_matched_now_and_in_later_files(self, books, dealer, paid, credit):
        books.take_in(rows(credit))
        before = balances(dealer)
        decide(StagedEntry.objects.get(), "same", by="ayse")
        assert EntryMatch.objects.get().entry == paid.entry
        assert counts(books.take_in(rows(credit))) == {"matched": 1}
        assert balances(dealer) == before
        assert export(books) == []

    def test_another_it_counts(self, books, dealer, credit):
        before = balances(dealer)["TRY"]
        books.take_in(rows(credit))
        decide(StagedEntry.objects.get(), "booked")
        assert balances(dealer) == {"TRY": before - 600}
        assert counts(books.take_in(rows(credit))) == {"unchanged": 1}

    def test_of_two_alike_one_is_ours(self, books, dealer, row, credit):
        other = booked(row, **{"Evrak No": "KK-18"})
        assert counts(books.take_in(rows(credit, other))) == {"new": 1, "held": 1}

    @pytest.mark.parametrize("change", [{"Alacak": "600,01"}, {"Tarih": "01.01.2026"}])
    def test_another_amount_or_day_is_another_payment(self, books, row, change):
        line = booked(row, **{"Evrak No": "KK-17"} | change)
        assert counts(books.take_in(rows(line))) == {"new": 1}

    def test_the_gateways_payment_id_is_as_good_as_our_number(self, books, dealer, paid, row):
        line = booked(row, **{"Evrak No": paid.gateway_payment_id})
        before = balances(dealer)
        assert counts(books.take_in(rows(line))) == {"matched": 1}
        assert balances(dealer) == before
