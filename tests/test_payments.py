"""Paying online, through the unmodified SDK, against the simulator over TLS."""

import json
import re
from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from b2b_portal.ledger.balances import balances
from b2b_portal.ledger.months import close_month, month_end
from b2b_portal.ledger.open_items import open_items
from b2b_portal.ledger.posting import allocate
from b2b_portal.models import Allocation, CustomerAccount, Entry, GatewayEvent, Payment
from b2b_portal.payments.settle import settle
from b2b_portal.testing.factories import make_account, make_entry
from b2b_portal.testing.iyzico import SECRET_KEY, webhooks
from b2b_portal.testing.ledger import dump

from .fixtures import PAY, STATEMENT, hidden, post_pay, sign_in, start_paying

RETURN = "/b2b/pay/return/"
NOTICE = "/b2b/pay/notice/iyzico/"


def text(response):
    return response.content.decode()


def token_of(response):
    return re.search(r"token=([0-9a-f-]+)", response["Location"])[1]


def come_back(token):
    """The browser's cross-site POST: no session comes with it."""
    return Client(enforce_csrf_checks=True).post(RETURN, {"token": token})


def test_ticked_items_are_paid_posted_allocated_and_shown_at_once(customer, dealer, iyzico):
    first = Entry.objects.get(document_no="ANT001")
    response = start_paying(customer, entries=[first.pk])
    assert response.status_code == 303
    assert response["Location"].startswith(iyzico.page_url)
    token = token_of(response)
    assert Payment.objects.get().token == token

    iyzico.pay(token)
    back = come_back(token)
    payment = Payment.objects.get()
    assert (back.status_code, back["Location"]) == (303, f"/b2b/payments/{payment.uuid}/")

    assert payment.state == "paid"
    assert payment.entry.amount == Decimal("-1000.10")
    assert payment.entry.booked_on == timezone.localdate()
    assert balances(dealer) == {"TRY": Decimal("500")}
    assert [item.entry.document_no for item in open_items(dealer, "TRY")] == ["ANT002"]
    assert Allocation.objects.get().debit == first
    assert payment.card.endswith("******0006")

    receipt = text(customer.get(back["Location"]))
    assert "1.000,10" in receipt and "bin lira on kuruş" in receipt
    assert payment.receipt_no in receipt
    statement = text(customer.get(STATEMENT))
    assert payment.receipt_no in statement and "500,00" in statement


def test_any_amount_closes_the_oldest_first_and_more_than_is_open_becomes_credit(
    customer, dealer, iyzico
):
    token = token_of(start_paying(customer, amount="1.600,00"))
    iyzico.pay(token)
    come_back(token)
    assert balances(dealer) == {"TRY": Decimal("-99.90")}
    assert not Allocation.objects.exists()


@pytest.mark.parametrize(
    ("amount", "message"),
    [
        ("0", "0&#x27;dan büyük"),
        ("-1", "0&#x27;dan büyük"),
        ("NaN", "bir tutar değil"),
        ("1e400", "bir tutar değil"),
        ("abc", "bir tutar değil"),
        ("0,001", "küçük birime bölünmez"),
        ("1000000000000000", "çok büyük"),
        ("１２", "bir tutar değil"),
        ("", "tutar yazın"),
    ],
)
def test_a_bad_amount_gets_a_clear_sentence_and_writes_nothing(customer, iyzico, amount, message):
    before = dump()
    for step in ("review", "pay"):
        response = post_pay(customer, {"step": step, "amount": amount})
        assert response.status_code == 422
        assert message in text(response)
    assert dump() == before


def test_a_bad_amount_is_explained_in_english_too(customer, iyzico):
    page = text(
        post_pay(customer, {"step": "pay", "amount": "abc"}, "/en/customer-portal/pay-online/")
    )
    assert "is not an amount" in page


def test_the_amount_is_shown_again_before_paying(customer, iyzico):
    page = text(post_pay(customer, {"step": "review", "amount": "1234,5"}))
    assert "1.234,50\u00a0TL" in page
    assert not Payment.objects.exists()


def test_ids_of_anothers_items_are_refused(customer, iyzico, dealer):
    foreign = make_entry(make_account(dealer.supplier), "10")
    response = post_pay(customer, {"step": "pay", "entries": [foreign.pk]})
    assert response.status_code == 422
    assert not Payment.objects.exists()


def test_a_declined_card_is_told_and_books_nothing_and_the_next_try_counts(
    customer, dealer, iyzico
):
    token = token_of(start_paying(customer, amount="100"))
    iyzico.fail(token, card="4111111111111129")
    page = text(customer.get(come_back(token)["Location"]))
    assert "reddedildi" in page and "yetersiz bakiye." in page
    again = re.search(r'href="([^"]*amount[^"]*)"', page)[1].replace("&amp;", "&")
    assert 'value="100,00"' in text(customer.get(again))
    assert balances(dealer) == {"TRY": Decimal("1500.10")}

    iyzico.pay(token)
    come_back(token)
    assert Payment.objects.get().state == "paid"
    assert balances(dealer) == {"TRY": Decimal("1400.10")}


def test_a_cancelled_payment_is_told_and_books_nothing(customer, dealer, iyzico):
    token = token_of(start_paying(customer, amount="100"))
    iyzico.cancel(token)
    page = text(customer.get(come_back(token)["Location"]))
    assert "Karttan çekim yapılmadı" in page
    assert "Yeniden dene" in page
    assert balances(dealer) == {"TRY": Decimal("1500.10")}
    assert Payment.objects.get().entry is None


def test_coming_back_without_having_tried_is_not_completed(customer, dealer, iyzico):
    token = token_of(start_paying(customer, amount="100"))
    page = text(customer.get(come_back(token)["Location"]))
    assert "tamamlanmadı" in page
    assert Payment.objects.get().state == "cancelled"


@pytest.mark.parametrize("token", ["", "00000000-0000-0000-0000-000000000000", "x" * 5000])
def test_a_callback_with_an_unknown_token_changes_nothing(customer, iyzico, token):
    before = dump()
    response = Client().post(RETURN, {"token": token}, follow=True)
    assert response.status_code == 404
    response = Client().post(RETURN, {"token": token}, headers={"accept-language": "en"})
    assert dump() == before


def test_return_and_notice_in_any_order_and_number_book_once(customer, dealer, iyzico):
    token = token_of(start_paying(customer, amount="100"))
    iyzico.pay(token)
    for signature in ("v3", "absent", "empty"):
        notice = make_notice(iyzico, token, signature)
        assert notice(Client()).status_code == 200
        come_back(token)
    assert Entry.objects.filter(source="portal").count() == 1
    assert balances(dealer) == {"TRY": Decimal("1400.10")}


def make_notice(iyzico, token, signature):
    form = iyzico.form(token)
    delivery = webhooks.make(
        SECRET_KEY,
        token=token,
        conversation_id=form.request["conversationId"],
        payment_id=form.current.payment_id,
        status="SUCCESS",
        time_ms=0,
        signature=signature,
    )
    headers = {name: value for name, value in delivery.headers.items() if name != "Content-Type"}
    return lambda client: client.post(
        NOTICE, delivery.body, content_type="application/json", headers=headers
    )


def test_a_notice_with_a_wrong_signature_is_refused(customer, dealer, iyzico):
    token = token_of(start_paying(customer, amount="100"))
    iyzico.pay(token)
    assert make_notice(iyzico, token, "wrong")(Client()).status_code == 401
    assert Payment.objects.get().state == "started"


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{", b'{"token": 5}', b"\xff", b'{"a": 1}'])
def test_a_notice_of_nonsense_is_refused(site, iyzico, body):
    assert Client().post(NOTICE, body, content_type="application/json").status_code == 400


def test_a_notice_of_an_unknown_token_is_not_ours(site, iyzico):
    body = json.dumps({"token": "nobody"})
    assert (
        Client().post(NOTICE, body, content_type="application/json", follow=True).status_code == 404
    )


def test_a_notice_alone_books_when_the_browser_never_comes_back(customer, dealer, iyzico):
    token = token_of(start_paying(customer, amount="100"))
    iyzico.pay(token)
    make_notice(iyzico, token, "v3")(Client())
    assert balances(dealer) == {"TRY": Decimal("1400.10")}
    assert [event.kind for event in GatewayEvent.objects.all()] == ["notice"]


def test_settle_may_be_called_by_anyone_any_number_of_times(customer, dealer, iyzico):
    token = token_of(start_paying(customer, amount="100"))
    settle(Payment.objects.get())
    iyzico.pay(token)
    for _time in range(3):
        settle(Payment.objects.get())
    assert balances(dealer) == {"TRY": Decimal("1400.10")}


def test_money_for_a_closed_account_is_kept_for_attention(customer, dealer, iyzico):
    token = token_of(start_paying(customer, amount="100"))
    CustomerAccount.objects.filter(pk=dealer.pk).update(is_closed=True)
    iyzico.pay(token)
    come_back(token)
    payment = Payment.objects.get()
    assert payment.state == "review"
    assert payment.entry is None


def test_in_a_closed_month_a_payment_is_booked_on_the_first_open_day(customer, dealer, iyzico):
    first = make_entry(dealer, "100", document_no="F", booked_on=timezone.localdate())
    token = token_of(start_paying(customer, entries=first.pk))
    iyzico.pay(token)
    month_ends = month_end(timezone.localdate())
    with time_machine.travel(timezone.now() + timedelta(days=32), tick=False):
        close_month(dealer.supplier, month_ends)
    come_back(token)
    entry = Payment.objects.get().entry
    assert (entry.booked_on, entry.amount) == (month_ends + timedelta(days=1), -100)
    (allocation,) = Allocation.objects.all()
    assert (allocation.debit, allocation.effective_on) == (first, entry.booked_on)


def test_when_the_gateway_cannot_be_reached_nothing_starts(customer, dealer, iyzico, settings):
    settings.B2B_PORTAL["GATEWAYS"]["iyzico"]["base_url"] = "localhost:1"
    response = start_paying(customer, amount="100")
    assert response.status_code == 503
    assert "ulaşılamıyor" in text(response)
    assert Payment.objects.get().state == "cancelled"


def test_an_answer_that_does_not_come_leaves_the_payment_open(customer, dealer, iyzico, settings):
    token = token_of(start_paying(customer, amount="100"))
    iyzico.pay(token)
    right = settings.B2B_PORTAL["GATEWAYS"]["iyzico"]["base_url"]
    settings.B2B_PORTAL["GATEWAYS"]["iyzico"]["base_url"] = "localhost:1"
    page = text(customer.get(come_back(token)["Location"]))
    assert "henüz bilmiyoruz" in page
    settings.B2B_PORTAL["GATEWAYS"]["iyzico"]["base_url"] = right
    customer.post(f"/b2b/payments/{Payment.objects.get().uuid}/")
    assert Payment.objects.get().state == "paid"


def test_a_payment_is_anothers_secret(customer, dealer, iyzico, visitor):
    start_paying(customer, amount="100")
    url = f"/b2b/payments/{Payment.objects.get().uuid}/"
    other = make_account(dealer.supplier, email="baska@firma.com.tr")
    stranger = Client()
    sign_in(stranger, other)
    assert stranger.get(url, follow=True).status_code == 404
    assert Client().get(url).status_code == 302


def test_pay_needs_a_csrf_token(customer, iyzico):
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = customer.cookies
    assert browser.post(PAY, {"step": "pay", "amount": "100"}).status_code == 403


def test_an_item_that_was_closed_meanwhile_leaves_the_rest_as_credit(customer, dealer, iyzico):
    second = Entry.objects.get(document_no="ANT002")
    token = token_of(start_paying(customer, entries=[second.pk]))
    cash = make_entry(dealer, "-300", kind="cash", booked_on=timezone.localdate() - timedelta(1))
    allocate(cash, second)
    iyzico.pay(token)
    come_back(token)
    payment = Payment.objects.get()
    assert payment.state == "paid"
    assert payment.entry.allocations_as_credit.get().amount == Decimal("200")
    assert balances(dealer) == {"TRY": Decimal("700.10")}


def test_a_payment_whose_return_and_notice_were_lost_is_found_by_asking(customer, dealer, iyzico):
    paid = token_of(start_paying(customer, amount="100"))
    start_paying(customer, amount="50")
    iyzico.pay(paid)
    for _time in range(2):
        call_command("b2b_portal_reconcile", stdout=StringIO())
    assert balances(dealer) == {"TRY": Decimal("1400.10")}
    assert sorted(Payment.objects.values_list("state", flat=True)) == ["cancelled", "paid"]


def test_an_answer_that_says_nothing_of_the_payment_leaves_it_open(customer, iyzico, settings):
    """A wrong key, a rate limit: the card may have been charged all the same."""
    token = token_of(start_paying(customer, amount="100"))
    iyzico.pay(token)
    right = settings.B2B_PORTAL["GATEWAYS"]["iyzico"]["secret_key"]
    settings.B2B_PORTAL["GATEWAYS"]["iyzico"]["secret_key"] = "sandbox-wrong"
    page = text(customer.get(come_back(token)["Location"]))
    assert "henüz bilmiyoruz" in page
    assert make_notice(iyzico, token, "absent")(Client()).status_code == 503
    settings.B2B_PORTAL["GATEWAYS"]["iyzico"]["secret_key"] = right
    come_back(token)
    assert Payment.objects.get().state == "paid"


def test_what_is_paid_is_what_was_confirmed(customer, dealer, iyzico):
    """Between the two steps a payment came in: the payer looks again."""
    first = Entry.objects.get(document_no="ANT001")
    review = post_pay(customer, {"step": "review", "entries": [first.pk]})
    make_entry(dealer, "-300", kind="cash")
    response = customer.post(PAY, hidden(review) | {"step": "pay", "entries": [first.pk]})
    assert response.status_code == 409
    assert "700,10\u00a0TL" in text(response)
    assert not Payment.objects.exists()


def test_an_account_switched_in_another_tab_is_not_paid_by_mistake(customer, dealer, iyzico):
    second = make_account(dealer.supplier, tax_number=dealer.tax_number, email=dealer.email)
    review = post_pay(customer, {"step": "review", "amount": "100"})
    customer.post("/b2b/switch/", {"account": second.pk})
    response = customer.post(PAY, hidden(review) | {"step": "pay"})
    assert response.status_code == 409
    assert not Payment.objects.exists()


def test_the_receipt_is_there_after_a_switch(customer, dealer, iyzico):
    second = make_account(dealer.supplier, tax_number=dealer.tax_number, email=dealer.email)
    token = token_of(start_paying(customer, amount="100"))
    iyzico.pay(token)
    customer.post("/b2b/switch/", {"account": second.pk})
    assert customer.get(come_back(token)["Location"]).status_code == 200


def test_a_closed_account_starts_no_payment(customer, dealer, iyzico):
    CustomerAccount.objects.filter(pk=dealer.pk).update(is_closed=True)
    response = start_paying(customer, amount="100")
    assert response.status_code == 503
    assert "kapalı" in text(response)
    assert not Payment.objects.exists()


@pytest.mark.parametrize("token", ["\ud800", "a\x00b", "'--", "x" * 500])
def test_a_token_that_can_be_none_is_none(site, iyzico, token):
    body = json.dumps({"token": token})
    assert Client().post(NOTICE, body, content_type="application/json").status_code == 400


def test_a_notice_nested_too_deep_is_nonsense(site, iyzico):
    body = b"[" * 100_000
    assert Client().post(NOTICE, body, content_type="application/json").status_code == 400
