"""Periods of a report: the named ones on awkward days, days that are typed, nonsense."""

from urllib.parse import urlencode

import pytest

from b2b_portal.testing.factories import make_entry

from .fixtures import STATEMENT, sign_in
from .reading import ENGLISH, PDF, at, look


class TestPeriods:
    @pytest.mark.parametrize(
        ("today", "shown"),
        [
            (  # leap day
                (2028, 2, 29, 12),
                {
                    "this_month": "01.02.2028 – 29.02.2028",
                    "last_month": "01.01.2028 – 31.01.2028",
                    "this_year": "01.01.2028 – 31.12.2028",
                    "last_12_months": "01.03.2027 – 29.02.2028",
                    "": "01.03.2027 – 29.02.2028",
                },
            ),
            (  # the month before is shorter
                (2028, 3, 31, 12),
                {
                    "this_month": "01.03.2028 – 31.03.2028",
                    "last_month": "01.02.2028 – 29.02.2028",
                    "last_12_months": "01.04.2027 – 31.03.2028",
                },
            ),
            ((2027, 3, 31, 12), {"last_month": "01.02.2027 – 28.02.2027"}),
            (  # the month before is another year's; half past midnight is still last year in London
                (2028, 1, 1, 0, 30),
                {
                    "this_month": "01.01.2028 – 31.01.2028",
                    "last_month": "01.12.2027 – 31.12.2027",
                    "this_year": "01.01.2028 – 31.12.2028",
                    "last_12_months": "02.01.2027 – 01.01.2028",
                },
            ),
            (
                (2027, 12, 31, 23, 30),
                {
                    "this_month": "01.12.2027 – 31.12.2027",
                    "this_year": "01.01.2027 – 31.12.2027",
                },
            ),
        ],
        ids=["29 Feb", "31 Mar 2028", "31 Mar 2027", "1 Jan", "31 Dec"],
    )
    def test_named_periods_on_awkward_days(self, visitor, account, today, shown):
        with at(*today):
            sign_in(visitor, account)
            found = {period: look(visitor, period=period).facts["Dönem"] for period in shown}
        assert found == shown

    def test_two_days(self, browser):
        for start, end, shown in [
            ("2026-01-15", "2026-02-15", "15.01.2026 – 15.02.2026"),
            ("15.01.2026", "15.02.2026", "15.01.2026 – 15.02.2026"),
            ("2026-01-15", "2026-01-15", "15.01.2026 – 15.01.2026"),
            ("2026-01-15", "", "15.01.2026 – …"),
            ("", "2026-02-15", "… – 15.02.2026"),
        ]:
            page = look(browser, period="custom", start=start, end=end)
            assert (page.status, page.facts["Dönem"]) == (200, shown)

    def test_no_bounds(self, browser):
        for query in ({"period": "all"}, {"period": "custom"}):
            assert look(browser, **query).facts["Dönem"] == "tüm hareketler"

    def test_days_alone_are_enough(self, browser):
        page = look(browser, start="2026-01-15", end="2026-02-15")
        assert page.facts["Dönem"] == "15.01.2026 – 15.02.2026"

    @pytest.mark.parametrize(
        ("url", "sentence"),
        [
            (STATEMENT, "Dönemin bitişi başlangıcından önce."),
            (ENGLISH, "The period ends before it begins."),
        ],
    )
    def test_an_end_before_the_start_is_told(self, browser, url, sentence):
        page = look(browser, url, period="custom", start="2026-02-15", end="2026-01-15")
        assert page.status == 422
        assert sentence in page.words
        assert not page.order

    def test_so_by_the_download(self, browser):
        response = browser.get(f"{PDF}?period=custom&start=2026-02-15&end=2026-01-15")
        assert response.status_code in (400, 422)
        assert "Dönemin bitişi başlangıcından önce." in response.content.decode()

    def test_nonsense_is_told_and_shows_nothing(self, browser, account):
        make_entry(account, "10", document_no="ANT001")
        for query in [
            {"period": "custom", "start": "31.02.2026"},
            {"start": "yesterday"},
            {"start": "2026-01-15\x00"},
            {"end": "9" * 400},
            {"period": "last_century"},
            {"currency": "XXX"},
            {"currency": "' OR 1=1 --"},
        ]:
            page = look(browser, **query)
            assert page.status == 422, query
            assert "ANT001" not in page.words
            assert browser.get(f"{PDF}?{urlencode(query)}").status_code in (400, 422)

    def test_days_typed_beside_a_named_period_are_not_dropped(self, browser):
        """The form always sends a period, "Son 12 ay" unless one changes that too."""
        page = look(browser, period="last_12_months", start="2020-01-01", end="2020-12-31")
        assert page.status == 422 or page.facts["Dönem"] == "01.01.2020 – 31.12.2020"
