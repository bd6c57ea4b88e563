from itertools import chain

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from b2b_portal.ledger import integrity
from b2b_portal.payments import integrity as payments_integrity


class Command(BaseCommand):
    help = "Prove what the stored rows can prove; exit 1 and a line for each offender otherwise."

    def handle(self, **options):
        count = 0
        for problem in chain(integrity.problems(), payments_integrity.problems()):
            self.stdout.write(problem)
            count += 1
        if count:
            self.stdout.write(_("%s problems.") % count)
            raise SystemExit(1)
        self.stdout.write(_("The ledger holds."))
