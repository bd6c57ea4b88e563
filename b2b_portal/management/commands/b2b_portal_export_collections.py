import io
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from b2b_portal.erp import profiles
from b2b_portal.erp.collections import export_collections
from b2b_portal.exceptions import B2BPortalError
from b2b_portal.models import Supplier


class Command(BaseCommand):
    help = "Write the payments taken online to a file for the ERP."

    def add_arguments(self, parser):
        parser.add_argument("--supplier", required=True, metavar="VKN")
        parser.add_argument("--profile", default="general", choices=profiles.names())
        parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE")

    def handle(self, *, supplier, profile, output, **options):
        supplier = Supplier.objects.filter(tax_number=supplier).first()
        if supplier is None:
            raise CommandError(_("No supplier has this tax number."))
        try:
            with transaction.atomic():
                stream = io.BytesIO()
                exported = export_collections(supplier, stream, profile=profile)
                output.write_bytes(stream.getvalue())
        except (OSError, B2BPortalError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            _("%(count)s payments in %(file)s.") % {"count": exported.count, "file": output}
        )
        if exported.again:
            self.stdout.write(_("%s of them were handed over before.") % exported.again)
