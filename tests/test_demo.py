"""What README promises of the demo."""

import socket
import sqlite3
import subprocess
import sys

import pytest

from .demo import copy_example_site, environment, free_ports, start_demo, stop_demo

pytestmark = pytest.mark.once


def test_the_demo_starts_keeps_its_data_and_leaves_no_process(tmp_path):
    folder = copy_example_site(tmp_path)
    first = start_demo(folder, free_ports())
    for label in ("The site", "your tax number", "your e-mail", "supplier's number", "admin"):
        assert first.shown(label)
    assert "5526 0800 0000 0006" in first.box and "123456" in first.box
    assert stop_demo(first) == []

    before = entries_in(folder)
    second = start_demo(folder, free_ports())
    assert stop_demo(second) == []
    assert entries_in(folder) == before > 1000


def entries_in(folder):
    with sqlite3.connect(folder / "db.sqlite3") as database:
        return database.execute("SELECT COUNT(*) FROM b2b_portal_entry").fetchone()[0]


def test_a_taken_port_is_named_in_one_line(tmp_path):
    folder = copy_example_site(tmp_path)
    port = free_ports()
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port + 1))
        taken.listen()
        refused = subprocess.run(
            [sys.executable, "manage.py", "demo", "--port", str(port)],
            cwd=folder,
            env=environment(),
            capture_output=True,
            text=True,
        )
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert f"Port {port + 1} is taken" in refused.stderr and "--port" in refused.stderr
    with sqlite3.connect(folder / "db.sqlite3") as database:
        assert database.execute("SELECT COUNT(*) FROM sqlite_master").fetchone() == (0,)
