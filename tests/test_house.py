"""The house stands as docs/architecture.md draws it: imports, migrations, texts, the wheel."""

import io
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import allauth
import django
import pytest
import wagtail
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.management import call_command

from b2b_portal import conf

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "b2b_portal"

pytestmark = pytest.mark.once


def test_imports_run_one_way():
    lint = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"]
    done = subprocess.run(
        [*lint, "--config", "tests/importlinter.ini", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_migration_is_missing(db):
    call_command("makemigrations", "--check", "--dry-run", stdout=io.StringIO())


def test_the_example_site_passes_its_checks(settings):
    settings.DEBUG = True  # as its own settings have it; the test runner turns it off
    call_command("check", fail_level="WARNING", stdout=io.StringIO())


@pytest.mark.parametrize("folder", [PACKAGE, ROOT / "example_site"], ids=lambda path: path.name)
def test_every_text_has_its_turkish_and_the_compiled_file_is_the_same(folder):
    po = folder / "locale/tr/LC_MESSAGES/django.po"
    source, compiled = _read_po(po), _read_mo(po.with_suffix(".mo"))
    assert source and all(source.values()), [key for key, text in source.items() if not text]
    assert compiled == source


def test_no_word_of_ours_changes_a_word_of_wagtail_django_or_allauth():
    """All apps share one catalogue: where theirs is another word, ours needs a context."""
    ours = _read_po(PACKAGE / "locale/tr/LC_MESSAGES/django.po")
    for package in (django, wagtail, allauth):
        for mo in Path(package.__file__).parent.glob("**/locale/tr*/LC_MESSAGES/django.mo"):
            theirs = _read_mo(mo)
            assert not {key: ours[key] for key in ours.keys() & theirs if ours[key] != theirs[key]}


def _read_po(path):
    catalog = read_po(path.open("rb"))
    assert not [message.id for message in catalog if message.id and message.fuzzy]
    return _texts(catalog)


def _read_mo(path):
    return _texts(read_mo(path.open("rb")))


def _texts(catalog):
    texts = {}
    for message in catalog:
        if message.id:
            ids = message.id if isinstance(message.id, (tuple, list)) else (message.id,)
            strings = message.string
            strings = strings if isinstance(strings, (tuple, list)) else (strings,)
            context = message.context
            context = context.decode() if isinstance(context, bytes) else context
            texts[context, ids[0]] = tuple(strings)[0]
    return texts


def test_no_text_of_the_portal_is_missing_from_the_catalogue(tmp_path):
    """Every msgid in the code is in the .po: makemessages would add none."""
    copy = shutil.copytree(PACKAGE, tmp_path / "b2b_portal")
    po = copy / "locale/tr/LC_MESSAGES/django.po"
    before = set(_read_po(po))
    if not shutil.which("xgettext"):
        pytest.skip("gettext is not installed")
    subprocess.run(
        [sys.executable, "-m", "django", "makemessages", "-l", "tr", "--no-obsolete", "-v0"],
        cwd=copy,
        check=True,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": ""},
    )
    after = set(_texts(read_po(po.open("rb"))))
    assert after == before


def test_the_wheel_brings_everything_a_site_needs(tmp_path):
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", tmp_path, ROOT], check=True
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    shipped = {
        str(path.relative_to(ROOT))
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert shipped <= names
    assert not [name for name in names if name.startswith(("tests/", "example_site/"))]


def test_no_template_has_inline_script_or_style():
    for template in PACKAGE.glob("templates/**/*.html"):
        text = template.read_text("utf-8")
        for part in ("<script", "<style", "style=", " onclick", " onsubmit", " onchange"):
            assert part not in text, f"{template}: {part}"


def test_settings_of_the_example_name_every_setting():
    assert set(settings.B2B_PORTAL) == set(conf.DEFAULTS)


def test_every_proof_that_the_docs_name_is_a_test():
    text = (ROOT / "docs/invariants.md").read_text("utf-8")
    named = set(re.findall(r"`(test_\w+\.py(?:::\w+)*)`", text))
    assert len(re.findall(r"^\| [0-9]+ \|", text, re.M)) == 21
    there = set()
    for path in (ROOT / "tests").glob("test_*.py"):
        there.add(outer := path.name)
        for inset, name in re.findall(
            r"^( {4})?(?:class|def) (\w+)", path.read_text("utf-8"), re.M
        ):
            there.add(f"{outer if inset else path.name}::{name}")
            outer = outer if inset else f"{path.name}::{name}"
    assert named - there == set()
