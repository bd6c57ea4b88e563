"""The form by which a clerk says which column of a file is what."""

from collections import Counter

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from ..customers.fold import fold
from ..erp import profiles
from ..erp.models import ImportBatch, ImportProfile

EXAMPLES = 3
FIELDS = {
    "account_code": _("Account code"),
    "booked_on": _("Date"),
    "due_on": _("Due"),
    "document_no": _("Document no"),
    "reference": _("Second document no"),
    "kind": _("Kind"),
    "description": _("Description"),
    "debit": _("Debit"),
    "credit": _("Credit"),
    "amount": _("Amount"),
    "side": _("Debit or credit"),
    "currency": _("Currency"),
    "rate": _("Rate"),
    "fx_debit": _("FX debit"),
    "fx_credit": _("FX credit"),
    "fx_amount": _("FX amount"),
    "payment_id": _("Gateway's payment id"),
    "balance": _("Balance"),
    "balance_side": _("Balance: debit or credit"),
    "balance_debit": _("Debit balance"),
    "balance_credit": _("Credit balance"),
    "code": _("Account code"),
    "title": pgettext_lazy("b2b_portal", "Title"),
    "tax_number": _("Tax number"),
    "tax_office": _("Tax office"),
    "email": _("E-mail"),
    "phone": pgettext_lazy("b2b_portal", "Phone"),
    "address": pgettext_lazy("b2b_portal", "Address"),
    "city": _("City"),
    "district": _("District"),
    "active": pgettext_lazy("b2b_portal", "Active"),
    "is_closed": pgettext_lazy("b2b_portal", "Closed"),
    "number": _("Document no"),
    "uuid": "ETTN",
    "issued_on": _("Date"),
    "is_return": _("Return"),
    "product_code": _("Product code"),
    "product_name": _("Product"),
    "quantity": _("Quantity"),
    "unit": _("Unit"),
    "unit_price": _("Unit price"),
    "vat_rate": _("VAT, %"),
    "net": _("Net"),
    "vat": _("VAT"),
    "withheld": _("VAT withheld"),
    "payable": _("Payable"),
    "ordered_on": _("Date"),
    "state": _("State"),
    "delivered": _("Delivered"),
    "id": _("Row id in the ERP"),
}


class MapForm(forms.Form):
    """A select of fields for each column of the header, which is one of the file's first rows."""

    name = forms.CharField(
        label=_("Name of the profile"),
        max_length=ImportProfile._meta.get_field("name").max_length,
        help_text=_(
            "Choose it for the next file of this kind. A profile of this name is replaced."
        ),
    )

    def __init__(self, *args, batch, wanted, **kwargs):
        super().__init__(*args, **kwargs)
        self.batch = batch
        self.table = profiles.get(profiles.GENERAL).table(batch.kind)
        self.at = self._header_at(wanted)
        self.header = batch.first_rows[self.at] if batch.first_rows else []
        guessed = {indexes[0]: name for name, indexes in self.table.fields_of(self.header).items()}
        choices = [("", "—"), *((name, label_of(name)) for name in fields_of(batch.kind))]
        for index in self.indexes:
            self.fields[f"column_{index}"] = forms.ChoiceField(
                label=self.header[index],
                choices=choices,
                required=False,
                initial=guessed.get(index),
                widget=forms.Select(attrs={"class": "w-w-full"}),
            )

    def _header_at(self, wanted):
        """The row chosen, else the one with most headers that we know, or most cells."""
        rows = self.batch.first_rows
        if wanted.isdecimal() and int(wanted) < len(rows):
            return int(wanted)
        best = [(len(self.table.fields_of(row)), sum(map(bool, row))) for row in rows]
        return best.index(max(best)) if best else 0

    @cached_property
    def indexes(self):
        """The columns that can be told from others by their headers."""
        there = Counter(map(fold, self.header))
        return [index for index, cell in enumerate(self.header) if cell and there[fold(cell)] == 1]

    def columns(self):
        """(bound field, examples below the header) of each column."""
        below = self.batch.first_rows[self.at + 1 :]
        for index in self.indexes:
            found = [row[index] for row in below if index < len(row) and row[index]]
            yield self[f"column_{index}"], found[:EXAMPLES]

    def needed(self, without=()):
        """What the columns must say: fields of which one is enough beside a /."""
        return ", ".join(
            " / ".join(str(label_of(name)) for name in names)
            for names in self.table.alternatives
            if not set(names) & set(without)
        )

    def clean_name(self):
        name = self.cleaned_data["name"]
        other = self.batch.supplier.import_profiles.filter(name=name).exclude(kind=self.batch.kind)
        if name in profiles.names() or other.exists():
            raise forms.ValidationError(gettext("This name is taken."))
        return name

    def clean(self):
        data = super().clean()
        chosen = [data.get(f"column_{index}") for index in self.indexes]
        for name, times in Counter(filter(None, chosen)).items():
            if times > 1:
                reason = gettext("“%s” is chosen for more than one column.")
                self.add_error(None, reason % label_of(name))
        if missing := self.needed(without=chosen):
            self.add_error(None, gettext("Missing: %s") % missing)
        data["columns"] = {
            name: [self.header[index]] for index, name in zip(self.indexes, chosen) if name
        }
        return data


def fields_of(kind):
    """The names of the fields that a file of this kind may hold."""
    names = list(profiles.get(profiles.GENERAL).table(kind).columns)
    return names + ["id"] if kind == ImportBatch.Kind.ENTRIES else names


def label_of(name):
    return FIELDS.get(name, name)
