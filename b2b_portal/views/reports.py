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


def show_report(request, viewer, report, data=None, anchor=""):
    """(context, status) of what shows a report as its URL asks for; without a viewer, a sample.

    ``data``: the URL's parameters where they are not all the report's. ``anchor``: "#id" of the
    part of a page that the links lead back to.
    """
    data = request.GET if data is None else data
    form, table = reports.read(report, viewer and viewer.account, data)
    context = {
        "viewer": viewer,
        "report": report,
        "form": form,
        "anchor": anchor,
        "is_sample": viewer is None,
        "table": None,
    }
    if table is None:
        return context, 422
    wanted = form.data.get("page") or ("last" if report.newest_last else "1")
    part, page = page_of(table, wanted, report.rows_per_page)

    def link(**changes):
        query = form.data.copy()
        for name, value in changes.items():
            query.pop(name, None)
            if value is not None:
                query[name] = value
        return f"?{query.urlencode()}{anchor}"

    sorting = _sorting(form.data.get("sort", ""), link) if report.is_sortable else None
    return context | {
        "table": render_html(part, request, sorting=sorting),
        "page_of_rows": page,
        "pages": [
            (number, number and link(page=number), number == page.number) for number in page.numbers
        ],
        "all_rows": link(page="all"),
    }, 200


def _sorting(now, link):
    def sorting(column):
        order = {column.key: "ascending", f"-{column.key}": "descending"}.get(now, "")
        key = f"-{column.key}" if order == "ascending" else column.key
        return link(sort=key, page=None), order

    return sorting


@portal_view
def report_file(request, viewer, name, format):
    """A report with all its rows as a file, made by the parameters that its page takes too."""
    return file_of(request, viewer, reports.get(name), format)


def file_of(request, viewer, report, format):
    """The file of a report; 404 where there is no such report or it is not offered as that."""
    if report is None or format not in report.formats:
        raise Http404
    write, content_type = FORMATS[format]
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
