"""The addresses of an accounts file: who may sign in by it.

The first address of a cell is the account's own, the others are contacts. A contact made or edited
in the portal is never touched.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from ..customers.models import Contact, CustomerAccount
from ..signals import address_changed


@dataclass
class AddressChange:
    """One address given or taken; ``contact``: None for the account's own."""

    line: int
    account: CustomerAccount
    contact: Contact | None
    before: str
    after: str

    def __str__(self):
        label = _("contact") if self.contact else _("e-mail")
        return f"{label}: {self.before or '–'} → {self.after or '–'}"

    def set(self):
        """Make the change on the objects, unsaved."""
        if self.contact is None:
            self.account.email = self.after
        else:
            self.contact.is_active = bool(self.after)

    def tell(self, by):
        address_changed.send(
            type(self.contact or self.account),
            instance=self.contact or self.account,
            before=self.before,
            after=self.after,
            by=by,
        )


def changes(line, account, contacts, emails):
    """The ``AddressChange`` rows by which an account bears these addresses; none for no address.

    ``contacts``: {address: contact} of the account.
    """
    if not emails:
        return
    first, *others = emails
    if account.email != first:
        yield AddressChange(line, account, None, account.email, first)
    for email in others:
        contact = contacts.get(email)
        if contact is None:
            name = email.partition("@")[0]
            contact = Contact(account=account, name=name, email=email, from_erp=True)
            yield AddressChange(line, account, contact, "", email)
        elif contact.from_erp and not contact.is_active:
            yield AddressChange(line, account, contact, "", email)
    for email, contact in contacts.items():
        if contact.from_erp and contact.is_active and email not in emails:
            yield AddressChange(line, account, contact, email, "")


def save_contacts(changed):
    """Write the contacts of address changes that were set; their accounts are saved."""
    contacts = [change.contact for change in changed if change.contact]
    Contact.objects.bulk_create([row for row in contacts if not row.pk], batch_size=500)
    known = [row for row in contacts if row.pk]
    Contact.objects.bulk_update(known, ["is_active"], batch_size=500)
