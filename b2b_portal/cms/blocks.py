"""Blocks for any page. Strangers see the way to sign in; a page with one is never cached."""

from django.http import QueryDict
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.snippets.blocks import SnippetChooserBlock

from ..reports.chosen import NAME
from ..reports.overview import overview
from ..reports.sample import sample_overview
from ..signin import sessions
from ..signin.forms import SignInForm
from ..views.base import sign_in_url
from ..views.reports import show_report
from .home import home_url
from .private import viewer_on
from .settings import site_supplier


class PortalBlock(blocks.StructBlock):
    """Base: looks up who asks. Subclasses say in ``figures`` what a customer sees."""

    def get_context(self, value, parent_context=None):
        context = super().get_context(value, parent_context)
        request = context.get("request")
        viewer = viewer_on(request)
        is_preview = getattr(request, "is_preview", False)
        context |= {"viewer": viewer, "is_sample": is_preview}
        if viewer:
            sessions.speak(viewer, get_language())
        if viewer or is_preview:
            return context | self.figures(value, request, viewer)
        return context | self.stranger(value, request)

    def figures(self, value, request, viewer):
        """What the template shows to a customer; without a viewer, of a sample."""
        raise NotImplementedError

    def stranger(self, value, request):
        return {"sign_in_url": sign_in_url(request) if request else reverse("b2b_portal:home")}


class ReportBlock(PortalBlock):
    """A ready-made report."""

    report = SnippetChooserBlock("b2b_portal.ReportSnippet", label=_("Ready-made report"))

    class Meta:
        icon = "table"
        label = _("Customer's report")
        template = "b2b_portal/blocks/report.html"

    def figures(self, value, request, viewer):
        snippet = _localized(value)
        report = snippet and snippet.chosen()
        context = {"snippet": snippet, "report": report, "id": snippet and _id(request, snippet)}
        if not report:
            return context
        # Of a page's parameters only those that are meant for this report.
        is_asked = request.GET.get(NAME) == str(snippet.pk)
        data = request.GET if is_asked else QueryDict()
        context |= show_report(request, viewer, report, data, f"#{context['id']}")[0]
        context["form"].auto_id = f"{context['id']}-%s"
        return context

    def stranger(self, value, request):
        snippet = _localized(value)
        context = super().stranger(value, request)
        return context | {"snippet": snippet, "id": snippet and _id(request, snippet)}


def _id(request, snippet):
    """What a report is called on the page: by its number, and by which time it stands there."""
    name = f"b2b-report-{snippet.pk}"
    taken = getattr(request, "b2b_portal_ids", [])
    if request:
        request.b2b_portal_ids = [*taken, name]
    return f"{name}-{taken.count(name) + 1}" if name in taken else name


def _localized(value):
    """The report in the page's language; None where it was deleted."""
    return value["report"] and value["report"].localized


class BalanceBlock(PortalBlock):
    """What is owed, overdue and next due, for each currency."""

    class Meta:
        icon = "table"
        label = _("Customer's balance")
        help_text = _("Each customer sees its own; who is not signed in sees the way to sign in.")
        template = "b2b_portal/blocks/balance.html"

    def figures(self, value, request, viewer):
        return {"overview": overview(viewer.account) if viewer else sample_overview()}


class SignInBlock(PortalBlock):
    """The first step of the sign-in; the portal's index page takes it from there, and back."""

    class Meta:
        icon = "user"
        label = _("Customer sign-in")
        help_text = _("The form that leads into the portal.")
        template = "b2b_portal/blocks/sign_in.html"

    def figures(self, value, request, viewer):
        return {} if viewer else self.stranger(value, request)

    def stranger(self, value, request):
        context = super().stranger(value, request)
        url = request and home_url(request, get_language())
        if not url:
            return context
        supplier = site_supplier(request)
        return context | {
            "action": f"{url}?{urlencode({'next': request.get_full_path()})}",
            "form": SignInForm(supplier=supplier, auto_id="b2b-%s"),
            "named_supplier": supplier,
            "csrf_token": get_token(request),
        }
