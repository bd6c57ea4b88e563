"""The ERP's balances beside the portal's, and how old they are."""

import io
import re
from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from b2b_portal.erp.control import differences, explain
from b2b_portal.erp.entries import undo
from b2b_portal.ledger.months import close_month
from b2b_portal.models import CustomerAccount, ImportBatch, Payment, StatedBalance
from b2b_portal.testing.factories import make_account, make_entry, make_supplier

from .erp import INVOICE, D, Erp, counts, rows
from .fixtures import PAY, PORTAL, STATEMENT
from .test_admin import staff, text_of

MIZAN = "Hesap Kodu;Hesap Adı;Borç;Alacak;Borç Bakiye;Alacak Bakiye"
RUNNING = "Cari Kodu;Tarih;Evrak No;Borç;Alacak;Bakiye;B/A"
STATING = "Cari Kodu;Ünvan;Bakiye;Döviz"


@pytest.fixture
def account(supplier):
    return make_account(supplier, code="120.01", title="Gül")


@pytest.fixture
def erp(supplier, tmp_path):
    return Erp(supplier, tmp_path, "accounts")


@pytest.fixture
def movements(supplier, tmp_path):
    return Erp(supplier, tmp_path)


def state(erp, *lines, header=STATING, flags=()):
    return erp.take_in(rows(*lines, header=header), *flags)


def found(supplier):
    """{(code, currency): (erp, portal, waiting, difference)} of what differs."""
    return {
        (row.account.code, row.currency): (row.erp, row.portal, row.waiting, row.difference)
        for row in differences(supplier)
    }


def collected(account, amount):
    """A payment by card, on the account at once and not yet in the ERP."""
    entry = make_entry(account, -D(amount), source="portal", kind="card")
    return Payment.objects.create(
        account=account,
        currency="TRY",
        amount=D(amount),
        entry=entry,
        state="paid",
        gateway="iyzico",
        language="tr",
    )


class TestAccountsFiles:
    def test_what_differs_is_listed_until_it_is_0(self, erp, supplier, account):
        make_entry(account, "900")
        state(erp, "120.01;Gül;1.000,00;")
        assert found(supplier) == {("120.01", "TRY"): (1000, 900, 0, -100)}
        make_entry(account, "100")
        assert found(supplier) == {}

    def test_what_the_erp_has_not_booked_yet_is_no_difference(self, erp, supplier, account):
        make_entry(account, "900")
        collected(account, "250")
        state(erp, "120.01;Gül;900,00;")
        assert found(supplier) == {}
        state(erp, "120.01;Gül;890,00;")
        assert found(supplier) == {("120.01", "TRY"): (890, 650, -250, 10)}

    def test_once_it_came_back_it_is_waited_for_no_more(self, erp, movements, supplier, account):
        payment = collected(account, "250")
        today = f"{timezone.localdate():%d.%m.%Y}"
        movements.take_in(rows(f"120.01;{today};;{payment.receipt_no};Kredi Kartı;;;250,00"))
        state(erp, "120.01;Gül;0,00;")
        assert found(supplier) == {("120.01", "TRY"): (0, -250, 0, -250)}

    def test_an_explanation_holds_until_the_figures_change(self, erp, supplier, account):
        make_entry(account, "900")
        state(erp, "120.01;Gül;1.000,00;")
        (row,) = differences(supplier)
        explain(row, "Protokol bekleniyor", by="ayse")
        stated = StatedBalance.objects.get()
        assert (stated.explanation, stated.explained_by) == ("Protokol bekleniyor", "ayse")
        assert found(supplier) == {}
        state(erp, "120.01;Gül;1.000,00;")
        assert found(supplier) == {}
        make_entry(account, "1")
        assert len(found(supplier)) == 1

    def test_an_explanation_of_what_was_0_meanwhile_is_gone(self, erp, supplier, account):
        state(erp, "120.01;Gül;100,00;")
        explain(differences(supplier)[0], "Devir")
        state(erp, "120.01;Gül;0,00;")
        state(erp, "120.01;Gül;100,00;")
        assert len(found(supplier)) == 1
        assert StatedBalance.objects.get().explanation == ""

    def test_each_currency_by_itself(self, erp, supplier, account):
        make_entry(account, "100", currency="USD")
        make_entry(account, "100")
        state(erp, "120.01;Gül;100,00;USD")
        assert found(supplier) == {}
        state(erp, "120.01;Gül;90,00;TL")
        assert found(supplier) == {("120.01", "TRY"): (90, 100, 0, 10)}

    @pytest.mark.parametrize(
        ("cells", "amount"),
        [
            ("1.234,56;", "1234.56"),
            ("-1.234,56;", "-1234.56"),
            ("1.234,56;B", "1234.56"),
            ("1.234,56;A", "-1234.56"),
            ("-1.234,56;Alacak", "-1234.56"),
            ("1.234,56 (A);", "-1234.56"),
            ("1.234,56 B;", "1234.56"),
            ("0,00;", "0"),
            ("10,005;", "10.01"),
        ],
    )
    def test_debit_and_credit_however_they_are_written(self, erp, account, cells, amount):
        state(erp, f"120.01;Gül;{cells}", header="Cari Kodu;Ünvan;Bakiye;B/A")
        assert StatedBalance.objects.get().amount == D(amount)

    @pytest.mark.parametrize(
        ("cells", "column"),
        [("on lira;", "Bakiye"), ("10,00;X", "B/A"), ("-10,00;B", "Bakiye"), ("10 TL;", "Bakiye")],
    )
    def test_what_cannot_be_read_is_refused(self, erp, account, cells, column):
        header = "Cari Kodu;Ünvan;Bakiye;B/A"
        (row,) = erp.refuse(rows(f"120.01;Gül;{cells}", header=header))
        assert (row["line"], row["column"]) == (2, column)

    def test_an_empty_cell_states_nothing(self, erp, account):
        state(erp, "120.01;Gül;;")
        assert not StatedBalance.objects.exists()

    def test_a_dry_run_states_nothing(self, erp, account):
        state(erp, "120.01;Gül;5;", flags=["--dry-run"])
        assert not StatedBalance.objects.exists()

    def test_a_new_account_states_its_balance_too(self, erp, supplier):
        state(erp, "120.05;Çam;5;")
        assert found(supplier) == {("120.05", "TRY"): (5, 0, 0, -5)}

    def test_another_suppliers_books_are_their_own(self, erp, account):
        state(erp, "120.01;Gül;5;")
        assert found(make_supplier()) == {}


class TestTrialBalances:
    """A mizan: debit balances and credit balances, of more than the customers."""

    def test_states_balances_and_touches_no_account(self, erp, supplier, account):
        second = make_account(supplier, code="120.02")
        third = make_account(supplier, code="120.03")
        make_entry(second, "-40")
        make_entry(third, "7")
        result = state(
            erp,
            "100;KASA;900,00;;900,00;",
            "120;ALICILAR;1.200,00;150,00;1.100,00;50,00",
            "120.01;GÜL LTD;1.100,00;;1.100,00;",
            "120.02;ÇAM LTD;100,00;150,00;;50,00",
            "120.03;ZER LTD;10,00;10,00;;",
            ";TOPLAM;;;2.000,00;50,00",
            header=MIZAN,
        )
        assert counts(result) == {"unchanged": 3}
        assert len(result["warnings"]) == 1 and "2" in result["warnings"][0]
        assert result["totals"] == 1
        assert found(supplier) == {
            ("120.01", "TRY"): (1100, 0, 0, -1100),
            ("120.02", "TRY"): (-50, -40, 0, 10),
            ("120.03", "TRY"): (0, 7, 0, 7),
        }
        assert CustomerAccount.objects.count() == 3
        account.refresh_from_db()
        assert account.title == "Gül"

    def test_may_name_an_account_once_for_each_currency(self, erp, account):
        header = "Hesap Kodu;Hesap Adı;Döviz;Borç Bakiye;Alacak Bakiye"
        state(erp, "120.01;Gül;TL;10;", "120.01;Gül;USD;;20", header=header)
        stated = StatedBalance.objects.values_list("currency", "amount")
        assert sorted(stated) == [("TRY", 10), ("USD", -20)]
        (row,) = erp.refuse(rows("120.01;Gül;TL;10;", "120.01;Gül;TL;5;", header=header))
        assert row["line"] == 3

    def test_knows_former_codes(self, erp, account):
        account.code = "120.99"
        account.save()
        state(erp, "120.01;Gül;;;10;", header=MIZAN)
        assert StatedBalance.objects.get().account == account


class TestRunningBalances:
    """A column Bakiye beside the movements: the last row of an account states it."""

    LINES = (
        "120.01;05.01.2026;F1;100,00;;100,00;B",
        "120.02;05.01.2026;F2;;30,00;30,00;A",
        "120.01;07.01.2026;F3;50,00;;160,00;B",
    )

    def test_the_last_row_states_the_balance_of_its_day(self, movements, supplier, account):
        make_account(supplier, code="120.02")
        make_entry(account, "999", booked_on=date(2026, 1, 8))
        state(movements, *self.LINES, header=RUNNING)
        assert found(supplier) == {("120.01", "TRY"): (160, 150, 0, -10)}
        assert {row.as_of for row in StatedBalance.objects.all()} == {
            date(2026, 1, 5),
            date(2026, 1, 7),
        }

    def test_of_a_day_in_a_closed_month_too(self, movements, supplier, account):
        make_entry(account, "40", booked_on=date(2025, 12, 5))
        state(movements, "120.01;05.01.2026;F1;100,00;;150,00;B", header=RUNNING)
        close_month(supplier, date(2025, 12, 31))
        assert found(supplier) == {("120.01", "TRY"): (150, 140, 0, -10)}
        close_month(supplier, date(2026, 1, 31))
        assert found(supplier) == {("120.01", "TRY"): (150, 140, 0, -10)}

    def test_an_older_file_does_not_take_a_newer_ones_place(self, movements, supplier, account):
        make_account(supplier, code="120.02")
        state(movements, *self.LINES, header=RUNNING)
        state(movements, self.LINES[0], header=RUNNING)
        assert StatedBalance.objects.get(account=account).amount == 160

    def test_the_books_balance_is_none_of_a_foreign_currency(self, movements, supplier, account):
        header = "Cari Kodu;Tarih;Evrak No;Borç;Alacak;Döviz;Dvz. Borç;Dvz. Alacak;Bakiye"
        state(
            movements,
            "120.01;05.01.2026;F1;4.000,00;;USD;100,00;;4.000,00",
            "120.01;06.01.2026;F2;500,00;;TL;;;4.500,00",
            header=header,
        )
        assert not StatedBalance.objects.exists()

    def test_one_that_cannot_be_read_is_refused(self, movements, account):
        (row,) = movements.refuse(rows("120.01;05.01.2026;F1;1;;yok;", header=RUNNING))
        assert (row["line"], row["column"]) == (2, "Bakiye")

    def test_goes_with_the_file_that_is_undone(self, movements, supplier, account):
        state(movements, "120.01;05.01.2026;F1;1;;5;B", header=RUNNING)
        undo(ImportBatch.objects.get())
        assert found(supplier) == {}

    def test_is_not_looked_for_where_there_is_none(self, movements, account):
        movements.take_in(rows(INVOICE))
        assert not StatedBalance.objects.exists()


class TestCommand:
    def control(self, supplier):
        out, code = io.StringIO(), 0
        try:
            call_command("b2b_portal_control", supplier=supplier.tax_number, stdout=out)
        except SystemExit as exit:
            code = exit.code
        return code, out.getvalue()

    def test_prints_what_differs_and_exits_1(self, erp, supplier, account):
        make_entry(account, "900")
        assert self.control(supplier)[0] == 0
        state(erp, "120.01;Gül;1.234,56;")
        code, said = self.control(supplier)
        assert code == 1
        for part in ("120.01 Gül", "TRY", "1.234,56", "900,00", "-334,56"):
            assert part in said

    def test_asks_no_query_per_account(self, erp, supplier, django_assert_num_queries):
        for n in range(20):
            make_entry(make_account(supplier, code=f"120.{n}"), "10")
        state(erp, *(f"120.{n};Gül;{n};" for n in range(20)))
        with django_assert_num_queries(1):
            assert len(found(supplier)) == 19


def taken_in(supplier, hours, **fields):
    """An import of movements that many hours ago."""
    moment = timezone.now() - timedelta(hours=hours)
    return ImportBatch.objects.create(
        supplier=supplier, **{"kind": "entries", "applied_at": moment, "progress": 1, **fields}
    )


def age_on(client, url):
    """(when the page says the data came, whether it is marked as old)."""
    html = client.get(url).content.decode()
    (line,) = re.findall(r'<p class="b2b-help">(ERP verisinin tarihi.*?)</p>', html, re.S)
    return line.partition("<")[0].strip().partition(": ")[2], "b2b-badge" in line


class TestAge:
    """Every page says when the ERP's data came, and whether that is long ago."""

    @pytest.mark.parametrize("page", [PORTAL, STATEMENT, PAY, "receipt"])
    def test_every_page_says_it(self, customer, dealer, page):
        if page == "receipt":
            page = reverse("b2b_portal:payment", args=[collected(dealer, "10").uuid])
        assert age_on(customer, page) == ("—", False)
        moment = taken_in(dealer.supplier, 3).applied_at
        shown = timezone.localtime(moment).strftime("%d.%m.%Y %H:%M")
        assert age_on(customer, page) == (shown, False)
        ImportBatch.objects.update(applied_at=moment - timedelta(hours=48))
        assert age_on(customer, page)[1]

    def test_who_is_not_signed_in_reads_nothing_of_it(self, visitor, supplier):
        taken_in(supplier, 100)
        assert "ERP verisinin tarihi" not in visitor.get(PORTAL).content.decode()

    def test_what_was_undone_or_is_of_another_kind_is_no_new_data(self, customer, dealer):
        for fields in (
            {"undone_at": timezone.now()},
            {"kind": "accounts"},
            {"applied_at": None},
            {"progress": 0},
        ):
            taken_in(dealer.supplier, 1, **fields)
        taken_in(make_supplier(), 1)
        assert age_on(customer, PORTAL) == ("—", False)

    def test_the_hours_are_a_setting(self, customer, dealer, settings):
        taken_in(dealer.supplier, 3)
        settings.B2B_PORTAL = {**settings.B2B_PORTAL, "ERP_DATA_WARNING_HOURS": 2}
        assert age_on(customer, PORTAL)[1]


class TestWarning:
    """The clerk is warned on the admin's first page."""

    def home(self, client):
        return text_of(client.get(reverse("wagtailadmin_home")))

    @pytest.fixture
    def clerk(self, client, site):
        return staff(client, "clerk", "view_importbatch")

    def test_of_old_data_by_supplier_and_age(self, client, clerk, supplier):
        taken_in(supplier, 72)
        taken_in(make_supplier(name="Çınar"), 3)
        make_supplier(name="Boş")
        said = self.home(client)
        assert supplier.name in said and "3 gün" in said
        assert "Çınar" not in said and "Boş" not in said

    def test_not_of_data_that_came_again(self, client, clerk, supplier):
        taken_in(supplier, 72)
        taken_in(supplier, 1)
        assert supplier.name not in self.home(client)

    def test_not_of_books_that_are_not_ones_own(self, client, clerk, supplier):
        other = make_supplier(name="Çınar")
        other.staff_groups.create(name="others")
        taken_in(other, 72)
        assert "Çınar" not in self.home(client)

    def test_not_who_may_not_see_imports(self, client, site, supplier):
        taken_in(supplier, 72)
        staff(client, "editor")
        assert supplier.name not in self.home(client)
