"""The portal's blocks on a page of the site's own."""

import re

import pytest
from django.template import Context, Template
from django.test import Client
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_page
from website.models import StandardPage

from b2b_portal.cms.blocks import BalanceBlock
from b2b_portal.models import PortalSession, ReportSnippet
from b2b_portal.reports.base import _reports
from b2b_portal.signin.sessions import viewer_of
from b2b_portal.testing.factories import make_account, make_entry
from b2b_portal.testing.worker import work

from .fixtures import mailed_code, sign_in
from .reading import look
from .test_report_snippets import file_text, make_snippet

CACHED = "website-test"


@pytest.fixture
def snippet(site):
    return make_snippet("statement", title="Hesabım", days="all")


def add_page(site, *blocks, slug="bayiler"):
    """The address of a new page of the site with these blocks."""
    page = StandardPage(title="Bayiler", slug=slug)
    page.body = list(blocks)
    site.root_page.add_child(instance=page)
    return f"/tr/{slug}/"


@pytest.fixture
def url(site, snippet):
    return add_page(
        site, ("balance", {}), ("report", {"report": snippet}), ("sign_in", {}), ("text", "Selam")
    )


def is_private(response):
    return {"private", "no-store"} <= set(re.split(r",\s*", response.get("Cache-Control", "")))


class TestStrangers:
    def test_see_the_way_to_sign_in(self, visitor, dealer, url):
        response = visitor.get(url)
        words = response.content.decode()
        assert words.count("/b2b/?next=%2Ftr%2Fbayiler%2F") == 2
        assert "Hesabım" in words and "b2b-table" not in words.split("</head>")[1]
        assert "1.000,10" not in words and is_private(response)

    def test_sign_in_on_the_spot_and_come_back(self, visitor, dealer, url):
        words = visitor.get(url).content.decode()
        action = re.search(r'<form method="post" action="([^"]+)"', words)[1]
        typed = {
            "step": "start",
            "tax_number": dealer.tax_number,
            "email": dealer.email,
            "supplier_number": dealer.supplier.tax_number,
        }
        response = visitor.post(action, typed)
        assert response.status_code == 303
        work()
        response = visitor.post(response["Location"], {"step": "code", "code": mailed_code()})
        assert response["Location"] == url
        page = visitor.get(url).content.decode()
        assert "ANT001" in page and dealer.title in page and "Vergi numaranız" not in page

    def test_need_the_token_of_their_form(self, site, dealer, url):
        strict = Client(enforce_csrf_checks=True)
        words = strict.get(url).content.decode()
        action = re.search(r'<form method="post" action="([^"]+)"', words)[1]
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', words)[1]
        assert strict.post(action, {"step": "start"}).status_code == 403
        typed = {"step": "start", "csrfmiddlewaretoken": token}
        assert strict.post(action, typed).status_code == 422


class TestCustomers:
    def test_see_their_balance_and_their_report(self, customer, url):
        response = customer.get(url)
        page = look(customer, url)
        assert "1.500,10 TL" in page.words and page.documents() == ["ANT001", "ANT002"]
        assert "<caption>Hesabım</caption>" in page.html and is_private(response)
        ids = re.findall(r' id="([^"]+)"', page.html)
        assert len(ids) == len(set(ids))

    def test_ask_one_report_at_a_time(self, customer, site, snippet):
        other = make_snippet("open-items", title="Açık kalemler")
        address = add_page(site, ("report", {"report": snippet}), ("report", {"report": other}))
        both = look(customer, address).documents()
        assert len(both) == 4
        assert look(customer, address, q="ANT002", page="9").documents() == both
        query = {"q": "ANT002", "snippet": other.pk}
        assert look(customer, address, **query).documents() == ["ANT001", "ANT002", "ANT002"]
        page = look(customer, address, start="x", snippet=snippet.pk)
        assert page.status == 200 and page.documents() == ["ANT001", "ANT002"]
        html = look(customer, address).html
        for one in (snippet, other):
            assert f'action="#b2b-report-{one.pk}"' in html and f'id="b2b-report-{one.pk}"' in html
            assert f'type="hidden" name="snippet" value="{one.pk}"' in html
            assert re.search(rf'href="\?[^"]*snippet={one.pk}[^"]*#b2b-report-{one.pk}"', html)

    def test_may_see_the_same_report_twice(self, customer, visitor, site, snippet):
        address = add_page(site, *[("report", {"report": snippet})] * 2)
        for client, count in ((customer, 4), (Client(), 0)):
            page = look(client, address)
            ids = re.findall(r' id="([^"]+)"', page.html)
            assert len(ids) == len(set(ids)) and len(page.documents()) == count
            assert f"b2b-report-{snippet.pk}" in ids and f"b2b-report-{snippet.pk}-2" in ids
        html = look(customer, address).html
        assert set(re.findall(r'(?:for|href|action)="[^"]*?#?(b2b-report-[^"]+)"', html)) <= set(
            re.findall(r' id="([^"]+)"', html)
        )

    def test_get_files_in_the_language_they_read_here(self, customer, site, snippet, url):
        customer.get(url)
        assert PortalSession.objects.get().language == "tr"
        assert "Bakiye" in file_text(customer, snippet)
        page = StandardPage(title="Dealers", slug="dealers")
        page.body = [("report", {"report": snippet})]
        english = site.root_page.get_translations().get(locale__language_code="en")
        english.add_child(instance=page)
        assert "Balance" in customer.get("/en/dealers/").content.decode()
        assert "Balance" in file_text(customer, snippet)

    def test_lose_sight_with_their_session(self, customer, url):
        PortalSession.objects.update(ended_at=timezone.now())
        assert "1.500,10" not in customer.get(url).content.decode()


class TestCaches:
    @pytest.fixture
    def cached(self, settings):
        settings.CACHES = {
            "default": {
                "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
                "LOCATION": CACHED,
            }
        }
        settings.MIDDLEWARE = [
            "django.middleware.cache.UpdateCacheMiddleware",
            *settings.MIDDLEWARE,
            "django.middleware.cache.FetchFromCacheMiddleware",
        ]

    def test_two_customers_and_a_visitor_never_get_the_same(self, cached, supplier, dealer, url):
        other = make_account(supplier, title="Yıldız Ticaret", email="b@example.com")
        make_entry(other, "77.77", document_no="YLD1")
        first, second, stranger = Client(), Client(), Client()
        sign_in(first, dealer)
        sign_in(second, other)
        for _again in range(2):
            assert "ANT001" in first.get(url).content.decode()
            words = second.get(url).content.decode()
            assert "YLD1" in words and "ANT001" not in words
            words = stranger.get(url).content.decode()
            assert "YLD1" not in words and "ANT001" not in words

    def test_only_pages_with_such_a_block_are_private(self, cached, visitor, site, url):
        plain = add_page(site, ("text", "<p>Selam</p>"), slug="duz")
        for _again in range(2):
            assert not is_private(visitor.get(plain))
            assert is_private(visitor.get(url))
        StandardPage.objects.get(slug="duz").delete()
        assert visitor.get(plain).status_code == 200  # out of the cache
        StandardPage.objects.get(slug="bayiler").delete()
        assert visitor.get(url, follow=True).status_code == 404

    def test_a_page_whose_own_serve_is_cached_is_not(self, customer, url, settings, monkeypatch):
        settings.CACHES = {
            "default": {
                "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
                "LOCATION": "serve",
            }
        }
        cached = method_decorator(cache_page(60))(StandardPage.serve)
        monkeypatch.setattr(StandardPage, "serve", cached)
        assert "ANT002" in customer.get(url).content.decode()
        assert "ANT002" in customer.get(url).content.decode()
        PortalSession.objects.update(ended_at=timezone.now())
        assert "ANT002" not in customer.get(url).content.decode()

    def test_where_no_answer_can_be_sealed_nothing_is_shown(self, customer, dealer, rf):
        """In a view of the site's own, in a mail, in a job: the block knows nobody."""
        block = BalanceBlock()
        request = rf.get("/")
        request.session = customer.session
        request.user = PortalSession.objects.get().mailbox.user
        assert viewer_of(request).account == dealer
        for context in ({}, {"request": request}, None):
            words = block.render(block.to_python({}), context)
            assert "1.500,10" not in words and "giriş" in words.lower()
        page = StandardPage(title="x", slug="x", body=[("balance", {})])
        template = Template("{% load wagtailcore_tags %}{% include_block page.body %}")
        words = template.render(Context({"page": page, "request": request}))
        assert "1.500,10" not in words


class TestWhatIsGone:
    def test_a_deleted_report_leaves_nothing(self, customer, url, snippet):
        snippet.delete()
        page = look(customer, url)
        assert page.status == 200 and "Hesabım" not in page.words and "Selam" in page.words

    def test_a_report_nobody_offers_any_more_says_so(self, customer, url, snippet):
        ReportSnippet.objects.update(report="gone")
        assert "gone" not in _reports
        assert "artık sunulmuyor" in look(customer, url).words


def test_a_preview_shows_sample_data_and_nobodys_figures(customer, url):
    """Whatever session the editor's browser holds."""
    page = StandardPage.objects.get(slug="bayiler")
    session = customer.cookies["sessionid"].value
    request = customer.get(url).wsgi_request
    request.META["HTTP_COOKIE"] = f"sessionid={session}"
    words = page.make_preview_request(original_request=request).content.decode()
    assert words.count("Örnek veri") == 2 and "6.000,00\xa0TL" in words
    assert "ORN2026000128" in words and "Vergi numaranız" in words
    assert "ANT001" not in words and "1.500,10" not in words


def test_a_page_with_a_block_is_found_and_mapped_like_any_other(visitor, url):
    page = StandardPage.objects.get(slug="bayiler")
    assert page.get_sitemap_urls() and "1.500,10" not in str(page.body.raw_data)
