import io
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from b2b_portal.erp.order_requests import export_orders
from b2b_portal.models import Supplier


class Command(BaseCommand):
    help = "Write the orders requested in the portal to a file for the ERP."

    def add_arguments(self, parser):
        parser.add_argument("--supplier", required=True, metavar="VKN")
        parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE")

    def handle(self, *, supplier, output, **options):
        suppliers = Supplier.objects.filter(tax_number=supplier)
        if not suppliers:
            raise CommandError(_("No supplier has this tax number."))
        try:
            with transaction.atomic():
                stream = io.BytesIO()
                exported = export_orders(suppliers, stream)
                output.write_bytes(stream.getvalue())
        except OSError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            _("%(count)s orders in %(file)s.") % {"count": exported.count, "file": output}
        )
        if exported.again:
            self.stdout.write(_("%s of them were handed over before.") % exported.again)
