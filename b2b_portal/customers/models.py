"""Who does business with whom."""

from email.utils import formataddr, parseaddr

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator, validate_email
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ..money import currency_choices
from .fold import fold
from .tax_numbers import validate_tax_number


class MailboxField(models.EmailField):
    """An e-mail address in lower case, however it was typed: equal mailboxes are equal."""

    def to_python(self, value):
        value = super().to_python(value)
        return value and value.strip().lower()

    def pre_save(self, instance, add):
        value = self.to_python(super().pre_save(instance, add))
        setattr(instance, self.attname, value)
        return value


def validate_sender(text):
    """One address, alone or as "Name <address>"."""
    name, address = parseaddr(text)
    validate_email(address)
    if formataddr((name, address)) != text and text != address and f"{name} <{address}>" != text:
        raise ValidationError(_("Write a sender like Anadolu Toptan <muhasebe@firma.com.tr>."))


class Supplier(models.Model):
    """The company whose books the accounts stand in."""

    name = models.CharField(pgettext_lazy("b2b_portal", "name"), max_length=200)
    tax_number = models.CharField(
        _("tax number"), max_length=11, unique=True, validators=[validate_tax_number]
    )
    tax_office = models.CharField(_("tax office"), max_length=100, blank=True)
    currency = models.CharField(
        _("currency of the books"), max_length=3, default="TRY", choices=currency_choices
    )
    address = models.TextField(_("address"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    logo = models.ImageField(
        _("logo"), upload_to="b2b_portal/logos/", blank=True, help_text=_("PNG or JPEG, for PDFs.")
    )
    color = models.CharField(
        _("colour"),
        max_length=7,
        default="#1f4e79",
        validators=[RegexValidator("^#[0-9a-fA-F]{6}$", _("Write a colour like #1f4e79."))],
        help_text=_("Like #1f4e79, for PDFs."),
    )
    ibans = models.TextField(
        _("bank accounts"),
        blank=True,
        help_text=_("One a line: bank, currency, IBAN. Printed on statements."),
    )
    mail_from = models.CharField(
        _("sender of mails"),
        max_length=200,
        blank=True,
        validators=[validate_sender],
        help_text=_("Like Anadolu Toptan <muhasebe@firma.com.tr>; empty: the site's own."),
    )
    posts_invoices = models.BooleanField(
        _("post invoices"),
        default=False,
        help_text=_(
            "Off: movements come from the ERP, and an invoice is attached to its movement. "
            "On: each invoice taken in is posted; the ERP's files must not bring it again."
        ),
    )
    staff_groups = models.ManyToManyField(
        "auth.Group",
        blank=True,
        related_name="+",
        verbose_name=_("groups of staff"),
        help_text=_("Only their members see these books in the admin; none chosen: all who may."),
    )

    class Meta:
        verbose_name = _("supplier")
        verbose_name_plural = _("suppliers")
        ordering = ["name"]

    def __str__(self):
        return self.name


class CustomerAccount(models.Model):
    """An open account (cari hesap): one dealer, or vendor, in one supplier's books."""

    account_path = "self"

    supplier = models.ForeignKey(
        Supplier, models.PROTECT, related_name="accounts", verbose_name=_("supplier")
    )
    code = models.CharField(_("account code"), max_length=60)
    title = models.CharField(pgettext_lazy("b2b_portal", "title"), max_length=250)
    tax_number = models.CharField(
        _("tax number"),
        max_length=11,
        blank=True,
        db_index=True,
        validators=[validate_tax_number],
        help_text=_("VKN (10 digits) or TCKN (11 digits). Several accounts may share one."),
    )
    tax_office = models.CharField(_("tax office"), max_length=100, blank=True)
    email = MailboxField(
        _("e-mail"),
        blank=True,
        db_index=True,
        help_text=_("Sign-in codes go to this address: whoever reads it sees the account."),
    )
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    address = models.TextField(_("address"), blank=True)
    city = models.CharField(_("city"), max_length=60, blank=True)
    is_closed = models.BooleanField(
        _("closed"), default=False, help_text=_("A closed account takes no new movement.")
    )
    external_id = models.CharField(
        _("row id in the ERP"), max_length=60, blank=True, editable=False, db_index=True
    )
    batch = models.ForeignKey(
        "b2b_portal.ImportBatch",
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="accounts",
        verbose_name=_("import"),
    )
    search_text = models.TextField(editable=False, default="")
    _stored_code = None

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        ordering = ["title", "code"]
        permissions = [("change_email_customeraccount", _("Can change sign-in addresses"))]
        constraints = [
            models.UniqueConstraint(
                fields=["supplier", "code"],
                name="b2b_portal_account_code",
                violation_error_message=_("This supplier already has an account with this code."),
            )
        ]

    def __str__(self):
        return f"{self.code} {self.title}"

    @classmethod
    def from_db(cls, db, field_names, values):
        account = super().from_db(db, field_names, values)
        account._stored_code = account.__dict__.get("code")
        return account

    @transaction.atomic
    def save(self, *args, **kwargs):
        """A code that is changed stays known as a former one."""
        self.index()
        super().save(*args, **kwargs)
        if self._stored_code not in (None, self.code):
            FormerCode.objects.update_or_create(
                supplier_id=self.supplier_id, code=self._stored_code, defaults={"account": self}
            )
        self._stored_code = self.code

    def index(self):
        """Work out what a search finds; ``bulk_create`` does not."""
        self.search_text = fold(self.code, self.title, self.tax_number, self.city, self.email)


class FormerCode(models.Model):
    """A code that an account bore before: the ERP's files may still know it by that."""

    account_path = "account"

    supplier = models.ForeignKey(Supplier, models.CASCADE, related_name="+")
    account = models.ForeignKey(CustomerAccount, models.CASCADE, related_name="former_codes")
    code = models.CharField(max_length=60)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["supplier", "code"], name="b2b_portal_former_code")
        ]

    def __str__(self):
        return self.code


class Contact(models.Model):
    """A person who may see an account."""

    account_path = "account"

    class Role(models.TextChoices):
        PAYMENT_OFFICER = "payment_officer", _("in charge of payments")
        BUYER = "buyer", _("buyer")
        ACCOUNTANT = "accountant", _("accountant")

    account = models.ForeignKey(
        CustomerAccount, models.PROTECT, related_name="contacts", verbose_name=_("account")
    )
    name = models.CharField(pgettext_lazy("b2b_portal", "name"), max_length=150)
    email = MailboxField(_("e-mail"), db_index=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    role = models.CharField(
        _("role"), max_length=20, choices=Role.choices, default=Role.PAYMENT_OFFICER
    )
    is_active = models.BooleanField(pgettext_lazy("b2b_portal", "active"), default=True)
    from_erp = models.BooleanField(_("from the ERP"), default=False, editable=False)

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "email"],
                name="b2b_portal_contact_email",
                violation_error_message=_("This account already has a contact with this e-mail."),
            )
        ]

    def __str__(self):
        return f"{self.name} <{self.email}>"
