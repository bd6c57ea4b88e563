"""A PostgreSQL server of the tests' own, from the binaries that are installed."""

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path


def binaries():
    """The folder of initdb and pg_ctl, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    return Path(initdb).parent if initdb else None


class Cluster:
    """A throw-away server on a free port of 127.0.0.1, user ``postgres``, no password.

    PostgreSQL refuses to run as root: then it runs as the user ``postgres``.
    """

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="b2b-postgresql-"))
        self.user = {}
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
            self.user = {"user": "postgres", "group": "postgres", "extra_groups": []}
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
        options += " -c fsync=off -c max_connections=60"
        self._run("pg_ctl", "-w", "-l", str(self.folder / "log"), "-o", options, "start")
        return self

    def __exit__(self, *exc):
        self._run("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program, *arguments):
        subprocess.run(
            [binaries() / program, "-D", self.folder, *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd="/",
            **self.user,
        )
