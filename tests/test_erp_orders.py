"""Orders in: a table with one row per line."""

from datetime import date

import pytest
from django.utils import translation

from b2b_portal.erp import orders
from b2b_portal.models import Order
from b2b_portal.testing.factories import make_account, make_supplier
from b2b_portal.testing.ledger import dump

from .efatura import D
from .erp_documents import Table, lines, outcomes

HEADER = "account_code;number;ordered_on;state;product_code;product_name;quantity;unit_price;net"
ROW = "120.01;SIP-7;03.03.2026;Açık;KP-01;Kupa;3;50,5;151,50"


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def dealer(db):
    return make_account(make_supplier(), code="120.01")


def compare(account, *rows, header=HEADER):
    records, bad = orders.from_table(account.supplier, lines("\n".join([header, *rows])), Table())
    return bad + orders.compare(account.supplier, records)


def take_in(account, *rows, **options):
    compared = compare(account, *rows, **options)
    orders.apply(account.supplier, compared)
    return outcomes(compared)


def refused(rows):
    (row,) = [row for row in rows if row.outcome == "refused"]
    return row.line, row.column


class TestOrders:
    def test_all_of_it_is_kept(self, dealer):
        other = "120.01;SIP-7;03.03.2026;Açık;VZ-02;Vazo;2;10;20"
        assert take_in(dealer, ROW, other) == ["new"]
        order = Order.objects.get()
        assert (order.account, order.number, order.state) == (dealer, "SIP-7", "open")
        assert (order.ordered_on, order.currency) == (date(2026, 3, 3), "TRY")
        assert order.total == D("171.50")
        first, second = order.lines.all()
        assert (first.product_code, first.product_name, first.quantity) == ("KP-01", "Kupa", 3)
        assert (first.unit_price, first.net) == (D("50.5"), D("151.5"))
        assert second.product_name == "Vazo"

    def test_its_lines_make_its_total(self, dealer):
        rows = [f"120.01;SIP-7;03.03.2026;Açık;KP-{n};Kupa;1;0,125;0,125" for n in range(3)]
        assert take_in(dealer, *rows) == ["new"]
        order = Order.objects.get()
        assert [line.net for line in order.lines.all()] == [D("0.13")] * 3
        assert order.total == D("0.39")

    def test_the_same_file_again_changes_nothing(self, dealer):
        take_in(dealer, ROW)
        before = dump()
        assert take_in(dealer, ROW.replace("SIP-7", "sip 7")) == ["changed"]
        take_in(dealer, ROW)
        assert take_in(dealer, ROW) == ["unchanged"]
        after = dump()
        assert {name: len(rows) for name, rows in before.items()} == {
            name: len(rows) for name, rows in after.items()
        }

    def test_a_later_state_and_other_lines(self, dealer):
        take_in(dealer, ROW)
        (row,) = compare(dealer, ROW.replace("Açık;KP-01;Kupa;3", "Sevk Edildi;KP-01;Kupa;4"))
        assert row.outcome == "changed"
        assert "open → shipped" in row.changes and "lines" in row.changes
        orders.apply(dealer.supplier, [row])
        order = Order.objects.get()
        assert (order.state, order.lines.get().quantity) == ("shipped", 4)

    def test_accounts_may_share_a_number(self, dealer):
        make_account(dealer.supplier, code="120.02")
        assert take_in(dealer, ROW, ROW.replace("120.01", "120.02")) == ["new", "new"]

    @pytest.mark.parametrize(
        ("word", "state"),
        [
            ("", "open"),
            ("AÇIK", "open"),
            ("0", "open"),
            ("Onaylandı", "open"),
            ("Kısmi Sevk", "open"),
            ("1", "shipped"),
            ("Sevk Edildi", "shipped"),
            ("TESLİM EDİLDİ", "shipped"),
            ("Faturalandı", "invoiced"),
            ("İptal", "cancelled"),
        ],
    )
    def test_words_for_states(self, dealer, word, state):
        take_in(dealer, ROW.replace("Açık", word))
        assert Order.objects.get().state == state

    @pytest.mark.parametrize(
        ("words", "state"),
        [
            (["Sevk Edildi", "Açık"], "open"),
            (["Faturalandı", "Sevk Edildi"], "shipped"),
            (["Sevk Edildi", "İptal"], "shipped"),
            (["İptal", "İptal"], "cancelled"),
        ],
    )
    def test_an_order_is_as_far_as_its_last_line(self, dealer, words, state):
        take_in(dealer, *[ROW.replace("Açık", word) for word in words])
        assert Order.objects.get().state == state

    @pytest.mark.parametrize(
        ("delivered", "state"), [("3", "shipped"), ("2", "open"), ("", "open")]
    )
    def test_what_was_delivered_tells_the_state_where_no_word_does(self, dealer, delivered, state):
        row = ROW.replace("Açık", "") + f";{delivered}"
        take_in(dealer, row, header=HEADER + ";delivered")
        assert Order.objects.get().state == state

    def test_price_or_net_may_be_missing(self, dealer):
        take_in(dealer, "120.01;A;03.03.2026;;X;X;4;2,5;", "120.01;A;03.03.2026;;Y;Y;4;;10")
        order = Order.objects.get()
        assert [(line.unit_price, line.net) for line in order.lines.all()] == [(D("2.5"), 10)] * 2
        assert order.total == 20

    def test_a_deleted_order_is_cancelled_with_its_lines_as_they_were(self, dealer):
        header = HEADER + ";deleted"
        take_in(dealer, f"{ROW};0", header=header)
        assert take_in(dealer, f"{ROW};1", header=header) == ["changed"]
        order = Order.objects.get()
        assert (order.state, order.lines.count(), order.total) == ("cancelled", 1, D("151.5"))

    def test_a_deleted_order_that_never_was_is_nothing(self, dealer):
        assert take_in(dealer, f"{ROW};1", header=HEADER + ";deleted") == ["unchanged"]
        assert not Order.objects.exists()

    def test_a_deleted_line_is_gone(self, dealer):
        take_in(dealer, f"{ROW};0", f"{ROW.replace('Kupa', 'Vazo')};1", header=HEADER + ";deleted")
        assert Order.objects.get().lines.get().product_name == "Kupa"

    def test_another_currency(self, dealer):
        take_in(dealer, f"{ROW};usd", header=HEADER + ";currency")
        assert Order.objects.get().currency == "USD"

    @pytest.mark.parametrize(
        ("row", "column"),
        [
            (ROW.replace("120.01", "120.99"), "account_code"),
            (ROW.replace("SIP-7", "S8").replace("03.03.2026", "2026"), "ordered_on"),
            (ROW.replace("SIP-7", "S8").replace("03.03.2026", ""), "ordered_on"),
            (ROW.replace("SIP-7", "S8").replace("Açık", "Falan"), "state"),
            (ROW.replace("SIP-7", "S8").replace("151,50", "yüz"), "net"),
            (ROW.replace("03.03.2026", "04.03.2026"), "ordered_on"),
        ],
    )
    def test_bad_rows_are_named(self, dealer, row, column):
        assert refused(compare(dealer, ROW, row)) == (3, column)
