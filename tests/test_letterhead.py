"""What stands around a table on paper: both sides, the logo, the accounts to pay to."""

import io
import re

import pytest
from pypdf import PdfReader

from b2b_portal.tables.letterhead import Letterhead
from b2b_portal.tables.table import Column, Row

from .tables import COLUMNS, pdf, picture, statement, texts


def test_the_letterhead_names_both_sides_and_the_accounts_to_pay_to():
    page = texts(
        pdf(
            statement(1),
            address=["Street 1", "İstanbul"],
            tax_office="Şişli",
            tax_number="4540536920",
            phone="+90 212 555 01 23",
            email="a@b.example",
            customer=["Customer Ltd.", "120.01"],
            ibans=[("İş Bankası", "TR330006100519786457841326")],
        )
    )[0]
    for text in (
        "Supplier", "Street 1", "İstanbul", "Tax: Şişli 4540536920", "+90 212 555 01 23",
        "a@b.example", "Customer Ltd.", "120.01", "İş Bankası",
        "TR33 0006 1005 1978 6457 8413 26",
    ):  # fmt: skip
        assert text in page


@pytest.mark.parametrize(
    "logo",
    [
        picture(),
        picture((40, 900), "P"),
        picture((2000, 30), "L"),
        picture(mode="RGB", kind="JPEG"),
        picture(mode="CMYK", kind="JPEG"),
    ],
)
def test_a_logo_of_any_shape_is_shown(logo):
    assert len(PdfReader(io.BytesIO(pdf(statement(1), logo=logo))).pages[0].images) == 1


@pytest.mark.parametrize("logo", [b"no picture", picture()[:60]])
def test_a_logo_that_cannot_be_read_does_not_stop_a_statement(logo, caplog):
    assert "Supplier" in texts(pdf(statement(1), logo=logo))[0]
    assert "logo" in caplog.text


def test_a_logo_is_never_an_address_and_a_colour_is_a_colour():
    with pytest.raises(TypeError):
        Letterhead("Supplier", logo="http://example.com/logo.png")
    for colour in ("red", "#12345", "#1f5fa8\n", "javascript:"):
        with pytest.raises(ValueError):
            Letterhead("Supplier", accent=colour)


@pytest.mark.parametrize("wide", [False, True])
def test_addresses_and_accounts_of_any_length_leave_room_for_the_table(wide):
    long = ["Street " * 30] * 120
    columns = [*COLUMNS, Column("more", "More", width=60)] if wide else COLUMNS
    rows = [Row({"number": f"F{number}"}) for number in range(3)]
    pages = texts(
        pdf(
            statement(0, columns=columns, rows=rows),
            address=long,
            customer=["Customer Ltd.", *long],
            ibans=[("Bank", f"TR{number:024}") for number in range(70)],
        )
    )
    for page in pages:
        assert len(page.splitlines()) < 90
    assert re.findall(r"\bF\d\b", "".join(pages)) == ["F0", "F1", "F2"]
    assert "Page 1 of" in pages[0] and "Customer Ltd." in pages[0]
