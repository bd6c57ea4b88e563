"""The way to the portal's front door from anywhere."""

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponseRedirect
from django.utils.translation import get_language
from wagtail.models import Site, get_page_models

from ..signin.sessions import viewer_of
from ..views.base import never_cached
from .mixins import PortalIndexMixin


def index_pages(site):
    """The portal index pages below a site's root and its translations, live or not."""
    roots = site.root_page.get_translations(inclusive=True)
    for model in get_page_models():
        if issubclass(model, PortalIndexMixin):
            for page in model.objects.select_related("locale"):
                if any(page.is_descendant_of(root) for root in roots):
                    yield page


def home_url(request, language):
    """Where the site's live index page lies, if possible the one in this language; or None."""
    site = Site.find_for_request(request)
    pages = sorted(
        [page for page in index_pages(site) if page.live and page.get_url(request)] if site else [],
        key=lambda page: (page.locale.language_code != language, page.pk),
    )
    return pages[0].get_url(request) if pages else None


@login_not_required
def home(request):
    """Redirect to the portal's index page, in the reader's language where there is one."""
    viewer = viewer_of(request)
    url = home_url(request, viewer.session.language if viewer else get_language())
    if url is None:
        raise Http404
    query = urlencode({"next": request.GET["next"]}) if request.GET.get("next") else ""
    return never_cached(HttpResponseRedirect(f"{url}?{query}" if query else url))
