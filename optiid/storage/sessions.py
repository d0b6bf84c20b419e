"""What each connection to a database says of itself, whatever the defaults of the server or the library are."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from optiid.storage.dialects import POSTGRESQL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optiid.storage.database import Database

PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": "full",  # an answer of 2xx means on disk (rule R17)
    "foreign_keys": 1,
    "mmap_size": 0,  # an I/O error on a mapped file would kill the worker (rule R18)
    "trusted_schema": 0,
    "temp_store": "memory",
    "cache_size": -8192,  # KiB for each thread's connection
    # Pages that every write touches are copied back once in 16 MiB of log instead of once in 4.
    "wal_autocheckpoint": 4000,
}
# That it begins to write at once, and that writers share a connection, one after the other.
SQLITE_OPTIONS: dict[str, Any] = {"pragmas": PRAGMAS, "lock_type": "IMMEDIATE", "check_same_thread": False}
# PostgreSQL; times in milliseconds, unless said otherwise.
SESSION = {
    "synchronous_commit": "on",  # as above
    "statement_timeout": 20_000,
    "lock_timeout": 5_000,
    # A worker that was frozen amid a transaction lets go of its locks.
    "idle_in_transaction_session_timeout": 60_000,
    # In seconds: the connections of an app server that vanished end after 90, not after the two hours of the system.
    "tcp_keepalives_idle": 60,
    "tcp_keepalives_interval": 10,
    "tcp_keepalives_count": 3,
}
# How soon a server that does not answer is given up: a network that swallows everything reports nothing by itself.
REACHING = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}


def connecting(*, prepare: bool) -> dict[str, Any]:
    """Return what psycopg is told for each connection; `prepare` says whether the server may keep statements."""
    options = " ".join(f"-c {name}={value}" for name, value in SESSION.items())
    return {"options": options, **REACHING} | ({} if prepare else {"prepare_threshold": None})


@contextmanager
def unhurried(database: Database) -> Iterator[None]:
    """Let this thread's transactions take as long as they need: those of a command work on whole tables.

    It is said in each transaction, for a session that says it would say it for others, too, behind a pooler.
    """
    if database.dialect is not POSTGRESQL:
        yield
        return
    with database.engine.unhurried():  # type: ignore[attr-defined]  # only the pool has it
        yield


def lost(database: Database) -> dict[str, str]:
    """Return what a connection is to be told (SESSION) and has otherwise, as the statements that tell the account.

    A pooler in between loses it, and the account has to have it by itself.
    """
    if database.dialect is not POSTGRESQL:
        return {}
    sql = """
        SELECT s.name, s.setting FROM pg_settings s WHERE s.name IN (SELECT unnest(?::text[]))
        UNION ALL SELECT 'account', quote_ident(current_user)"""
    rows = database.reading(lambda: database.rows(sql, (POSTGRESQL.list_parameter(SESSION),)))
    found = {str(name): str(value) for name, value in rows}
    account = found.pop("account")
    told = {name: str(value) for name, value in SESSION.items()}
    return {
        name: f"ALTER ROLE {account} SET {name} = {told[name]}"
        for name, value in found.items()
        if value != told[name] and not name.startswith("tcp_")
    }


def is_pooled(database: Database) -> bool:
    """Return whether a pooler stands between: the process that works is not the one that the server named."""
    if database.dialect is not POSTGRESQL:
        return False
    row = database.reading(lambda: database.row("SELECT pg_backend_pid()"))
    connection: Any = database.engine.connection()  # type: ignore[no-untyped-call]  # peewee
    return row != (connection.info.backend_pid,)


def most_connections(database: Database) -> int | None:
    """Return how many connections of ordinary accounts the server takes at once; None where there is no server."""
    if database.dialect is not POSTGRESQL:
        return None
    sql = """
        SELECT current_setting('max_connections')::integer
               - current_setting('superuser_reserved_connections')::integer"""
    row = database.reading(lambda: database.row(sql))
    return row[0] if row else None
