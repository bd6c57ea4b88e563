"""Paying a form: what a card, the bank's code and giving up do to it.

A bank's refusal leaves the form open for another try; a failed 3-D Secure check (wrong code, given up)
sends the payer back to the merchant with the payment failed and mdStatus 0, fraudStatus 1, as observed
on real iyzico. Assumed: a refusal that comes after the right code is also shown in the form.
"""

import itertools
import threading

from . import cards
from .forms import FAILURE, INIT_THREEDS, SUCCESS, Attempt


class CheckoutError(Exception):
    """A try that cannot be made: no such form, already paid, expired, or not waiting for a code."""


class Checkout:
    """All forms of one simulator. Thread-safe. ``on_done(form, attempt)`` is told of each finished try.

    Payment ids count up from the clock's milliseconds, so that a restarted simulator does not hand out
    ids which a merchant's database already holds.
    """

    def __init__(self, clock, code, on_done):
        self.clock = clock
        self.code = code
        self._on_done = on_done
        self._lock = threading.RLock()
        self._forms = {}
        self._attempts = {}
        self._ids = itertools.count(int(clock() * 1000))

    def add(self, form):
        with self._lock:
            self._forms[form.token] = form

    def all(self):
        with self._lock:
            return list(self._forms.values())

    def form(self, token):
        """Return the form with this token; raises CheckoutError when there is none."""
        with self._lock:
            if token not in self._forms:
                raise CheckoutError("there is no form with this token")
            return self._forms[token]

    def attempt(self, key):
        """Return the try with this key; raises CheckoutError when there is none."""
        with self._lock:
            if key not in self._attempts:
                raise CheckoutError("there is no such 3-D Secure check")
            return self._attempts[key]

    def next_id(self):
        return next(self._ids)

    def submit(self, form, number, three_d_secure):
        """Try to pay the form with a card number (digits). Returns the Attempt, perhaps waiting for a code.

        Debit cards and ``forceThreeDS`` go through 3-D Secure whatever is asked for.
        Raises CheckoutError when the form is paid or expired.
        """
        with self._lock:
            if form.paid:
                raise CheckoutError("the form is already paid")
            if form.expired(self.clock()):
                raise CheckoutError("the form has expired")
            card = cards.find(number)
            secure = three_d_secure or card.debit or forced(form)
            attempt = Attempt(form.token, self.next_id(), card, secure)
            form.attempts.append(attempt)
            self._attempts[attempt.key] = attempt
            if not secure:
                self._charge(form, attempt)
            elif card.error is cards.BIN_NOT_FOUND or not card.three_ds_starts:
                self._finish(form, attempt, card.error or cards.BANK_ERRORS["10214"])
            return attempt

    def confirm(self, attempt, code):
        """Give the bank the one-time code. A wrong one fails the try. Raises CheckoutError when none is awaited."""
        with self._lock:
            form = self._waiting(attempt)
            if code != self.code:
                self._fail_check(form, attempt)
            else:
                attempt.md_status = attempt.card.md_status
                self._charge(form, attempt)
            return attempt

    def abandon(self, attempt):
        """Give up at the 3-D Secure page: the try fails. Raises CheckoutError when no code is awaited."""
        with self._lock:
            self._fail_check(self._waiting(attempt), attempt)
            return attempt

    def leave(self, form):
        """Leave the form unpaid: a 3-D Secure check under way fails; without one nothing changes."""
        with self._lock:
            current = form.current
            if current and current.status == INIT_THREEDS:
                self.abandon(current)

    def _waiting(self, attempt):
        form = self._forms[attempt.token]
        if attempt.status != INIT_THREEDS or form.paid:
            raise CheckoutError("no code is awaited")
        return form

    def _fail_check(self, form, attempt):
        attempt.md_status = 0
        self._finish(form, attempt, cards.NOT_AUTHENTICATED)

    def _charge(self, form, attempt):
        card = attempt.card
        error = card.error
        if error is None and form.currency != "TRY" and not card.foreign:
            error = cards.LOCAL_CARD_FOREIGN_CURRENCY
        self._finish(form, attempt, error)

    def _finish(self, form, attempt, error):
        attempt.error = error
        attempt.status = FAILURE if error else SUCCESS
        self._on_done(form, attempt)


def forced(form):
    """Tell whether the merchant asked for 3-D Secure on every card (``forceThreeDS``: 1, "1" or true)."""
    return form.request.get("forceThreeDS") in (1, "1", True)
