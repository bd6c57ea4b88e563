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


@login_not_required
def home(request):
    """Redirect to the portal's index page, in the reader's language where there is one."""
    viewer = viewer_of(request)
    language = viewer.session.language if viewer else get_language()
    site = Site.find_for_request(request)
    pages = sorted(
        [page for page in index_pages(site) if page.live and page.get_url(request)] if site else [],
        key=lambda page: (page.locale.language_code != language, page.pk),
    )
    if not pages:
        raise Http404
    query = urlencode({"next": request.GET["next"]}) if request.GET.get("next") else ""
    url = pages[0].get_url(request)
    return never_cached(HttpResponseRedirect(f"{url}?{query}" if query else url))
