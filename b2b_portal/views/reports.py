"""Reports on screen, a page at a time, and as files with all rows."""

from tempfile import SpooledTemporaryFile

from django.http import FileResponse, Http404
from django.shortcuts import render
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import get_language

from .. import reports
from ..customers.fold import fold
from ..reports.letterhead import letterhead_of
from ..tables.csv import render_csv
from ..tables.html import render_html
from ..tables.paging import page_of
from ..tables.pdf import render_pdf
from ..tables.xlsx import render_xlsx
from .base import portal_view

IN_MEMORY = 2_000_000  # bytes of a file; a larger one waits on the disk
FORMATS = {  # ending: (renderer, content type)
    "pdf": (render_pdf, "application/pdf"),
    "xlsx": (
        render_xlsx,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    "csv": (render_csv, "text/csv; charset=utf-8"),
}


def show_report(request, viewer, report):
    """(context, status) of a page that shows a report as its URL asks for."""
    form, table = reports.read(report, viewer.account, request.GET)
    context = {"viewer": viewer, "report": report, "form": form}
    if table is None:
        return context, 422
    part, page = page_of(table, request.GET.get("page") or ("last" if report.newest_last else "1"))
    sorting = _sorting(request) if report.is_sortable else None
    html = render_html(part, request, sorting=sorting)
    return context | {
        "table": html,
        "page_of_rows": page,
        "pages": _pages(request, page),
        "all_rows": _query(request, page="all"),
    }, 200


def _sorting(request):
    now = request.GET.get("sort", "")

    def sorting(column):
        order = {column.key: "ascending", f"-{column.key}": "descending"}.get(now, "")
        key = f"-{column.key}" if order == "ascending" else column.key
        return _query(request, sort=key, page=None), order

    return sorting


def _pages(request, page):
    """[(page number or None for a gap, link, whether it is shown now)]."""
    return [
        (number, number and _query(request, page=number), number == page.number)
        for number in page.numbers
    ]


def _query(request, **changes):
    query = request.GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None:
            query[name] = value
    return f"?{query.urlencode()}"


@portal_view
def report_file(request, viewer, name, format):
    """A report with all its rows as a file, made by the parameters that its page takes too."""
    try:
        report, (write, content_type) = reports.get(name), FORMATS[format]
    except KeyError:
        raise Http404 from None
    form, table = reports.read(report, viewer.account, request.GET)
    if table is None:
        return render(request, "b2b_portal/bad_request.html", {"form": form}, status=400)
    file = SpooledTemporaryFile(IN_MEMORY)
    write(table, letterhead_of(viewer.account), file, language=get_language())
    file.seek(0)
    stem = slugify(fold(str(report.title), viewer.account.code))
    return FileResponse(
        file,
        as_attachment=True,
        filename=f"{stem}-{timezone.localdate()}.{format}",
        content_type=content_type,
    )
