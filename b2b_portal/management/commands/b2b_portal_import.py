import getpass
import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from b2b_portal.erp import entries, profiles
from b2b_portal.exceptions import B2BPortalError, FileRefused
from b2b_portal.models import Supplier


class Command(BaseCommand):
    help = "Take in a file of the ERP: all of it, or nothing where a row is refused."

    def add_arguments(self, parser):
        parser.add_argument("kind", choices=["entries"])
        parser.add_argument("file", type=Path)
        parser.add_argument("--supplier", required=True, metavar="VKN")
        parser.add_argument("--profile", default="general", choices=profiles.names())
        parser.add_argument("--dry-run", action="store_true", help="only say what would change")
        parser.add_argument("--json", action="store_true")

    def handle(self, *, kind, file, supplier, profile, dry_run, json, **options):
        supplier = Supplier.objects.filter(tax_number=supplier).first()
        if supplier is None:
            raise CommandError(_("No supplier has this tax number."))
        by = f"{getpass.getuser()} (command)"
        try:
            difference = entries.compare(
                supplier, file.read_bytes(), profile=profile, file_name=file.name, by=by
            )
            batch = None
            if not dry_run and not difference.refused:
                batch = entries.apply(supplier, difference, profile=profile, by=by)
        except FileRefused as error:
            if not json:
                raise CommandError(str(error)) from None
            difference, batch = entries.Difference(file.name, ""), None
            difference.refused.append({"line": 0, "column": "", "reason": str(error)})
        except (OSError, B2BPortalError) as error:
            raise CommandError(str(error)) from None
        self.report(difference, batch, json)
        if difference.refused:
            raise SystemExit(1)

    def report(self, difference, batch, as_json):
        result = {
            "batch": batch.pk if batch else None,
            **difference.counts(),
            "refused": difference.refused,
            "warnings": difference.warnings,
        }
        if as_json:
            self.stdout.write(json.dumps(result, ensure_ascii=False))
            return
        for row in difference.refused:
            self.stdout.write(
                _("Line %(line)s, %(column)s: %(reason)s") % {**row, "column": row["column"] or "–"}
            )
        for warning in difference.warnings:
            self.stdout.write(warning)
        self.stdout.write(
            _(
                "%(new)s new, %(changed)s changed, %(unchanged)s unchanged, %(matched)s matched, "
                "%(refused)s refused."
            )
            % {**result, "refused": len(difference.refused)}
        )
        self.stdout.write(
            _("Applied as import %s.") % batch.pk if batch else _("Nothing was written.")
        )
