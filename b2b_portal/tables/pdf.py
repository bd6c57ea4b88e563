"""A Table as PDF, on the supplier's letterhead: the pages, and what stands on each."""

from django.utils import translation
from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from .letterhead import closing, footer, masthead, running_head
from .pdf_layout import SIZE
from .pdf_rows import TableRows
from .typeset import REGULAR, clean, register_fonts

MARGIN, TOP, BOTTOM = 34, 30, 26  # points


def render_pdf(table, letterhead, stream, *, language):
    """Write the table as a PDF to ``stream`` (binary, writable). The same input, the same bytes.

    A4, upright unless the columns need more. ``language``: of words, dates and figures, and of the
    document. Rows that are no sequence are read into a list: pages are counted before the first is
    drawn. ValueError where the ends of the table are higher than a page.
    """
    with translation.override(language):
        register_fonts()
        size = landscape(A4) if table.is_wide else A4
        width, height = size[0] - 2 * MARGIN, size[1]
        canvas = Canvas(
            stream,
            pagesize=size,
            pageCompression=1,
            invariant=1,
            initialFontName=REGULAR,
            initialFontSize=SIZE,
            lang=language,
        )
        customer = letterhead.customer[0] if letterhead.customer else ""
        canvas.setTitle(" – ".join(filter(None, [clean(table.title), clean(customer)])))
        canvas.setAuthor(clean(letterhead.name))
        canvas.setSubject("")
        canvas.setCreator("")
        canvas.setViewerPreference("DisplayDocTitle", "true")

        pages = _plan(table, letterhead, width, height)
        for number, page in enumerate(pages, 1):
            for part, y in page:
                if isinstance(part, Flowable):
                    part.drawOn(canvas, MARGIN, y - part.height)
                else:
                    part.draw(canvas, MARGIN, y)
            foot = footer(number, len(pages), width)
            foot.draw(canvas, MARGIN, BOTTOM + foot.height)
            canvas.showPage()
        canvas.save()


def _plan(table, letterhead, width, height):
    """The pages: for each a list of (part, y of its top edge)."""
    lowest = BOTTOM + footer(1, 1, width).height + 6
    end = closing(letterhead, table, width)
    heads = masthead(letterhead, table, width), running_head(letterhead, table, width)

    def turn():
        head = heads[1 if pages else 0]
        pages.append([(head, height - TOP)])
        return height - TOP - head.height, pages[-1]

    pages, left = [], TableRows(table, width)
    while left is not None:
        top, page = turn()
        parts = left.split(width, top - lowest)
        if not parts and len(pages) > 1:
            raise ValueError("What stands around the rows is higher than a page.")
        if len(parts) == 1 and end.height and top - parts[0].height - end.height < lowest:
            # The last row goes with what follows it: no page of notes alone.
            parts = left.split(width, left.height - 1) or parts
        if parts:
            page.append((parts[0], top))
            top -= parts[0].height
            left = parts[1] if len(parts) > 1 else None
    if end.height:
        if top - end.height < lowest:
            top, page = turn()
        page.append((end, top))
    return pages
