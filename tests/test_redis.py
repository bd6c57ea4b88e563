"""Jobs over Redis: handed over when the transaction commits, and done by a real worker."""

import email
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from email import policy
from pathlib import Path

import pytest
from django.db import connection

pytestmark = [
    pytest.mark.redis,
    pytest.mark.skipif(not shutil.which("redis-server"), reason="redis-server is not installed"),
]

SETTINGS = """
from tests.settings import *

DATABASES["default"]["NAME"] = {database!r}
Q_CLUSTER = {{
    "name": "tests",
    "redis": {{"host": "127.0.0.1", "port": {port}, "db": 0}},
    "workers": 1,
    "timeout": 20,
    "retry": 60,
    "max_attempts": 1,
}}
BACKEND = "django.core.mail.backends.filebased.EmailBackend"
if "MAILERS" in globals():
    MAILERS = {{"default": {{"BACKEND": BACKEND, "OPTIONS": {{"file_path": {mails!r}}}}}}}
else:
    EMAIL_BACKEND = BACKEND
    EMAIL_FILE_PATH = {mails!r}
"""

# What a web process does: a dealer known to the portal asks for a code. Then what a worker does;
# in one process, since each takes seconds to start.
SCRIPT = """
import django
django.setup()
from django.core.management import call_command
from django.db import connections, transaction
from django_q.brokers import get_broker
from django_q.conf import Conf
from b2b_portal.signin.challenges import begin
from b2b_portal.testing.factories import make_account

account = make_account(email="muhasebe@gulhediyelik.com.tr")
broker = get_broker()
assert not Conf.ORM and type(broker).__name__ == "Redis", broker

def ask():
    begin(
        supplier_number=account.supplier.tax_number,
        tax_number=account.tax_number,
        mailbox=account.email,
        language="tr",
        client_ip="127.0.0.1",
    )

waiting = []
with transaction.atomic():
    ask()
    waiting.append(broker.queue_size())
    transaction.set_rollback(True)
waiting.append(broker.queue_size())
with transaction.atomic():
    ask()
    waiting.append(broker.queue_size())
waiting.append(broker.queue_size())
print("waiting", *waiting, flush=True)

connections.close_all()
call_command("qcluster", skip_checks=True)
"""


def wait_for(what, seconds):
    """What ``what`` returns, as soon as it is true; whatever it is when the time is over."""
    until = time.monotonic() + seconds
    while not (result := what()) and time.monotonic() < until:
        time.sleep(0.1)
    return result


def end(process, seconds=8):
    """Ask a process of ours to end; returns whether it did."""
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return False
    return True


@pytest.fixture
def redis_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="b2b-redis-") as folder:
        server = subprocess.Popen(
            [
                "redis-server",
                "--port",
                str(port),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--dir",
                folder,
            ],
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )

        def answers():
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0

        try:
            assert wait_for(answers, 5), "redis-server does not answer"
            yield port
        finally:
            end(server)


@pytest.fixture
def site(redis_port, tmp_path, db):
    """A process of a site of its own: a copy of the empty test database, Redis, mails as files."""
    database, mails = tmp_path / "db.sqlite3", tmp_path / "mails"
    mails.mkdir()
    source, copy = sqlite3.connect(connection.settings_dict["NAME"]), sqlite3.connect(database)
    source.backup(copy)
    source.close()
    copy.close()
    (tmp_path / "redis_settings.py").write_text(
        SETTINGS.format(database=str(database), mails=str(mails), port=redis_port)
    )
    root = Path(__file__).resolve().parent.parent
    path = os.pathsep.join([str(tmp_path), str(root), str(root / "example_site")])
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT],
            cwd=tmp_path,
            env=os.environ | {"DJANGO_SETTINGS_MODULE": "redis_settings", "PYTHONPATH": path},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    yield process
    if process.poll() is None:
        end(process)


def test_a_code_is_mailed_by_a_worker_that_listens_to_redis(site, tmp_path):
    mails = wait_for(lambda: site.poll() is not None or list((tmp_path / "mails").iterdir()), 30)
    ended = end(site)
    said = (tmp_path / "log").read_text()
    # Within a transaction nothing, rolled back nothing, committed one:
    assert "waiting 0 0 0 1" in said.splitlines(), said
    assert isinstance(mails, list), said
    assert ended, said

    (mail,) = mails
    message = email.message_from_bytes(
        mail.read_bytes().split(b"\n-----")[0], policy=policy.default
    )
    assert message["To"] == "muhasebe@gulhediyelik.com.tr"
    words = message.get_content().split()
    assert [word for word in words if word.isdecimal() and len(word) == 6], words
    with sqlite3.connect(tmp_path / "db.sqlite3") as database:
        challenges = database.execute("SELECT code_hmac FROM b2b_portal_challenge").fetchall()
    assert len(challenges) == 1 and challenges[0][0]
