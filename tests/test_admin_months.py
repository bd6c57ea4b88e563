"""Closing and reopening months in the Wagtail admin, and what closed months say there."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib.auth.models import Group, Permission, User
from django.urls import NoReverseMatch, reverse
from wagtail.models import ModelLogEntry

from b2b_portal.exceptions import MonthClosed
from b2b_portal.ledger.months import close_month, closed_until, reopen_month
from b2b_portal.models import ClosedMonth, Entry
from b2b_portal.testing.factories import make_account, make_entry, make_supplier

from .test_admin import movement, staff, text_of, url

pytestmark = pytest.mark.django_db
LAST_OF_DEC, LAST_OF_JAN, LAST_OF_FEB = date(2025, 12, 31), date(2026, 1, 31), date(2026, 2, 28)
RIGHTS = ("view_closedmonth", "add_closedmonth", "reopen_closedmonth")


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(datetime(2026, 3, 10, 9, tzinfo=ZoneInfo("Europe/Istanbul"))):
        yield


@pytest.fixture
def admin(client, settings):
    settings.LANGUAGE_CODE = "en"
    client.force_login(User.objects.create_superuser("patron", "patron@example.com", "x"))
    return client


@pytest.fixture
def account():
    """An account that moved in December and in January."""
    account = make_account(make_supplier(name="Çınar Toptan"))
    make_entry(account, "100", booked_on=LAST_OF_DEC, document_no="F-12")
    make_entry(account, "-30", booked_on=LAST_OF_JAN, document_no="H-1")
    return account


def page_of(month, name="inspect"):
    return url("closedmonth", name, month.pk)


def close(client, account, month=LAST_OF_JAN):
    data = {"supplier": account.supplier_id, "month": month.isoformat()}
    return client.post(url("closedmonth", "add"), data)


def reopen(client, month, reason="Forgotten invoice"):
    return client.post(page_of(month, "reopen"), {"reason": reason}, follow=True)


def levels(response):
    return [message.level_tag for message in response.context["messages"]]


def logged(month):
    return [entry.action for entry in ModelLogEntry.objects.for_instance(month)]


class TestList:
    def test_holds_all_there_is_to_know_newest_first(self, admin, account):
        close_month(account.supplier, LAST_OF_JAN, by="ayse")
        reopen_month(account.supplier, LAST_OF_JAN, reason="Forgotten", by="mehmet")
        text = text_of(admin.get(url("closedmonth")))
        for part in ("10/03/2026 09:00", "ayse", "mehmet", "Forgotten"):
            assert part in text
        assert 0 < text.index("31/01/2026") < text.index("31/12/2025")
        assert "Çınar Toptan" not in text
        make_supplier(name="Bir başkası")
        assert "Çınar Toptan" in text_of(admin.get(url("closedmonth")))

    def test_has_every_page_and_none_that_edits(self, admin, account):
        month = close_month(account.supplier, LAST_OF_JAN)
        for page in ("inspect", "history", "reopen"):
            assert admin.get(page_of(month, page)).status_code == 200
        for page in ("edit", "delete", "copy", "usage"):
            with pytest.raises(NoReverseMatch):
                page_of(month, page)
        html = admin.get(url("closedmonth")).content.decode()
        assert url("closedmonth", "add") in html and "Close a month" in html

    def test_is_narrowed(self, admin, account):
        close_month(account.supplier, LAST_OF_JAN)
        reopen_month(account.supplier, LAST_OF_JAN, reason="x")
        other = make_account()
        close_month(other.supplier, LAST_OF_FEB)

        def found(**query):
            response = admin.get(url("closedmonth", "index_results"), query)
            return [row.ends_on for row in response.context["object_list"]]

        assert found() == [LAST_OF_FEB, LAST_OF_JAN, LAST_OF_DEC]
        assert found(reopened="true") == [LAST_OF_JAN]
        assert found(supplier=other.supplier_id) == [LAST_OF_FEB]
        csv = b"".join(admin.get(url("closedmonth"), {"export": "csv"})).decode()
        assert "Çınar Toptan" in csv and "2026-01-31" in csv


class TestClosing:
    def test_closes_the_month_and_all_before_it(self, admin, account):
        response = admin.get(url("closedmonth", "add"))
        choices = response.context["form"].fields["month"].choices
        assert choices[0] == ("2026-02-28", "February 2026")
        assert "All months before it close with it" in text_of(response)
        response = close(admin, account)
        assert response.url == url("closedmonth")
        assert "Çınar Toptan: closed until 31/01/2026." in text_of(admin.get(response.url))
        months = ClosedMonth.objects.all()
        assert [month.ends_on for month in months] == [LAST_OF_JAN, LAST_OF_DEC]
        assert [month.closed_by for month in months] == ["patron", "patron"]
        assert [logged(month) for month in months] == [["b2b_portal.close_month"]] * 2
        assert "Month closed" in text_of(admin.get(page_of(months[0], "history")))

    @pytest.mark.parametrize("month", [LAST_OF_DEC, LAST_OF_JAN])
    def test_refuses_what_is_closed_and_keeps_the_form(self, admin, account, month):
        close(admin, account)
        before = ModelLogEntry.objects.count()
        response = close(admin, account, month)
        assert response.status_code == 200
        assert response.context["form"].non_field_errors() == ["This month is closed already."]
        assert response.context["form"]["month"].value() == month.isoformat()
        assert "Nothing was closed." in text_of(response)
        assert ModelLogEntry.objects.count() == before

    @pytest.mark.parametrize("month", ["2026-03-31", "2026-02-27", "abc", "", "9999-12-31"])
    def test_offers_only_months_that_are_over(self, admin, account, month):
        data = {"supplier": account.supplier_id, "month": month}
        response = admin.post(url("closedmonth", "add"), data)
        assert response.context["form"].errors["month"]
        assert closed_until(account.supplier) is None

    def test_is_refused_where_the_month_is_not_over(self, admin, account, monkeypatch):
        monkeypatch.setattr("b2b_portal.cms.forms.months_over", lambda count: [date(2026, 3, 31)])
        response = close(admin, account, date(2026, 3, 31))
        assert response.context["form"].non_field_errors()
        assert closed_until(account.supplier) is None

    def test_needs_a_supplier(self, admin, account):
        make_supplier()
        response = admin.post(url("closedmonth", "add"), {"month": "2026-01-31"})
        assert response.context["form"].errors["supplier"]


class TestReopening:
    @pytest.fixture
    def december(self, account):
        close_month(account.supplier, LAST_OF_JAN)
        return ClosedMonth.objects.get(ends_on=LAST_OF_DEC)

    def test_says_what_opens(self, admin, december, account):
        link = page_of(december, "reopen")
        assert link in admin.get(page_of(december)).content.decode()
        text = text_of(admin.get(link))
        assert "December 2025 January 2026" in text and "Çınar Toptan" in text
        assert "Movements of any day are taken again" in text
        january = ClosedMonth.objects.get(ends_on=LAST_OF_JAN)
        text = text_of(admin.get(page_of(january, "reopen")))
        assert "December 2025" not in text and "Movements from 01/01/2026 on" in text

    def test_takes_a_reason_and_logs_it(self, admin, december, account):
        response = reopen(admin, december)
        assert "Reopened: December 2025, January 2026." in text_of(response)
        assert closed_until(account.supplier) is None
        for month in ClosedMonth.objects.all():
            assert (month.reopened_by, month.reason) == ("patron", "Forgotten invoice")
        log = ModelLogEntry.objects.for_instance(december).get()
        assert log.action == "b2b_portal.reopen_month"
        assert log.data == {"reason": "Forgotten invoice"}
        history = text_of(admin.get(page_of(december, "history")))
        assert "Month reopened: Forgotten invoice" in history

    @pytest.mark.parametrize("reason", ["", "  ", "x" * 251])
    def test_needs_a_reason(self, admin, december, account, reason):
        response = reopen(admin, december, reason)
        assert response.context["form"].errors["reason"]
        assert closed_until(account.supplier) == LAST_OF_JAN

    def test_happens_once(self, admin, december, account):
        reopen(admin, december)
        close_month(account.supplier, LAST_OF_JAN)  # a new row for the same month
        assert page_of(december, "reopen") not in admin.get(page_of(december)).content.decode()
        for response in (
            admin.get(page_of(december, "reopen"), follow=True),
            reopen(admin, december),
        ):
            assert levels(response) == ["error"]
        assert closed_until(account.supplier) == LAST_OF_JAN

    def test_of_two_at_once_one_is_told(self, admin, december, account, monkeypatch):
        view = "b2b_portal.cms.admin.months.ReopenView.refusal"
        monkeypatch.setattr(view, lambda self: None)
        reopen(admin, december)
        response = reopen(admin, december, "again")
        assert levels(response) == ["error"]
        assert not ClosedMonth.objects.filter(reason="again").exists()


class TestPermissions:
    @pytest.fixture
    def month(self, account):
        return close_month(account.supplier, LAST_OF_DEC)

    @pytest.mark.parametrize("rights", [1, 2, 3])
    def test_each_opens_its_own(self, client, month, account, rights):
        staff(client, "clerk", *RIGHTS[:rights])
        html = client.get(url("closedmonth")).content.decode()
        assert (url("closedmonth", "add") in html) == (rights > 1)
        assert client.get(url("closedmonth", "add")).status_code == (200 if rights > 1 else 302)
        close(client, account)
        assert (closed_until(account.supplier) == LAST_OF_JAN) == (rights > 1)
        html = client.get(page_of(month)).content.decode()
        assert (page_of(month, "reopen") in html) == (rights > 2)
        answer = client.get(page_of(month, "reopen"))
        assert answer.status_code == (200 if rights > 2 else 302)
        reopen(client, month)
        month.refresh_from_db()
        assert bool(month.reopened_at) == (rights > 2)

    def test_without_any_there_is_nothing(self, client, month):
        staff(client, "editor", "view_entry")
        assert client.get(url("closedmonth")).status_code == 302
        assert client.get(page_of(month)).status_code in (302, 404)
        assert url("closedmonth") not in client.get(reverse("wagtailadmin_home")).content.decode()

    def test_another_suppliers_clerk_sees_nothing(self, client, month, account):
        account.supplier.staff_groups.add(Group.objects.create(name="theirs"))
        own = Group.objects.create(name="own")
        mine = make_supplier()
        mine.staff_groups.add(own)
        staff(client, "other", *RIGHTS, group=own)
        for page in ("inspect", "history", "reopen"):
            for send in (client.get, client.post):
                answer = send(page_of(month, page), {"reason": "x"}, follow=True)
                assert answer.status_code in (404, 405)
        assert "Çınar" not in text_of(client.get(url("closedmonth")))
        assert "Çınar" not in text_of(client.get(url("closedmonth", "add")))
        assert close(client, account).context["form"].errors["supplier"]
        assert closed_until(account.supplier) == LAST_OF_DEC

    def test_groups_can_be_given_them(self, admin):
        html = admin.get(reverse("wagtailusers_groups:add")).content.decode()
        assert f'value="{Permission.objects.get(codename="reopen_closedmonth").pk}"' in html


class TestMovements:
    def test_a_closed_month_takes_none(self, admin, account):
        close_month(account.supplier, LAST_OF_JAN)
        before = Entry.objects.count()
        sent = movement(account, booked_on="2026-01-15", credit="1250.50")
        response = admin.post(url("entry", "add"), sent)
        assert response.context["form"].non_field_errors() == ["15/01/2026 lies in a closed month."]
        assert response.context["form"]["document_no"].value() == "DEKONT-4"
        assert Entry.objects.count() == before

    def test_a_reversal_says_its_day(self, admin, account):
        entry = account.entries.get(document_no="F-12")
        page = url("entry", "reverse", entry.pk)
        assert "the reversal is booked on" not in text_of(admin.get(page))
        close_month(account.supplier, LAST_OF_JAN)
        assert "the reversal is booked on 01/02/2026" in text_of(admin.get(page))
        admin.post(page, {"reason": "x"})
        assert Entry.objects.get(reverses=entry).booked_on == date(2026, 2, 1)

    def test_a_refused_reversal_is_told(self, admin, account, monkeypatch):
        def refuse(entry, **kwargs):
            raise MonthClosed("Closed in between.")

        monkeypatch.setattr("b2b_portal.ledger.posting.reverse", refuse)
        page = url("entry", "reverse", account.entries.first().pk)
        response = admin.post(page, {"reason": "x"}, follow=True)
        assert levels(response) == ["error"] and "Closed in between." in text_of(response)


def test_an_account_with_kept_balances_names_no_inner_model(admin, account):
    close_month(account.supplier, LAST_OF_JAN)
    response = admin.get(url("customeraccount", "delete", account.pk))
    assert "month balance" not in text_of(response).lower()
    response = admin.post(url("supplier", "delete", account.supplier_id))
    assert response.status_code == 409 and "Closed months" in text_of(response)
