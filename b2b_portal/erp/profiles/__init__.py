"""Import profiles: one data file each, beside this module."""

import json
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

from django.utils.translation import gettext as _

from ...customers.fold import fold
from ...exceptions import FileRefused

CURRENCIES = {"TL": "TRY", "₺": "TRY", "$": "USD", "€": "EUR", "£": "GBP", "EURO": "EUR"}
GENERAL = "general"
YES = {"1", "-1", "evet", "e", "true", "yes"}
NO = {"0", "hayir", "h", "false", "no"}

_folded = lru_cache(maxsize=4096)(fold)


def _fold(word):
    return _folded(word[:80])  # no word of a profile is longer, and a cell may be


@dataclass(frozen=True)
class Table:
    """How a profile reads one kind of file.

    ``columns``: {field: its headers, the best first}; ``required``: fields, or tuples of fields of
    which one is enough; ``kinds``: {our kind or state: the ERP's words}; ``words``: {the ERP's
    code, or "code/detail", or "code/iade" of a return: its word}; ``sides``: {"debit" and
    "credit": words}; ``currencies``: {the ERP's code: ISO code}; ``deleted``: words for a deleted
    row; ``id_scope``: "year" where the ERP's ids start again each year; ``language`` says what a
    lone mark before three digits means: "tr" thousands for a point, "en" for a comma.
    """

    columns: dict
    required: tuple
    language: str = "tr"
    kinds: dict = field(default_factory=dict)
    words: dict = field(default_factory=dict)
    sides: dict = field(default_factory=dict)
    currencies: dict = field(default_factory=dict)
    deleted: tuple = ()
    id_scope: str = ""

    def fields_of(self, cells):
        """{field: indexes of its columns} of the headers found in a row of cells."""
        there = {}
        for index, cell in enumerate(cells):
            if cell:
                there.setdefault(_fold(cell), index)
        found = {}
        for name, headers in self._headers.items():
            indexes = [there[header] for header in headers if header in there]
            if indexes:
                found[name] = indexes
        return found

    def repeated(self, cells):
        """The first header of the profile's that stands in a row of cells twice; else None."""
        wanted = {header for headers in self._headers.values() for header in headers}
        seen = set()
        for cell in cells:
            header = _fold(cell)
            if header in seen:
                return cell
            if header in wanted:
                seen.add(header)
        return None

    def missing(self, fields):
        """The headers that a file with these fields still needs."""
        return [
            self.columns[names[0]][0]
            for names in self.alternatives
            if not any(name in fields for name in names)
        ]

    def kind_of(self, word):
        """The kind (an order's state) that an ERP's word stands for; "other" for an unknown one."""
        return self._kinds.get(_fold(word), "other")

    def word_of(self, code, detail="", is_return=""):
        """The word for an ERP's code, as a statement prints it; a word stays as it is."""
        words = self.words
        if not words:
            return code
        returned = words.get(f"{code}/iade") if says_yes(is_return) else None
        return returned or words.get(f"{code}/{detail}") or words.get(code, code)

    def side_of(self, word):
        """Whether a word means "debit" or "credit"; None for another word."""
        return self._sides.get(_fold(word))

    def currency_of(self, word):
        """The ISO code that an ERP's word or code stands for; other words in capitals."""
        return self._currencies.get(_fold(word)) or word.upper()

    def says_deleted(self, word):
        """Whether the cell of the column ``deleted`` marks a row as deleted."""
        return _fold(word) in self._deleted

    @cached_property
    def alternatives(self):
        """What is required: fields of which one is enough, each time."""
        return [_several(names) for names in self.required]

    @cached_property
    def _headers(self):
        return {
            name: [fold(header) for header in headers] for name, headers in self.columns.items()
        }

    @cached_property
    def _kinds(self):
        return _turned(self.kinds)

    @cached_property
    def _sides(self):
        return _turned(self.sides)

    @cached_property
    def _currencies(self):
        return {fold(word): code for word, code in (CURRENCIES | self.currencies).items()}

    @cached_property
    def _deleted(self):
        return set(map(fold, self.deleted))


@dataclass(frozen=True)
class Profile:
    """``tables``: {kind of file: ``Table``}; ``collections``: how the file for the ERP is written."""

    name: str
    label: str
    tables: dict
    collections: dict

    def table(self, kind):
        """The ``Table`` for "entries", "accounts", "invoices" or "orders"; or ``FileRefused``."""
        if kind not in self.tables:
            raise FileRefused(_("The profile “%s” reads no such files.") % self.label)
        return self.tables[kind]

    @classmethod
    def from_data(cls, name, data):
        """A profile of a data file's content; ``FileRefused`` where that is no profile."""
        try:
            tables = {
                kind: Table(
                    **{**table, "required": tuple(table["required"])}, language=data["language"]
                )
                for kind, table in data["tables"].items()
            }
            for table in tables.values():
                table.missing(())
            return cls(name, data["label"], tables, data["collections"])
        except (KeyError, TypeError, AttributeError, IndexError) as error:
            raise FileRefused(
                _("The profile “%(name)s” cannot be read: %(error)s")
                % {"name": name, "error": error}
            ) from None


def says_yes(word):
    """Whether a cell of a yes-or-no column says yes."""
    return _fold(word) in YES


def yes_or_no(word):
    """Whether a cell says yes or no; None where it says neither."""
    word = _fold(word)
    return True if word in YES else False if word in NO else None


def names():
    return sorted(path.stem for path in Path(__file__).parent.glob("*.json"))


def get(name, supplier=None):
    """The ``Profile`` of that name, the supplier's own before ours; ``FileRefused`` for none."""
    own = supplier and supplier.import_profiles.filter(name=name).first()
    if own:
        return Profile.from_data(name, _mapped(own))
    if name not in names():
        of_supplier = supplier.import_profiles.values_list("name", flat=True) if supplier else ()
        known = ", ".join([*names(), *of_supplier])
        reason = _("There is no profile “%(name)s”. There are: %(known)s.")
        raise FileRefused(reason % {"name": name, "known": known})
    return Profile.from_data(name, _data(name))


def _data(name):
    return json.loads((Path(__file__).parent / f"{name}.json").read_text("utf-8"))


def _mapped(own):
    """The data of a profile mapped by hand: its own columns, all else as in "general"."""
    data, columns = _data(GENERAL), own.data["columns"]
    table = data["tables"][own.kind]
    required = [
        [name for name in _several(names) if name in columns] for names in table["required"]
    ]
    table |= {"columns": columns, "required": required}
    return data | {"label": own.name, "tables": {own.kind: table}}


def _several(names):
    return (names,) if isinstance(names, str) else names


def _turned(words):
    """{folded word: ours}."""
    return {fold(word): ours for ours, theirs in words.items() for word in theirs}
