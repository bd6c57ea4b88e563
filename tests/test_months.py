"""Closed months take nothing, by any way, and keep the balances they closed with."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from b2b_portal.exceptions import InvalidMonth, MonthClosed
from b2b_portal.ledger import integrity, triggers
from b2b_portal.ledger.ageing import ageing
from b2b_portal.ledger.balances import balances, balances_on, totals
from b2b_portal.ledger.months import close_month, closed_until, month_end, open_day, reopen_month
from b2b_portal.ledger.open_items import open_items
from b2b_portal.ledger.posting import allocate, post, post_all, reverse, unallocate
from b2b_portal.ledger.statement import statement
from b2b_portal.models import Allocation, ClosedMonth, Entry, MonthBalance
from b2b_portal.signals import month_closed, months_reopened
from b2b_portal.testing.factories import make_account, make_draft, make_entry, make_supplier

from .ledger import APR, DAY, FEB, JAN, MAR, D, at_once, heard, opened, refused, same, sound

pytestmark = pytest.mark.django_db
LAST_OF_JAN, LAST_OF_FEB = date(2026, 1, 31), date(2026, 2, 28)


@pytest.fixture
def account():
    return make_account(make_supplier())


def kept(account):
    """[(month's end, currency, balance kept, base balance kept)]."""
    rows = MonthBalance.objects.filter(account=account).order_by("ends_on", "currency")
    return list(rows.values_list("ends_on", "currency", "amount", "base_amount"))


class TestClosing:
    def test_keeps_the_balances_of_the_months_end(self, account):
        make_entry(account, "100", booked_on=JAN)
        make_entry(account, "-30", booked_on=LAST_OF_JAN)
        make_entry(account, "7", currency="USD", base_amount=D(280), rate=D(40), booked_on=JAN)
        make_entry(account, "50", booked_on=LAST_OF_JAN + DAY)
        month = close_month(account.supplier, JAN, by="ayse")
        assert (month.ends_on, month.closed_by) == (LAST_OF_JAN, "ayse")
        assert kept(account) == [(LAST_OF_JAN, "TRY", 70, 0), (LAST_OF_JAN, "USD", 7, 280)]
        assert sound()

    def test_closes_all_months_before_it_too(self, account):
        make_entry(account, "100", booked_on=JAN)
        make_entry(account, "-30", booked_on=MAR)
        close_month(account.supplier, APR)
        assert closed_until(account.supplier) == date(2026, 4, 30)
        assert [(day, amount) for day, _code, amount, _base in kept(account)] == [
            (LAST_OF_JAN, 100),
            (date(2026, 3, 31), 70),
        ]
        with refused(MonthClosed):
            make_entry(account, booked_on=FEB)

    @pytest.mark.parametrize("day", [JAN, JAN - 40 * DAY])
    def test_a_month_is_closed_once(self, account, day):
        close_month(account.supplier, JAN)
        with refused(InvalidMonth):
            close_month(account.supplier, day)

    @pytest.mark.parametrize(
        "today, closes",
        [(date(2026, 1, 31), False), (date(2026, 2, 1), True)],
    )
    def test_a_month_is_closed_when_it_is_over_by_the_sites_clock(self, account, today, closes):
        night = datetime(
            today.year, today.month, today.day, 0, 5, tzinfo=ZoneInfo("Europe/Istanbul")
        )
        with time_machine.travel(night, tick=False):
            if closes:
                close_month(account.supplier, JAN)
            else:
                with refused(InvalidMonth):
                    close_month(account.supplier, JAN)

    def test_whatever_the_clerks_own_zone(self, account):
        night = datetime(2026, 1, 31, 14, tzinfo=ZoneInfo("Europe/Istanbul"))
        with time_machine.travel(night, tick=False), timezone.override("Pacific/Kiritimati"):
            with refused(InvalidMonth):
                close_month(account.supplier, JAN)

    @pytest.mark.parametrize("day", [date(9999, 12, 31), date(2100, 1, 1)])
    def test_a_far_day_is_not_over(self, account, day):
        with refused(InvalidMonth):
            close_month(account.supplier, day)

    def test_is_of_one_supplier_alone(self, account):
        other = make_account()
        close_month(account.supplier, JAN)
        assert make_entry(other, booked_on=JAN).booked_on == JAN
        assert closed_until(other.supplier) is None

    def test_is_told(self, account):
        with heard(month_closed) as calls:
            month = close_month(account.supplier, JAN, by="ayse")
        assert calls == [{"month": month, "by": "ayse"}]

    @pytest.mark.parametrize(
        "day, last",
        [
            (date(2028, 2, 1), date(2028, 2, 29)),
            (date(2026, 2, 28), date(2026, 2, 28)),
            (date(2026, 12, 31), date(2026, 12, 31)),
        ],
    )
    def test_a_month_ends_on_its_last_day(self, day, last):
        assert month_end(day) == last


class TestAClosedMonth:
    @pytest.mark.parametrize("day", [JAN, LAST_OF_JAN, date(2020, 5, 5)])
    def test_takes_no_movement(self, account, day):
        close_month(account.supplier, JAN)
        with refused(MonthClosed):
            make_entry(account, booked_on=day)

    def test_lets_no_batch_in_with_one_row_of_it(self, account):
        close_month(account.supplier, JAN)
        with refused(MonthClosed):
            post_all([make_draft(account, booked_on=FEB), make_draft(account, booked_on=JAN)])

    def test_still_knows_what_was_sent_before(self, account):
        entry = make_entry(account, booked_on=JAN)
        close_month(account.supplier, JAN)
        assert post(**same(entry)) == entry

    def test_the_next_day_is_open(self, account):
        close_month(account.supplier, JAN)
        assert make_entry(account, booked_on=LAST_OF_JAN + DAY)
        assert open_day(account.supplier, JAN) == LAST_OF_JAN + DAY
        assert open_day(account.supplier, MAR) == MAR

    def test_a_reversal_goes_to_the_first_open_day(self, account):
        invoice = make_entry(account, "100", booked_on=JAN)
        close_month(account.supplier, FEB)
        reversal = reverse(invoice, reason="x")
        assert reversal.booked_on == date(2026, 3, 1)
        assert balances(account, LAST_OF_FEB) == {"TRY": 100}
        assert sound()

    def test_no_reversal_is_booked_in_it_by_choice(self, account):
        invoice = make_entry(account, "100", booked_on=JAN)
        close_month(account.supplier, FEB)
        with refused(MonthClosed):
            reverse(invoice, reason="x", booked_on=FEB)

    def test_keeps_what_was_open_at_its_end(self, account):
        invoice = make_entry(account, "100", booked_on=JAN, document_no="F", due_on=JAN)
        later = make_entry(account, "100", booked_on=JAN, document_no="G", due_on=FEB)
        payment = make_entry(account, "-100", booked_on=JAN, document_no="P")
        closing = allocate(payment, later)
        close_month(account.supplier, FEB)

        def then():
            return opened(account, as_of=LAST_OF_FEB), ageing(account, LAST_OF_FEB)

        before = then()
        unallocate(closing, on=FEB)
        allocate(payment, invoice, on=JAN)
        days = Allocation.objects.order_by("pk").values_list("effective_on", flat=True)
        assert list(days) == [JAN, date(2026, 3, 1), date(2026, 3, 1)]
        assert then() == before
        assert [item.entry for item in open_items(account, "TRY")] == [later]
        assert sound()

    @pytest.mark.parametrize("model", [Entry, Allocation], ids=lambda model: model.__name__)
    def test_the_database_itself_lets_nothing_in(self, account, model):
        invoice, payment = make_entry(account, booked_on=JAN), make_entry(account, "-1")
        allocate(payment, invoice)
        close_month(account.supplier, JAN)
        row = model.objects.order_by("pk").first()
        row.pk = None
        if model is Entry:
            row.external_id = "by the back door"
        else:
            row.effective_on = JAN
        with pytest.raises(IntegrityError, match="closed"), transaction.atomic():
            model.objects.bulk_create([row])

    @pytest.mark.sqlite
    def test_nothing_gets_in_by_insert_or_replace(self, account):
        entry = make_entry(account, booked_on=FEB)
        close_month(account.supplier, JAN)
        columns = ", ".join(
            field.column for field in Entry._meta.local_fields if field.column not in ("id",)
        )
        values = columns.replace("booked_on", "'2026-01-05'").replace("external_id", "'other'")
        with pytest.raises(IntegrityError, match="closed"), connection.cursor() as cursor:
            cursor.execute(
                f"INSERT OR REPLACE INTO b2b_portal_entry ({columns}) "
                f"SELECT {values} FROM b2b_portal_entry WHERE id = {entry.pk}"
            )


class TestReopening:
    def test_takes_movements_again_and_closes_again(self, account):
        make_entry(account, "100", booked_on=JAN)
        close_month(account.supplier, JAN)
        reopen_month(account.supplier, JAN, reason="forgotten", by="ayse")
        make_entry(account, "20", booked_on=JAN)
        close_month(account.supplier, JAN)
        assert kept(account) == [(LAST_OF_JAN, "TRY", 120, 0)]
        assert sound()

    def test_a_month_without_movements_stays_closed_too(self, account):
        make_entry(account, booked_on=JAN)
        close_month(account.supplier, APR)
        assert len(reopen_month(account.supplier, APR, reason="x")) == 1
        assert closed_until(account.supplier) == date(2026, 3, 31)

    def test_opens_later_months_too_and_no_earlier_one(self, account):
        for day in (JAN, FEB, MAR):
            make_entry(account, "100", booked_on=day)
        close_month(account.supplier, MAR)
        reopen_month(account.supplier, FEB, reason="x")
        assert closed_until(account.supplier) == LAST_OF_JAN
        assert [day for day, *_rest in kept(account)] == [LAST_OF_JAN]
        assert balances(account, MAR) == {"TRY": 300}

    def test_leaves_a_trace(self, account):
        close_month(account.supplier, JAN)
        with heard(months_reopened) as calls:
            months = reopen_month(account.supplier, JAN, reason="forgotten", by="ayse")
        row = ClosedMonth.objects.get()
        assert (row.reopened_by, row.reason) == ("ayse", "forgotten")
        assert row.reopened_at
        assert calls == [{"months": months, "by": "ayse"}] and months == [row]

    def test_an_open_month_is_not_reopened(self, account):
        close_month(account.supplier, JAN)
        with refused(InvalidMonth):
            reopen_month(account.supplier, FEB, reason="x")


class TestReading:
    """Kept balance and what was booked since make the same sum as all entries, at every edge."""

    @pytest.fixture
    def history(self, account):
        edges = [LAST_OF_JAN, LAST_OF_FEB, date(2026, 3, 31)]
        days = sorted({day + n * DAY for day in edges for n in (-1, 0, 1)})
        amounts = {day: D(3) ** n * (-1) ** n for n, day in enumerate(days)}
        for day, amount in amounts.items():
            make_entry(account, amount, booked_on=day)
            make_entry(account, amount, currency="USD", base_amount=amount * 40, booked_on=day)
        return amounts

    @pytest.mark.parametrize("closed", [None, LAST_OF_JAN, LAST_OF_FEB, date(2026, 3, 31)])
    def test_balances_and_openings(self, account, history, closed):
        if closed:
            close_month(account.supplier, closed)
        for day in [*history, JAN, APR]:
            before = sum(amount for other, amount in history.items() if other < day)
            until = before + history.get(day, 0)
            assert balances(account, day) == {"TRY": until, "USD": until}
            assert totals(account.supplier, day) == {"TRY": until, "USD": until}
            found = statement(account, "USD", day, day)
            assert (found.opening, found.closing) == (before, until)
            if found.base:
                assert (found.base.opening, found.base.closing) == (before * 40, until * 40)

    @pytest.mark.parametrize("closed", [None, LAST_OF_JAN, date(2026, 3, 31)])
    def test_many_days_in_one_query(self, account, history, closed, django_assert_num_queries):
        if closed:
            close_month(account.supplier, closed)
        days = sorted([*history, JAN, APR])
        running = [sum(history[day] for day in history if day <= one) for one in days]
        with django_assert_num_queries(1):
            assert balances_on(account, days) == {"TRY": running, "USD": running}
        assert balances_on(account, days[3:4]) == {"TRY": running[3:4], "USD": running[3:4]}
        assert balances_on(make_account(account.supplier), days) == {}


class TestVerify:
    """``b2b_portal_verify`` names a month's balance that is not what the entries say."""

    @pytest.fixture
    def closed(self, account):
        make_entry(account, "100", booked_on=JAN)
        close_month(account.supplier, FEB)
        return MonthBalance.objects.filter(account=account)

    @pytest.mark.parametrize("change", [{"amount": D(99)}, {"base_amount": D(1)}], ids=str)
    def test_a_changed_one(self, closed, account, change):
        closed.update(**change)
        (problem,) = integrity.problems()
        assert f"{account.pk}, TRY" in problem and "2026-01-31" in problem

    def test_a_missing_one(self, closed, account):
        closed.delete()
        (problem,) = integrity.problems()
        assert f"{account.pk}, TRY" in problem

    def test_a_movement_before_the_first_closed_month(self, account):
        make_entry(account, "100", booked_on=FEB)
        close_month(account.supplier, FEB)
        triggers.remove()
        early = make_draft(account, "7", booked_on=JAN)
        Entry.objects.bulk_create([early])
        triggers.install()
        assert [p for p in integrity.problems() if f"{account.pk}, TRY" in p and "02-28" in p]

    def test_one_of_a_month_that_is_not_closed(self, closed, account):
        closed.update(ends_on=date(2026, 3, 31))
        assert len(list(integrity.problems())) == 2


@pytest.mark.django_db(transaction=True)
def test_nothing_slips_into_a_month_while_it_is_closed():
    account = make_account(make_supplier())
    accounts = [make_account(account.supplier) for _ in range(4)]

    def write(mine):
        def job():
            for number in range(20):
                try:
                    make_entry(mine, "1", booked_on=JAN, external_id=f"{mine.pk}|{number}")
                except MonthClosed:
                    make_entry(mine, "1", booked_on=FEB, external_id=f"{mine.pk}|{number}")

        return job

    def close():
        for _ in range(5):
            close_month(account.supplier, JAN)
            reopen_month(account.supplier, JAN, reason="x")
        close_month(account.supplier, JAN)

    assert at_once(*map(write, accounts), close) == [None] * 5
    assert totals(account.supplier) == {"TRY": 80}
    assert sound()
