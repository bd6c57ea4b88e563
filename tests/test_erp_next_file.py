"""The next file: the same, changed, reordered."""

import io
from datetime import date

import pytest
from django.core.management import CommandError, call_command

from b2b_portal.erp import profiles
from b2b_portal.erp.entries import decide
from b2b_portal.exceptions import FileRefused, LedgerError
from b2b_portal.ledger.balances import balances, totals
from b2b_portal.ledger.months import close_month
from b2b_portal.ledger.posting import allocate, post, reverse
from b2b_portal.ledger.statement import statement
from b2b_portal.models import Entry, StagedEntry
from b2b_portal.testing.factories import make_account
from b2b_portal.testing.ledger import dump

from .erp import HEADER, INVOICE, D, Erp, counts, rows
from .ledger import refused


@pytest.fixture
def account(supplier):
    return make_account(supplier, code="120.01")


@pytest.fixture
def erp(account, tmp_path):
    return Erp(account.supplier, tmp_path)


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
        learnt.table("entries").kinds["credit_note"].append("Bonus")
        monkeypatch.setattr(profiles, "get", lambda name, supplier: learnt)
        erp.take_in(rows(line))
        assert balances(account) == {"TRY": D(-100)}

    def test_a_second_devir_within_one_file_counts_once_with_a_warning(self, erp, account):
        result = erp.take_in(
            rows(
                "120.01;01.01.2025;;DVR25;Devir;;100,00;",
                "120.01;10.01.2025;;F1;Fatura;;50,00;",
                "120.01;01.01.2026;;DVR26;Devir;;150,00;",
            )
        )
        assert len(result["warnings"]) == 1 and "DVR26" in result["warnings"][0]
        assert counts(result) == {"new": 2, "repeated": 1}
        assert balances(account) == {"TRY": D(150)}

    def test_so_does_that_of_the_next_periods_file_whatever_its_number(self, erp, account):
        first = ["120.01;01.01.2025;;DEVİR;Devir;;100,00;", "120.01;10.01.2025;;F1;Fatura;;50,00;"]
        erp.take_in(rows(*first))
        next_year = ["120.01;01.01.2026;;DEVİR;Devir;;150,00;", "120.01;05.01.2026;;F2;Fatura;;7;"]
        for expected in ({"new": 1, "repeated": 1}, {"unchanged": 1, "repeated": 1}):
            result = erp.take_in(rows(*next_year))
            assert counts(result) == expected
            assert len(result["warnings"]) == 1
        assert counts(erp.take_in(rows(*first))) == {"unchanged": 2}
        assert balances(account) == {"TRY": D(157)}

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

        monkeypatch.setattr("b2b_portal.erp.entries._attach_invoices", fail)
        text = rows("120.01;01.01.2026;;F2;Fatura;;5;", INVOICE.replace("1.234,56", "1.000,00"))
        with pytest.raises(CommandError, match="no"):
            erp.command(text)
        assert dump() == before


class TestClosedMonths:
    """What lies in a closed month is refused with its line; what has not changed passes."""

    @pytest.fixture
    def closed(self, erp, account):
        erp.take_in(rows(INVOICE))
        close_month(account.supplier, date(2025, 12, 31))

    def test_unchanged_rows_pass(self, erp, closed):
        again = rows(INVOICE, "120.01;01.01.2026;;F2;Fatura;;5;")
        assert counts(erp.take_in(again)) == {"new": 1, "unchanged": 1}

    def test_new_rows_are_refused(self, erp, closed):
        (refused,) = erp.refuse(
            rows("120.01;31.12.2025;;F2;Fatura;;5;", "120.01;01.01.2026;;F3;Fatura;;5;")
        )
        assert (refused["line"], refused["column"]) == (2, "Tarih")
        assert "31.12.2025" in refused["reason"]

    @pytest.mark.parametrize(
        "line",
        [INVOICE.replace("1.234,56", "1.200,00"), INVOICE.replace("31.12.2025", "01.01.2026", 1)],
        ids=["changed", "moved out of it"],
    )
    def test_a_changed_row_waits_for_a_clerk(self, erp, account, closed, line):
        file = rows(line, "120.01;01.01.2026;;F3;Fatura;;5;")
        assert counts(erp.take_in(file)) == {"new": 1, "held": 1}
        assert balances(account) == {"TRY": D("1239.56")}
        assert counts(erp.take_in(file)) == {"unchanged": 2}
        (held,) = StagedEntry.objects.all()
        assert "31.12.2025" in held.reason

    def test_booked_it_counts_from_the_first_open_day(self, erp, account, closed):
        file = rows(INVOICE.replace("1.234,56", "1.200,00"))
        erp.take_in(file)
        decide(StagedEntry.objects.get(), "booked", by="ayse")
        assert balances(account, date(2025, 12, 31)) == {"TRY": D("1234.56")}
        assert balances(account) == {"TRY": D("1200.00")}
        assert counts(erp.take_in(file)) == {"unchanged": 1}

    def test_left_it_is_not_asked_again_until_it_changes_again(self, erp, account, closed):
        file = rows(INVOICE.replace("1.234,56", "1.200,00"))
        erp.take_in(file)
        decide(StagedEntry.objects.get(), "left")
        assert counts(erp.take_in(file)) == {"unchanged": 1}
        assert counts(erp.take_in(rows(INVOICE.replace("1.234,56", "900,00")))) == {"held": 1}
        assert balances(account) == {"TRY": D("1234.56")}

    def test_what_waits_goes_when_the_erp_says_something_else(self, erp, account, closed):
        for amount in ("1.200,00", "900,00"):
            erp.take_in(rows(INVOICE.replace("1.234,56", amount)))
        assert [row.amount for row in StagedEntry.objects.all()] == [D(900)]
        with refused(FileRefused):
            decide(StagedEntry.objects.get(), "same")


def test_balances_are_the_files_sums_and_what_the_portal_posted(erp, account, supplier):
    """The control totals: by the files' own figures, per currency, over all accounts."""
    make_account(supplier, code="120.02")
    erp.take_in(
        rows(
            "120.01;05.01.2026;;F1;Fatura;;1.234,56;",
            "120.02;05.01.2026;;F2;Fatura;;0,10;",
            "120.02;06.01.2026;;T1;Havale;;;34,56",
        )
    )
    erp.take_in(
        rows("120.02;06.01.2026;;T2;Havale;;;0,20", "120.01;07.01.2026;;F3;Fatura;;900,30;")
    )
    post(
        account=account,
        currency="TRY",
        amount=D("-100.20"),
        kind="card",
        booked_on=date(2026, 1, 8),
        source="portal",
        external_id="payment:1",
    )
    debits, credits = D("1234.56") + D("0.10") + D("900.30"), D("34.56") + D("0.20")
    assert totals(supplier) == {"TRY": debits - credits - D("100.20")}
