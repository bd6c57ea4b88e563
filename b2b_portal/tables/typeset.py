"""Text on a PDF page: the fonts, and plain strings measured, wrapped and placed.

Strings are drawn as they are. Nothing here knows markup, so no value can bring any.
"""

import unicodedata
from functools import cache, lru_cache
from pathlib import Path

from reportlab.lib.colors import HexColor
from reportlab.lib.rl_accel import escapePDF, fp_str
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR, BOLD = "B2BPortal-Regular", "B2BPortal-Bold"
FILES = {REGULAR: "Roboto-Regular.subset.ttf", BOLD: "Roboto-Medium.subset.ttf"}

INK, MUTED, LINE = HexColor("#1d2733"), HexColor("#5b6775"), HexColor("#dde3e9")
TINT, DANGER, DANGER_TINT = (HexColor("#f4f6f8"), HexColor("#b42318"), HexColor("#fdeceb"))

MOST_LINES = 12  # of one text in one cell; what is longer ends in "…"
CONDENSED = 1.18  # how much too wide a word may be to be condensed rather than cut


@cache
def _font(name):
    # Not "ASCII readable": a file holds no letter that it does not show, 5 kB less of them.
    font = TTFont(name, Path(__file__).parent / "fonts" / FILES[name], asciiReadable=False)
    pdfmetrics.registerFont(font)
    return font


def register_fonts():
    """Make the fonts known to ReportLab, once per process."""
    for name in FILES:
        _font(name)


@lru_cache(4096)
def text_width(text, font, size):
    """How many points wide a cleaned text is."""
    return _font(font).stringWidth(text, size)


def clean(value):
    """A value as one line of printable text; control and direction marks are left out."""
    text = str(value)
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if not text.isprintable():
        text = "".join(
            c if c.isprintable() else "" if unicodedata.category(c) == "Cf" else " " for c in text
        )
    return text


def wrap(text, room, font, size, *, indent=0, most=MOST_LINES):
    """Lines of a cleaned text for a room of so many points, at most ``most`` of them.

    ``indent``: points already taken on the first line, which is empty when no word fits beside.
    A word wider than the room is cut, unless ``Pen.put`` can condense it to fit. An empty text has
    no line.
    """

    def width(string):
        return text_width(string, font, size)

    enough = int(most * room / size * 5) + 1  # no letter is narrower than a fifth of its size
    lines, line, left = [], "", room - indent
    for word in text[:enough].split():
        longer = f"{line} {word}" if line else word
        if width(longer) <= left:
            line = longer
            continue
        if line or left < room:
            lines.append(line)
            left = room
        while width(word) > room * CONDENSED and len(lines) <= most:
            cut = max(1, _fitting(word, room, width))
            lines.append(word[:cut])
            word = word[cut:]
        line = word
        if len(lines) > most:
            break
    if line:
        lines.append(line)
    if len(lines) > most or len(text) > enough:
        lines = lines[:most]
        lines[-1] = shorten(lines[-1] + "…", room, font, size)
    return lines


def shorten(text, room, font, size):
    """The text, or as much of its beginning as fits with "…" at its end."""

    def width(string):
        return text_width(string, font, size)

    if width(text) <= room:
        return text
    text = text.rstrip("…")
    return text[: _fitting(text, room - width("…"), width)].rstrip() + "…"


def _fitting(text, room, width):
    """How many characters of the text's beginning fit into the room."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if width(text[:middle]) <= room:
            low = middle
        else:
            high = middle - 1
    return low


class Pen:
    """Writes many short texts into one PDF text object, with as few operators as it takes.

    It writes the operators itself: ReportLab's text object takes several times as long.
    """

    def __init__(self, canvas):
        self.canvas = canvas
        self.parts = ["BT"]
        self.style = self.colour = self.codes = None

    def put(self, x, y, text, font, size, colour=INK, align="start", room=None):
        """Draw ``text`` with its baseline at y. x: its start, centre or end, as ``align`` says.

        Given ``room`` points, a wider text is condensed to fit: figures are never cut.
        """
        if self.style != (font, size):
            self._take(font, size)
        if self.colour is not colour:
            self.parts.append(f"{fp_str(*colour.rgb())} rg")
            self.colour = colour
        scale = 1
        if align != "start" or room is not None:
            wide = text_width(text, font, size)
            if room is not None and wide > room:
                scale = room / wide
            if align != "start":
                x -= wide * scale / (1 if align == "end" else 2)
        try:
            shown = f"({text.translate(self.codes)}) Tj"
        except _OtherSubset:
            shown = self._mixed(text, font, size)
        if scale != 1:
            shown = f"{fp_str(100 * scale)} Tz {shown} 100 Tz"
        self.parts.append(f"1 0 0 1 {x:.2f} {y:.2f} Tm {shown}")

    def _take(self, font, size):
        doc, codes = self.canvas._doc, self.canvas.__dict__.setdefault("b2b_codes", {})
        if font not in codes:  # fonts and their letters are numbered anew in each document
            codes[font] = _Codes(_font(font), doc)
        self.codes, self.style = codes[font], (font, size)
        self.parts.append(f"{_font(font).getSubsetInternalName(0, doc)} {fp_str(size)} Tf")

    def _mixed(self, text, font, size):
        doc, font = self.canvas._doc, _font(font)
        self.style = None
        return " ".join(
            f"{font.getSubsetInternalName(subset, doc)} {fp_str(size)} Tf ({escapePDF(codes)}) Tj"
            for subset, codes in font.splitString(text, doc)
        )

    def done(self):
        self.canvas.addLiteral(" ".join([*self.parts, "ET"]))


class _Codes(dict):
    """How a letter, by its number, is written in one document's strings of a font.

    Only the 224 letters that come first: a further one raises ``_OtherSubset``.
    """

    def __init__(self, font, doc):
        super().__init__()
        self.font, self.doc = font, doc

    def __missing__(self, letter):
        [(subset, code)] = self.font.splitString(chr(letter), self.doc)
        if subset:
            raise _OtherSubset
        self[letter] = escapePDF(code)
        return self[letter]


class _OtherSubset(Exception):
    pass


class Block:
    """Texts and lines placed from a top edge downwards: its height is known before it is drawn."""

    def __init__(self):
        self.height = 0
        self.marks = []

    def text(self, x, y, text, style, align="start", room=None):
        """Place one line, baseline y points below the top. ``style``: (font, size, colour)."""

        def draw(canvas, pen, left, top):
            pen.put(left + x, top - y, text, *style, align, room)

        self.marks.append(draw)

    def lines(self, x, y, value, room, style, align="start", leading=1.35, most=3):
        """Place a wrapped text, first baseline at y; gives the y of the line that would follow."""
        font, size, _colour = style
        for line in wrap(clean(value), room, font, size, most=most):
            self.text(x, y, line, style, align, room)
            y += size * leading
        return y

    def paragraph(self, x, y, values, room, style, align="start", *, most):
        """Place several wrapped texts, at most so many lines of all; gives the y that follows."""
        font, size, _colour = style
        lines = [line for value in values for line in wrap(clean(value), room, font, size, most=3)]
        for line in lines[:most]:
            self.text(x, y, line, style, align, room)
            y += size * 1.35
        return y

    def rule(self, x1, x2, y, colour=LINE, width=0.5):
        def draw(canvas, pen, left, top):
            canvas.setStrokeColor(colour)
            canvas.setLineWidth(width)
            canvas.line(left + x1, top - y, left + x2, top - y)

        self.marks.append(draw)

    def image(self, x, y, image, width, height):
        """Place a picture, its top edge y points below the block's."""

        def draw(canvas, pen, left, top):
            canvas.drawImage(image, left + x, top - y - height, width, height)

        self.marks.append(draw)

    def draw(self, canvas, left, top):
        pen = Pen(canvas)
        for mark in self.marks:
            mark(canvas, pen, left, top)
        pen.done()
