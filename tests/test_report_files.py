"""Reports as files: private, named by the server, no formula in them."""

import csv
import io

import pytest
from django.utils import timezone
from python_calamine import CalamineWorkbook

from b2b_portal.tables.csv import guarded
from b2b_portal.testing.factories import make_entry

from .test_all_reports import EVIL, NAMES, make_invoice


class TestFiles:
    @pytest.mark.parametrize("name", NAMES)
    def test_are_private_and_named_by_the_server(self, browser, account, name):
        for ending in ("pdf", "xlsx", "csv"):
            response = browser.get(f"/b2b/reports/{name}.{ending}?q=../../x%0d%0a")
            assert response.status_code in (200, 400)
            response = browser.get(f"/b2b/reports/{name}.{ending}")
            assert response.status_code == 200 and response.streaming
            assert b"".join(response.streaming_content)
            assert "no-store" in response["Cache-Control"]
            assert response["Content-Disposition"].endswith(
                f'-12020-{timezone.localdate()}.{ending}"'
            )
        assert browser.get(f"/b2b/reports/{name}.exe", follow=True).status_code == 404

    def test_what_looks_like_a_formula_stays_text(self, browser, account):
        for text in EVIL:
            make_entry(account, "-1234.56", description=text, kind="cash")
        data = b"".join(browser.get("/b2b/reports/statement.xlsx?period=all").streaming_content)
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
        found = [row[3] for row in sheet.to_python()]
        assert set(EVIL) - {"\rx"} <= set(found)
        assert b"<f>" not in data
        text = b"".join(browser.get("/b2b/reports/statement.csv?period=all").streaming_content)
        rows = list(csv.reader(io.StringIO(text.decode("utf-8-sig"), newline=""), delimiter=";"))
        cells = [cell for row in rows for cell in row]
        assert not [c for c in cells if c.lstrip(" ")[:1] in "=+@\t\r" and c.strip()]
        assert {f"'{word}" for word in EVIL} <= set(cells)

    def test_a_negative_figure_stays_a_figure(self, browser, account):
        make_invoice(
            account, "I1", [("K", "Kupa", 2, 1000)], days=5, is_return=True, is_credit=True
        )
        text = b"".join(browser.get("/b2b/reports/invoices.csv").streaming_content).decode()
        assert ";-2000,00;-400,00;" in text
        data = b"".join(browser.get("/b2b/reports/invoices.xlsx").streaming_content)
        rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
        assert [-2000.0, -400.0] in [row[4:6] for row in rows]

    def test_guarded_leaves_the_rest_alone(self):
        assert [guarded(text) for text in ("Kupa", "", "a=b", "12-3")] == [
            "Kupa",
            "",
            "a=b",
            "12-3",
        ]
