"""PostgreSQL's own programs: which is taken, and what it is told; restores are in tests/services/test_backups.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from optiid.errors import SettingsError, UnavailableError
from optiid.storage import postgresql_copies
from optiid.storage.database import Database, open_database
from optiid.storage.migrating import ensure_ready, names
from tests.running import settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PASSWORD = "p@ss word/123"


@pytest.fixture
def database(postgresql_url: str, tmp_path: Path) -> Iterator[Database]:
    url = postgresql_url.replace("optiid@", "optiid:p%40ss%20word%2F123@", 1)
    opened = open_database(settings_in(tmp_path, url))
    ensure_ready(opened)
    yield opened
    opened.close()


def script(place: Path, body: str) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(f"#!/bin/sh\n{body}\n")
    place.chmod(0o700)


def server_version(database: Database) -> int:
    return database.engine.connection().info.server_version // 10000


def test_the_password_is_in_the_environment_alone(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = postgresql_copies.program(database, "pg_dump")
    told = tmp_path / "told"
    script(tmp_path / "bin" / "pg_dump", f'echo "$@" >> {told}; env | grep ^PG > {told}.env; exec {real} "$@"')
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setenv("PGOPTIONS", "-c statement_timeout=1")
    monkeypatch.setattr(postgresql_copies, "VERSIONED", tmp_path / "none")
    postgresql_copies.write(database, tmp_path / "copy")
    assert PASSWORD not in told.read_text()
    assert f"PGPASSWORD={PASSWORD}" in (tmp_path / "told.env").read_text()
    assert "PGOPTIONS" not in (tmp_path / "told.env").read_text()
    assert postgresql_copies.applied(database, tmp_path / "copy") == names()


def test_the_password_is_not_in_an_error(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    version, fault = 'echo "pg_dump (PostgreSQL) 99.1"', f'echo "error: {PASSWORD} is bad" >&2; exit 1'
    body = f'case "$1" in --version) {version};; *) {fault};; esac'
    script(tmp_path / "bin" / "pg_dump", body)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setattr(postgresql_copies, "VERSIONED", tmp_path / "none")
    with pytest.raises(UnavailableError, match=r"The backup failed \(error: \*\*\* is bad\)"):
        postgresql_copies.write(database, tmp_path / "copy")


def test_a_program_of_the_version_of_the_server_is_taken_before_newer_ones_and_never_an_older(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    monkeypatch.setattr(postgresql_copies, "VERSIONED", tmp_path)
    server = server_version(database)
    with pytest.raises(SettingsError, match=f"it is not there: install postgresql-client-{server}"):
        postgresql_copies.program(database, "pg_dump")
    for version, found in ((server - 1, None), (server + 2, server + 2), (server, server), (server + 1, server)):
        place = tmp_path / str(version) / "bin" / "pg_dump"
        script(place, f'echo "pg_dump (PostgreSQL) {version}.3 (Debian)"')
        if found is None:
            with pytest.raises(SettingsError, match=f"only that of PostgreSQL {server - 1} is there"):
                postgresql_copies.program(database, "pg_dump")
        else:
            assert postgresql_copies.program(database, "pg_dump") == str(tmp_path / str(found) / "bin" / "pg_dump")
