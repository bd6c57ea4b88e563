"""What makes a page of any page model a page of the portal.

``class OurPortal(PortalIndexMixin, BasePage)``: the mixins are abstract, so they follow whatever
``Page`` the site uses. Access is enforced in ``serve``; no such page is cached, searched or mapped.
"""

from django.db import models
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import RichTextField

from .. import reports
from ..reports.overview import overview
from ..signin import sessions
from ..views.base import never_cached, sign_in_url
from ..views.payments import pay
from ..views.reports import show_report
from ..views.signin import sign_in
from .report_snippets import ReportSnippet
from .settings import site_supplier


class PortalPageMixin(models.Model):
    """Base of all three: looks up who asks, keeps the answer private."""

    intro = RichTextField(pgettext_lazy("b2b_portal", "introduction"), blank=True)

    portal_panels = [FieldPanel("intro")]

    class Meta:
        abstract = True

    def serve(self, request, *args, **kwargs):
        viewer = sessions.viewer_of(request)
        if viewer:
            sessions.speak(viewer, get_language())
            return never_cached(self.serve_customer(request, viewer))
        return never_cached(self.serve_stranger(request))

    def serve_customer(self, request, viewer):
        return self.show(request, {"viewer": viewer})

    def serve_stranger(self, request):
        return HttpResponseRedirect(sign_in_url(request))

    def show(self, request, context, status=200):
        """The page's own template with ``context`` added to Wagtail's, rendered at once."""
        response = TemplateResponse(
            request,
            self.get_template(request),
            self.get_context(request) | context,
            status=status,
        )
        return response.render()

    def get_sitemap_urls(self, request=None):
        return []

    @classmethod
    def get_indexed_objects(cls):
        return super().get_indexed_objects().none()


class PortalIndexMixin(PortalPageMixin):
    """The portal's front door: sign-in for strangers, the overview for customers."""

    class Meta:
        abstract = True

    def serve_stranger(self, request):
        return sign_in(
            request,
            lambda context, status: self.show(request, context, status),
            supplier=site_supplier(request),
        )

    def serve_customer(self, request, viewer):
        shown = overview(viewer.account)
        pages, links = [], {}
        for page in self.get_children().live().specific():
            if isinstance(page, PaymentPageMixin):
                if not shown["can_pay"]:
                    continue
                links["pay"] = page.url
            elif isinstance(page, ReportPageMixin) and not page.snippet_id:
                links[page.report.replace("-", "_")] = page.url
            pages.append(page)
        context = {"viewer": viewer, "overview": shown, "pages": pages, "links": links}
        return self.show(request, context)


class ReportPageMixin(PortalPageMixin):
    """One report, for the account that is open: as it is, or as an editor has set it up."""

    report = models.CharField(
        _("report"), max_length=40, choices=reports.choices, default="statement"
    )
    snippet = models.ForeignKey(
        ReportSnippet,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("ready-made report"),
        help_text=_("With columns, period and texts of its own. It goes before the report above."),
    )

    portal_panels = [
        *PortalPageMixin.portal_panels,
        FieldPanel("report"),
        FieldPanel("snippet"),
    ]

    class Meta:
        abstract = True

    def serve_customer(self, request, viewer):
        return self.show(request, *self._shown(request, viewer))

    def get_preview_context(self, request, mode_name):
        return super().get_preview_context(request, mode_name) | self._shown(request, None)[0]

    def _shown(self, request, viewer):
        """(context, status) for a customer; without one, of a sample."""
        snippet = self.snippet and self.snippet.localized
        report = snippet.chosen() if snippet else reports.get(self.report)
        if report is None:
            return {"viewer": viewer, "snippet": snippet}, 200
        context, status = show_report(request, viewer, report)
        return context | {"snippet": snippet}, status


class PaymentPageMixin(PortalPageMixin):
    """Paying online, open items or any amount."""

    class Meta:
        abstract = True

    def serve_customer(self, request, viewer):
        return pay(
            request,
            viewer,
            lambda context, status: self.show(request, {"viewer": viewer, **context}, status),
        )
