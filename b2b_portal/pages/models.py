"""Ready pages, for sites that use Wagtail's own ``Page``."""

from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from ..cms.mixins import PaymentPageMixin, PortalIndexMixin, ReportPageMixin


class PortalIndexPage(PortalIndexMixin, Page):
    template = "b2b_portal/pages/index.html"
    max_count_per_parent = 1
    subpage_types = ["b2b_portal_pages.ReportPage", "b2b_portal_pages.PaymentPage"]
    content_panels = [*Page.content_panels, *PortalIndexMixin.portal_panels]

    class Meta:
        app_label = "b2b_portal_pages"
        verbose_name = _("portal index page")


class ReportPage(ReportPageMixin, Page):
    template = "b2b_portal/pages/report.html"
    parent_page_types = ["b2b_portal_pages.PortalIndexPage"]
    subpage_types = []
    content_panels = [*Page.content_panels, *ReportPageMixin.portal_panels]

    class Meta:
        app_label = "b2b_portal_pages"
        verbose_name = _("report page")


class PaymentPage(PaymentPageMixin, Page):
    template = "b2b_portal/pages/payment.html"
    parent_page_types = ["b2b_portal_pages.PortalIndexPage"]
    subpage_types = []
    content_panels = [*Page.content_panels, *PaymentPageMixin.portal_panels]

    class Meta:
        app_label = "b2b_portal_pages"
        verbose_name = _("payment page")
