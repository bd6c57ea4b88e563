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
    text = _decode(data)
    best = []
    for separator in SEPARATORS:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        try:
            for _index, cells in zip(range(HEADER_WITHIN), rows, strict=False):
                fields = profile.fields_of(cells)
                if all(field in fields for field in profile.required):
                    return list(_lines(rows, fields, len(cells)))
                best = max(best, list(fields), key=len)
        except csv.Error as error:
            raise FileRefused(_("The file cannot be read as CSV: %s") % error) from None
    missing = [profile.columns[field][0] for field in profile.required if field not in best]
    raise FileRefused(_("No header row was found. Missing: %s") % ", ".join(missing))


def _lines(rows, fields, width):
    begins = rows.line_num + 1
    for cells in rows:
        if any(cell.strip() for cell in cells):
            yield Line(
                begins,
                {
                    field: cells[index].strip() if index < len(cells) else ""
                    for field, index in fields.items()
                },
                any(cell.strip() for cell in cells[width:]),
            )
        begins = rows.line_num + 1


def _decode(data):
    if b"\x00" in data or data[:4] in (b"PK\x03\x04", b"%PDF"):
        raise FileRefused(_("This is not a CSV file."))
    for encoding in ("utf-8-sig", "cp1254"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileRefused(_("The file's encoding is neither UTF-8 nor Windows-1254."))
