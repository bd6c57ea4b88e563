"""One command for a newcomer: database, data, site, worker and iyzico simulator."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from wagtail.models import Site
from website.seed import seed_admin, seed_site

from b2b_portal.cms.setup import steps
from b2b_portal.models import CustomerAccount
from demodata.loader import load
from demodata.pages import add_dealers_pages, add_report_pages
from demodata.people import DEMO_DEALER, DEMO_SUPPLIER

BOX = """
┌──────────────────────────────────────────────────────────────────────
│ The site            {site}/
│ The portal          {site}/b2b/
│   your tax number       {dealer}
│   your e-mail           {email}
│   the supplier's number {supplier}
│   the mailed code       {site}/inbox/
│ To pay              card 5526 0800 0000 0006, 12/30, CVC 123
│   the bank's code       123456
│ The admin           {site}/admin/   admin / admin
│
│ Ctrl-C ends everything. What the processes say: {log}
└──────────────────────────────────────────────────────────────────────
"""


class Command(BaseCommand):
    help = "Start the example site with its worker and the iyzico simulator."

    def add_arguments(self, parser):
        parser.add_argument(
            "--port", type=int, default=8000, help="of the site; the simulator takes the next two"
        )

    def handle(self, *, port, **options):
        if settings.PORT != port:
            os.environ["DEMO_PORT"] = str(port)
            os.execv(sys.executable, [sys.executable, *sys.argv])
        for taken in range(port, port + 3):
            self.refuse_if_taken(taken)
        prepare(port)
        processes = Processes()
        signal.signal(signal.SIGTERM, stop)
        try:
            processes.start("site", "runserver", f"127.0.0.1:{port}", "--noreload")
            processes.start("worker", "qcluster")
            processes.start(
                "iyzico",
                "iyzico_simulator",
                f"--api-port={port + 1}",
                f"--page-port={port + 2}",
                f"--ca-file={settings.B2B_PORTAL['GATEWAYS']['iyzico']['ca_file']}",
                f"--api-key={settings.B2B_PORTAL['GATEWAYS']['iyzico']['api_key']}",
                f"--secret-key={settings.B2B_PORTAL['GATEWAYS']['iyzico']['secret_key']}",
                f"--webhook-url=http://localhost:{port}/b2b/pay/notice/iyzico/",
                "--webhook-delay=3",
            )
            site = f"http://localhost:{port}"
            processes.wait_for(f"{site}/inbox/", f"http://127.0.0.1:{port + 2}/")
            self.stdout.write(
                BOX.format(
                    site=site,
                    dealer=DEMO_DEALER["tax_number"],
                    email=DEMO_DEALER["email"],
                    supplier=DEMO_SUPPLIER["tax_number"],
                    log=processes.log,
                )
            )
            self.stdout.flush()
            processes.watch()
        except KeyboardInterrupt:
            pass
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            processes.stop()

    def refuse_if_taken(self, port):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise CommandError(
                    f"Port {port} is taken: choose others with --port, e.g. --port 8100."
                ) from None


def stop(signum, frame):
    raise KeyboardInterrupt


def prepare(port):
    """Make the database and its data where they are not there; leave them alone where they are."""
    call_command("migrate", verbosity=0)
    if not CustomerAccount.objects.exists():
        with transaction.atomic():
            seed_site(port=port)
            seed_admin()
            for _what, make in steps():
                make()
            add_report_pages()
            add_dealers_pages()
            load()
    Site.objects.exclude(port=port).update(port=port)


class Processes:
    """The demo's own processes, each with a session of its own so that all of it can be ended."""

    def __init__(self):
        self.log = settings.VAR_DIR / f"demo-{settings.PORT}.log"
        self.log.parent.mkdir(exist_ok=True)
        self.output = self.log.open("w")
        self.running = {}

    def start(self, name, *arguments):
        self.running[name] = subprocess.Popen(
            [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=self.output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def wait_for(self, *urls):
        deadline = time.monotonic() + 60
        for url in urls:
            while not answers(url):
                self.check()
                if time.monotonic() > deadline:
                    raise CommandError(f"{url} does not answer; see {self.log}")
                time.sleep(0.1)

    def watch(self):
        while True:
            self.check()
            time.sleep(0.5)

    def check(self):
        for name, process in self.running.items():
            if process.poll() is not None:
                raise CommandError(f"The {name} has stopped; see {self.log}")

    def stop(self):
        for signum in (signal.SIGTERM, signal.SIGKILL):
            for process in self.running.values():
                try:
                    os.killpg(process.pid, signum)
                except ProcessLookupError:
                    continue
            deadline = time.monotonic() + 8
            for process in self.running.values():
                try:
                    process.wait(max(0.1, deadline - time.monotonic()))
                except subprocess.TimeoutExpired:
                    continue


def answers(url):
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True
