"""From HTTP to the API and to the hosted pages."""

import logging
from urllib.parse import parse_qsl

from . import entry, pages
from .checkout import CheckoutError
from .forms import FAILURE, INIT_THREEDS
from .server import Handler

logger = logging.getLogger(__name__)

HTML = "text/html; charset=utf-8"
JSON = "application/json"


def api_handler(api):
    """Return a request handler class that lets ``api`` answer every method."""

    class ApiHandler(Handler):
        def answer(self):
            try:
                body = self.read_body()
            except ValueError:
                body = b"unreadable"
            status, text = api.answer(
                self.command, self.url.path, self.headers.get("Authorization"), body
            )
            self.send(status, JSON, text)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    return ApiHandler


def page_handler(checkout):
    """Return a request handler class for the card page, the bank's page and the way back to the merchant."""

    class PageHandler(Handler):
        def do_GET(self):
            self._answer(
                {"/pay": self.show_form, "/3ds": self.show_bank, "/return": self.show_return}
            )

        def do_POST(self):
            self._answer({"/pay": self.take_card, "/3ds": self.take_code})

        def _answer(self, routes):
            try:
                self.fields = dict(parse_qsl(self.read_body().decode(), keep_blank_values=True))
                self.query = dict(parse_qsl(self.url.query))
                routes.get(self.url.path, self.show_unknown)()
            except (CheckoutError, ValueError):
                self.show_unknown()
            except OSError:
                raise
            except Exception:
                logger.exception("%s %s failed", self.command, self.url.path)
                self.send(500, "text/plain", "The simulator failed; see its log.")

        @property
        def form(self):
            return checkout.form(self.query.get("token", ""))

        def lang(self, form=None):
            asked = self.query.get("lang")
            return asked if asked in ("tr", "en") else form.lang if form else "tr"

        def show_unknown(self):
            self.send(404, HTML, pages.unknown(self.lang()))

        def show_form(self):
            form = self.form
            if not self.closed(form):
                self.send(200, HTML, pages.pay(form, self.lang(form), {}, {}))

        def closed(self, form):
            """Answer for a form that takes no card any more; return whether it is one."""
            if form.paid:
                self.send(200, HTML, pages.closed(form, self.lang(form), "paid"))
            elif form.expired(checkout.clock()):
                self.send(410, HTML, pages.closed(form, self.lang(form), "expired"))
            else:
                return False
            return True

        def take_card(self):
            form, lang = self.form, self.lang(self.form)
            if self.fields.get("action") == "cancel":
                checkout.leave(form)
                return self.go_back(form)
            if self.closed(form):
                return None
            number, errors = entry.read(self.fields, checkout.clock())
            values = {"three_d": "", **self.fields}
            if errors:
                return self.send(200, HTML, pages.pay(form, lang, values, errors))
            try:
                attempt = checkout.submit(form, number, bool(values["three_d"]))
            except CheckoutError:  # paid in another window meanwhile
                return self.closed(form)
            if attempt.status == INIT_THREEDS:
                return self.redirect(pages.link("/3ds", key=attempt.key, lang=lang))
            if attempt.status == FAILURE:
                return self.send(200, HTML, pages.pay(form, lang, values, {}))
            return self.go_back(form)

        def show_bank(self):
            attempt = checkout.attempt(self.query.get("key", ""))
            form = checkout.form(attempt.token)
            if attempt.status != INIT_THREEDS or form.paid:
                return self.go_back(form)
            return self.send(200, HTML, pages.bank(form, attempt, checkout.code, self.lang(form)))

        def take_code(self):
            attempt = checkout.attempt(self.query.get("key", ""))
            form = checkout.form(attempt.token)
            try:
                if self.fields.get("action") == "cancel":
                    checkout.abandon(attempt)
                else:
                    checkout.confirm(attempt, self.fields.get("code", "").strip())
            except CheckoutError:  # sent twice, or paid in another window
                return self.go_back(form)
            if (
                attempt.status == FAILURE and attempt.md_status
            ):  # the code was right, the bank refused
                return self.redirect(pages.link("/pay", token=form.token, lang=self.lang(form)))
            return self.go_back(form)

        def show_return(self):
            form = self.form
            self.send(200, HTML, pages.back(form, self.lang(form)))

        def go_back(self, form):
            self.redirect(pages.link("/return", token=form.token, lang=self.lang(form)))

        def redirect(self, url):
            self.send(303, HTML, "", [("Location", url)])

    return PageHandler
