from django.http import HttpResponseRedirect
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language


def language_home(request):
    """Leads "/" to the home page in the visitor's language."""
    response = HttpResponseRedirect(f"/{get_language()}/")
    patch_vary_headers(response, ["Cookie"])
    return response
