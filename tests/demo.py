"""The demo, started as README says, in a copy of the example site."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).resolve().parent.parent / "example_site"


@dataclass
class Demo:
    folder: Path
    port: int
    process: subprocess.Popen
    box: str
    seconds: float

    @property
    def url(self):
        return f"http://localhost:{self.port}"

    def shown(self, label):
        """What the box says behind a label."""
        return re.search(rf"{label}\s+(\S+)", self.box)[1]

    def manage(self, *arguments):
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=self.folder,
            env=environment(),
            capture_output=True,
            text=True,
        )


def environment():
    """A newcomer's: no variable of Django's or the tests'."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DJANGO_", "DEMO_", "B2B_"))
    }


def copy_example_site(folder):
    ignored = shutil.ignore_patterns("db.sqlite3*", "var", "__pycache__")
    return shutil.copytree(EXAMPLE, folder / "example_site", ignore=ignored)


def free_ports():
    """The first of three free ports in a row."""
    for first in range(18000 + os.getpid() % 400 * 10, 30000, 10):
        if all(_is_free(first + n) for n in range(3)):
            return first
    raise RuntimeError("no free ports")


def _is_free(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def start_demo(folder, port):
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "manage.py", "demo", "--port", str(port)],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    box = ""
    for line in process.stdout:
        box += line
        if line.startswith("└"):
            return Demo(folder, port, process, box, time.monotonic() - began)
    raise AssertionError(f"the demo did not start:\n{box}")


def stop_demo(demo):
    """Ctrl-C; returns the command lines of processes of the demo that are still there."""
    demo.process.send_signal(signal.SIGINT)
    try:
        demo.process.wait(60)
    except subprocess.TimeoutExpired:
        demo.process.kill()
        subprocess.run(["pkill", "-KILL", "-f", str(demo.folder)])
        raise
    return [line for line in _command_lines() if str(demo.folder) in line]


def _command_lines():
    listing = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    return listing.stdout.splitlines()


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    folder = copy_example_site(tmp_path_factory.mktemp("demo"))
    demo = start_demo(folder, free_ports())
    yield demo
    stop_demo(demo)
