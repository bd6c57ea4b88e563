"""Where editors set reports up."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import Column
from wagtail.snippets.views.snippets import SnippetViewSet

from ..report_forms import ReportSnippetForm
from ..report_snippets import ReportSnippet


class ReportSnippetViewSet(SnippetViewSet):
    """Wagtail's own permissions: it bears no figures, so it belongs to no supplier's books."""

    model = ReportSnippet
    url_prefix = "b2b/reports"
    icon = "table"
    menu_item_is_registered = True
    list_display = ["title", Column("report_title", label=_("Report"))]
    search_fields = ["title"]
    edit_handler = ObjectList(
        [
            FieldPanel("title"),
            FieldPanel("report"),
            FieldPanel("columns"),
            FieldPanel("filters"),
            FieldRowPanel([FieldPanel("days"), FieldPanel("rows_per_page")]),
            FieldPanel("formats"),
            MultiFieldPanel(
                [FieldPanel("text_above"), FieldPanel("text_below")], heading=_("Texts")
            ),
        ],
        base_form_class=ReportSnippetForm,
        # Wagtail's rules: choosing a report shows its columns and filters.
        attrs={"data-controller": "w-rules", "data-action": "change->w-rules#resolve"},
    )
