"""The same cells written with nothing but the libraries: no wrapping, no measuring, no Table.

Each peer is as quick as plain code gets: figures and days are formatted by f-strings.
"""

import csv
from io import BytesIO

import xlsxwriter
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from b2b_portal.tables.typeset import BOLD, REGULAR

TURKISH = str.maketrans(".,", ",.")
HEADS = ["Tarih", "Evrak No", "İşlem Türü", "Açıklama", "Vade", "Borç", "Alacak", "Bakiye", "B/A"]
STARTS, ENDS = (37, 84, 164, 224, 354), (452, 496, 540, 558)
FIRST, FURTHER = 36, 46  # rows of a page
PITCH = 14.8


def figure(value):
    return f"{value:,.2f}".translate(TURKISH)


def day(value):
    return f"{value.day:02}.{value.month:02}.{value.year}"


class BarePdf:
    """A statement drawn by ``drawString`` and ``drawRightString``, a rule below each row."""

    def __init__(self, rows, totals, letterhead, facts, notes):
        self.rows, self.totals = rows, totals
        self.letterhead, self.facts, self.notes = letterhead, facts, notes
        self.logo = letterhead.logo and ImageReader(BytesIO(letterhead.logo))
        self.pages = 1 + max(0, -(-(len(rows) - FIRST) // FURTHER))

    def write(self, stream):
        self.canvas = canvas = Canvas(
            stream,
            pagesize=A4,
            pageCompression=1,
            invariant=1,
            initialFontName=REGULAR,
            initialFontSize=7.5,
            lang="tr",
        )
        page, y = 1, self.top()
        y = self.band(y, "Devir", (self.totals[0], "B"))
        left = FIRST
        for at, row in enumerate(self.rows):
            if not left:
                self.band(y, "Devreden", self.rows[at - 1][7:])
                self.foot(page)
                canvas.showPage()
                page, y, left = page + 1, 790, FURTHER
                canvas.drawString(34, 805, f"{self.letterhead.name} · Hesap ekstresi")
                canvas.drawRightString(561, 805, self.letterhead.customer[0])
                self.heads(y)
                y = self.band(y - 16, "Nakli yekûn", self.rows[at - 1][7:])
            self.row(y, row)
            y, left = y - PITCH, left - 1
        self.end(y)
        self.foot(page)
        canvas.showPage()
        canvas.save()

    def row(self, y, row):
        booked_on, number, kind, text, due_on, debit, credit, balance, side = row
        start, end = self.canvas.drawString, self.canvas.drawRightString
        start(STARTS[0], y, day(booked_on))
        start(STARTS[1], y, number)
        start(STARTS[2], y, kind)
        start(STARTS[3], y, text)
        if due_on is not None:
            start(STARTS[4], y, day(due_on))
        if debit is not None:
            end(ENDS[0], y, figure(debit))
        if credit is not None:
            end(ENDS[1], y, figure(credit))
        end(ENDS[2], y, figure(balance))
        end(ENDS[3], y, side)
        self.canvas.line(34, y - 5, 561, y - 5)

    def band(self, y, label, values):
        self.canvas.setFont(BOLD, 7.5)
        self.canvas.drawString(STARTS[3], y, label)
        self.canvas.drawRightString(ENDS[2], y, figure(values[0]))
        self.canvas.drawRightString(ENDS[3], y, values[1])
        self.canvas.setFont(REGULAR, 7.5)
        return y - PITCH

    def heads(self, y):
        self.canvas.setFont(BOLD, 7)
        for x, text in zip(STARTS, HEADS):
            self.canvas.drawString(x, y, text)
        for x, text in zip(ENDS, HEADS[5:], strict=True):
            self.canvas.drawRightString(x, y, text)
        self.canvas.setFont(REGULAR, 7.5)

    def top(self):
        canvas, letterhead, y = self.canvas, self.letterhead, 800
        if self.logo:
            canvas.drawImage(self.logo, 34, y - 40, 150, 46)
        canvas.setFont(BOLD, 10.5)
        canvas.drawString(34, y - 60, letterhead.name)
        canvas.setFont(REGULAR, 8)
        for line in (*letterhead.address, letterhead.phone, letterhead.email):
            canvas.drawRightString(561, y, line)
            y -= 11
        y = 700
        for line in ("Müşteri", *letterhead.customer):
            canvas.drawString(34, y, line)
            y -= 11
        y = 700
        canvas.setFont(BOLD, 15)
        canvas.drawString(310, y, "Hesap ekstresi")
        canvas.setFont(REGULAR, 8)
        for label, value in self.facts:
            y -= 12
            canvas.drawString(310, y, label)
            canvas.drawString(420, y, value)
        canvas.line(34, 640, 561, 640)
        self.heads(625)
        return 609

    def end(self, y):
        canvas = self.canvas
        canvas.setFont(BOLD, 7.5)
        canvas.drawString(STARTS[3], y, "Toplam")
        for x, value in zip(ENDS, self.totals[1:4]):
            canvas.drawRightString(x, y, figure(value))
        canvas.drawRightString(ENDS[3], y, self.totals[4])
        canvas.setFont(REGULAR, 8)
        for note in self.notes:
            y -= 12
            canvas.drawString(34, y, "•")
            canvas.drawString(43, y, note)
        y -= 20
        canvas.drawString(34, y, "Banka hesaplarımız")
        for bank, iban in self.letterhead.ibans:
            y -= 13
            canvas.drawString(34, y, bank)
            canvas.drawString(200, y, " ".join(iban[at : at + 4] for at in range(0, len(iban), 4)))

    def foot(self, page):
        self.canvas.setFont(REGULAR, 7)
        self.canvas.drawRightString(561, 40, f"Sayfa {page} / {self.pages}")


def xlsx(rows, stream):
    """XlsxWriter in constant_memory: each cell by its own method, with the same formats."""
    book = xlsxwriter.Workbook(stream, {"constant_memory": True})
    sheet = book.add_worksheet()
    days = book.add_format({"num_format": "dd.mm.yyyy", "align": "left"})
    amounts, plain = book.add_format({"num_format": "#,##0.00"}), book.add_format()
    for at, head in enumerate(HEADS):
        sheet.write_string(0, at, head)
    for number, row in enumerate(rows, 1):
        booked_on, document, kind, text, due_on, debit, credit, balance, side = row
        sheet.write_datetime(number, 0, booked_on, days)
        sheet.write_string(number, 1, document, plain)
        sheet.write_string(number, 2, kind, plain)
        sheet.write_string(number, 3, text, plain)
        if due_on is not None:
            sheet.write_datetime(number, 4, due_on, days)
        if debit is not None:
            sheet.write_number(number, 5, debit, amounts)
        if credit is not None:
            sheet.write_number(number, 6, credit, amounts)
        sheet.write_number(number, 7, balance, amounts)
        sheet.write_string(number, 8, side, plain)
    book.close()


def csv_of_texts(rows, text):
    """csv.writer with days and figures as Turkish Excel reads them."""
    writer = csv.writer(text, delimiter=";")
    writer.writerow(HEADS)
    for booked_on, document, kind, words, due_on, debit, credit, balance, side in rows:
        writer.writerow(
            (
                day(booked_on),
                document,
                kind,
                words,
                "" if due_on is None else day(due_on),
                "" if debit is None else f"{debit:.2f}".replace(".", ","),
                "" if credit is None else f"{credit:.2f}".replace(".", ","),
                f"{balance:.2f}".replace(".", ","),
                side,
            )
        )


def csv_of_values(rows, text):
    """csv.writer with the values as they are: days with "-", figures with a point."""
    writer = csv.writer(text, delimiter=";")
    writer.writerow(HEADS)
    writer.writerows(rows)
