"""The e-mail addresses of a file of accounts: who may sign in by which."""

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.urls import reverse
from wagtail.models import ModelLogEntry

from b2b_portal.models import (
    Contact,
    CustomerAccount,
    PortalSession,
)
from b2b_portal.testing.factories import make_account, make_contact, next_tax_number
from b2b_portal.testing.worker import work

from .erp import Erp, counts, rows
from .fixtures import PORTAL, STATEMENT

VKN, OTHER_VKN = next_tax_number(), next_tax_number()
HEADER = "Cari Kodu;Ünvan;VKN;Vergi Dairesi;E-Posta;Telefon;Adres;İlçe;İl;Kapalı"
GUL = f"120.01;Gül Ltd.;{VKN};Konak;gul@example.com;0232 1;Çarşı Cad. 5;Konak;İzmir;Hayır"


@pytest.fixture
def erp(supplier, tmp_path):
    return Erp(supplier, tmp_path, "accounts")


def file(*lines, header=HEADER):
    return rows(*lines, header=header)


def code_of(account):
    return CustomerAccount.objects.get(pk=account.pk).code


def told(result):
    """[(outcome, text)] of what a file changes."""
    return [(line["outcome"], line["text"]) for line in result.get("lines", [])]


def addresses(account):
    """({the card's}, {contact: whether it is on}) of an account."""
    account.refresh_from_db()
    return account.email, dict(account.contacts.values_list("email", "is_active"))


def cell(emails, code="120.01", title="Gül"):
    return file(f'{code};{title};"{emails}"', header="Cari Kodu;Ünvan;E-Posta")


class TestAddresses:
    """An address is who may sign in: a part of its own, under its own right."""

    @pytest.fixture
    def account(self, supplier):
        return make_account(supplier, code="120.01", title="Gül", email="")

    @pytest.mark.parametrize(
        "emails",
        [
            "a@x.com;b@x.com;c@x.com",
            "A@x.com, b@X.com/c@x.com a@x.com",
            "a@x.com\nb@x.com\nc@x.com",
            "Ayşe Işık <a@x.com>; Depo <B@x.com>, c@x.com",
            "a@x.com; yok; b@x.com / - / c@x.com",
        ],
    )
    def test_the_first_is_the_cards_the_others_are_contacts(self, erp, account, emails):
        result = erp.take_in(cell(emails))
        assert counts(result) == {"unchanged": 1, "addresses": 3}
        assert addresses(account) == ("a@x.com", {"b@x.com": True, "c@x.com": True})
        contact = Contact.objects.get(email="b@x.com")
        assert (contact.role, contact.from_erp, contact.name) == ("payment_officer", True, "b")
        assert counts(erp.take_in(cell(emails))) == {"unchanged": 1}

    def test_what_has_vanished_from_the_cell_is_switched_off(self, erp, account):
        erp.take_in(cell("a@x.com b@x.com c@x.com"))
        result = erp.take_in(cell("a@x.com c@x.com"))
        assert counts(result) == {"unchanged": 1, "addresses": 1}
        assert addresses(account) == ("a@x.com", {"b@x.com": False, "c@x.com": True})
        assert counts(erp.take_in(cell("a@x.com b@x.com c@x.com")))["addresses"] == 1
        assert addresses(account)[1]["b@x.com"]

    def test_an_empty_cell_takes_nobodys_address(self, erp, account):
        erp.take_in(cell("a@x.com b@x.com"))
        assert counts(erp.take_in(cell(""))) == {"unchanged": 1}
        assert addresses(account) == ("a@x.com", {"b@x.com": True})

    @pytest.mark.parametrize("word", ["-", "–", "yok", "YOK"])
    def test_a_word_for_none_is_an_empty_cell(self, erp, account, word):
        erp.take_in(cell("a@x.com"))
        assert counts(erp.take_in(cell(word))) == {"unchanged": 1}
        assert addresses(account) == ("a@x.com", {})

    @pytest.mark.parametrize(
        "emails", ["a@x.com Depo <b@x.com>", "<a@x.com", "Işık, Ayşe <x>", "yokyok"]
    )
    def test_what_is_neither_an_address_nor_a_word_for_none_is_refused(self, erp, account, emails):
        (row,) = erp.refuse(cell(emails))
        assert row["column"] == "E-Posta"

    def test_are_left_alone_where_that_is_asked_for(self, supplier, account, tmp_path):
        erp = Erp(supplier, tmp_path, "accounts", "--no-addresses")
        result = erp.take_in(cell("a@x.com"))
        assert counts(result) == {"unchanged": 1, "addresses": 1} and result["warnings"]
        assert addresses(account) == ("", {})

    @pytest.mark.parametrize("is_active", [True, False])
    def test_a_contact_of_the_portal_is_never_touched(self, erp, account, is_active):
        contact = make_contact(account, email="b@x.com", is_active=is_active)
        for emails in ("a@x.com b@x.com", "a@x.com", "b@x.com"):
            erp.take_in(cell(emails))
            assert Contact.objects.get() == contact
            assert addresses(account)[1] == {"b@x.com": is_active}

    def test_what_a_clerk_has_said_of_a_contact_stands(self, erp, account, client):
        """Switched off in the portal at once; the ERP's next file still has the address."""
        erp.take_in(cell("a@x.com b@x.com"))
        contact = Contact.objects.get()
        client.force_login(User.objects.create_superuser("patron", "patron@example.com", "x"))
        fields = {name: getattr(contact, name) for name in ("name", "email", "phone", "role")}
        url = reverse("b2b_contact:edit", args=[contact.pk])
        assert client.post(url, {**fields, "account": account.pk}).status_code == 302
        assert addresses(account)[1] == {"b@x.com": False}
        assert counts(erp.take_in(cell("a@x.com b@x.com"))) == {"unchanged": 1}
        assert addresses(account)[1] == {"b@x.com": False}

    def test_addresses_may_change_places(self, erp, account):
        erp.take_in(cell("a@x.com b@x.com"))
        assert counts(erp.take_in(cell("b@x.com a@x.com")))["addresses"] == 2
        assert addresses(account) == ("b@x.com", {"a@x.com": True, "b@x.com": True})
        assert counts(erp.take_in(cell("b@x.com a@x.com"))) == {"unchanged": 1}

    def test_without_the_right_all_else_is_applied(self, erp, account, supplier):
        account.email = "old@x.com"
        account.save()
        lines = ('120.01;Yeni;"a@x.com,b@x.com"', "120.02;Çam;cam@x.com")
        both = file(*lines, header="Cari Kodu;Ünvan;E-Posta")
        result = erp.take_in(both, "--no-addresses")
        assert counts(result) == {"changed": 1, "new": 1, "addresses": 3}
        assert len(result["warnings"]) == 1 and "3" in result["warnings"][0]
        assert addresses(account) == ("old@x.com", {}) and account.title == "Yeni"
        assert CustomerAccount.objects.get(code="120.02").email == ""
        assert counts(erp.take_in(both)) == {"unchanged": 2, "addresses": 3}

    def test_changes_stand_apart_from_those_of_the_account(self, erp, account):
        result = erp.take_in(cell("a@x.com b@x.com", title="Yeni"), "--dry-run")
        assert [outcome for outcome, _text in told(result)] == ["changed", "address", "address"]
        assert "a@x.com" not in told(result)[0][1]

    def test_they_are_logged_and_the_old_address_is_told(self, erp, account):
        erp.take_in(cell("a@x.com b@x.com"))
        work()
        assert mail.outbox == []
        erp.take_in(cell("c@x.com"))
        work()
        assert sorted(to for sent in mail.outbox for to in sent.to) == ["a@x.com", "b@x.com"]
        log = ModelLogEntry.objects.for_instance(account).filter(action="b2b_portal.change_address")
        changes = [(entry.data["before"], entry.data["after"]) for entry in log.order_by("pk")]
        assert changes == [("", "a@x.com"), ("a@x.com", "c@x.com")]
        assert log[0].data["by"].endswith("(komut)")

    def test_an_address_that_still_opens_the_account_is_not_told_that_it_does_not(
        self, erp, account
    ):
        erp.take_in(cell("a@x.com b@x.com"))
        erp.take_in(cell("b@x.com a@x.com"))
        work()
        assert mail.outbox == []

    def test_who_is_signed_in_by_an_address_taken_away_is_out_at_once(self, customer, dealer, erp):
        assert customer.get(STATEMENT).status_code == 200
        erp.take_in(cell("baska@example.com", dealer.code, dealer.title))
        assert customer.get(STATEMENT).status_code == 302
        assert "b2b-bar" not in customer.get(PORTAL).content.decode()

    def test_so_is_a_contact_of_the_erp(self, customer, dealer, erp):
        erp.take_in(cell(f"{dealer.email} b@x.com", dealer.code, dealer.title))
        mailbox = PortalSession.objects.get().mailbox
        mailbox.email = "b@x.com"
        mailbox.save()
        assert customer.get(STATEMENT).status_code == 200
        erp.take_in(cell(dealer.email, dealer.code, dealer.title))
        assert customer.get(STATEMENT).status_code == 302
