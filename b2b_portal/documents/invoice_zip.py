"""Originals of many invoices as one ZIP, streamed."""

import logging
from contextlib import suppress
from itertools import count
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.utils import timezone

logger = logging.getLogger(__name__)

MOST_FILES = 1_000
MOST_BYTES = 300_000_000
CHUNK = 1 << 16
PART = 500  # invoices looked up at once


def newest_by_kind(files):
    """{(invoice's id, kind): the newest original}; ``files``: a queryset."""
    return {(file.invoice_id, file.kind): file for file in files.order_by("id")}


def newest(files, invoice_ids):
    """The newest original of each kind of each invoice, by invoice; ``files``: a queryset.

    Stops looking where there are more than ``MOST_FILES``.
    """
    found, ids = {}, sorted(invoice_ids)
    for start in range(0, len(ids), PART):
        part = files.filter(invoice_id__in=ids[start : start + PART]).select_related("invoice")
        found |= newest_by_kind(part)
        if len(found) > MOST_FILES:
            break
    return sorted(
        found.values(), key=lambda file: (file.invoice.issued_on, file.invoice_id, file.kind)
    )


def bytes_of(files):
    """What the files take; a lost one takes nothing."""
    total = 0
    for file in files:
        with suppress(OSError):
            total += file.file.size
    return total


def zipped(files, lost_name):
    """The files as a ZIP, bytes as they come. Those that storage has lost stand in ``lost_name``."""
    sink, taken, lost = _Sink(), {lost_name}, []
    with ZipFile(sink, "w") as archive:
        for file in files:
            name = _free_name(file, taken)
            try:
                source = file.file.open("rb")
            except OSError:
                logger.exception("the original %s of invoice %s is lost", name, file.invoice_id)
                lost.append(name)
                continue
            with source, archive.open(_info(name, file.added_at), "w") as target:
                while data := source.read(CHUNK):
                    target.write(data)
                    yield sink.take()
        if lost:
            archive.writestr(_info(lost_name, timezone.now()), "\r\n".join(lost))
    yield sink.take()


def _free_name(file, taken):
    """A name that no other file of the ZIP bears: a sale and a return may share a number."""
    stem, _dot, ending = file.name.rpartition(".")
    name = next(
        name
        for number in count(1)
        if (name := file.name if number == 1 else f"{stem}-{number}.{ending}") not in taken
    )
    taken.add(name)
    return name


def _info(name, moment):
    """Always deflated: what is only stored cannot be read from a stream, as Java reads a ZIP."""
    info = ZipInfo(name, timezone.localtime(moment).timetuple()[:6])
    info.compress_type = ZIP_DEFLATED
    return info


class _Sink:
    """Takes what a ZIP writes and gives it away in parts; it cannot be gone back in."""

    def __init__(self):
        self.parts = []

    def write(self, data):
        self.parts.append(bytes(data))
        return len(data)

    def flush(self):
        pass

    def take(self):
        data, self.parts = b"".join(self.parts), []
        return data
