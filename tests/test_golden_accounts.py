"""docs/golden_accounts.md, posted and compared figure by figure. The page says how it is read."""

import re
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import time_machine

from b2b_portal.ledger.ageing import ageing
from b2b_portal.ledger.balances import balances
from b2b_portal.ledger.cheques import not_yet_due
from b2b_portal.ledger.integrity import problems
from b2b_portal.ledger.models import EntryKind
from b2b_portal.ledger.months import close_month, reopen_month
from b2b_portal.ledger.open_items import average_due, open_items
from b2b_portal.ledger.posting import allocate, live_allocations, post, reverse, unallocate
from b2b_portal.ledger.statement import statement
from b2b_portal.money import round_to
from b2b_portal.testing.factories import make_account, make_supplier

from .ledger import refused

PAGE = Path(__file__).parent.parent / "docs" / "golden_accounts.md"
NAMES = {"date": "booked_on", "document": "document_no", "due": "due_on"}
COLUMNS = "date document kind due debit credit balance".split()
BASE = ["rate", "base debit", "base credit", "base balance"]
AGES = ["not due", "1–30", "31–60", "61–90", "over 90", "credit"]
DAY, FIGURE = r"(\d\d\.\d\d\.\d{4})", r"(-?\d{1,3}(?:\.\d{3})*(?:,\d\d)?)"
ITEM, AGE = rf"(\S+) {FIGURE} \({DAY}\)", rf"({'|'.join(AGES)}) {FIGURE}"
PERIOD = rf"opening {FIGURE}; debit {FIGURE}; credit {FIGURE}; closing {FIGURE}"
VAT = (
    rf"- (\S+): net {FIGURE} \+ VAT (1|10|20) % {FIGURE}"
    rf"(?: − withheld (\d+)/10 {FIGURE})? = {FIGURE}"
)
ACTS = {
    "close": rf"(\S+) closes (\S+): {FIGURE}(?:, counted from {DAY})?",
    "open": r"(\S+) no longer closes (\S+)",
    "take_back": rf"(the return of )?(\S+) is taken back(?:, dated {DAY})?",
    "close_month": r"(\d\d\.\d{4}) is closed",
    "reopen_month": r"(\d\d\.\d{4}) is reopened",
    "enter": r"(\S+) is entered",
}


@dataclass
class Sheet:
    """One account in one currency: the table's rows, the acts, and what must be true."""

    code: str
    currency: str
    columns: list = None
    rows: list = field(default_factory=list)
    acts: list = field(default_factory=list)
    facts: list = field(default_factory=list)


def understood(form, text):
    match = re.fullmatch(form, text)
    assert match, f"not understood: {text}"
    return match.groups()


def a_day(text):
    return datetime.strptime(*understood(DAY, text), "%d.%m.%Y").date()


def a_figure(text, currency="TRY"):
    understood(FIGURE, text)
    assert ("," in text) == (currency != "JPY"), f"not as {currency} is written: {text}"
    return Decimal(text.replace(".", "").replace(",", "."))


def a_list(form, text, currency):
    parts = [understood(form, part) for part in text.split("; ")]
    return [(name, a_figure(figure, currency), *map(a_day, due)) for name, figure, *due in parts]


def a_row(line, sheet):
    """{column: what stands there, None for an empty cell} of a line of the table."""
    cells = [cell.strip() or None for cell in line[1:-1].split("|")]
    row = dict(zip(sheet.columns, cells, strict=True))
    for name, text in row.items():
        if name == "kind":
            row[name] = EntryKind(text.replace(" ", "_"))
        elif text and name in ("date", "due"):
            row[name] = a_day(text)
        elif text and name == "rate":
            row[name] = Decimal(understood(r"(\d+,\d{4})", text)[0].replace(",", "."))
        elif text and name != "document":
            row[name] = a_figure(text, "TRY" if name in BASE else sheet.currency)
    assert not (row["debit"] and row["credit"]), f"two sides: {line}"
    return row


def a_fact(line, sheet):
    """A line of a block: a day, a period, or more about the last of these."""
    if match := re.fullmatch(rf"on {DAY}  balance {FIGURE}", line):
        sheet.facts.append({"on": a_day(match[1]), "balance": a_figure(match[2], sheet.currency)})
    elif match := re.fullmatch(rf"from {DAY} to {DAY}  ({PERIOD})", line):
        figures = [a_figure(text, sheet.currency) for text in understood(PERIOD, match[3])]
        sheet.facts.append({"from": a_day(match[1]), "to": a_day(match[2]), "sums": figures})
    else:
        key, text = understood(r"  (ageing|open|average due|cheques|base) +(\S.*)", line)
        fact = sheet.facts[-1]
        assert key not in fact and ("on" in fact or key == "base"), f"out of place: {line}"
        if key == "base":
            form = FIGURE if "on" in fact else PERIOD
            figures = [a_figure(figure) for figure in understood(form, text)]
            fact[key] = figures[0] if "on" in fact else figures
        elif key == "average due":
            fact[key] = a_day(text)
        else:
            fact[key] = a_list(AGE if key == "ageing" else ITEM, text, sheet.currency)


def a_section(text):
    """(title, VAT lines, sheets) of one account. What is not understood is an error."""
    title, *lines = text.strip().split("\n")
    vat, sheets, in_block, prose = [], [], False, True
    for line in filter(None, lines):
        prose = prose and line[0] not in "*-|`#"  # it stands before all else
        sheet = sheets[-1] if sheets else None
        if match := re.fullmatch(r"\*\*(\S+) ([A-Z]{3})\*\*", line):
            sheets.append(Sheet(*match.groups()))
        elif line == ("```" if in_block else "```text"):
            in_block = not in_block
        elif in_block:
            a_fact(line, sheet)
        elif sheet and not sheet.columns:
            sheet.columns = line.strip("| ").split(" | ")
            assert sheet.columns == COLUMNS + BASE * (sheet.currency != "TRY"), line
        elif line.startswith("| "):
            sheet.rows.append(a_row(line, sheet))
        elif line.startswith("- ") and not sheet:
            vat.append(understood(VAT, line))
        elif line.startswith("- "):
            day, said, fails = understood(rf"- {DAY}: (.+?)( \(refused\))?", line)
            ((name, match),) = [(n, m) for n in ACTS if (m := re.fullmatch(ACTS[n], said))]
            sheet.acts.append((a_day(day), name, match.groups(), bool(fails)))
        elif not prose:
            understood(r"\|[-:|]+\|", line)
    assert sheets and not in_block and all(sheet.rows and sheet.facts for sheet in sheets), title
    return title, vat, sheets


TEXT = re.sub(r"^## .*\n\n(?=### )", "", PAGE.read_text("utf-8"), flags=re.M)
SECTIONS = [a_section(part) for part in TEXT.split("\n### ")[1:]]


class Books:
    """The sheets of one section, entered day by day, and what differs."""

    def __init__(self, sheets):
        supplier = self.supplier = make_supplier(currency="TRY")
        self.accounts = {
            code: make_account(supplier, code=code) for code in {s.code for s in sheets}
        }
        self.sheets, self.entries, self.wrong = sheets, {}, []

    def same(self, where, got, expected):
        if got != expected:
            self.wrong.append(f"{where}: {got} instead of {expected}")

    def happen(self):
        """Each day's movements in the order of the tables, then its acts."""
        steps = []
        for sheet in self.sheets:
            late = [found[0] for _day, name, found, _fails in sheet.acts if name == "enter"]
            for row in sheet.rows:
                if row["kind"] != EntryKind.REVERSAL and row["document"] not in late:
                    steps.append((row["date"], 0, self.post, (sheet, row), False))
            for day, name, found, must_fail in sheet.acts:
                steps.append((day, 1, getattr(self, name), (sheet, day, *found), must_fail))
        for day, _order, act, arguments, must_fail in sorted(steps, key=lambda step: step[:2]):
            with time_machine.travel(datetime(day.year, day.month, day.day, 12)):
                with refused() if must_fail else nullcontext():
                    act(*arguments)
        self.last_day = max(step[0] for step in steps)

    def post(self, sheet, row):
        self.entries[id(row)] = post(
            account=self.accounts[sheet.code],
            currency=sheet.currency,
            amount=(row["debit"] or 0) - (row["credit"] or 0),
            base_amount=(row.get("base debit") or 0) - (row.get("base credit") or 0) or None,
            rate=row.get("rate"),
            kind=row["kind"],
            booked_on=row["date"],
            due_on=row["due"],
            document_no=row["document"],
            source="golden",
            external_id=f"{sheet.code} {sheet.currency} {sheet.rows.index(row)}",
        )

    def row(self, sheet, document):
        (row,) = [row for row in sheet.rows if row["document"] == document]
        return row

    def entry(self, sheet, document, fits):
        """What was entered under that number; where numbers repeat, the one that fits."""
        rows = [row for row in sheet.rows if row["document"] == document and fits(row)]
        (entry,) = [self.entries[id(row)] for row in rows if id(row) in self.entries]
        return entry

    def sides(self, sheet, credit, debit):
        yield self.entry(sheet, credit, lambda row: row["credit"])
        yield self.entry(sheet, debit, lambda row: row["debit"])

    def close(self, sheet, day, credit, debit, amount, counted):
        on = a_day(counted) if counted else day
        allocate(*self.sides(sheet, credit, debit), a_figure(amount, sheet.currency), on=on)

    def open(self, sheet, day, credit, debit):
        credit, debit = self.sides(sheet, credit, debit)
        unallocate(live_allocations(credit).get(debit=debit))

    def take_back(self, sheet, day, returned, document, dated):
        def fits(row):
            return (row["kind"] == EntryKind.CHEQUE_RETURNED) == bool(returned)

        dated = a_day(dated) if dated else None
        reverse(self.entry(sheet, document, fits), booked_on=dated, reason="golden")

    def close_month(self, sheet, day, month):
        close_month(self.supplier, a_day(f"15.{month}"))

    def reopen_month(self, sheet, day, month):
        reopen_month(self.supplier, a_day(f"15.{month}"), reason="golden")

    def enter(self, sheet, day, document):
        self.post(sheet, self.row(sheet, document))

    def compare_vat(self, document, net, percent, vat, tenths, withheld, total):
        net, vat, withheld, total = map(a_figure, (net, vat, withheld or "0,00", total))
        row = self.row(self.sheets[0], document)
        self.same(f"{document}, VAT", round_to(net * int(percent) / 100, "TRY"), vat)
        self.same(f"{document}, withheld", round_to(vat * int(tenths or 0) / 10, "TRY"), withheld)
        self.same(f"{document}, total", net + vat - withheld, total)
        self.same(f"{document}, in the table", row["debit"] or row["credit"], total)

    def compare(self, sheet):
        account, currency = self.accounts[sheet.code], sheet.currency
        name = f"{sheet.code} {currency}"
        now = {s.currency: s.rows[-1]["balance"] for s in self.sheets if s.code == sheet.code}
        self.same(f"{name}, balances now", balances(account), now)
        shown = statement(account, currency, None, None).rows
        self.same(f"{name}, number of rows", len(shown), len(sheet.rows))
        for row, expected in zip(shown, sheet.rows, strict=False):
            where = f"{name}, {expected['date']:%d.%m.%Y} {expected['document']}"
            for column, value in expected.items():
                got = getattr(row, NAMES.get(column, column.replace(" ", "_")))
                self.same(f"{where}, {column}", got or None, value or None)
            if row.rate and row.base_amount != round_to(row.amount * row.rate, "TRY"):
                bought = round_to(row.base_amount / row.rate, currency)  # collected in lira
                self.same(f"{where}, by its rate", bought, row.amount)
        for fact in sheet.facts:
            if "on" in fact:
                self.compare_day(f"{name}, {fact['on']:%d.%m.%Y}", account, currency, fact)
            else:
                where = f"{name}, {fact['from']:%d.%m.%Y} to {fact['to']:%d.%m.%Y}"
                period = statement(account, currency, fact["from"], fact["to"])
                self.same(where, sums(period), fact["sums"])
                self.same(f"{where}, base", period.base and sums(period.base), fact.get("base"))

    def compare_day(self, where, account, currency, fact):
        day, balance = fact["on"], fact["balance"]
        self.same(f"{where}, balance", balances(account, day)[currency], balance)
        until = statement(account, currency, None, day)
        since = statement(account, currency, day + timedelta(1), None)
        self.same(f"{where}, closing, next opening", [until.closing, since.opening], [balance] * 2)
        base = [until.base and until.base.closing, since.base and since.base.opening]
        self.same(f"{where}, base", [figure or 0 for figure in base], [fact.get("base", 0)] * 2)
        for who in (account, self.supplier):
            aged = [one for one in ageing(who, day, currency) if one.account_id == account.pk]
            got = [pair for one in aged for pair in zip(AGES, [*one.buckets, one.credit])]
            got = [(age, figure) for age, figure in got if figure]
            self.same(f"{where}, ageing", got, fact.get("ageing", []))
            self.same(f"{where}, sum of ageing", sum(one.total for one in aged), balance)
        for as_of in [day, None] if day >= self.last_day else [day]:
            items = open_items(account, currency, as_of)
            got = [(item.entry.document_no, item.open, item.falls_due_on) for item in items]
            self.same(f"{where}, open", got, fact.get("open", []))
            self.same(f"{where}, average due", average_due(items), fact.get("average due"))
        cheques = not_yet_due(account, currency, day)
        got = [(cheque.document_no, -cheque.amount, cheque.due_on) for cheque in cheques]
        self.same(f"{where}, cheques", got, fact.get("cheques", []))


def sums(found):
    return [found.opening, found.total_debit, found.total_credit, found.closing]


@pytest.mark.django_db
@pytest.mark.parametrize(("title", "vat", "sheets"), SECTIONS, ids=[s[0] for s in SECTIONS])
def test_golden_account(title, vat, sheets):
    books = Books(sheets)
    books.happen()
    for line in vat:
        books.compare_vat(*line)
    for sheet in sheets:
        books.compare(sheet)
    books.same("proof", list(problems()), [])
    if books.wrong:
        pytest.fail("\n".join([title, *books.wrong]), pytrace=False)


def test_there_are_forty():
    assert [int(title.partition(". ")[0]) for title, *_rest in SECTIONS] == list(range(1, 41))
