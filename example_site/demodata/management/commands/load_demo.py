from django.core.management.base import BaseCommand, CommandError

from demodata.loader import NotEmpty, load
from demodata.source import LinesError


class Command(BaseCommand):
    help = "Loads the demo data into a database that has no movements yet."

    def add_arguments(self, parser):
        parser.add_argument(
            "--lines",
            metavar="FILE",
            help="a whole file of invoice lines (.csv or .csv.xz) instead of the part that is here",
        )

    def handle(self, lines=None, **options):
        try:
            load(lines, stdout=self.stdout)
        except (NotEmpty, LinesError) as error:
            raise CommandError(str(error)) from None
