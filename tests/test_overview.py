"""Where one stands, as a dealer reads it on the portal's first page."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from b2b_portal.testing.factories import make_account, make_entry

from .fixtures import PORTAL, sign_in
from .test_reports import Page

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 30, 12, tzinfo=ZoneInfo("Europe/Istanbul"))
TODAY = NOW.date()


@pytest.fixture
def facts(visitor, supplier):
    """What the page says after these movements: (amount, days until due, more)."""

    def read(*movements):
        with time_machine.travel(NOW):
            account = make_account(supplier)
            for amount, days, more in movements:
                make_entry(
                    account,
                    amount,
                    booked_on=TODAY - timedelta(days=60),
                    due_on=TODAY + timedelta(days=days),
                    **more,
                )
            sign_in(visitor, account)
            return Page(visitor.get(PORTAL)).facts

    return read


def test_what_is_overdue_what_is_next_and_the_average(facts):
    assert facts(("100", -10, {}), ("200", 5, {}), ("100", 10, {})) == {
        "Vadesi geçmiş": "₺100,00",
        "Sıradaki vade": "05.07.2026: ₺200,00",
        "Ortalama vade": "03.07.2026",  # (−10 × 100 + 5 × 200 + 10 × 100) / 400 = 2.5 days
    }


def test_cheques_stand_beside_the_balance_until_they_fall_due(facts):
    cheque = {"kind": "cheque", "document_no": "CEK-1"}
    due = {"kind": "promissory_note", "document_no": "S-1"}
    assert facts(("500", 5, {}), ("-300", 30, cheque), ("-200", 0, due)) == {
        "Vadesi gelmemiş çek ve senetleriniz": "₺300,00"
    }


def test_an_account_in_credit_has_no_due_day(facts):
    assert facts(("-500", 5, {})) == {}
