"""Makes up who a customer is: title, tax number, address, people. The same key, the same card."""

from random import Random

from stdnum.tr import tckimlik, vkn

from b2b_portal.customers.fold import fold

from .people import DEMO_DEALER, SUPPLIERS
from .places import FIRST_NAMES, FORMS, LAST_NAMES, PLACES, STREETS, TRADES, WORDS

ROLES = ("payment_officer", "accountant", "buyer")
MAILBOXES = {"payment_officer": "odeme", "accountant": "muhasebe", "buyer": "satinalma"}


def domain_of(title):
    """An invented Internet domain, after the first words of a title ("örnek": example)."""
    words = "".join(c for c in "".join(fold(title).split()[:3]) if c.isascii() and c.isalnum())
    return f"{words}-ornek.com.tr"


class Cards:
    """Gives each customer a card; titles, domains and tax numbers never come twice."""

    def __init__(self):
        self.titles = {DEMO_DEALER["title"]}
        self.domains = {DEMO_DEALER["email"].partition("@")[2]}
        self.numbers = {DEMO_DEALER["tax_number"], *(one["tax_number"] for one in SUPPLIERS)}

    def make(self, key):
        """A dictionary of the card's fields, with ``people``: (name, e-mail, phone, role)."""
        rng = Random(f"card {key}")
        city, district, office, post_code, dialling = rng.choice(PLACES)
        is_person = rng.random() < 0.12
        title, domain = self._title(rng, is_person)
        phone = f"+90 {dialling} 555 {rng.randint(10, 99)} {rng.randint(10, 99)}"
        return {
            "title": title,
            "tax_number": self._tax_number(rng, is_person),
            "tax_office": office,
            "email": f"info@{domain}",
            "phone": phone,
            "city": city,
            "address": (
                f"{rng.choice(STREETS)} No: {rng.randint(1, 180)}\n{post_code} {district} / {city}"
            ),
            "people": list(_people(rng, domain, phone)),
        }

    def _title(self, rng, is_person):
        for attempt in range(10_000):
            if is_person:
                words = f"{rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)}"
                title = f"{words} – {rng.choice(WORDS)} {rng.choice(TRADES)}"
            else:
                words = f"{rng.choice(WORDS)} {rng.choice(TRADES)}"
                title = f"{words} {rng.choice(FORMS)}"
            domain = domain_of(words)
            if attempt > 20:
                domain = domain.replace("-", f"{attempt}-")
            if title not in self.titles and domain not in self.domains:
                break
        self.titles.add(title)
        self.domains.add(domain)
        return title, domain

    def _tax_number(self, rng, is_person):
        while True:
            start = str(rng.randint(100_000_000, 999_999_999))
            if is_person:
                number = start + tckimlik.calc_check_digits(start)
            else:
                number = start + vkn.calc_check_digit(start)
            if number not in self.numbers:
                self.numbers.add(number)
                return number


def _people(rng, domain, phone):
    for role in ROLES[: rng.choice((1, 1, 2, 3))]:
        name = f"{rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)}"
        yield name, f"{MAILBOXES[role]}@{domain}", phone, role
