from django.conf import settings
from django.core.management.base import BaseCommand

from website.seed import seed_admin, seed_site


class Command(BaseCommand):
    help = "Makes the example site's pages and the user admin (password: admin)."

    def handle(self, **options):
        seed_site(port=settings.PORT)
        seed_admin()
