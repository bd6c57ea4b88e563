from datetime import timedelta

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from b2b_portal.exceptions import PaymentError
from b2b_portal.models import Payment
from b2b_portal.payments.settle import settle


class Command(BaseCommand):
    help = "Ask the gateway about every unpaid payment of the last days, and book what was paid."

    def add_arguments(self, parser):
        parser.add_argument("--days", type=int, default=2)

    def handle(self, *, days, **options):
        """For a schedule: a payment whose return and notice were both lost is found here."""
        unpaid = Payment.objects.filter(
            entry=None,
            token__isnull=False,
            started_at__gte=timezone.now() - timedelta(days=days),
        ).exclude(state=Payment.State.REVIEW)
        asked = paid = 0
        for payment in unpaid:
            asked += 1
            try:
                paid += settle(payment, heard="reconcile").entry is not None
            except PaymentError as error:
                message = {"uuid": payment.uuid, "error": error}
                self.stderr.write(_("%(uuid)s: %(error)s") % message)
        counts = {"asked": asked, "paid": paid}
        self.stdout.write(_("%(asked)s payments asked about, %(paid)s of them paid.") % counts)
