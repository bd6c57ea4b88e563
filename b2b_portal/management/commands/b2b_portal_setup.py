from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from b2b_portal.cms.setup import steps


class Command(BaseCommand):
    help = "Make what the portal needs in this site's database, and leave alone what is there."

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="only say what is missing")
        parser.add_argument("--supplier", metavar="VKN", help="the supplier the sites stand for")

    @transaction.atomic
    def handle(self, *, dry_run, supplier, **options):
        try:
            missing = steps(supplier)
            for what, make in missing:
                if not dry_run:
                    make()
                self.stdout.write((_("missing: %s") if dry_run else _("made: %s")) % what)
        except LookupError as error:
            raise CommandError(str(error)) from None
        if not missing:
            self.stdout.write(_("Everything is there."))
