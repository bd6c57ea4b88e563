"""Reports as editors set them up: what pages and blocks show, and files give."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.template.response import TemplateResponse
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.fields import RichTextField
from wagtail.models import Locale, PreviewableMixin, TranslatableMixin

from .. import reports
from ..reports.base import FORMATS
from ..reports.chosen import ChosenReport
from ..reports.periods import default_days
from ..tables.paging import ROWS
from ..views.reports import show_report


def all_formats():
    return list(FORMATS)


class ReportSnippet(PreviewableMixin, TranslatableMixin, models.Model):
    """A report with its columns, filters, days, formats and texts. It bears no figures."""

    title = models.CharField(
        pgettext_lazy("b2b_portal report", "title"),
        max_length=100,
        help_text=_("Stands above the table and on the files."),
    )
    report = models.CharField(
        _("report"), max_length=40, choices=reports.choices, default="statement"
    )
    columns = models.JSONField(_("columns"), null=True, blank=True)
    filters = models.JSONField(_("filters"), null=True, blank=True)
    days = models.CharField(
        _("period to begin with"), max_length=20, choices=default_days, blank=True
    )
    formats = models.JSONField(_("files"), default=all_formats, blank=True)
    rows_per_page = models.PositiveSmallIntegerField(
        _("rows a page"),
        default=ROWS,
        validators=[MinValueValidator(5), MaxValueValidator(1000)],
    )
    text_above = RichTextField(_("text above"), blank=True)
    text_below = RichTextField(_("text below"), blank=True)

    class Meta(TranslatableMixin.Meta):
        verbose_name = _("ready-made report")
        verbose_name_plural = _("ready-made reports")
        ordering = ["title", "pk"]

    def __str__(self):
        return self.title

    @property
    def report_title(self):
        report = reports.get(self.report)
        return report.title if report else _("not offered any more (%s)") % self.report

    def chosen(self):
        """The ``ChosenReport``; None where nobody offers that report any more."""
        report = reports.get(self.report)
        return report and ChosenReport(
            report,
            pk=self.pk,
            title=self.title,
            columns=self.columns,
            filters=self.filters,
            days=self.days,
            formats=self.formats,
            rows_per_page=self.rows_per_page,
        )

    def serve_preview(self, request, mode_name):
        report = self.chosen()
        locale = self.locale if self.locale_id else Locale.get_default()  # new ones have none yet
        with translation.override(locale.language_code):
            context = show_report(request, None, report)[0] if report else {}
            context |= {"snippet": self}
            return TemplateResponse(request, "b2b_portal/report_preview.html", context).render()
