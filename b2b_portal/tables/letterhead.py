"""What stands around a table on a supplier's paper: letterhead, customer, bank accounts, footer."""

import logging
import re
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO

from django.utils.translation import gettext as _
from PIL import Image
from reportlab.lib.colors import HexColor
from reportlab.lib.utils import ImageReader

from .typeset import BOLD, INK, MUTED, REGULAR, Block, clean, shorten, text_width

logger = logging.getLogger(__name__)

PLAIN, PALE, STRONG = (REGULAR, 8, INK), (REGULAR, 8, MUTED), (BOLD, 8, INK)
SMALL = (REGULAR, 7, MUTED)

MOST_ADDRESS, MOST_IBANS = 10, 24  # lines
LOGO_POINTS = (150, 46)
LOGO_PIXELS = (417, 128)  # about: 200 dpi
MOST_PIXELS = 40_000_000


@dataclass(frozen=True)
class Letterhead:
    """All plain text, printed as it is. Empty parts leave no gap.

    ``logo``: bytes of a PNG or JPEG; a picture that cannot be read is left out, with a warning in
    the log. ``accent``: "#rrggbb", else ValueError. ``customer``: lines, the first one the title.
    ``ibans``: (bank, IBAN) pairs. Lines beyond what a page has room for are left out.
    """

    name: str
    address: list[str] = ()
    tax_office: str = ""
    tax_number: str = ""
    phone: str = ""
    email: str = ""
    logo: bytes | None = None
    accent: str = "#1f5fa8"
    customer: list[str] = ()
    ibans: list[tuple[str, str]] = ()

    def __post_init__(self):
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", self.accent):
            raise ValueError(f"Not a colour like #1f5fa8: {self.accent!r}")
        if not isinstance(self.logo, bytes | None):
            raise TypeError("A logo is bytes, never an address.")

    @property
    def colour(self):
        return HexColor(self.accent)


def masthead(letterhead, table, width):
    """The first page's top: who writes, to whom, what and about when."""
    block = Block()
    half = width / 2 - 12
    block.rule(0, width, 0, letterhead.colour, 2.5)

    y, logo = 16, _picture(letterhead.logo)
    if logo:
        image, wide, high = logo
        block.image(0, y, image, wide, high)
        y += high + 6
    y = block.lines(
        0, y + 10, letterhead.name, half, (BOLD, 10.5 if logo else 14, INK), leading=1.2
    )

    right = block.paragraph(width, 24, letterhead.address, half, PALE, "end", most=MOST_ADDRESS)
    lines = [letterhead.phone, letterhead.email]
    tax = " ".join(filter(None, [letterhead.tax_office, letterhead.tax_number]))
    if tax:
        lines.insert(0, _("Tax: %(number)s") % {"number": tax})
    right = block.paragraph(width, right, lines, half, PALE, "end", most=MOST_ADDRESS)

    y = max(y, right) + 2
    block.rule(0, width, y)
    y += 22

    left = y
    if letterhead.customer:
        block.text(0, left, _("Customer"), (BOLD, 7, MUTED))
        left += 13
        title, *rest = letterhead.customer
        left = block.lines(0, left, title, half, (BOLD, 10, INK), leading=1.25)
        left = block.paragraph(0, left, rest, half, PALE, most=MOST_ADDRESS)

    x = width / 2 + 12
    right = block.lines(x, y + 6, table.title, half, (BOLD, 15, INK), leading=1.2) + 2
    for label, value in table.caption:
        label_room = half * 0.42
        block.text(x, right, shorten(clean(label), label_room, *PALE[:2]), PALE)
        right = block.lines(
            x + label_room + 6, right, value, half - label_room - 6, STRONG, leading=1.5, most=2
        )
    block.height = max(left, right) + 8
    return block


def running_head(letterhead, table, width):
    """One line on top of every further page."""
    block = Block()
    half = width / 2 - 6
    block.rule(0, width, 0, letterhead.colour, 2.5)
    mine = clean(f"{letterhead.name} · {table.title}")
    block.text(0, 17, shorten(mine, half, *STRONG[:2]), STRONG)
    if letterhead.customer:
        theirs = shorten(clean(letterhead.customer[0]), half, *PALE[:2])
        block.text(width, 17, theirs, PALE, "end")
    block.height = 30
    return block


def closing(letterhead, table, width):
    """What comes after the table: notes, and the accounts to pay to."""
    block = Block()
    y = 20
    for note in table.notes:
        block.text(0, y, "•", PALE)
        y = block.lines(9, y, note, width - 9, PALE, most=6) + 2
    if letterhead.ibans:
        y += 8 if table.notes else 0
        block.text(0, y, _("Bank accounts"), STRONG)
        y += 7
        block.rule(0, width, y)
        names = min(
            width * 0.45,
            max(text_width(clean(bank), *PLAIN[:2]) for bank, iban in letterhead.ibans) + 18,
        )
        for bank, iban in letterhead.ibans[:MOST_IBANS]:
            y += 13
            block.text(names, y, grouped(iban), (BOLD, 8.5, INK), room=width - names)
            y = block.lines(0, y, bank, names - 12, PLAIN, most=2) - 8 * 1.35
        y += 8
    block.height = y if table.notes or letterhead.ibans else 0
    return block


def footer(page, pages, width):
    """The foot of every page; its height is the same on all of them."""
    block = Block()
    block.rule(0, width, 0)
    count = _("Page %(page)s of %(pages)s") % {"page": page, "pages": pages}
    block.text(width, 12, count, SMALL, "end")
    block.height = 24
    return block


def grouped(iban):
    """An IBAN as people read it, in groups of four."""
    iban = "".join(clean(iban).split())
    return " ".join(iban[at : at + 4] for at in range(0, len(iban), 4))


def _picture(logo):
    """(image, width, height in points), at most as large as the letterhead shows it, or None."""
    if not logo:
        return None
    try:
        return _scaled(logo)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        logger.warning("The logo was left out: %s", error)
        return None


@lru_cache(8)
def _scaled(data):
    with Image.open(BytesIO(data), formats=("PNG", "JPEG")) as image:
        if image.width * image.height > MOST_PIXELS:
            raise ValueError("too many pixels")
        if image.has_transparency_data:
            paper = Image.new("RGBA", image.size, "white")
            image = Image.alpha_composite(paper, image.convert("RGBA"))
        image = image.convert("RGB")
    # By a whole number, or not at all: in-between colours would make up most of a small file.
    times = max(mine / most for mine, most in zip(image.size, LOGO_PIXELS))
    image = image.reduce(max(1, round(times)))
    scale = min(LOGO_POINTS[0] / image.width, LOGO_POINTS[1] / image.height)
    return ImageReader(image), image.width * scale, image.height * scale
