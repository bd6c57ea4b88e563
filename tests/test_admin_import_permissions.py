"""Who may do what with files of the ERP."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.urls import reverse

from b2b_portal.models import (
    ImportBatch,
)
from b2b_portal.testing.factories import make_account, make_supplier

from .admin_imports import RIGHTS, act, page, paid, send, upload, yildiz
from .erp import INVOICE, rows
from .test_admin import staff, text_of, url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folder")]
account = pytest.fixture(yildiz)


class TestPermissions:
    @pytest.fixture
    def batch(self, admin, account):
        return upload(admin, account, INVOICE)

    @pytest.mark.parametrize("rights", [0, 1, 2, 3])
    def test_each_opens_its_own(self, client, batch, account, rights):
        may_see, may_add, may_undo = (rights > number for number in range(3))
        staff(client, "clerk", "view_entry", *RIGHTS[:rights])
        assert client.get(url("importbatch")).status_code == (200 if may_see else 302)
        assert client.get(url("importbatch", "add")).status_code == (200 if may_add else 302)
        send(client, account, rows(INVOICE))
        assert ImportBatch.objects.count() == 1 + may_add
        html = client.get(page(batch), follow=True).content.decode()
        assert ("hareketler.csv" in html) == may_see
        for name in ("apply", "discard"):
            assert (page(batch, name) in html) == may_add
        act(client, batch, "apply")
        assert (batch.state == "applied") == may_add
        if not may_add:
            act(client, batch, "discard")
            assert batch.state == "read"
            ImportBatch.objects.filter(pk=batch.pk).update(state="unmapped")
            assert client.get(page(batch, "map")).status_code in (302, 404)
            return
        html = client.get(page(batch)).content.decode()
        assert (page(batch, "undo") in html) == may_undo
        assert client.get(page(batch, "undo")).status_code == (200 if may_undo else 302)
        act(client, batch, "undo")
        assert (batch.state == "undone") == may_undo

    def test_another_suppliers_clerk_finds_nothing(self, client, batch, account):
        paid(account)
        account.supplier.staff_groups.add(Group.objects.create(name="theirs"))
        own = Group.objects.create(name="own")
        mine = make_account(make_supplier(name="Kendi"), code="120.01")
        mine.supplier.staff_groups.add(own)
        rights = (*RIGHTS, "view_stagedentry", "decide_stagedentry", "view_payment")
        staff(client, "other", *rights, group=own)
        for name in ("inspect", "apply", "discard", "undo", "map", "history"):
            for ask in (client.get, client.post):
                assert ask(page(batch, name), follow=True).status_code in (404, 405)
        row = batch.rows.get()
        for name in ("inspect", "decide", "history"):
            for ask in (client.get, client.post):
                answer = ask(url("stagedentry", name, row.pk), {"decision": "left"}, follow=True)
                assert answer.status_code in (404, 405)
        for address in (url("importbatch"), url("stagedentry"), reverse("b2b_unmatched:index")):
            text = text_of(client.get(address))
            assert "hareketler.csv" not in text and "YILDIZ" not in text and "Çınar" not in text
        response = send(client, account, rows(INVOICE))
        assert set(response.context["form"].errors) == {"supplier"}
        batch.refresh_from_db()
        assert batch.state == "read" and ImportBatch.objects.count() == 1

    def test_an_act_is_a_post_of_ones_own(self, batch):
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(User.objects.get(username="patron"))
        for name in ("apply", "discard"):
            assert browser.get(page(batch, name)).status_code == 405
            assert browser.post(page(batch, name)).status_code == 403
        assert browser.post(url("importbatch", "add")).status_code == 403
        batch.refresh_from_db()
        assert batch.state == "read"

    def test_groups_can_be_given_them(self, admin):
        html = admin.get(reverse("wagtailusers_groups:add")).content.decode()
        for codename in ("undo_importbatch", "decide_stagedentry"):
            assert f'value="{Permission.objects.get(codename=codename).pk}"' in html

    def test_the_menu_leads_there(self, admin, site):
        html = admin.get(reverse("wagtailadmin_home")).content.decode()
        for address in (url("importbatch"), url("stagedentry"), reverse("b2b_unmatched:index")):
            assert f'"{address}"' in html
