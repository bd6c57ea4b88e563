"""The test command: the tests on SQLite, then once more on PostgreSQL, then what was skipped.

``python -m tests [pytest's arguments]``. Chromium, PostgreSQL, Redis and LibreOffice are used where
they are installed; where one is not, its tests are skipped and said so. With B2B_NEED_ALL=1 that
fails.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from .browser import CHROMIUM
from .postgresql import Cluster, binaries

HERE = Path(__file__).parent
NEEDS = (
    ("test_browser", "Chromium"),
    ("test_accessibility", "Chromium"),
    ("test_redis", "Redis"),
    ("test_libreoffice", "LibreOffice"),
)
PARALLEL = ("-n", "auto", "--maxprocesses=4", "--dist=loadscope")


def main(arguments):
    counts = {}
    with tempfile.TemporaryDirectory() as folder:
        failed = run(arguments, Path(folder) / "sqlite.xml", counts)
        if binaries():
            with Cluster() as cluster:
                failed |= run(
                    [*arguments, "-m", "not chromium and not redis and not once"],
                    Path(folder) / "postgresql.xml",
                    counts,
                    B2B_TEST_POSTGRES=f"127.0.0.1:{cluster.port}",
                )
    lacking = report(counts)
    if lacking and os.environ.get("B2B_NEED_ALL"):
        print(f"Failed: tests were skipped for want of {', '.join(lacking)}.")
        failed = 1
    return failed


def run(arguments, results, counts, **environment):
    on = "PostgreSQL" if environment else "SQLite"
    print(f"== Tests on {on}", flush=True)
    command = [sys.executable, "-m", "pytest", "-q", *PARALLEL, f"--junitxml={results}", *arguments]
    code = subprocess.run(
        command, cwd=HERE.parent, env=os.environ | environment, check=False
    ).returncode
    if not results.exists():
        return code or 1
    for case in ElementTree.parse(results).iter("testcase"):
        name = "PostgreSQL" if environment else _needs(case)
        ran = case.find("skipped") is None
        done, skipped = counts.get(name, (0, 0))
        counts[name] = (done + ran, skipped + (not ran))
    return 0 if code == 5 else code


def _needs(case):
    for part, name in NEEDS:
        if part in case.get("classname", ""):
            return name
    return "SQLite"


def report(counts):
    """Print how many tests ran and were skipped for want of each; returns what was lacking."""
    there = {
        "Chromium": CHROMIUM,
        "PostgreSQL": binaries(),
        "Redis": shutil.which("redis-server"),
        "LibreOffice": shutil.which("soffice"),
    }
    print("== Ran and skipped")
    lacking = []
    for name in ("SQLite", "PostgreSQL", "Chromium", "Redis", "LibreOffice"):
        done, skipped = counts.get(name, (0, 0))
        missing = name in there and not there[name]
        print(f"{name}: {done} ran, {skipped} skipped{' (not installed)' if missing else ''}")
        if missing or (name in there and skipped):
            lacking.append(name)
    return lacking


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
