import getpass
import time
from pathlib import Path

from django.core.files import locks
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from b2b_portal.erp import importing
from b2b_portal.exceptions import B2BPortalError
from b2b_portal.models import Supplier

SETTLED = 10  # seconds for which a file must not have grown: whoever writes it has finished
LOCK = ".b2b_portal_watch"  # a file that a run holds: another one leaves the folder to it


class Command(BaseCommand):
    help = "Take in the files that the ERP has put into a folder: accounts-*, entries-*, …; once."

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path)
        parser.add_argument("--supplier", required=True, metavar="VKN")
        parser.add_argument("--profile", default="general")
        parser.add_argument(
            "--addresses",
            action="store_true",
            help="also apply changes of the accounts' e-mail addresses: who may sign in",
        )

    def handle(self, *, folder, supplier, profile, addresses, **options):
        supplier = Supplier.objects.filter(tax_number=supplier).first()
        if supplier is None:
            raise CommandError(_("No supplier has this tax number."))
        if not folder.is_dir():
            raise CommandError(_("%s is not a folder.") % folder)
        fields = {"profile": profile, "options": {"addresses": addresses}}
        refused = False
        with (folder / LOCK).open("w") as held:
            if not locks.lock(held, locks.LOCK_EX | locks.LOCK_NB):
                self.stdout.write(_("Another run is at work in %s.") % folder)
                return
            for kind, path in files_of(folder):
                problem = self.take_in(supplier, kind, path, fields)
                put_away(path, "refused" if problem else "done", problem)
                refused |= bool(problem)
        if refused:
            raise SystemExit(1)

    def take_in(self, supplier, kind, path, fields):
        """Take in one file; returns why it was refused, "" where it was not."""
        try:
            with path.open("rb") as stream:
                batch = importing.take_in(
                    supplier,
                    kind,
                    stream,
                    **fields,
                    file_name=path.name[:250],
                    by=_("%s (folder)") % getpass.getuser(),
                )
        except (OSError, B2BPortalError) as error:
            problem = str(error)
        else:
            problem = "\n".join(
                _("Line %(line)s, %(column)s: %(reason)s") % {**row, "column": row["column"] or "–"}
                for row in batch.refused
            )
            for text in (*batch.warnings, batch.summary()):
                self.stdout.write(f"{path.name}: {text}")
        if problem:
            self.stderr.write(f"{path.name}: {problem}")
        return problem


def files_of(folder):
    """(kind, path) of the finished files, accounts first, then by name."""
    kinds = list(importing.KINDS)
    now = time.time()
    found = []
    for path in sorted(folder.iterdir()):
        kind = path.name.split("-")[0].lower()
        if kind in kinds and path.is_file() and now - path.stat().st_mtime >= SETTLED:
            found.append((kind, path))
    return sorted(found, key=lambda one: kinds.index(one[0]))


def put_away(path, where, problem):
    """Move a file to the folder done or refused, with the reasons beside it."""
    folder = path.parent / where
    folder.mkdir(exist_ok=True)
    target = folder / f"{timezone.localtime():%Y%m%d-%H%M%S}-{path.name}"
    path.rename(target)
    if problem:
        target.with_name(f"{target.name}.txt").write_text(problem, "utf-8")
