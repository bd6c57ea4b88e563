"""Run the iyzico simulator until interrupted."""

import signal
import threading

from django.core.management.base import BaseCommand, CommandError

from b2b_portal.testing.iyzico import API_KEY, SECRET_KEY, Simulator, SimulatorError


class Command(BaseCommand):
    help = (
        "Run a stand-in for iyzico on this machine until Ctrl-C: API over TLS, card page, webhooks. "
        "No real card works and no money moves."
    )
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument(
            "--api-port", type=int, default=8443, help="port of the API, 0 for a free one"
        )
        parser.add_argument(
            "--page-port", type=int, default=8444, help="port of the card page, 0 for a free one"
        )
        parser.add_argument("--ca-file", help="where to write the certificate to trust (PEM)")
        parser.add_argument("--webhook-url", default="", help="where to notify each finished try")
        parser.add_argument(
            "--webhook-delay", type=float, default=12, metavar="S", help="seconds before notifying"
        )
        parser.add_argument("--api-key", default=API_KEY)
        parser.add_argument("--secret-key", default=SECRET_KEY)

    def handle(self, **options):
        names = [
            "api_port",
            "page_port",
            "ca_file",
            "webhook_url",
            "webhook_delay",
            "api_key",
            "secret_key",
        ]
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *args: stop.set())
        try:
            with Simulator(**{name: options[name] for name in names}) as simulator:
                for name in ("base_url", "page_url", "ca_file"):
                    self.stdout.write(f"{name}={getattr(simulator, name)}")
                self.stdout.flush()
                stop.wait()
        except SimulatorError as error:
            raise CommandError(error) from error
