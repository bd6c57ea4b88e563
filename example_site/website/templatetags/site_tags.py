from django import template
from django.conf import settings
from django.utils.translation import get_language, get_language_info
from wagtail.models import Page, Site

register = template.Library()


def home_page(request):
    site = Site.find_for_request(request)
    return site.root_page.localized if site else None


def current_page(context):
    page = context.get("page")
    return page if isinstance(page, Page) else None


@register.simple_tag(takes_context=True)
def home_url(context):
    home = home_page(context["request"])
    return home.get_url(context["request"]) if home else "/"


@register.inclusion_tag("website/menu.html", takes_context=True)
def main_menu(context):
    request = context["request"]
    home, page = home_page(request), current_page(context)
    children = home.get_children().live().in_menu() if home else []
    return {
        "items": [
            {
                "title": child.title,
                "url": child.get_url(request),
                "current": bool(page and page.path.startswith(child.path)),
            }
            for child in children
        ]
    }


@register.inclusion_tag("website/languages.html", takes_context=True)
def language_switcher(context):
    """Links to the page's translations; a form where there is no page."""
    request = context["request"]
    page, urls = current_page(context), {}
    if page:
        for found in (home_page(request), page):
            for translation in found.get_translations(inclusive=True).live():
                urls[translation.locale.language_code] = translation.get_url(request)
    return {
        "request": request,
        "csrf_token": context.get("csrf_token"),
        "languages": [
            {
                "code": code,
                "name": get_language_info(code)["name_local"],
                "url": urls.get(code),
            }
            for code, name in settings.LANGUAGES
            if code != get_language()
        ],
    }


@register.simple_tag(takes_context=True)
def translations(context):
    """The page in each language, for search engines."""
    page = current_page(context)
    if not page or not page.pk:
        return []
    return page.get_translations(inclusive=True).live().select_related("locale")
