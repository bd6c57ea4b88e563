"""The clerk's list of balances that the ERP states otherwise, and of what has no partner."""

from datetime import date

import pytest
from django.contrib.auth.models import Group, Permission

from b2b_portal.cms.policies import POLICIES
from b2b_portal.models import ImportBatch, Invoice, StatedBalance
from b2b_portal.testing.factories import make_account, make_entry, make_supplier

from .erp import D
from .test_admin_months import text_of

LIST = "/admin/b2b/control/"
DAY = date(2026, 3, 5)


@pytest.fixture
def account(db):
    return make_account(make_supplier(), code="120.01")


@pytest.fixture
def stated(account):
    """The ERP says 90, the portal 100."""
    make_entry(account, "100", booked_on=DAY, document_no="F1", kind="invoice")
    batch = ImportBatch.objects.create(supplier=account.supplier, kind="accounts", file_name="x")
    return StatedBalance.objects.create(
        account=account, currency="TRY", amount=D(90), as_of=DAY, batch=batch
    )


class TestDifferences:
    def test_are_listed_with_their_figures(self, admin_client, stated):
        text = text_of(admin_client.get(LIST))
        for part in ("120.01", "90,00", "100,00", "10,00"):
            assert part in text

    def test_not_where_there_is_none(self, admin_client, account, stated):
        make_entry(account, "-10", booked_on=DAY)
        assert "120.01" not in text_of(admin_client.get(LIST))

    def test_are_taken_off_by_an_explanation_until_they_change(self, admin_client, account, stated):
        page = f"{LIST}explain/{stated.pk}/"
        assert admin_client.get(page).status_code == 200
        admin_client.post(page, {"text": "Devir farkı"}, follow=True)
        assert "120.01" not in text_of(admin_client.get(LIST))
        assert "Devir farkı" in text_of(admin_client.get(f"{LIST}inspect/{stated.pk}/"))
        make_entry(account, "-1", booked_on=DAY)
        assert "120.01" in text_of(admin_client.get(LIST))

    def test_of_other_suppliers_are_not_there(self, client, django_user_model, stated):
        group = Group.objects.create(name="Başkaları")
        names = ("view_statedbalance", "explain_statedbalance", "access_admin")
        group.permissions.set(Permission.objects.filter(codename__in=names))
        user = django_user_model.objects.create_user("memur")
        user.groups.add(group)
        stated.account.supplier.staff_groups.add(Group.objects.create(name="Bizimkiler"))
        client.force_login(user)
        assert "120.01" not in text_of(client.get(LIST))
        for act in ("inspect", "explain", "history"):
            assert client.get(f"{LIST}{act}/{stated.pk}/", follow=True).status_code == 404
        assert POLICIES[StatedBalance].actions == {"view", "explain"}


def test_what_finds_no_partner_is_listed_on_both_sides(admin_client, account, stated):
    Invoice.objects.create(
        account=account, number="F2", issued_on=DAY, currency="TRY", net=D(5), payable=D(5)
    )
    movements, invoices = "/admin/b2b/movements/", "/admin/b2b/invoices/"
    assert "F1" in text_of(admin_client.get(movements, {"alone": "true"}))
    assert "F2" in text_of(admin_client.get(invoices, {"alone": "true"}))
    assert "F2" not in text_of(admin_client.get(invoices, {"alone": "false"}))
