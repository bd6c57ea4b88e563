"""WCAG 2.2 AA on every page in both languages; the keyboard; small pages; light and dark."""

import re

import pytest

from b2b_portal import views
from b2b_portal.models import ReportFile
from b2b_portal.reports import files
from b2b_portal.testing.worker import work

from .test_all_reports import full  # noqa: F401
from .walk import (
    DESK,
    PHONE,
    fill_in,
    press,
    preview_of,
    public_templates,
    sign_in,
    templates_seen,
    violations,
    world,  # noqa: F401
)

pytestmark = [pytest.mark.chromium, pytest.mark.once]

NO_DARK_MODE = "body { background: #fff; color: #222 }"
DARK_MODE = ":root { color-scheme: light dark } body { background: light-dark(#fff, #111) }"


@pytest.fixture
def phone(page):
    page.set_viewport_size(PHONE)
    return page


class TestEveryPage:
    def test_has_nothing_that_axe_finds(self, page, world, monkeypatch):  # noqa: F811
        monkeypatch.setattr(files, "AT_ONCE", 1)
        monkeypatch.setattr(views.reports, "REFRESH", 600)  # not while axe looks
        found = []

        def look(address=None):
            if address:
                page.goto(world.url + address)
            found.extend(violations(page))

        with templates_seen() as seen:
            for language, home in world.homes.items():
                page.context.clear_cookies()
                for address in (home, *blocks_and_pay(world, language)):
                    look(address)
                page.goto(world.url + home)
                fill_in(page, world.customer, supplier_number="1")
                look()
                sign_in(page, world, world.customer, language, wrong_code=look)
                for address in signed_in(world, language):
                    look(address)
                for _state in see_large_file(page, world):
                    look()
                see_preview(page, world, language)
                look()
                page.goto(world.url + world.payment_page(language))
                press(page, "review", amount="-1")
                look()
                press(page, "review", amount="10")
                look()
                page.goto(world.url + home)
                page.get_by_role("button", name=re.compile("Çıkış|Sign out")).click()
                look()
                sign_in(page, world, world.vendor, language)
                look()
                look(world.payment_page(language))
            ask_too_often(page, world)
            look()
        assert not found, "\n".join(sorted(set(found)))
        assert public_templates() - seen == set(), "pages nobody has walked through"

    @pytest.mark.parametrize("css", [NO_DARK_MODE, DARK_MODE], ids=["light site", "dark site"])
    def test_can_be_read_on_a_site_that_sets_no_colours(self, page, world, css):  # noqa: F811
        sign_in(page, world, world.customer)
        page.route("**/website/*.css", lambda route: route.fulfill(body=css))
        for address in (world.homes["tr"], world.payment_page("tr"), *world.reports("tr")[:3]):
            page.goto(world.url + address)
            assert violations(page) == []

    @pytest.mark.parametrize("css", [NO_DARK_MODE, DARK_MODE, ""], ids=["light", "dark", "example"])
    def test_has_charts_that_stand_out(self, page, world, css):  # noqa: F811
        """WCAG 1.4.3 and 1.4.11, which axe does not ask of SVG."""
        sign_in(page, world, world.customer)
        if css:
            page.route("**/website/*.css", lambda route: route.fulfill(body=css))
            page.reload()
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            card = color(page, ".b2b-card:has(.b2b-chart)", "background-color")
            for part, least in (("text", 4.5), ("rect.b2b-chart-bar", 3)):
                for drawn in page.locator(f".b2b-chart {part}").all():
                    fill = drawn.evaluate("one => getComputedStyle(one).fill")
                    assert contrast(rgb(fill), card) >= least, (scheme, part, fill)


def blocks_and_pay(world, language):  # noqa: F811
    root = world.homes[language].split("/")[1]
    return f"/{root}/blocks/", world.payment_page(language), *world.reports(language)[:1]


def signed_in(world, language):  # noqa: F811
    pages = world.reports(language)
    yield world.homes[language]
    yield from (f"{address}?period=all" for address in pages)
    yield f"{pages[0]}?start=2001-01-01&end=2001-01-02"
    yield f"{pages[0]}?start=x"
    yield from blocks_and_pay(world, language)
    yield from world.details()


def see_preview(page, world, language):  # noqa: F811
    """The preview of the admin, at an address of its own."""
    html = preview_of(language)
    address = f"{world.url}/preview-{language}/"
    page.route(address, lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto(address)


def see_large_file(page, world):  # noqa: F811
    """A file for the worker: asked for, and in each of its states."""
    page.goto(f"{world.url}/b2b/reports/statement.pdf?period=all")
    yield
    page.locator("form.b2b-card button").click()
    asked = ReportFile.objects.latest("pk")
    yield
    for changes in ({"state": "making"}, {"progress": 1, "total": 2}, {"state": "failed"}):
        ReportFile.objects.filter(pk=asked.pk).update(**changes)
        page.reload()
        yield
    ReportFile.objects.filter(pk=asked.pk).update(state="waiting")
    work()
    page.reload()
    page.locator("a[href$='/file']").wait_for()
    yield


def ask_too_often(page, world):  # noqa: F811
    page.context.clear_cookies()
    for _time in range(6):
        page.goto(world.url + world.homes["tr"])
        if page.locator("[name=code]").count():
            press(page, "restart")
        fill_in(page, world.vendor)
    page.locator(".b2b-errors").wait_for()


class TestOnAPhone:
    def test_first_views_bring_less_than_100_kb(self, phone, world):  # noqa: F811
        """Of the portal: its page and its style sheets, not compressed; what the site adds is not it."""
        bodies = {}
        phone.on("response", lambda response: bodies.update({response.url: response}))

        def weight():
            phone.wait_for_load_state("networkidle")
            ours = [one for url, one in bodies.items() if "/static/website/" not in url]
            return sum(len(one.body()) for one in ours if one.status == 200)

        phone.goto(world.url + world.homes["tr"])
        assert 5_000 < weight() < 100_000
        sign_in(phone, world, world.customer)
        bodies.clear()
        phone.goto(world.url + world.homes["tr"])
        assert phone.locator(".b2b-chart").count() == 6
        assert 5_000 < weight() < 100_000

    def test_no_page_is_wider_than_the_screen(self, phone, world):  # noqa: F811
        sign_in(phone, world, world.customer)
        for address in signed_in(world, "tr"):
            phone.goto(world.url + address)
            for width in (320, 390, 768):
                phone.set_viewport_size({"width": width, "height": 800})
                assert phone.evaluate("document.documentElement.scrollWidth") <= width, address


class TestByKeyboard:
    def test_focus_is_seen_everywhere_and_goes_on(self, page, world):  # noqa: F811
        page.goto(world.url + world.homes["tr"])
        assert_tab_walks_through(page)
        sign_in(page, world, world.customer)
        for address in (world.homes["tr"], world.reports("tr")[0], world.payment_page("tr")):
            page.goto(world.url + address)
            assert_tab_walks_through(page)

    def test_everything_is_reached_without_a_mouse(self, page, world):  # noqa: F811
        page.goto(world.url + world.homes["tr"])
        page.locator("[name=tax_number]").focus()
        for value in (world.customer.tax_number, world.customer.email):
            page.keyboard.type(value)
            page.keyboard.press("Tab")
        page.keyboard.type(world.customer.supplier.tax_number)
        page.keyboard.press("Enter")
        page.locator("[name=code]").wait_for()


def assert_tab_walks_through(page):
    """Each press of Tab comes to another element, in the page's order, with an outline to see."""
    wished = page.locator(
        ".b2b :is(a[href], button, input:not([type=hidden]), select, summary, [tabindex='0'])"
    )
    everything = wished.evaluate_all("all => all.filter(one => one.checkVisibility()).length")
    assert everything > 3
    seen = 0
    for _press in range(everything + 60):
        page.keyboard.press("Tab")
        here = page.evaluate(
            """() => {
                const one = document.activeElement, style = getComputedStyle(one);
                return one.closest(".b2b") && !one.dataset.seen ? (one.dataset.seen = 1,
                    [one.outerHTML.slice(0, 90), style.outlineStyle, style.outlineWidth]) : null;
            }"""
        )
        if here:
            seen += 1
            assert here[1] != "none" and float(here[2].removesuffix("px")) >= 2, here
    assert seen == everything


class TestLooks:
    def test_take_the_sites_font_and_colours(self, page, world):  # noqa: F811
        css = """.b2b { --b2b-font: monospace; --b2b-accent: rgb(1, 2, 3); --b2b-text: 20px;
            --b2b-space: 40px; --b2b-radius: 0 }"""
        page.route("**/website/*.css", lambda route: route.fulfill(body=css))
        page.goto(world.url + world.homes["tr"])
        button, help_text = ".b2b-button", ".b2b-card .b2b-help"
        assert color(page, button, "background-color") == (1, 2, 3)
        assert css_of(page, button, "font-family") == "monospace"
        assert css_of(page, button, "border-radius") == "0px"
        assert css_of(page, help_text, "font-size") == "17.5px"
        assert css_of(page, ".b2b-card", "row-gap") == "40px"

    def test_can_be_held_light(self, page, world):  # noqa: F811
        page.emulate_media(color_scheme="dark")
        page.route("**/website/*.css", lambda route: route.fulfill(body=DARK_MODE))
        page.goto(world.url + world.homes["tr"])
        assert color(page, ".b2b-card", "background-color") == (26, 33, 41)
        page.add_style_tag(content=".b2b { color-scheme: light }")
        assert color(page, ".b2b-card", "background-color") == (255, 255, 255)

    def test_nothing_moves_for_who_wants_no_motion(self, page, world):  # noqa: F811
        page.goto(world.url + world.homes["tr"])
        moves = "() => document.querySelector('.b2b-button').computedStyleMap().get('transition-duration').value"
        assert page.evaluate(moves) > 0
        page.emulate_media(reduced_motion="reduce")
        assert page.evaluate(moves) == 0

    def test_on_paper_are_light_and_without_buttons(self, page, world):  # noqa: F811
        sign_in(page, world, world.customer)
        page.goto(world.url + world.reports("tr")[0])
        page.set_viewport_size(DESK)
        page.emulate_media(media="print", color_scheme="dark")
        assert not page.locator(".b2b-filters").is_visible()
        assert not page.get_by_role("button", name="Çıkış yap").is_visible()
        assert page.locator("table.b2b-table").is_visible()
        assert color(page, ".b2b-table-block", "color") == (34, 40, 42)


def css_of(page, selector, name):
    return page.locator(selector).first.evaluate(
        "(one, name) => getComputedStyle(one).getPropertyValue(name)", name
    )


def color(page, selector, name):
    return rgb(css_of(page, selector, name))


def rgb(text):
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])


def contrast(one, other):
    """WCAG's: from 1, the same, to 21, black on white."""
    darker, lighter = sorted(_luminance(part) for part in (one, other))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(parts):
    shares = (part / 255 for part in parts)
    linear = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return sum(weight * share for weight, share in zip((0.2126, 0.7152, 0.0722), linear))
