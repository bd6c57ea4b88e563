"""Reports as files: written at once, or by the worker where they are large."""

import hashlib
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from tempfile import TemporaryFile
from urllib.parse import urlencode
from uuid import uuid4

from django.core.files import File
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import F
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.text import slugify
from django.utils.translation import gettext as _

from .. import conf, jobs, mail
from ..customers.access import proven_accounts
from ..customers.fold import fold
from ..exceptions import B2BPortalError
from ..signin.sessions import is_customer
from ..tables.rows import Rows
from . import base
from .chosen import ChosenReport
from .letterhead import letterhead_of
from .models import PATIENCE, PENDING, ReportFile

logger = logging.getLogger(__name__)

AT_ONCE = 10_000  # rows of a table that a customer waits for; a larger one is made by the worker
KEPT = timedelta(days=7)
TRIES = 2  # a worker that was killed over it, as for want of time, gets it again
MOST = 20  # files kept for one person
State = ReportFile.State
storage = ReportFile._meta.get_field("file").storage


def report_of(row):
    """The report of a ``ReportFile``, as it was asked for; None where it is no longer offered."""
    report = base.get(row.report)
    if report is None or not row.choice:
        return report
    try:
        return ChosenReport(report, **row.choice)
    except TypeError:  # chosen before the portal was upgraded, in words it had then
        return None


def tables_of(report, account, query, format):
    """(the report's form, its tables; None where the form is not valid), ``query``: a QueryDict.

    One table, or for Excel with ``currencies=all`` one of each of the account's currencies. Raises
    ``TooManyRows`` within ``at_most``.
    """
    form, table = base.read(report, account, query)
    if table is None:
        return form, None
    tables = [table]
    if format == "xlsx" and query.get("currencies") == "all":
        tables = [
            base.read(report, account, _with(query, currency=currency))[1]
            for currency in report.currencies(account)
        ]
    return form, [replace(table, rows=Rows.of(table.rows)) for table in tables]


def _with(query: Mapping, **changes):
    query = query.copy()
    for name, value in changes.items():
        query[name] = value
    return query


def write(tables, account, format, stream, *, language):
    """Write a report's tables as a file of the format to a binary stream."""
    table = tables if format == "xlsx" else tables[0]
    base.FORMATS[format].render(table, letterhead_of(account), stream, language=language)


def name_of(report, account, format, asked_at=None):
    """A file's name: letters and digits of the report's title and the account's code, and a day."""
    stem = slugify(fold(str(report.title), account.code))
    return f"{stem}-{timezone.localdate(asked_at)}.{format}"


def ask_for(viewer, report, query, format, language):
    """The ``ReportFile`` that the worker makes; the one that is under way where there is one.

    Raises ``B2BPortalError`` where the viewer has too many.
    """
    mailbox, now = viewer.session.mailbox, timezone.now()
    choice, query = _fixed(report, viewer.account, query)
    asked = (mailbox.pk, viewer.account.pk, report.name, choice, query, format, language)
    key = hashlib.sha256(repr(asked).encode()).hexdigest()
    ReportFile.objects.filter(key=key, state__in=PENDING, asked_at__lt=now - PATIENCE).delete()
    with suppress(IntegrityError), transaction.atomic():
        under_way = ReportFile.objects.filter(key=key, state__in=PENDING).first()
        if under_way:
            return under_way
        kept = ReportFile.objects.filter(mailbox=mailbox, expires_at__gt=now)
        if kept.exclude(state=State.FAILED).count() >= MOST:
            raise B2BPortalError(
                _("You have %s large files already. Wait until one of them expires.") % MOST
            )
        row = ReportFile.objects.create(
            account=viewer.account,
            mailbox=mailbox,
            report=report.name,
            choice=choice,
            query=query,
            format=format,
            language=language,
            file=f"reports/{uuid4().hex}.{format}",
            key=key,
            expires_at=now + KEPT,
        )
        jobs.enqueue("b2b_portal.reports.files.make", row.pk)
        jobs.enqueue_at(row.expires_at, "b2b_portal.reports.files.remove_expired")
        return row
    return ReportFile.objects.filter(key=key).latest("pk")


def _fixed(report, account, query):
    """(choice, query) of the same days on whichever day they are read: "this month" is this one."""
    form = report.form(account, query)
    form.is_valid()
    kept = {name: values for name, values in query.lists() if name not in (*form.days, "page")}
    days = {name: form.cleaned_data[name] for name in form.days if form.cleaned_data.get(name)}
    choice = report.choice
    if choice and choice["filters"] is not None:  # days of its own, that no reader could choose
        choice = choice | {"filters": [*choice["filters"], "days"]}
    return choice, urlencode(sorted((kept | days).items()), doseq=True)


def _asked():
    return ReportFile.objects.select_related("account__supplier", "mailbox__user")


def make(pk):
    """The worker's part: make the file, keep it, have its link mailed. Run twice, it makes one."""
    row = _asked().filter(pk=pk, state__in=PENDING).first()
    if row is None:
        return
    report, account = report_of(row), row.account
    if report is None or not _may_see(row):
        row.delete()
        return
    mine = ReportFile.objects.filter(pk=pk, state__in=PENDING, tries=row.tries)
    if row.tries >= TRIES:
        return _end(row, state=State.FAILED)
    if not mine.update(state=State.MAKING, tries=F("tries") + 1, progress=0):
        return
    try:
        with translation.override(row.language), TemporaryFile() as stream:
            _form, tables = tables_of(report, account, QueryDict(row.query), row.format)
            _watch(row, tables)
            write(tables, account, row.format, stream, language=row.language)
            stream.seek(0)
            storage.delete(row.file.name)  # half of it, where a try was killed over it
            storage.save(row.file.name, File(stream))
    except Exception:
        logger.exception("report file %s cannot be made", row.pk)
        return _end(row, state=State.FAILED)
    _end(row, state=State.READY, progress=F("total"))


def _may_see(row):
    """Whether who asked still opens the account."""
    account, mailbox = row.account, row.mailbox
    accounts = proven_accounts(account.supplier, account.tax_number, mailbox.email)
    return is_customer(mailbox.user) and accounts.filter(pk=account.pk).exists()


def _watch(row, tables):
    """Tell in the database how many of all rows are read."""
    mine = ReportFile.objects.filter(pk=row.pk)
    total, before = sum(len(table.rows) for table in tables), 0
    mine.update(total=total)
    for table in tables:

        def watch(read, before=before):
            if read % 5_000 == 0:
                with suppress(DatabaseError):  # a PDF reads them twice; the file matters more
                    mine.filter(progress__lt=before + read).update(progress=before + read)

        table.rows.watch = watch
        before += len(table.rows)


def _end(row, **fields):
    """Ready or failed, and the mail that says so; the file goes where the row is gone."""
    with transaction.atomic():
        mine = ReportFile.objects.filter(pk=row.pk)
        if mine.filter(state__in=PENDING).update(**fields):
            jobs.enqueue("b2b_portal.reports.files.tell", row.pk)
        elif not mine.exists():
            storage.delete(row.file.name)


def tell(pk):
    """Mail to who asked that the file is ready, with a link that needs the sign-in, or is not."""
    row = _asked().filter(pk=pk).exclude(state__in=PENDING).first()
    report = row and report_of(row)
    if report is None or not _may_see(row):
        return
    supplier = row.account.supplier
    context = {
        "row": row,
        "account": row.account,
        "supplier": supplier,
        "title": report.title,
        "url": conf.absolute(reverse("b2b_portal:large-file", args=[row.uuid])),
    }
    mail.send(
        "report_file",
        context,
        to=row.mailbox.email,
        language=row.language,
        sender=supplier.mail_from,
    )


def remove_expired():
    """Remove what has expired: rows and files. Where a file cannot be deleted, its row stays."""
    for row in ReportFile.objects.filter(expires_at__lte=timezone.now()):
        try:
            with transaction.atomic():
                row.delete()
        except Exception:  # each storage has errors of its own
            logger.exception("report file %s cannot be deleted", row.pk)
