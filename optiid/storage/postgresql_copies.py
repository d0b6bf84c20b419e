"""Copies of a PostgreSQL database while others write, made and put back by PostgreSQL's own programs.

The address and the password reach them in their environment, never on a command line.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from optiid.errors import InvalidInputError, SettingsError, UnavailableError
from optiid.storage import catalog
from optiid.storage.sessions import is_pooled

if TYPE_CHECKING:
    from optiid.storage.database import Database

MAGIC = b"PGDMP"
# Where Debian keeps the programs of each version; replaced in tests.
VERSIONED = Path("/usr/lib/postgresql")
# All tables are taken before any is dropped, by waiting for each so briefly that nobody is caught in a deadlock; where
# one cannot be had the others are let go of, and all are tried again.
_TAKE = """DO $$ BEGIN
FOR attempt IN 1..200 LOOP
    BEGIN
        SET LOCAL lock_timeout = '300ms';
        LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE;
        RETURN;
    EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
        PERFORM pg_sleep(0.05 + random() / 10);
    END;
END LOOP;
RAISE EXCEPTION 'others do not let go of the tables';
END $$;
"""
_BLOCK = 1024 * 1024
_LONGEST_REASON = 300
# Said by the programs of 17 and later, unknown to older servers.
_NEW_SETTING = b"SET transaction_timeout = 0;\n"
_NEW_SETTING_SINCE = 17


def write(database: Database, file: Path) -> None:
    """Write the database as it is at this moment to a file of `pg_dump`'s custom format. Nothing waits for it.

    Raises SettingsError when there is no fitting `pg_dump`, and UnavailableError when it fails.
    """
    schema = _schema(database)
    command = [program(database, "pg_dump"), "--format=custom", "--no-owner", "--no-privileges", "--no-password"]
    _run(database, [*command, f"--table={schema}.*", f"--file={file}"], "The backup failed")


def applied(database: Database, file: Path) -> list[str]:
    """Read a backup from end to end and return the names of the migrations in it. Raises InvalidInputError."""
    command = [program(database, "pg_restore"), "--file=-"]
    try:
        _run(database, [*command[:1], "--file=/dev/null", str(file)], "unreadable")
        named = [f"--table={catalog.MIGRATIONS}", "--data-only", str(file)]
        text = _run(database, [*command, *named], "unreadable").decode(errors="replace")
    except UnavailableError as error:
        raise InvalidInputError(f"{file} is no backup of optiid, or damaged ({error})") from error
    form = rf"^COPY \S*{catalog.MIGRATIONS} \(([^)]*)\) FROM stdin;\n(.*?)^\\\.$"
    found = re.search(form, text, re.MULTILINE | re.DOTALL)
    if found is None:
        raise InvalidInputError(f"{file} is no backup of optiid: it has no list of migrations")
    place = [column.strip() for column in found[1].split(",")].index("name")
    return sorted(line.split("\t")[place] for line in found[2].splitlines())


def put_back(database: Database, file: Path) -> None:
    """Replace all tables by those of a backup in one transaction: who reads sees the old ones, or waits.

    Raises SettingsError when programs are missing, and UnavailableError when it fails; nothing changed then.
    """
    reader, writer = program(database, "pg_restore"), program(database, "psql")
    schema, old = _schema(database), catalog.names(database)
    begin = _dropping([f'"{schema}"."{name}"' for name in old])
    environment, modern = _environment(database), _server_version(database) >= _NEW_SETTING_SINCE
    with tempfile.TemporaryFile() as said:
        options = ["--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1"]
        # Ends without COMMIT unless the whole backup was read: then the server undoes everything.
        told: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": said, "env": environment}
        with subprocess.Popen([writer, *options], stdin=subprocess.PIPE, **told) as process:  # noqa: S603 - no shell
            into: IO[bytes] = process.stdin  # type: ignore[assignment]  # it was opened as a pipe
            read = [reader, "--no-owner", "--no-privileges", "--file=-", str(file)]
            complete = _feed(into, said, begin, read, modern)
        if process.returncode != 0 or not complete:
            said.seek(0)
            raise UnavailableError(
                f"The database was not restored, and is as it was ({_reason(said.read(), database)})"
            )


def program(database: Database, name: str) -> str:
    """Return the path of a program that can work with the server: of its version if there is one, else a newer one.

    Raises SettingsError when there is none.
    """
    places = [Path(found)] if (found := shutil.which(name)) else []
    places += sorted(VERSIONED.glob(f"*/bin/{name}"))
    known = [(version, str(place)) for place in places if (version := _version(place))]
    server = _server_version(database)
    fitting = sorted((pair for pair in known if pair[0] >= server), key=lambda pair: pair[0])
    if fitting:
        return fitting[0][1]
    there = f"only that of PostgreSQL {max(known)[0]} is there" if known else "it is not there"
    raise SettingsError(
        f"{name} of PostgreSQL {server} is needed and {there}: install postgresql-client-{server}, or put it on PATH"
    )


def _version(place: Path) -> int | None:
    try:
        told = subprocess.run([str(place), "--version"], capture_output=True, check=False)  # noqa: S603 - no shell
    except OSError:
        return None
    found = re.search(rb" (\d+)[.\d]*", told.stdout)
    return int(found[1]) if found and told.returncode == 0 else None


def _run(database: Database, command: list[str], failure: str) -> bytes:
    done = subprocess.run(command, capture_output=True, check=False, env=_environment(database))  # noqa: S603 - no shell
    if done.returncode != 0:
        raise UnavailableError(f"{failure} ({_reason(done.stderr, database)})")
    return done.stdout


def _dropping(tables: list[str]) -> str:
    """Return the beginning of a transaction that goes on without these tables."""
    if not tables:
        return "BEGIN;\n"
    listed = ", ".join(tables)
    return f"BEGIN;\n{_TAKE.format(tables=listed)}DROP TABLE {listed} CASCADE;\n"


def _feed(into: IO[bytes], said: IO[bytes], begin: str, command: list[str], modern: bool) -> bool:
    """Hand a backup to `psql` inside a transaction; return whether all of it was read and handed over."""
    try:
        into.write(begin.encode())
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said) as reading:  # noqa: S603 - no shell
            out: IO[bytes] = reading.stdout  # type: ignore[assignment]  # it was opened as a pipe
            while block := out.readlines(_BLOCK):
                into.writelines(line for line in block if modern or line != _NEW_SETTING)
        complete = reading.returncode == 0
        if complete:
            into.write(b"COMMIT;\n")
        into.close()
    except BrokenPipeError:
        with suppress(BrokenPipeError):
            into.close()
        return False
    return complete


def _environment(database: Database) -> dict[str, str]:
    """Return the environment of a child that connects as this process does.

    Raises SettingsError behind a pooler: what the programs say for their session others would get there.
    """
    if is_pooled(database):
        raise SettingsError(
            "Backups do not go through a pooler: set database_url to the address of PostgreSQL itself for this command"
        )
    found = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "OPTIID_"))}
    for option in _driver(database).pgconn.info:
        if option.envvar and option.val is not None and option.keyword != b"options":
            found[option.envvar.decode()] = option.val.decode()
    return found | {"LC_ALL": "C"}


def _reason(said: bytes, database: Database) -> str:
    """Return the first line that names an error, on one line, without the password."""
    lines = [line.strip() for line in said.decode(errors="replace").splitlines() if line.strip()]
    line = next((line for line in lines if "error" in line.lower()), lines[0] if lines else "no reason was given")
    password = _driver(database).info.password
    line = line.replace(password, "***") if password else line
    return line[:_LONGEST_REASON]


def _schema(database: Database) -> str:
    row = database.reading(lambda: database.row("SELECT current_schema()"))
    return str(row[0]) if row else "public"


def _server_version(database: Database) -> int:
    version: int = _driver(database).info.server_version // 10000
    return version


def _driver(database: Database) -> Any:
    database.reading(lambda: None)  # opens it
    return database.engine.connection()  # type: ignore[no-untyped-call]  # peewee
