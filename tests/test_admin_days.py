"""Days in the admin can be typed as its lists print them."""

from datetime import date

import pytest

from b2b_portal.models import Entry
from b2b_portal.testing.factories import make_account, make_entry

from .test_admin_months import text_of


@pytest.fixture
def account(db):
    return make_account()


@pytest.mark.parametrize("typed", ["05.03.2026", "5.3.2026", "05/03/2026", "2026-03-05"])
class TestDays:
    def test_of_a_movement(self, admin_client, account, typed):
        page = "/admin/b2b/movements/"
        key = admin_client.get(page + "new/").context["form"]["key"].value()
        row = {"key": key, "account": account.pk, "kind": "cash", "currency": "USD", "rate": "42,5"}
        row |= {"credit": "100", "booked_on": typed}
        admin_client.post(page + "new/", row)
        entry = Entry.objects.get()
        assert entry.booked_on == date(2026, 3, 5)
        assert (entry.amount, entry.base_amount, entry.rate) == (-100, -4250, 42.5)

    def test_of_a_filter(self, admin_client, account, typed):
        make_entry(account, booked_on=date(2026, 3, 5), document_no="AT-LAST")
        query = {"booked_on_from": typed, "booked_on_to": typed}
        assert "AT-LAST" in text_of(admin_client.get("/admin/b2b/movements/", query))


def test_another_word_is_refused_and_no_other_day_taken(admin_client, account):
    page = "/admin/b2b/movements/new/"
    key = admin_client.get(page).context["form"]["key"].value()
    row = {"key": key, "account": account.pk, "kind": "cash", "currency": "TRY", "credit": "100"}
    response = admin_client.post(page, row | {"booked_on": "31.02.2026"})
    assert list(response.context["form"].errors) == ["booked_on"]
    assert not Entry.objects.exists()
    assert '"validateOnBlur": false' in response.content.decode()
