"""LibreOffice opens our workbooks and finds the same figures in them."""

import csv
import shutil
import subprocess
from datetime import date

import pytest

from b2b_portal.tables.table import Row, Table
from b2b_portal.tables.xlsx import render_xlsx

from .test_sheets import COLUMNS, D, table, written

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed"),
]


def test_libreoffice_opens_it_and_agrees(tmp_path):
    rows = [
        ("Çağ =1+1", date(2026, 12, 31), D("-1234.5"), D("-7"), D("1.125"), D("35.1"), D(500)),
        ("=1+1", None, D("999999999999.99"), D("12.30"), D(3), None, None),
    ]
    dollars = Table("Title", COLUMNS[:1], [Row(("in USD",))], currency="USD")
    path = tmp_path / "book.xlsx"
    path.write_bytes(written(render_xlsx, [table(*rows), dollars]))
    options = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1"
    subprocess.run(
        [
            *("soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless"),
            *("--convert-to", options, "--outdir", str(tmp_path), str(path)),
        ],
        check=True,
        capture_output=True,
        timeout=180,
    )
    found = list(csv.reader((tmp_path / "book-TRY.csv").open(encoding="utf-8", newline="")))
    first, second = found[3], found[4]
    assert (first[0], second[0]) == ("Çağ =1+1", "=1+1")
    assert [D(text) for text in first[2:]] == [D(str(value)) for value in rows[0][2:]]
    assert [D(text) for text in second[2:5]] == list(rows[1][2:5])
    assert "in USD" in (tmp_path / "book-USD.csv").read_text("utf-8")
