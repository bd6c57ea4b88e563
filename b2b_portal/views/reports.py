"""Reports on screen, a page at a time, and as files with all rows."""

from tempfile import SpooledTemporaryFile

from django.http import FileResponse, Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, override

from .. import reports
from ..customers.access import get_visible_or_404
from ..documents.requests import may_order
from ..exceptions import B2BPortalError, TooManyRows
from ..reports import files
from ..reports.base import FORMATS
from ..reports.models import ReportFile
from ..tables.html import render_html
from ..tables.paging import page_of
from ..tables.rows import at_most
from .base import portal_view, see_other

IN_MEMORY = 2_000_000  # bytes of a file; a larger one waits on the disk
REFRESH = "5"  # seconds


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
        "may_order": viewer and report.name == "purchases" and may_order(viewer.account),
        "table": None,
    }
    if table is None:
        return context, 422
    wanted = form.data.get("page") or ("last" if report.newest_last else "1")
    part, page = page_of(table, wanted, report.rows_per_page, most=files.AT_ONCE)

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
    """The file of a report; 404 where there is no such report or it is not offered as that.

    One that is too large for that is offered to be made by the worker; POST asks for it.
    """
    if report is None or format not in report.formats:
        raise Http404
    account = viewer.account
    try:
        with at_most(files.AT_ONCE):
            form, tables = files.tables_of(report, account, request.GET, format)
    except TooManyRows:
        return _large_file(request, viewer, report, format)
    if tables is None:
        return render(request, "b2b_portal/bad_request.html", {"form": form}, status=400)
    file = SpooledTemporaryFile(IN_MEMORY)
    files.write(tables, account, format, file, language=get_language())
    file.seek(0)
    return FileResponse(
        file,
        as_attachment=True,
        filename=files.name_of(report, account, format),
        content_type=FORMATS[format].content_type,
    )


def _large_file(request, viewer, report, format):
    label = FORMATS[format].label
    context = {"viewer": viewer, "report": report, "format": label, "most": files.AT_ONCE}
    if request.method == "POST":
        try:
            row = files.ask_for(viewer, report, request.GET, format, get_language())
            return see_other(reverse("b2b_portal:large-file", args=[row.uuid]))
        except B2BPortalError as error:
            context["problem"] = str(error)
    return render(
        request,
        "b2b_portal/ask_large_file.html",
        context,
        status=409 if "problem" in context else 200,
    )


@portal_view
def large_file(request, viewer, uuid):
    """How a file that the worker makes stands. Keeps itself up to date, unless ?still."""
    row, report = _file_or_404(viewer, uuid)
    is_moving = row.is_pending and not row.has_failed
    response = render(
        request,
        "b2b_portal/large_file.html",
        {
            "viewer": viewer,
            "row": row,
            "report": report,
            "name": _name(report, row),
            "is_moving": is_moving,
            "is_still": "still" in request.GET,
            "again": report.file_url(row.format),
        },
    )
    if is_moving and "still" not in request.GET:
        response["Refresh"] = REFRESH
    return response


@portal_view
def large_file_download(request, viewer, uuid):
    row, report = _file_or_404(viewer, uuid)
    try:
        file = row.state == ReportFile.State.READY and row.file.open("rb")
    except OSError:
        file = None
    if not file:
        raise Http404
    return FileResponse(
        file,
        as_attachment=True,
        filename=_name(report, row),
        content_type=FORMATS[row.format].content_type,
    )


def _name(report, row):
    with override(row.language):
        return files.name_of(report, row.account, row.format, row.asked_at)


def _file_or_404(viewer, uuid):
    """(one of the viewer's own files that has not expired, for any account; its report)."""
    rows = ReportFile.objects.select_related("account").filter(
        mailbox=viewer.session.mailbox, expires_at__gt=timezone.now()
    )
    row = get_visible_or_404(rows, viewer, any_account=True, uuid=uuid)
    report = files.report_of(row)
    if report is None:
        raise Http404
    return row, report
