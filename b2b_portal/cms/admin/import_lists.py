"""What there is to see of an import: lists of its rows, the most urgent first."""

from typing import NamedTuple

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ...erp.changes import changed_fields
from ...erp.compare import missing
from ...erp.models import COUNTS, SHOWN, ImportBatch, StagedEntry
from ...money import format_amount
from .cells import AmountColumn, FigureColumn, LinkColumn, TextColumn, write_field

State, Outcome = ImportBatch.State, StagedEntry.Outcome
URGENT = (Outcome.HELD, Outcome.CHANGED, Outcome.DELETED)
CALM = (Outcome.NEW, Outcome.MATCHED, Outcome.REPEATED)


class Listing(NamedTuple):
    """``count``: of all there are; ``is_cut``: ``rows`` are the first ``SHOWN`` of them only."""

    name: str
    label: str
    count: int
    columns: list
    rows: object
    is_cut: bool = False


def listings(batch):
    """The ``Listing`` of each sort of rows that the batch has."""
    found = _of_texts(batch)
    if batch.state == State.READ:
        for outcome in URGENT:
            found.append(_of_rows(batch, outcome))
        if batch.counts.get("missing"):
            entries = missing(batch).select_related("account").order_by("booked_on", "pk")
            count = batch.counts["missing"]
            found.append(Listing("missing", COUNTS["missing"], count, ENTRY, entries))
        for outcome in CALM:
            found.append(_of_rows(batch, outcome))
    elif batch.applied_at:
        held = batch.rows.select_related("account", "entry__erp_match")
        found.append(Listing("held", COUNTS["held"], held.count(), DECIDED, held))
        entries = batch.entries.select_related("account").order_by("pk")
        found.append(Listing("movements", _("movements"), entries.count(), ENTRY, entries))
    return [listing for listing in found if listing.count]


def _of_texts(batch):
    refused = batch.counts.get("refused", 0)
    texts = [
        Listing("refused", COUNTS["refused"], refused, REFUSED, batch.refused, refused > SHOWN)
    ]
    for name, label, columns in (
        ("warnings", _("warnings"), WARNING),
        ("lines", _("rows"), LINES),
    ):
        if name == "lines" and batch.state == State.READ and batch.kind == ImportBatch.Kind.ENTRIES:
            continue  # its rows stand below
        rows = getattr(batch, name)
        texts.append(Listing(name, label, len(rows), columns, rows, len(rows) == SHOWN))
    return texts


def _of_rows(batch, outcome):
    rows = (
        batch.rows.filter(outcome=outcome)
        .select_related("account", "entry__erp_match")
        .order_by("line")
    )
    columns = COLUMNS.get(outcome, ROW)
    return Listing(outcome.value, outcome.label, batch.counts.get(outcome, 0), columns, rows)


def entry_url(entry):
    return reverse("b2b_entry:inspect", args=[entry.pk])


def held_url(row):
    return reverse("b2b_stagedentry:inspect", args=[row.pk])


def there_now(row):
    """What stands in the ledger, where a row meets something there."""
    if not row.entry:
        return ""
    entry = row.entry
    label = f"{entry}, {write_field(entry, 'booked_on')}, {with_currency(entry)}"
    return format_html('<a href="{}">{}</a>', entry_url(entry), label)


def with_currency(row):
    return f"{format_amount(row.amount, row.currency)} {row.currency}"


def changes(row):
    """What a row says otherwise than the movement that is there: old → new, one a line."""
    if not row.entry or row.is_ours:
        return ""
    return format_html_join("", "<div>{}: {} → {}</div>", changed_fields(row))


def reason_of(row):
    """Why a row was held, and what has happened to the payment since."""
    return f"{row.reason} {_('It has come back by another row.')}" if row.came_back else row.reason


def kind_of(row):
    """The ERP's word and what it stands for."""
    kind = capfirst(row.get_kind_display())
    return f"{row.source_kind} ({kind})" if row.source_kind else kind


OUTCOMES = COUNTS | {"address": _("change of address")}
LINE = FigureColumn("line", label=_("Line"))
ACCOUNT = TextColumn("account", label=pgettext_lazy("b2b_portal", "Account"))
DOCUMENT = TextColumn("document_no", label=_("Document no"))
MOVEMENT = [
    TextColumn("booked_on", label=_("Date")),
    ACCOUNT,
    DOCUMENT,
    TextColumn("get_kind_display", label=_("Kind")),
    AmountColumn("debit", accessor=lambda row: max(row.amount, 0), label=_("Debit"), zero=False),
    AmountColumn("credit", accessor=lambda row: max(-row.amount, 0), label=_("Credit"), zero=False),
    TextColumn("currency", label=_("Currency")),
]
AMOUNT = TextColumn("amount", accessor=with_currency, label=_("Amount"))
ENTRY = [LinkColumn("booked_on", entry_url, label=_("Date")), *MOVEMENT[1:]]
ROW = [
    LINE,
    *MOVEMENT[:3],
    TextColumn("kind", accessor=kind_of, label=_("Kind")),
    TextColumn("description", label=_("Description")),
    TextColumn("due_on", label=_("Due")),
    *MOVEMENT[4:],
]
THERE_NOW = TextColumn("entry", accessor=there_now, label=_("There now"))
REASON = TextColumn("reason", label=_("Reason"))
HELD_REASON = TextColumn("reason", accessor=reason_of, label=_("Reason"))
COLUMNS = {
    Outcome.CHANGED: [
        LINE,
        ACCOUNT,
        DOCUMENT,
        TextColumn("changes", accessor=changes, label=_("What changes")),
    ],
    Outcome.DELETED: [LINE, ACCOUNT, THERE_NOW],
    Outcome.MATCHED: [LINE, *MOVEMENT[:3], AMOUNT, THERE_NOW],
    Outcome.HELD: [LINE, *MOVEMENT[:3], AMOUNT, THERE_NOW, HELD_REASON],
}
DECIDED = [
    LinkColumn("booked_on", held_url, label=_("Date")),
    *MOVEMENT[1:3],
    AMOUNT,
    HELD_REASON,
    TextColumn("get_decision_display", label=_("Decision")),
]
REFUSED = [LINE, TextColumn("column", label=_("Column")), REASON]
WARNING = [TextColumn("text", accessor=str, label=_("Warning"))]
LINES = [
    LINE,
    TextColumn(
        "outcome",
        accessor=lambda line: OUTCOMES[line["outcome"]],
        label=_("Outcome"),
    ),
    TextColumn("text", label=_("What it says")),
]
