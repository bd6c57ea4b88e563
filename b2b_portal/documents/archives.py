"""Uploaded originals: one file, or a ZIP of them."""

import re
import struct
import zlib
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from django.utils.translation import gettext as _

from ..exceptions import FileRefused

MB = 1024 * 1024
MAX_FILE = 10 * MB
MAX_TOTAL = 200 * MB
MAX_MEMBERS = 5000
MAX_RATIO = 200  # XML shrinks to a fiftieth at best
ZIP = b"PK\x03\x04"
LISTED = b"PK\x01\x02"  # begins each entry of a ZIP's table of contents


def is_archive_or_xml(stream):
    """Whether a stream holds e-invoices or PDFs, alone or in a ZIP; no table, nor an Excel file."""
    stream.seek(0)
    start = stream.read(512)
    stream.seek(0)
    if not start.startswith(ZIP):
        return start.startswith(b"%PDF") or b"<" in start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    try:
        with ZipFile(stream) as archive:
            return "xl/workbook.xml" not in archive.namelist()
    except BadZipFile:
        return False
    finally:
        stream.seek(0)


def read_files(stream, name):
    """Yield (safe name, bytes) of a seekable binary stream: of itself, or of each member of a ZIP.

    XML and PDF alike: what a member is, its bytes say (``is_pdf``). Raises ``FileRefused`` before
    anything is yielded for a ZIP that is encrypted, too large, too many or too tight; later for a
    damaged member or a ZIP inside. A name is for reading only and never was a path.
    """
    is_zip = stream.read(len(ZIP)) == ZIP
    stream.seek(0)
    if not is_zip:
        yield safe_name(name), _read(stream, name)
        return
    if _count(stream, LISTED) > MAX_MEMBERS:
        raise FileRefused(_("The ZIP holds more than %s files.") % MAX_MEMBERS)
    try:
        with ZipFile(stream) as archive:
            members = [info for info in archive.infolist() if _is_content(info)]
            _check(members)
            for info in members:
                with archive.open(info) as member:
                    data = _read(member, info.filename)
                if data.startswith(ZIP):
                    raise FileRefused(_("%s is a ZIP inside a ZIP.") % safe_name(info.filename))
                yield safe_name(info.filename), data
    except (BadZipFile, EOFError, NotImplementedError, ValueError, struct.error, zlib.error):
        raise FileRefused(_("The ZIP is damaged.")) from None


def is_pdf(data):
    return data.startswith(b"%PDF-")


def safe_name(name):
    """A file's own name to show to people: no folders, nothing invisible, at most 120 characters."""
    last = re.split(r"[/\\]", name)[-1]
    return "".join(c for c in last if c.isprintable())[-120:]


def _read(stream, name):
    data = stream.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise FileRefused(
            _("%(name)s is larger than %(size)s MB.")
            % {"name": safe_name(name), "size": MAX_FILE // MB}
        )
    return data


def _count(stream, mark):
    """How often ``mark`` occurs: no ZIP has more entries, whatever it says of itself."""
    found, tail = 0, b""
    while chunk := stream.read(MB):
        window = tail + chunk
        found += window.count(mark)
        tail = window[1 - len(mark) :]
    stream.seek(0)
    return found


def _is_content(info):
    """Not a folder, nor what macOS adds (``__MACOSX/._x``, ``.DS_Store``)."""
    return not info.is_dir() and not info.filename.rpartition("/")[2].startswith(".")


def _check(members):
    total = 0
    for info in members:
        name = safe_name(info.filename)
        if info.flag_bits & 1:
            raise FileRefused(_("%s is encrypted.") % name)
        if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise FileRefused(_("%s is packed in a way that is not read.") % name)
        total += info.file_size
        if info.file_size > MAX_RATIO * max(info.compress_size, 1024) or total > MAX_TOTAL:
            raise FileRefused(_("The ZIP unpacks to more than it should: it is not read."))
