"""Downloads of reports."""

import io

from django.http import FileResponse, Http404
from django.shortcuts import render
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import get_language

from .. import reports
from ..customers.fold import fold
from ..reports.letterhead import letterhead_of
from ..tables.pdf import render_pdf
from .base import portal_view


@portal_view
def report_pdf(request, viewer, name):
    try:
        report = reports.get(name)
    except KeyError:
        raise Http404 from None
    form = report.form(viewer.account, request.GET)
    if not form.is_valid():
        return render(request, "b2b_portal/bad_request.html", {"form": form}, status=400)
    stream = io.BytesIO()
    render_pdf(
        report.table(viewer.account, form.cleaned_data),
        letterhead_of(viewer.account),
        stream,
        language=get_language(),
    )
    stream.seek(0)
    return FileResponse(
        stream,
        as_attachment=True,
        filename=f"{slugify(fold(str(report.title), viewer.account.code))}"
        f"-{timezone.localdate()}.pdf",
        content_type="application/pdf",
    )
