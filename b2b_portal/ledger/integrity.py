"""What stored rows can prove about themselves."""

from collections import defaultdict

from django.core.exceptions import ValidationError
from django.db.models import Exists, F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from ..customers.models import Supplier
from ..money import ZERO, fits
from . import triggers
from .balances import NOTHING, an_amount
from .content import content_hash
from .models import AccountBalance, Allocation, Entry, MonthBalance, OpenItem
from .months import in_force, month_balances


def problems():
    """Yield one line for each thing that does not hold, naming the offender by its id."""
    for name in sorted(triggers.missing()):
        yield _("trigger %s is missing") % name
    yield from _entries()
    yield from _balances()
    yield from _allocations()
    yield from _open_items()
    yield from _months()


def _entries():
    rows = Entry.objects.select_related("account", "reverses").iterator(chunk_size=2000)
    for entry in rows:
        if not _is_as_posted(entry):
            yield _("entry %s: its content was changed after posting") % entry.pk
        if entry.supplier_id != entry.account.supplier_id:
            yield _("entry %s: its account is another supplier's") % entry.pk
        if not fits(entry.amount, entry.currency):
            yield _("entry %s: more digits than its currency has") % entry.pk
        original = entry.reverses
        if original and (original.account_id, original.currency, original.amount) != (
            entry.account_id,
            entry.currency,
            -entry.amount,
        ):
            yield _("entry %s: not the opposite of what it reverses") % entry.pk

    keys = ("supplier", "source", "external_id")
    later = Entry.objects.filter(revision__gt=1).exclude(
        Exists(
            Entry.objects.filter(
                **{key: OuterRef(key) for key in keys},
                revision=OuterRef("revision") - 1,
                reversed_by__isnull=False,
            )
        )
    )
    for pk in later.order_by("pk").values_list("pk", flat=True):
        yield _("entry %s: no reversed revision stands before it") % pk


def _is_as_posted(entry):
    try:
        return entry.content_hash == content_hash(entry)
    except ValidationError:
        return False


def _balances():
    sums = {
        (account, currency): (amount, base or ZERO)
        for account, currency, amount, base in Entry.objects.order_by()
        .values_list("account", "currency")
        .annotate(Sum("amount"), Sum("base_amount"))
    }
    kept = {
        (account, currency): (amount, base)
        for account, currency, amount, base in AccountBalance.objects.values_list(
            "account", "currency", "amount", "base_amount"
        )
    }
    for key in sorted(sums.keys() | kept.keys()):
        if sums.get(key, (ZERO, ZERO)) != kept.get(key, (ZERO, ZERO)):
            yield _("account %(id)s, %(currency)s: the balance is not the sum of its entries") % {
                "id": key[0],
                "currency": key[1],
            }


def _allocations():
    rows = Allocation.objects.select_related("debit", "credit", "undoes")
    for row in rows.iterator(chunk_size=2000):
        one_account = (row.debit.account_id, row.debit.currency) == (
            row.credit.account_id,
            row.credit.currency,
        )
        if not (one_account and row.debit.amount > 0 > row.credit.amount):
            yield _("allocation %s: its two sides do not belong together") % row.pk
        undone = row.undoes
        if undone and (undone.debit_id, undone.credit_id, undone.amount) != (
            row.debit_id,
            row.credit_id,
            -row.amount,
        ):
            yield _("allocation %s: not the opposite of what it undoes") % row.pk


def _open_items():
    entries = (
        Entry.objects.order_by("id")
        .annotate(
            left=an_amount(F("amount") - _allocated("debit") + _allocated("credit")),
            due=Coalesce("due_on", "booked_on"),
        )
        .values_list(
            "id",
            "amount",
            "left",
            "open_item__residual",
            "account",
            "currency",
            "booked_on",
            "due",
            *(
                f"open_item__{name}"
                for name in ("account", "currency", "booked_on", "falls_due_on")
            ),
        )
    )
    for pk, amount, left, kept, *places in entries.iterator(chunk_size=5000):
        if left * amount < 0 or abs(left) > abs(amount):
            yield _("entry %s: more is allocated than it has") % pk
        if (kept or ZERO) != left or (kept is not None and not kept):
            yield _("entry %s: what is kept as open is not what allocations leave") % pk
        elif kept and places[:4] != places[4:]:
            yield _("entry %s: kept as open under another account or day") % pk
    stray = OpenItem.objects.exclude(Exists(Entry.objects.filter(pk=OuterRef("pk"))))
    for pk in stray.order_by("pk").values_list("pk", flat=True):
        yield _("entry %s: kept as open and not there") % pk


def _allocated(side):
    rows = Allocation.objects.filter(**{side: OuterRef("pk")}).order_by()
    total = rows.values(side).annotate(total=Sum("amount")).values("total")
    return Coalesce(Subquery(total), NOTHING)


def _months():
    for supplier in Supplier.objects.order_by("pk"):
        ends = list(in_force(supplier).order_by("ends_on").values_list("ends_on", flat=True))
        kept = defaultdict(dict)
        rows = MonthBalance.objects.filter(account__supplier=supplier).order_by("pk")
        for row in rows.iterator(chunk_size=5000):
            kept[row.ends_on][row.account_id, row.currency] = row.amount, row.base_amount
        for day, balances in month_balances(supplier, ends):
            there = kept.pop(day, {})
            for key in sorted(balances.keys() | there.keys()):
                if balances.get(key) != there.get(key):
                    yield _month_problem(key, day)
        for day in sorted(kept):
            for key in sorted(kept[day]):
                yield _month_problem(key, day)


def _month_problem(key, day):
    return _(
        "account %(id)s, %(currency)s: its balance of %(day)s is not the sum of its entries"
    ) % {
        "id": key[0],
        "currency": key[1],
        "day": day,
    }
