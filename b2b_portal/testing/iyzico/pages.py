"""The hosted pages as HTML. Every value put into a template is escaped unless it is ``Markup``."""

import html
from functools import partial
from string import Template
from urllib.parse import urlencode, urlsplit

from . import templates
from .amounts import display
from .bank_errors import BANK_ERRORS
from .checkout import forced
from .errors import ApiError
from .texts import words

AUTOCOMPLETE = {"number": "cc-number", "holder": "cc-name", "expiry": "cc-exp", "cvc": "cc-csc"}
MAXLENGTH = {"number": 23, "holder": 100, "expiry": 7, "cvc": 4}
SHOWN_CARDS = [
    ("5526080000000006", "card_paid"),
    ("4766620000000001", "card_debit"),
    ("5400010000000004", "card_foreign"),
    ("4111111111111129", "10051"),
    ("4129111111111111", "10005"),
    ("4125111111111115", "10054"),
]


class Markup(str):
    """Text that is HTML already."""


def render(template, **values):
    """Fill a template; escapes each value that is not Markup."""
    safe = {
        name: value if isinstance(value, Markup) else html.escape(str(value))
        for name, value in values.items()
    }
    return Markup(Template(template).substitute(safe))


def pay(form, lang, values, errors):
    """The card form. ``values``: what was typed; ``errors``: field name → iyzico's code. Shows the last refusal."""
    text = words(lang)
    declined = form.current.error if form.current else None
    alert = Markup()
    if errors:
        alert = render(templates.ALERT, title=text["check_fields"], message="")
    elif declined:
        message = f"{declined.message(lang).rstrip('.')}. {text['try_again']}"
        alert = render(templates.ALERT, title=text["declined"], message=message)
    locked = forced(form)
    ticked = " checked disabled" if locked else " checked" if values.get("three_d", "1") else ""
    fields = {f"{name}_field": _field(name, text, lang, values, errors) for name in AUTOCOMPLETE}
    content = render(
        templates.PAY,
        **{**text, **fields, **_summary(form, lang)},
        items=", ".join(item["name"] for item in form.request["basketItems"]),
        alert=alert,
        action=link("/pay", token=form.token, lang=lang),
        ticked=Markup(ticked),
    )
    here = partial(link, "/pay", token=form.token)
    return page(text["pay_title"], content, lang, here, _test_cards(text, lang))


def bank(form, attempt, code, lang):
    """The bank's page that asks for the one-time code, and shows it."""
    text = words(lang)
    content = render(
        templates.BANK,
        **{**text, **_summary(form, lang)},
        masked=f"•••• {attempt.card.number[-4:]}",
        shown_code=code,
        action=link("/3ds", key=attempt.key, lang=lang),
    )
    name = attempt.card.bank if attempt.card.bank not in ("", "Foreign") else text["bank_name"]
    title = f"{name}: {text['bank_title']}"
    return page(title, content, lang, partial(link, "/3ds", key=attempt.key))


def back(form, lang):
    """The page that returns the payer: it POSTs ``token`` to the callback by itself, or by its button."""
    text = words(lang)
    content = _return_form(form, text["return_intro"], text["return"]) + Markup(templates.SUBMIT)
    return page(text["return_title"], Markup(content), lang)


def closed(form, lang, kind):
    """The page of a form that is ``paid`` or ``expired``, with a button back to the merchant."""
    text = words(lang)
    return page(
        text[f"{kind}_title"], _return_form(form, text[f"{kind}_intro"], text["return"]), lang
    )


def unknown(lang):
    """The page for a token or an address that does not exist."""
    text = words(lang)
    return page(text["unknown_title"], render("<p>$intro</p>", intro=text["unknown_intro"]), lang)


def page(title, content, lang, here=None, aside=""):
    """Put a page's content into the frame. ``here(lang=…)`` gives its address in the other language."""
    text = words(lang)
    other = "tr" if lang == "en" else "en"
    switch = here and render(templates.SWITCH, **text, url=here(lang=other), other_lang=other)
    return render(
        templates.PAGE,
        lang=lang,
        title=title,
        banner=text["banner"],
        switch=switch or Markup(),
        content=content,
        aside=aside,
    )


def link(path, **query):
    """Return the path with its query encoded."""
    return f"{path}?{urlencode(query)}"


def _summary(form, lang):
    return {
        "merchant_name": urlsplit(form.callback_url).netloc,
        "sum": display(form.paid_price, form.currency, lang),
    }


def _field(name, text, lang, values, errors):
    error = Markup()
    if name in errors:
        error = render(
            templates.FIELD_ERROR,
            name=name,
            message=ApiError(errors[name], text[name]).message(lang),
        )
    return render(
        templates.FIELD,
        name=name,
        label=text[name],
        value="" if name == "cvc" else values.get(name, ""),
        autocomplete=AUTOCOMPLETE[name],
        numeric=Markup("" if name == "holder" else ' inputmode="numeric"'),
        maxlength=MAXLENGTH[name],
        placeholder={"number": "0000 0000 0000 0000", "expiry": text["expiry_hint"]}.get(name, ""),
        invalid=Markup(f' aria-invalid="true" aria-describedby="{name}-error"' if error else ""),
        error=error,
    )


def _test_cards(text, lang):
    rows = Markup()
    for number, meaning in SHOWN_CARDS:
        said = text.get(meaning) or BANK_ERRORS[meaning].message(lang)
        rows += render(templates.TEST_CARD, number=number, meaning=said)
    return render(templates.TEST_CARDS, **text, rows=Markup(rows))


def _return_form(form, intro, label):
    return render(
        templates.RETURN, intro=intro, label=label, callback_url=form.callback_url, token=form.token
    )
