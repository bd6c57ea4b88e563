"""The account statement's PDF: the page's figures and words, on a letterhead."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from b2b_portal.ledger.posting import post_all
from b2b_portal.testing.factories import make_draft, make_entry

from .fixtures import STATEMENT
from .reading import ENGLISH, PDF, look, pages_of

D = Decimal


class TestThePdf:
    def test_has_the_pages_figures_and_words(self, browser, moved):
        query = {"period": "custom", "start": "2026-01-01", "end": "2026-04-30"}
        page = look(browser, **query)
        (pdf,) = pages_of(browser, **query)
        for row in [*page.rows["opening"], *page.rows["row"], *page.rows["totals"]]:
            for cell in row:
                for word in cell.replace("Vadesi geçmiş", "").split():
                    assert word in pdf
        assert page.rows["totals"][0][5:] == ["1.050,00", "1.000,00", "50,00", "B"]
        (total,) = [line for line in pdf.splitlines() if line.startswith("Toplam")] or [pdf]
        assert "50,00" in total
        for words in (
            "Hesap Ekstresi",
            "Anadolu Toptan Ltd. Şti.",
            "Başakşehir",
            "Gül Hediyelik Eşya Ltd. Şti.",
            "Karşıyaka",
            "120.20",
            "Vadesi geçmiş",
            "Sayfa 1 / 1",
        ):
            assert words in pdf, words

    def test_turkish_letters_and_the_lira_sign(self, browser, account):
        description = "ğüşıöç İĞÜŞÖÇ ₺1.234,50"
        make_entry(account, "10", description=description)
        (pdf,) = pages_of(browser, period="all")
        assert all(word in pdf for word in description.split())

    @pytest.mark.parametrize(
        ("typed", "printed"),
        [
            ("Ziraat TRY TR330006100519786457841326", "26Ziraat TRY\n"),
            ("TR330006100519786457841326 TRY", "26TRY\n"),
            ("Halk TRABZON TR33 0006 1005 1978 6457 8413 26", "26Halk TRABZON\n"),
            ("TR33 0006 1005 1978 6457 8413 26 Trabzon", "26Trabzon\n"),
        ],
    )
    def test_the_accounts_to_pay_to(self, browser, account, typed, printed):
        account.supplier.ibans = typed
        account.supplier.save()
        (pdf,) = pages_of(browser)
        assert f"TR33 0006 1005 1978 6457 8413 {printed}" in pdf

    def test_in_the_language_the_reader_has_chosen(self, browser, moved):
        browser.get(ENGLISH)
        (pdf,) = pages_of(browser, period="all")
        assert "Account statement" in pdf and "Page 1 of 1" in pdf and "1,000.00" in pdf
        browser.get(STATEMENT)
        (pdf,) = pages_of(browser, period="all")
        assert "Hesap Ekstresi" in pdf and "1.000,00" in pdf

    def test_three_pages_carry_the_balance_over(self, browser, account):
        post_all(
            [
                make_draft(account, "10.01", document_no=f"ANT{n:03}", booked_on=date(2026, 1, 1))
                for n in range(1, 101)
            ]
        )
        pages = pages_of(browser, period="all")
        assert len(pages) == 3
        assert [f"Sayfa {n} / 3" in page for n, page in enumerate(pages, 1)] == [True] * 3
        found = [sorted(set(re.findall(r"ANT\d{3}", page))) for page in pages]
        assert sum(found, []) == [f"ANT{n:03}" for n in range(1, 101)]
        for left, right, documents in zip(pages, pages[1:], found):
            # n invoices of 10,01 so far:
            balance = f"{len(sum(found[: found.index(documents) + 1], [])) * D('10.01'):.2f}"
            figure = balance.replace(".", ",")
            foot = left[left.index("Devreden") :]
            head = right[right.index("Nakli yekûn") :].split("ANT")[0]
            assert figure in foot and figure in head
        assert "Devreden" not in pages[-1] and "Nakli yekûn" not in pages[0]
        assert "1.001,00" in pages[-1]  # 100 × 10,01
        assert all("Anadolu Toptan Ltd. Şti." in page for page in pages)

    def test_twice_it_is_the_same_bytes(self, browser, moved):
        first, second = (
            b"".join(browser.get(f"{PDF}?period=all").streaming_content) for _n in range(2)
        )
        assert first == second

    def test_is_a_download_with_a_name(self, browser, moved):
        response = browser.get(PDF)
        assert response["Content-Disposition"] == (
            f'attachment; filename="cari-hesap-ekstresi-12020-{timezone.localdate()}.pdf"'
        )
