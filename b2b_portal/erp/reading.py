"""An ERP's CSV file as rows of named cells: encoding, separator and header found out."""

import csv
import io
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ..exceptions import FileRefused

HEADER_WITHIN = 30  # rows of help text a header may hide below
SEPARATORS = ";\t,"


@dataclass(frozen=True)
class Line:
    """``number``: as a text editor counts; ``cells``: {field: text, stripped}.

    ``too_wide``: there is something beyond the header's last column.
    """

    number: int
    cells: dict
    too_wide: bool


def read(data, profile):
    """The data rows (``Line``) of a CSV file's bytes below its header. Empty rows are left out.

    Raises ``FileRefused`` where it is no text, or no row has the profile's required columns.
    """
    texts = list(io.StringIO(_decode(data), newline=""))
    best = []
    for separator in SEPARATORS:
        for at, text in enumerate(texts[:HEADER_WITHIN]):
            # Help text may hold stray quotes, so the header is looked for a line at a time.
            try:
                cells = next(csv.reader([text], delimiter=separator), [])
            except csv.Error:
                continue
            fields = profile.fields_of(cells)
            if all(name in fields for name in profile.required):
                return list(_lines(texts[at + 1 :], separator, fields, len(cells), at + 2))
            best = max(best, list(fields), key=len)
    missing = [profile.columns[name][0] for name in profile.required if name not in best]
    raise FileRefused(_("No header row was found. Missing: %s") % ", ".join(missing))


def _lines(texts, separator, fields, width, first):
    rows = csv.reader(texts, delimiter=separator, strict=True)
    begins = first
    try:
        for cells in rows:
            if any(cell.strip() for cell in cells):
                yield Line(
                    begins,
                    {
                        name: cells[index].strip() if index < len(cells) else ""
                        for name, index in fields.items()
                    },
                    any(cell.strip() for cell in cells[width:]),
                )
            begins = first + rows.line_num
    except csv.Error as error:
        raise FileRefused(
            _("Line %(line)s cannot be read as CSV: %(error)s") % {"line": begins, "error": error}
        ) from None


def _decode(data):
    if b"\x00" in data or data[:4] in (b"PK\x03\x04", b"%PDF"):
        raise FileRefused(_("This is not a CSV file."))
    for encoding in ("utf-8-sig", "cp1254"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileRefused(_("The file's encoding is neither UTF-8 nor Windows-1254."))
