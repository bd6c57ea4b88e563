import getpass
import json
from datetime import date
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from b2b_portal.erp import importing
from b2b_portal.erp.models import ImportBatch
from b2b_portal.exceptions import B2BPortalError, FileRefused
from b2b_portal.models import Supplier

SAID = ("new", "changed", "unchanged", "matched")
OPTIONS = ("reverse_missing", "create_accounts", "addresses")


class Command(BaseCommand):
    help = "Take in a file of the ERP: all of it, or nothing where a row is refused."

    def add_arguments(self, parser):
        parser.add_argument("kind", choices=[kind.value for kind in importing.KINDS])
        parser.add_argument("file", type=Path)
        parser.add_argument("--supplier", required=True, metavar="VKN")
        parser.add_argument("--profile", default="general")
        parser.add_argument("--dry-run", action="store_true", help="only say what would change")
        parser.add_argument("--json", action="store_true")
        for end in ("from", "until"):
            parser.add_argument(
                f"--complete-{end}",
                type=date.fromisoformat,
                metavar="YYYY-MM-DD",
                help="the file holds all movements of these days: say what is missing",
            )
        parser.add_argument(
            "--reverse-missing", action="store_true", help="and reverse what is missing"
        )
        parser.add_argument(
            "--create-accounts",
            action="store_true",
            help="make the accounts that movements name and the portal lacks",
        )
        parser.add_argument(
            "--no-addresses",
            action="store_false",
            dest="addresses",
            help="leave the e-mail addresses of accounts as they are",
        )

    def handle(self, *, kind, file, supplier, dry_run, json, **options):
        if options["reverse_missing"] and not (
            options["complete_from"] or options["complete_until"]
        ):
            raise CommandError(_("--reverse-missing needs --complete-from or --complete-until."))
        supplier = Supplier.objects.filter(tax_number=supplier).first()
        if supplier is None:
            raise CommandError(_("No supplier has this tax number."))
        names = ("profile", "complete_from", "complete_until")
        try:
            with file.open("rb") as stream:
                batch = importing.take_in(
                    supplier,
                    kind,
                    stream,
                    dry_run=dry_run,
                    by=_("%s (command)") % getpass.getuser(),
                    file_name=file.name[:250],
                    options={name: options[name] for name in OPTIONS},
                    **{name: options[name] for name in names},
                )
        except FileRefused as error:
            if not json:
                raise CommandError(str(error)) from None
            batch = ImportBatch()
            batch.refuse(0, "", error)
        except (OSError, B2BPortalError) as error:
            raise CommandError(str(error)) from None
        self.report(batch, json)
        if batch.refused:
            raise SystemExit(1)

    def report(self, batch, as_json):
        counts = {name: batch.counts.get(name, 0) for name in SAID}
        # Said only where there are some.
        counts |= {
            name: count
            for name, count in batch.counts.items()
            if count and name not in (*SAID, "refused", "unreadable")
        }
        if as_json:
            result = {"batch": batch.pk, **counts}
            result |= {"refused": batch.refused, "warnings": batch.warnings}
            if batch.lines:
                result["lines"] = batch.lines
            self.stdout.write(json.dumps(result, ensure_ascii=False))
            return
        for row in batch.refused:
            self.stdout.write(
                _("Line %(line)s, %(column)s: %(reason)s") % {**row, "column": row["column"] or "–"}
            )
        for row in batch.lines if batch.pk is None else ():
            self.stdout.write(_("Line %(line)s: %(text)s") % row)
        for warning in batch.warnings:
            self.stdout.write(warning)
        self.stdout.write(batch.summary())
        self.stdout.write(
            _("Applied as import %s.") % batch.pk if batch.pk else _("Nothing was written.")
        )
