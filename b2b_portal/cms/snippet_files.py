"""A report as an editor has set it, as a file."""

from django.shortcuts import get_object_or_404

from ..views.base import portal_view
from ..views.reports import file_of
from .report_snippets import ReportSnippet


@portal_view
def snippet_file(request, viewer, pk, format):
    """The columns, filters and formats that its page has, and no others."""
    snippet = get_object_or_404(ReportSnippet, pk=pk)
    return file_of(request, viewer, snippet.chosen(), format)
