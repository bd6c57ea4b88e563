"""Rows of files that a clerk decides on, payments that no file has brought back."""

from datetime import date

import pytest
from django.urls import reverse

from b2b_portal.ledger.balances import balances
from b2b_portal.ledger.months import close_month
from b2b_portal.models import (
    EntryMatch,
)

from .admin_imports import applied, levels, logged, page, paid, shown, upload, yildiz
from .erp import INVOICE, D
from .test_admin import staff, text_of, url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folder")]
account = pytest.fixture(yildiz)


class TestDeciding:
    """A credit of the ERP's that is probably a payment of the portal."""

    CREDIT = "120.01;06.01.2026;;ERP-7;Kredi Kartı;;;250,00"

    @pytest.fixture
    def payment(self, account):
        return paid(account)

    @pytest.fixture
    def row(self, admin, account, payment):
        batch = applied(admin, account, INVOICE, self.CREDIT)
        return batch.rows.get()

    def decide(self, client, row, decision):
        return client.post(
            url("stagedentry", "decide", row.pk), {"decision": decision}, follow=True
        )

    def test_is_not_offered_before_its_file_is_applied(self, admin, account, payment):
        batch = upload(admin, account, self.CREDIT)
        row = batch.rows.get()
        assert "ERP-7" not in text_of(admin.get(url("stagedentry")))
        assert [row.outcome for row in shown(admin, batch, "held")] == ["held"]
        assert admin.get(url("stagedentry", "inspect", row.pk), follow=True).status_code == 404
        assert self.decide(admin, row, "booked").status_code == 404

    def test_the_list_and_the_page_say_what_is_there(self, admin, row, payment):
        text = text_of(admin.get(url("stagedentry")))
        for part in ("ERP-7", "06/01/2026", "-250.00", "Probably", payment.receipt_no):
            assert part in text
        html = admin.get(url("stagedentry", "inspect", row.pk)).content.decode()
        for label in ("Book it", "It is our own payment", "Leave it"):
            assert f">{label}</button>" in html
        assert reverse("b2b_entry:inspect", args=[payment.entry_id]) in html
        assert [held.pk for held in shown(admin, row.batch, "held")] == [row.pk]
        html = admin.get(page(row.batch), {"rows": "held"}).content.decode()
        assert url("stagedentry", "inspect", row.pk) in html

    @pytest.mark.parametrize(
        "decision, balance, matches",
        [("booked", "734.56", 0), ("same", "984.56", 1), ("left", "984.56", 0)],
    )
    def test_each_decision(self, admin, account, row, decision, balance, matches):
        assert levels(self.decide(admin, row, decision)) == ["success"]
        row.refresh_from_db()
        assert (row.decision, row.decided_by) == (decision, "patron")
        assert balances(account) == {"TRY": D(balance)}
        assert EntryMatch.objects.count() == matches
        assert logged(row) == ["b2b_portal.decide_row"]
        assert admin.get(url("stagedentry", "history", row.pk)).status_code == 200
        html = admin.get(url("stagedentry", "inspect", row.pk)).content.decode()
        assert "</form>" not in html.split("<dl>")[1]

    def test_once(self, admin, account, row):
        self.decide(admin, row, "left")
        assert levels(self.decide(admin, row, "booked")) == ["error"]
        assert balances(account) == {"TRY": D("984.56")}
        row.refresh_from_db()
        assert row.decision == "left" and len(logged(row)) == 1

    def test_nonsense_is_no_decision(self, admin, row):
        self.decide(admin, row, "nonsense")
        row.refresh_from_db()
        assert row.decision == ""

    def test_what_is_undecided_comes_first(self, admin, account, row):
        self.decide(admin, row, "left")
        paid(account, "70")
        applied(admin, account, self.CREDIT.replace("250,00", "70").replace("ERP-7", "ERP-8"))
        listed = admin.get(url("stagedentry")).context["object_list"]
        assert [row.document_no for row in listed] == ["ERP-8", "ERP-7"]
        listed = admin.get(url("stagedentry"), {"decided": "true"}).context["object_list"]
        assert [row.document_no for row in listed] == ["ERP-7"]

    def test_a_changed_row_of_a_closed_month(self, admin, account):
        applied(admin, account, INVOICE)
        close_month(account.supplier, date(2025, 12, 31))
        row = applied(admin, account, INVOICE.replace("1.234,56", "1.000,00")).rows.get()
        text = text_of(admin.get(url("stagedentry", "inspect", row.pk)))
        assert "The books are closed" in text and "It is our own payment" not in text
        assert "Amount: 1,234.56 → 1,000.00" in text
        assert levels(self.decide(admin, row, "same")) == ["error"]
        self.decide(admin, row, "booked")
        assert balances(account) == {"TRY": D(1000)}
        assert balances(account, date(2025, 12, 31)) == {"TRY": D("1234.56")}

    def test_looking_is_not_deciding(self, client, account, row):
        staff(client, "reader", "view_stagedentry")
        assert "Book it" not in text_of(client.get(url("stagedentry", "inspect", row.pk)))
        self.decide(client, row, "booked")
        row.refresh_from_db()
        assert row.decision == ""


class TestNotBackFromTheErp:
    def test_holds_what_no_file_has_brought_back(self, admin, account):
        lost, back = paid(account), paid(account, "70")
        line = f"120.01;06.01.2026;;{back.receipt_no};Kredi Kartı;;;70,00"
        applied(admin, account, INVOICE, line)
        response = admin.get(reverse("b2b_unmatched:index"))
        assert list(response.context["object_list"]) == [lost]
        text = text_of(response)
        for part in (lost.receipt_no, "05/01/2026", "YILDIZ", "250.00"):
            assert part in text
        assert url("payment", "inspect", lost.pk) in response.content.decode()
        csv = b"".join(admin.get(reverse("b2b_unmatched:index"), {"export": "csv"})).decode()
        assert lost.receipt_no in csv and back.receipt_no not in csv

    def test_needs_the_permission_for_payments(self, client, account):
        lost = paid(account)
        staff(client, "clerk", "view_importbatch")
        assert client.get(reverse("b2b_unmatched:index")).status_code == 302
        staff(client, "reader", "view_payment")
        assert lost.receipt_no in text_of(client.get(reverse("b2b_unmatched:index")))
