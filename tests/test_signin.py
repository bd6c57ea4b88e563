"""Signing in: own number, mailbox, the supplier's number, a mailed code."""

from datetime import timedelta

import time_machine
from django.contrib.auth import get_user_model
from django.core import mail
from django.utils import timezone
from django_q.models import OrmQ

from b2b_portal.customers.access import proven_accounts
from b2b_portal.models import Challenge, Contact, Mailbox, PortalSession, PortalSettings
from b2b_portal.testing.factories import make_account, make_contact
from b2b_portal.testing.worker import work

from .fixtures import PORTAL, STATEMENT, ask_for_code, mailed_code, sign_in

WRONG = "Kod yanlış ya da süresi dolmuş."


def text(response):
    return response.content.decode()


def test_a_dealer_signs_in_with_its_numbers_and_the_mailed_code(visitor, dealer):
    response = ask_for_code(visitor, dealer)
    assert (response.status_code, response["Location"]) == (303, PORTAL)
    assert "kod" in text(visitor.get(PORTAL)).lower()
    assert not mail.outbox  # the mail is the worker's work
    work()
    assert mail.outbox[0].to == [dealer.email]
    response = visitor.post(PORTAL, {"step": "code", "code": mailed_code()})
    assert (response.status_code, response["Location"]) == (303, PORTAL)
    page = text(visitor.get(PORTAL))
    assert dealer.title in page
    assert "1.500,10" in page


def test_the_code_field_is_made_for_codes(visitor, dealer):
    ask_for_code(visitor, dealer)
    page = text(visitor.get(PORTAL))
    assert 'autocomplete="one-time-code"' in page
    assert 'inputmode="numeric"' in page


def test_known_and_unknown_get_the_same_answer_and_only_the_worker_tells_them_apart(
    visitor, dealer
):
    known = ask_for_code(visitor, dealer)
    known_page = text(visitor.get(PORTAL))
    visitor.cookies.clear()
    unknown = ask_for_code(visitor, dealer, email="baskasi@gulhediyelik.com.tr")
    unknown_page = text(visitor.get(PORTAL))
    assert known.status_code == unknown.status_code
    assert known["Location"] == unknown["Location"]
    assert known.cookies.keys() == unknown.cookies.keys()
    assert Challenge.objects.count() == OrmQ.objects.count() == 2
    work()
    assert [message.to for message in mail.outbox] == [[dealer.email]]

    def plain(page, address):
        return [line for line in page.replace(address, "").split("\n") if "csrf" not in line]

    assert plain(known_page, dealer.email) == plain(unknown_page, "baskasi@gulhediyelik.com.tr")


def test_a_number_with_wrong_check_digits_is_told_so_and_asks_for_nothing(visitor, dealer):
    response = ask_for_code(visitor, dealer, tax_number="1234567891")
    assert response.status_code == 422
    assert "geçerli bir vergi numarası" in text(response)
    assert not Challenge.objects.exists()
    assert not OrmQ.objects.exists()


def test_an_unknown_pair_never_signs_in(visitor, dealer):
    stranger = make_account()
    ask_for_code(visitor, dealer, supplier_number=stranger.supplier.tax_number)
    work()
    assert not mail.outbox
    response = visitor.post(PORTAL, {"step": "code", "code": "000000"})
    assert response.status_code == 422
    assert WRONG in text(response)
    assert not PortalSession.objects.exists()


def test_a_wrong_code_is_told_so_and_writes_no_session(visitor, dealer):
    ask_for_code(visitor, dealer)
    work()
    wrong = f"{(int(mailed_code()) + 1) % 10**6:06d}"
    response = visitor.post(PORTAL, {"step": "code", "code": wrong})
    assert response.status_code == 422
    assert WRONG in text(response)
    assert not PortalSession.objects.exists()


def test_after_five_wrong_codes_the_right_one_fails_too(visitor, dealer):
    ask_for_code(visitor, dealer)
    work()
    code = mailed_code()
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    for _try in range(5):
        visitor.post(PORTAL, {"step": "code", "code": wrong})
    assert WRONG in text(visitor.post(PORTAL, {"step": "code", "code": code}))


def test_a_code_is_good_for_ten_minutes(visitor, dealer):
    ask_for_code(visitor, dealer)
    work()
    with time_machine.travel(timezone.now() + timedelta(minutes=10, seconds=1)):
        response = visitor.post(PORTAL, {"step": "code", "code": mailed_code()})
    assert WRONG in text(response)


def test_a_code_is_good_once(customer, client):
    code = mailed_code()
    used = Challenge.objects.get()
    customer.cookies.clear()
    session = client.session
    session["b2b_portal_challenge"] = used.pk
    session.save()
    assert WRONG in text(client.post(PORTAL, {"step": "code", "code": code}))


def test_the_code_stands_nowhere_in_clear(visitor, dealer, caplog):
    ask_for_code(visitor, dealer)
    jobs = list(OrmQ.objects.all())
    assert [row.task["args"] for row in jobs] == [(Challenge.objects.get().pk,)]
    work()
    code = mailed_code()
    assert code not in caplog.text
    challenge = Challenge.objects.get()
    assert code not in " ".join(str(value) for value in vars(challenge).values())
    assert code not in str(dict(visitor.session))


def test_a_link_into_the_portal_survives_the_sign_in(visitor, dealer):
    target = STATEMENT + "?period=all"
    response = visitor.get(target, follow=True)
    url, _status = response.redirect_chain[-1]
    assert url.startswith(PORTAL)
    visitor.post(
        url,
        {
            "tax_number": dealer.tax_number,
            "email": dealer.email,
            "supplier_number": dealer.supplier.tax_number,
        },
    )
    work()
    response = visitor.post(url, {"step": "code", "code": mailed_code()})
    assert response["Location"] == target


def test_no_link_leads_out_of_the_site(visitor, dealer):
    for evil in (
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
    ):
        ask_for_code(visitor, dealer)
        work()
        response = visitor.post(f"{PORTAL}?next={evil}", {"step": "code", "code": mailed_code()})
        assert response["Location"] == PORTAL
        visitor.post("/b2b/sign-out/")
        Challenge.objects.all().delete()


def test_a_link_can_name_the_supplier(visitor, dealer):
    url = f"{PORTAL}?supplier={dealer.supplier.tax_number}"
    page = text(visitor.get(url))
    assert dealer.supplier.name in page
    assert "supplier_number" not in page
    visitor.post(url, {"tax_number": dealer.tax_number, "email": dealer.email})
    work()
    assert mail.outbox[0].to == [dealer.email]


def test_the_site_can_stand_for_one_supplier(visitor, dealer, site):
    PortalSettings.objects.filter(site=site).update(supplier=dealer.supplier)
    assert "supplier_number" not in text(visitor.get(PORTAL))


def test_a_contact_signs_in_with_its_own_mailbox_and_loses_access_when_switched_off(
    visitor, dealer
):
    contact = make_contact(dealer, email="patron@gulhediyelik.com.tr")
    ask_for_code(visitor, dealer, email="Patron@GulHediyelik.com.tr")
    work()
    assert mail.outbox[0].to == [contact.email]
    visitor.post(PORTAL, {"step": "code", "code": mailed_code()})
    assert visitor.get(STATEMENT).status_code == 200
    Contact.objects.update(is_active=False)
    assert visitor.get(STATEMENT).status_code == 302


def test_a_dummy_number_opens_nothing(visitor, dealer):
    dealer.tax_number = "2222222222"
    dealer.save()
    ask_for_code(visitor, dealer)
    work()
    assert not mail.outbox


def test_sign_out_ends_the_session_on_the_server(customer, dealer):
    stolen = customer.cookies["sessionid"].value
    assert customer.get("/b2b/sign-out/").status_code == 405
    assert customer.post("/b2b/sign-out/").status_code == 303
    assert PortalSession.objects.get().ended_at
    customer.cookies["sessionid"] = stolen
    assert customer.get(STATEMENT).status_code == 302


def test_the_session_key_changes_at_sign_in(visitor, dealer):
    ask_for_code(visitor, dealer)
    before = visitor.cookies["sessionid"].value
    work()
    visitor.post(PORTAL, {"step": "code", "code": mailed_code()})
    assert visitor.cookies["sessionid"].value != before


def test_nobody_who_was_there_before_is_adopted(visitor, dealer):
    squatter = get_user_model().objects.create_user("x", dealer.email, "secret")
    sign_in(visitor, dealer)
    user = Mailbox.objects.get().user
    assert user != squatter
    assert not user.has_usable_password()
    assert user.email.endswith("@b2b-portal.invalid")


def test_staff_is_never_signed_in(visitor, dealer):
    sign_in(visitor, dealer)
    user = Mailbox.objects.get().user
    user.is_staff = True
    user.save()
    assert visitor.get(STATEMENT).status_code == 302  # the open session ends too
    response = sign_in(visitor, dealer)
    assert response.status_code == 403


def test_one_card_gets_only_so_many_codes(visitor, dealer):
    statuses = [ask_for_code(visitor, dealer).status_code for _try in range(6)]
    assert statuses == [303] * 5 + [429]


def test_a_dealer_with_two_accounts_switches_and_reaches_no_third(customer, dealer):
    second = make_account(
        dealer.supplier, tax_number=dealer.tax_number, email=dealer.email, title="Gül Şube"
    )
    foreign = make_account(dealer.supplier)
    customer.post("/b2b/switch/", {"account": second.pk})
    assert "Gül Şube" in text(customer.get(STATEMENT))
    for pk in (foreign.pk, "x", "", "9" * 30):
        response = customer.post("/b2b/switch/", {"account": pk}, follow=True)
        assert response.status_code == 404
    assert "Gül Şube" in text(customer.get(STATEMENT))


def test_no_personal_page_is_cached(customer):
    for url in (PORTAL, STATEMENT, "/b2b/", "/b2b/reports/statement.pdf", "/b2b/sign-out/"):
        header = customer.get(url)["Cache-Control"]
        assert "private" in header and "no-store" in header


def test_an_empty_mailbox_opens_nothing(dealer):
    dealer.email = ""
    dealer.save()
    for mailbox in ("", " ", "  "):
        assert not proven_accounts(dealer.supplier, dealer.tax_number, mailbox).exists()


def test_challenges_are_forgotten_after_a_day(visitor, dealer):
    ask_for_code(visitor, dealer)
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1)):
        ask_for_code(visitor, dealer)
    assert Challenge.objects.count() == 1


def test_a_link_with_nonsense_for_a_supplier_names_none(visitor, supplier):
    for nonsense in ("%00", "x", "%F0%9F%98%80", "1" * 5000):
        assert visitor.get(f"{PORTAL}?supplier={nonsense}").status_code == 200


def test_where_the_server_gives_no_address_sign_in_works(visitor, dealer):
    visitor.defaults["REMOTE_ADDR"] = ""
    assert sign_in(visitor, dealer).status_code == 303
