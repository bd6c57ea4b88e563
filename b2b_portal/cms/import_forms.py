"""The form by which a clerk takes in a file of the ERP."""

from uuid import uuid4

from django import forms
from django.core.files import File
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..customers.models import CustomerAccount, Supplier
from ..erp import importing, profiles
from ..erp.models import ImportBatch, ImportProfile
from ..exceptions import FileRefused
from .days import DayField
from .forms import choose_the_only
from .policies import POLICIES, suppliers_of

LARGEST = 100 * 2**20  # bytes


class UploadForm(forms.Form):
    supplier = forms.ModelChoiceField(
        Supplier.objects.none(),
        label=_("Supplier"),
        widget=forms.Select(attrs={"class": "w-w-full"}),
    )
    kind = forms.ChoiceField(label=_("Kind of file"), initial=ImportBatch.Kind.ENTRIES)
    profile = forms.ChoiceField(
        label=_("Profile"),
        required=False,
        initial=profiles.GENERAL,
        help_text=_("How the ERP names its columns."),
        widget=forms.Select(attrs={"class": "w-w-full"}),
    )
    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV or Excel (.xlsx); invoices also as XML or ZIP. At most 100 MB."),
    )
    complete_from = DayField(
        label=_("Complete from"),
        required=False,
        help_text=_(
            "Only where the file holds all movements of a period: then you see which movements of "
            "the portal are missing from it."
        ),
    )
    complete_until = DayField(label=_("Complete until"), required=False)
    create_accounts = forms.BooleanField(
        label=_("Create missing accounts"),
        required=False,
        help_text=_("For files of movements. Otherwise rows of unknown accounts are refused."),
    )
    addresses = forms.BooleanField(
        label=_("Apply changes of e-mail addresses"),
        required=False,
        help_text=_("For files of accounts. Whoever reads the new address can then sign in."),
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["supplier"].queryset = suppliers_of(user)
        choose_the_only(self.fields["supplier"])
        self.fields["kind"].choices = [
            (kind.value, capfirst(kind.label)) for kind in importing.KINDS
        ]
        own = ImportProfile.objects.filter(supplier__in=suppliers_of(user))
        self.own = {str(profile.pk): profile for profile in own.select_related("supplier")}
        self.fields["profile"].choices = [
            *((name, profiles.get(name).label) for name in profiles.names()),
            *(
                (pk, f"{profile} ({profile.get_kind_display()}, {profile.supplier})")
                for pk, profile in self.own.items()
            ),
            ("", _("None of these: I map the columns by hand")),
        ]
        if not POLICIES[CustomerAccount].user_has_permission(user, "change_email"):
            del self.fields["addresses"]

    def clean_file(self):
        upload = self.cleaned_data["file"]
        if upload.size > LARGEST:
            raise forms.ValidationError(gettext("The file is larger than 100 MB."))
        return upload

    def clean(self):
        data = super().clean()
        if not self.errors:
            self._check_profile(data)
            days = data["complete_from"], data["complete_until"]
            if all(days) and days[0] > days[1]:
                self.add_error("complete_until", gettext("The period ends before it begins."))
        return data

    def _check_profile(self, data):
        own = self.own.get(data["profile"])
        if own and (own.supplier, own.kind) != (data["supplier"], data["kind"]):
            reason = gettext("This profile is for other files (%(kind)s, %(supplier)s).")
            names = {"kind": own.get_kind_display(), "supplier": own.supplier}
            self.add_error("profile", reason % names)
        elif own:
            data["profile"] = own.name
        elif data["profile"]:
            try:
                profiles.get(data["profile"]).table(data["kind"])
            except FileRefused as error:
                self.add_error("profile", str(error))

    def receive(self, by):
        """Store the file, have the worker read it, and return its batch."""
        data = self.cleaned_data
        upload = data["file"]
        copied = ("supplier", "kind", "profile", "complete_from", "complete_until")
        batch = importing.receive(
            stream=upload,
            file=File(upload, name=uuid4().hex),
            file_name=shown(upload.name),
            options={name: data.get(name, False) for name in ("create_accounts", "addresses")},
            made_by=by,
            **{name: data[name] for name in copied},
        )
        importing.enqueue_read(batch)
        return batch


def shown(name):
    """A file's name without what would change how it is read: controls, marks of direction."""
    length = ImportBatch._meta.get_field("file_name").max_length
    return "".join(filter(str.isprintable, name))[:length]
