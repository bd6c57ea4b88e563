"""Ordering again: from an order or from what was bought; a request that the supplier decides."""

import csv
import html
import io
import re
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission, User
from django.core import mail
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry

from b2b_portal.documents import forms
from b2b_portal.documents.requests import request_order
from b2b_portal.models import Order, OrderLine
from b2b_portal.testing.factories import make_account
from b2b_portal.testing.worker import work

from .erp import Erp
from .fixtures import hidden
from .reading import see
from .test_all_reports import make_invoice, make_order

D = Decimal
PRODUCTS = "/b2b/order/?period=all"


@pytest.fixture
def order(dealer):
    """2,5 mugs of USD and 3 vases."""
    order = make_order(dealer, "S-1", currency="USD")
    OrderLine.objects.create(
        order=order, product_name="Vazo", quantity=D(3), unit="Koli", unit_price=9, net=27
    )
    return order


def words(response):
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(html.unescape(text).split())


def fields(response):
    """{product: (name of its field, value)}."""
    found = re.findall(
        r'<label for="id_(quantity-[^"]+)">(.*?)</label>.*?<input ([^>]*)>',
        response.content.decode(),
        re.S,
    )
    return {
        product: (name, (re.findall(r'value="([^"]*)"', rest) or [""])[0])
        for name, product, rest in found
    }


def fill(client, url, **quantities):
    """(address, data) of the form with these products' quantities; others as they are."""
    page = client.get(url)
    data = {name: value for name, value in fields(page).values()}
    data |= {fields(page)[product][0]: text for product, text in quantities.items()}
    return url, hidden(page) | data


def send(client, url, **quantities):
    return client.post(*fill(client, url, **quantities))


def again(order):
    return f"/b2b/orders/{order.pk}/again/"


class TestFromAnOrder:
    def test_its_products_and_quantities_are_there(self, customer, order):
        assert again(order) in customer.get(f"/b2b/orders/{order.pk}/").content.decode()
        page = customer.get(again(order))
        assert {name: value for name, (_field, value) in fields(page).items()} == {
            "Kupa": "2,5",
            "Vazo": "3",
        }
        assert "fiyat ve stok sözü verilmez" in words(page)

    def test_what_is_sent_is_a_request_of_the_same_currency(self, customer, dealer, order):
        response = send(customer, again(order), Kupa="1.250,125", Vazo="")
        request = Order.objects.get(state="requested")
        assert response.status_code == 303
        assert response["Location"] == f"/b2b/orders/{request.pk}/"
        assert request.number == f"B2BS{request.pk:09d}"
        assert (request.account, request.currency, request.total) == (dealer, "USD", 0)
        assert request.ordered_on == timezone.localdate()
        assert request.requested_by == dealer.email
        (line,) = request.lines.all()
        assert (line.product_code, line.product_name) == ("K-1", "Kupa")
        assert (line.quantity, line.unit, line.net) == (D("1250.125"), "Adet", 0)

    def test_its_page_promises_nothing(self, customer, order):
        page = customer.get(send(customer, again(order))["Location"])
        assert "Talep edildi" in words(page) and "onaylanmış bir sipariş değildir" in words(page)
        assert "0,00" not in words(page) and "$" not in words(page)

    def test_it_stands_in_the_report_of_orders(self, customer, order):
        number = customer.get(send(customer, again(order))["Location"]).content.decode()
        number = re.search(r"B2BS[0-9]{9}", number)[0]
        row = see(customer, "orders", state="requested", currency="USD").rows["row"][0]
        assert row[1:] == [number, "Talep edildi", "2", ""]
        assert see(customer, "orders", currency="USD").rows["totals"][0][-1] == "24,60"
        lines = see(customer, "orders", currency="USD", state="requested", show="lines")
        assert [row[4:] for row in lines.rows["row"]] == [
            ["Kupa", "2,5", "Adet", "", ""],
            ["Vazo", "3", "Koli", "", ""],
        ]

    def test_a_double_click_posts_one(self, customer, order):
        url, data = fill(customer, again(order))
        first, second = customer.post(url, data), customer.post(url, data)
        assert first["Location"] == second["Location"]
        assert Order.objects.filter(state="requested").count() == 1

    def test_a_form_that_was_sent_before_says_so(self, customer, order):
        url, data = fill(customer, again(order))
        name = next(name for name in data if name.startswith("quantity-"))
        for quantity in ("3", "99"):
            response = customer.post(url, data | {name: quantity}, follow=True)
        assert Order.objects.get(state="requested").lines.get(product_name="Kupa").quantity == 3
        assert "daha önce gönderilmişti" in response.content.decode()

    def test_a_product_that_stands_twice_keeps_both_quantities(self, customer, order):
        OrderLine.objects.create(
            order=order, product_name="Vazo", quantity=D(7), unit="Koli", unit_price=9, net=63
        )
        page = customer.get(again(order))
        data = hidden(page) | dict(
            re.findall(r'name="(quantity-[^"]+)" value="([^"]+)"', page.content.decode())
        )
        customer.post(again(order), data)
        request = Order.objects.get(state="requested")
        assert [line.quantity for line in request.lines.all()] == [D("2.5"), 3, 7]

    def test_another_accounts_order_is_not_there(self, customer, dealer):
        foreign = make_order(make_account(dealer.supplier), "S-9")
        assert customer.get(again(foreign), follow=True).status_code == 404
        assert customer.post(again(foreign), follow=True).status_code == 404


class TestFromWhatWasBought:
    @pytest.fixture
    def bought(self, dealer):
        make_invoice(dealer, "F1", [("K-1", "Kupa", 12, 8), ("K-2", "Çay", 5, 3)], days=40)
        make_invoice(dealer, "F2", [("K-1", "Kupa", 24, 9)], days=10)
        make_invoice(dealer, "I1", [("K-3", "Vazo", 1, 9)], days=5, is_return=True, is_credit=True)

    def test_each_product_once_with_what_was_bought_last(self, customer, bought):
        page = customer.get(PRODUCTS)
        assert {name: value for name, (_field, value) in fields(page).items()} == {
            "Kupa": "",
            "Çay": "",
        }
        day = timezone.localdate() - timedelta(10)
        assert f"K-1 · en son {day:%d.%m.%Y} tarihinde 24 Adet" in words(page)

    def test_one_product_has_its_last_quantity(self, customer, bought):
        assert fields(customer.get(PRODUCTS + "&product=K-1"))["Kupa"][1] == "24"

    def test_the_report_leads_there_and_its_filters_count(self, customer, bought):
        assert 'formaction="/b2b/order/"' in see(customer, "purchases").html
        assert 'formaction="/b2b/order/"' not in see(customer, "invoices").html
        assert list(fields(customer.get(PRODUCTS + "&q=cay"))) == ["Çay"]
        assert customer.get("/b2b/order/?start=yok").status_code == 400

    def test_only_what_has_a_quantity_is_ordered(self, customer, bought):
        assert send(customer, PRODUCTS, Çay="3").status_code == 303
        (line,) = Order.objects.get().lines.all()
        assert (line.product_code, line.quantity) == ("K-2", 3)

    def test_the_first_ones_of_very_many(self, customer, bought, monkeypatch):
        monkeypatch.setattr(forms, "MOST_PRODUCTS", 1)
        monkeypatch.setattr("b2b_portal.views.orders.MOST_PRODUCTS", 1)
        page = customer.get(PRODUCTS)
        assert list(fields(page)) == ["Kupa"] and 'name="q"' in page.content.decode()
        assert "Yalnız ilk 1 ürün" in words(page)


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("typed", "told"),
        [
            ("0", "Miktar 0'dan büyük olmalı."),
            ("-3", "Miktar 0'dan büyük olmalı."),
            ("üç", "“üç” bir miktar değil. 12,5 gibi yazın."),
            ("1e3", "“1e3” bir miktar değil. 12,5 gibi yazın."),
            ("1.000.001", "Miktar en çok 1.000.000 olabilir."),
            ("9999999999999", "Tutar çok büyük."),
            ("0,0000001", "0,0000001 sayısında virgülden sonra 6 haneden fazlası var."),
        ],
    )
    def test_a_quantity_that_is_none_and_nothing_is_lost(self, customer, order, typed, told):
        page = send(customer, again(order), Kupa=typed, Vazo="4,5")
        assert page.status_code == 422 and not Order.objects.filter(state="requested")
        assert told in words(page)
        assert [value for _name, value in fields(page).values()] == [typed, "4,5"]

    def test_in_english(self, customer, order):
        customer.get("/en/customer-portal/")
        page = send(customer, again(order), Kupa="two")
        assert "“two” is not a quantity. Write it like 12.5." in words(page)
        assert send(customer, again(order), Kupa="1,250.5").status_code == 303
        assert OrderLine.objects.filter(quantity=D("1250.5")).exists()

    def test_nothing_at_all(self, customer, order):
        page = send(customer, again(order), Kupa="", Vazo=" ")
        assert page.status_code == 422 and "En az bir ürün için miktar yazın." in words(page)

    def test_a_product_that_went_meanwhile(self, customer, order):
        url, data = fill(customer, again(order))
        order.lines.filter(product_name="Vazo").delete()
        page = customer.post(url, data)
        assert page.status_code == 422 and "artık bu listede yok" in words(page)
        assert fields(page)["Kupa"][1] == "2,5"

    def test_lines_that_came_anew_with_the_next_file_are_the_same(self, customer, order):
        url, data = fill(customer, again(order))
        for line in order.lines.all():
            line.delete()
            line.pk = None
            line.save()
        assert customer.post(url, data).status_code == 303

    def test_another_account_opened_meanwhile(self, customer, dealer, order):
        make_invoice(dealer, "F1", [("K-1", "Kupa", 12, 8)], days=4)
        second = make_account(dealer.supplier, tax_number=dealer.tax_number, email=dealer.email)
        make_invoice(second, "F9", [("K-1", "Kupa", 12, 8)], days=4)
        url, data = fill(customer, PRODUCTS, Kupa="1")
        customer.post("/b2b/switch/", {"account": second.pk})
        assert customer.post(url, data).status_code == 409
        assert not Order.objects.filter(state="requested")

    @pytest.mark.parametrize("token", ["", "x"])
    def test_a_form_without_its_token(self, customer, order, token):
        url, data = fill(customer, again(order))
        assert customer.post(url, data | {"token": token}).status_code == 422

    def test_a_closed_account_cannot_order(self, customer, dealer, order):
        url, data = fill(customer, again(order))
        dealer.is_closed = True
        dealer.save()
        assert again(order) not in customer.get(f"/b2b/orders/{order.pk}/").content.decode()
        for response in (customer.get(url, follow=True), customer.post(url, data, follow=True)):
            assert response.status_code == 404
        assert not Order.objects.filter(state="requested")

    def test_a_vendor_cannot(self, customer, dealer, order):
        vendor = make_account(dealer.supplier, tax_number=dealer.tax_number, email=dealer.email)
        make_invoice(vendor, "A1", [("K-1", "Kupa", 12, 8)], days=4, is_credit=True)
        Order.objects.update(account=vendor)
        customer.post("/b2b/switch/", {"account": vendor.pk})
        assert "/b2b/order/" not in see(customer, "purchases").html
        for url in (PRODUCTS, again(order)):
            assert customer.get(url, follow=True).status_code == 404
        make_invoice(vendor, "F1", [("K-1", "Kupa", 12, 8)], days=4)  # it buys as well
        assert list(fields(customer.get(PRODUCTS))) == ["Kupa"]

    def test_strangers_are_led_to_the_sign_in(self, visitor, order):
        for url in (PRODUCTS, again(order)):
            assert visitor.get(url).status_code == visitor.post(url).status_code == 302


@pytest.fixture
def request_(dealer, order):
    lines = [(order.lines.first(), D("2.5"))]
    return request_order(dealer, lines, currency="TRY", token=uuid4(), by="a@b.example")[0]


class TestTheSuppliersSide:
    def test_a_mail_where_the_supplier_has_an_address(self, customer, dealer, order):
        mail.outbox.clear()
        send(customer, again(order))
        work()
        assert not mail.outbox
        type(dealer.supplier).objects.update(email="satis@anadolu.example")
        send(customer, again(order))
        work()
        (message,) = mail.outbox
        request = Order.objects.filter(state="requested").latest("pk")
        assert message.to == ["satis@anadolu.example"]
        assert request.number in message.body and "2,5 Adet  K-1 Kupa" in message.body
        assert dealer.title in message.subject

    def test_line_ends_in_a_title_stop_no_mail(self, customer, dealer, order):
        type(dealer.supplier).objects.update(email="satis@anadolu.example")
        type(dealer).objects.update(title="Gül\rBcc: x@y.example")
        send(customer, again(order))
        work()
        assert "Gül Bcc: x@y.example" in mail.outbox[-1].subject

    def admin(self, client, *codenames):
        user = User.objects.create_user("clerk", is_staff=True)
        user.user_permissions.set(
            Permission.objects.filter(codename__in=["access_admin", *codenames])
        )
        client.force_login(user)
        return client

    @pytest.mark.parametrize(("act", "state"), [("take", "open"), ("decline", "cancelled")])
    def test_the_clerk_decides_once(self, client, site, request_, act, state):
        clerk = self.admin(client, "view_order", "decide_order")
        url = reverse(f"b2b_order:{act}", args=[request_.pk])
        page = clerk.get(reverse("b2b_order:inspect", args=[request_.pk])).content.decode()
        assert url in page and "Birim fiyat" not in page
        assert clerk.get(url).status_code == 200
        clerk.post(url)
        request_.refresh_from_db()
        assert request_.state == state
        assert ModelLogEntry.objects.filter(action=f"b2b_portal.{act}_order").count() == 1
        clerk.post(reverse("b2b_order:take", args=[request_.pk]))
        clerk.post(reverse("b2b_order:decline", args=[request_.pk]))
        request_.refresh_from_db()
        assert request_.state == state

    def test_who_may_only_look_decides_nothing(self, client, site, request_):
        clerk = self.admin(client, "view_order")
        for act in ("take", "decline"):
            url = reverse(f"b2b_order:{act}", args=[request_.pk])
            assert (
                url
                not in clerk.get(reverse("b2b_order:inspect", args=[request_.pk])).content.decode()
            )
            clerk.post(url)
        assert clerk.post(reverse("b2b_order:erp")).status_code in (302, 403)
        request_.refresh_from_db()
        assert (request_.state, request_.exported_at) == ("requested", None)

    def test_the_list_can_be_narrowed_to_requests(self, client, site, request_):
        clerk = self.admin(client, "view_order")
        page = clerk.get(reverse("b2b_order:index") + "?state=requested").content.decode()
        assert request_.number in page and "S-1" not in page


class TestForTheErp:
    def export(self, supplier, folder):
        path = folder / "siparis.csv"
        out = io.StringIO()
        call_command(
            "b2b_portal_export_orders",
            "--supplier",
            supplier.tax_number,
            "-o",
            str(path),
            stdout=out,
        )
        data = path.read_bytes()
        assert data.startswith(b"\xef\xbb\xbf")
        return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig")), delimiter=";")), out

    def test_a_row_for_each_product_until_it_comes_back(self, dealer, request_, order, tmp_path):
        rows, out = self.export(dealer.supplier, tmp_path)
        (row,) = rows
        assert row["Sipariş No"] == request_.number and row["Cari Kodu"] == dealer.code
        assert (row["Miktar"], row["Birim"], row["Stok Kodu"]) == ("2,5", "Adet", "K-1")
        assert (row["Durum"], row["İlk Aktarım"]) == ("Talep", "")
        (row,), out = self.export(dealer.supplier, tmp_path)
        assert row["İlk Aktarım"] and "1" in out.getvalue().splitlines()[1]
        books = Erp(dealer.supplier, tmp_path, "orders")
        header = "Cari Kodu;Sipariş No;Sipariş Tarihi;Durum;Stok Kodu;Stok Adı;Miktar;Birim;"
        books.take_in(
            f"{header}Birim Fiyat;Net Tutar\n{dealer.code};{request_.number.lower()};"
            f"{request_.ordered_on:%d.%m.%Y};Açık;K-1;Kupa;2,5;Adet;10;25\n"
        )
        request_.refresh_from_db()
        assert (request_.state, request_.total) == ("open", 25)
        assert Order.objects.count() == 2, "it is the same order: its number says so"
        assert self.export(dealer.supplier, tmp_path)[0] == []

    def test_what_was_declined_does_not_go_out(self, dealer, request_, tmp_path):
        Order.objects.filter(pk=request_.pk).update(state="cancelled")
        assert self.export(dealer.supplier, tmp_path)[0] == []

    def test_no_formula_and_no_other_suppliers(self, dealer, request_, tmp_path):
        OrderLine.objects.filter(order=request_).update(product_name="=1+1")
        (row,), _out = self.export(dealer.supplier, tmp_path)
        assert row["Stok Adı"] == "'=1+1"
        assert self.export(make_account().supplier, tmp_path)[0] == []
        with pytest.raises(CommandError):
            call_command("b2b_portal_export_orders", "--supplier", "1", "-o", "x")

    def test_the_same_file_in_the_admin(self, admin_client, site, dealer, request_):
        url = reverse("b2b_order:erp")
        assert url in admin_client.get(reverse("b2b_order:index")).content.decode()
        assert admin_client.get(url).status_code == 200
        response = admin_client.post(url, {"supplier": dealer.supplier.pk})
        assert request_.number in b"".join(response.streaming_content).decode()
        request_.refresh_from_db()
        assert request_.exported_at
