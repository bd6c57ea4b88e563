"""Import profiles: one data file each, beside this module."""

import json
from dataclasses import dataclass
from pathlib import Path

from ...customers.fold import fold
from ...exceptions import FileRefused


@dataclass(frozen=True)
class Profile:
    """``columns``: {field: header names}; ``kinds``: {kind of entry: the ERP's words for it}."""

    name: str
    source: str
    columns: dict
    required: tuple
    kinds: dict
    collections: dict

    def fields_of(self, cells):
        """{field: index} of the headers found in a row of cells."""
        wanted = {fold(name): field for field, names in self.columns.items() for name in names}
        found = {}
        for index, cell in enumerate(cells):
            field = wanted.get(fold(cell))
            if field and field not in found:
                found[field] = index
        return found

    def kind_of(self, word):
        """The kind of entry an ERP's word stands for; "other" for an unknown one."""
        folded = fold(word)
        for kind, words in self.kinds.items():
            if folded in map(fold, words):
                return kind
        return "other"


def names():
    return sorted(path.stem for path in Path(__file__).parent.glob("*.json"))


def get(name):
    """The ``Profile`` of that name; ``FileRefused`` for none."""
    if name not in names():
        raise FileRefused(f"{name}: {', '.join(names())}")
    data = json.loads((Path(__file__).parent / f"{name}.json").read_text("utf-8"))
    return Profile(
        name=name,
        source=data["source"],
        columns=data["columns"],
        required=tuple(data["required"]),
        kinds=data["kinds"],
        collections=data["collections"],
    )
