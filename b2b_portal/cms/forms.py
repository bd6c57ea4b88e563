"""The forms of the admin that a model's panels do not give."""

import uuid
from datetime import date

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.models import WagtailAdminModelForm

from ..customers.models import CustomerAccount, Supplier
from ..exceptions import ContentConflict, InvalidEntry
from ..ledger import posting
from ..ledger.models import ClosedMonth, Entry, EntryKind
from ..ledger.months import DAY, today
from ..money import AmountFormField, currency_choices, round_to
from .admin.chooser import account_chooser
from .days import DayField
from .policies import suppliers_of, visible

SOURCE = "manual"
MONTHS_OFFERED = 24  # closing one closes all before it


class AccountForm(WagtailAdminModelForm):
    """An account stays in the books it was opened in."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        supplier = self.fields["supplier"]
        supplier.queryset = suppliers_of(self.for_user)
        if self.instance.pk:
            supplier.disabled = True
        else:
            choose_the_only(supplier)


class ContactForm(WagtailAdminModelForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["account"].queryset = visible(CustomerAccount.objects.all(), self.for_user)

    def save(self, commit=True):
        """What a clerk says of a contact, no file of the ERP changes any more."""
        self.instance.from_erp = False
        return super().save(commit)


class MovementForm(forms.Form):
    """One movement typed by a clerk. The hidden key makes a form sent twice post once."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    account = forms.ModelChoiceField(
        CustomerAccount.objects.none(),
        label=pgettext_lazy("b2b_portal", "Account"),
        widget=account_chooser.widget_class,
    )
    kind = forms.ChoiceField(label=_("Kind"))
    currency = forms.ChoiceField(label=_("Currency"), choices=currency_choices)
    debit = AmountFormField(
        label=_("Debit"), required=False, help_text=_("What the account owes more by it.")
    )
    credit = AmountFormField(
        label=_("Credit"), required=False, help_text=_("What the account owes less by it.")
    )
    rate = forms.DecimalField(
        label=_("Rate"),
        required=False,
        min_value=0,
        decimal_places=8,
        localize=True,
        help_text=_("Of a foreign currency. Without it the books' currency does not move."),
    )
    booked_on = DayField(label=_("Date"), initial=timezone.localdate)
    due_on = DayField(label=_("Due"), required=False, help_text=_("Empty: due on its own date."))
    document_no = forms.CharField(
        label=_("Document no"),
        required=False,
        max_length=Entry._meta.get_field("document_no").max_length,
    )
    description = forms.CharField(
        label=_("Description"),
        required=False,
        max_length=Entry._meta.get_field("description").max_length,
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["account"].queryset = visible(CustomerAccount.objects.all(), user)
        self.fields["kind"].choices = [
            ("", "—"),
            *(choice for choice in EntryKind.choices if choice[0] != EntryKind.REVERSAL),
        ]

    def clean(self):
        data = super().clean()
        if not self.errors:
            sides = [data[side] for side in ("debit", "credit") if data[side] is not None]
            if len(sides) != 1:
                self.add_error("credit", _("Fill in the debit or the credit, one of the two."))
            elif sides[0] <= 0:
                side = "credit" if data["debit"] is None else "debit"
                self.add_error(side, _("The amount must be more than 0."))
        return data

    def post(self, by):
        """Post the movement and return its entry; a form sent again gives the entry there is.

        Raises ``LedgerError``.
        """
        data = self.cleaned_data
        amount = data["debit"] if data["debit"] is not None else -data["credit"]
        books = data["account"].supplier.currency
        rate = data["rate"] if data["currency"] != books else None
        copied = ("account", "currency", "kind", "booked_on", "due_on", "document_no")
        try:
            return posting.post(
                **{name: data[name] for name in (*copied, "description")},
                amount=amount,
                base_amount=rate and round_to(amount * rate, books),
                rate=rate or None,
                source=SOURCE,
                external_id=str(data["key"]),
                by=by,
            )
        except ContentConflict:
            raise InvalidEntry(
                gettext("This form was sent before. Open a new one for another movement.")
            ) from None


class ReverseForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=Entry._meta.get_field("description").max_length,
        help_text=_(
            "Stands on the reversal. Where both lie in the period, customers see neither of the two."
        ),
    )


class CloseMonthForm(forms.Form):
    supplier = forms.ModelChoiceField(
        Supplier.objects.none(),
        label=_("Supplier"),
        widget=forms.Select(attrs={"class": "w-w-full"}),  # a long name leaves no phone's screen
    )
    month = forms.TypedChoiceField(
        label=_("Month"),
        coerce=date.fromisoformat,
        help_text=_(
            "All months before it close with it. A closed month takes no movement any more, "
            "neither by hand nor from the ERP."
        ),
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["supplier"].queryset = suppliers_of(user)
        choose_the_only(self.fields["supplier"])
        self.fields["month"].choices = [
            (day.isoformat(), month_name(day)) for day in months_over(MONTHS_OFFERED)
        ]


class ReopenForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), max_length=ClosedMonth._meta.get_field("reason").max_length
    )


def months_over(count):
    """The last days of the last months that are over, newest first."""
    day = today()
    for _month in range(count):
        day = day.replace(day=1) - DAY
        yield day


def month_name(day):
    """A day's month as the reader writes it: January 2026."""
    return date_format(day, "YEAR_MONTH_FORMAT")


def choose_the_only(field):
    """Preselect the choice of a ModelChoiceField where there is one only."""
    choices = field.queryset[:2]
    if len(choices) == 1:
        field.initial = choices[0].pk
