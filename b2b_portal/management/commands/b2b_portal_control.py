from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from b2b_portal.erp.control import differences
from b2b_portal.models import Supplier
from b2b_portal.money import format_amount
from b2b_portal.tables.formats import format_date

FIGURES = ("erp", "portal", "waiting", "difference")


class Command(BaseCommand):
    help = "Compare the balances that the ERP states with the portal's; exit 1 where they differ."

    def add_arguments(self, parser):
        parser.add_argument("--supplier", required=True, metavar="VKN")

    def handle(self, *, supplier, **options):
        supplier = Supplier.objects.filter(tax_number=supplier).first()
        if supplier is None:
            raise CommandError(_("No supplier has this tax number."))
        count = 0
        for count, row in enumerate(differences(supplier), 1):
            figures = {name: format_amount(getattr(row, name), row.currency) for name in FIGURES}
            self.stdout.write(
                _(
                    "%(account)s, %(day)s, %(currency)s: in the ERP %(erp)s, in the portal "
                    "%(portal)s, of it not yet in the ERP %(waiting)s, difference %(difference)s"
                )
                % {
                    "account": row.account,
                    "day": format_date(row.as_of),
                    "currency": row.currency,
                    **figures,
                }
            )
        if count:
            self.stdout.write(_("%s balances differ.") % count)
            raise SystemExit(1)
        self.stdout.write(_("No balance differs."))
