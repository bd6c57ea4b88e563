"""Pages on which a block shows what is private: nothing that keeps answers may keep theirs."""

from django.template.response import SimpleTemplateResponse

from ..signin import sessions
from ..views.base import never_cached

SERVING, SHOWN = "serving", "shown"


def keep_private(serve):
    """For Wagtail's hook ``on_serve_page``: seals the answers in which a private block stands."""

    def inner(page, request, args, kwargs):
        request.b2b_portal_blocks = SERVING
        response = serve(page, request, args, kwargs)

        def seal(response):
            if request.b2b_portal_blocks == SHOWN:
                never_cached(response)
            request.b2b_portal_blocks = None

        if isinstance(response, SimpleTemplateResponse):
            response.add_post_render_callback(seal)
        else:
            seal(response)
        return response

    return inner


def viewer_on(request):
    """The ``Viewer`` a block may show figures to, or None.

    Nobody where the answer cannot be sealed: outside a page that Wagtail serves, or without a
    request. From here on the answer is private, whoever asks.
    """
    if getattr(request, "b2b_portal_blocks", None) is None:
        return None
    request.b2b_portal_blocks = SHOWN
    request._cache_update_cache = False  # what Django's cache asks before it keeps an answer
    return sessions.viewer_of(request)
