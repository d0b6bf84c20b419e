"""Hooks of profiles that failed or were slow in a connection's requests, for the administrator."""

from typing import Any

# {text}: what SQLite and PostgreSQL say differently.
WORDS = {"sqlite": {"text": "TEXT"}, "postgresql": {"text": 'TEXT COLLATE "C"'}}

TABLE = """CREATE TABLE hook_fault (
    organization {text} NOT NULL,
    connection {text} NOT NULL,
    profile {text} NOT NULL,
    hook {text} NOT NULL,
    kind {text} NOT NULL,
    reason {text} NOT NULL,
    times INTEGER NOT NULL,
    first_seen_at {text} NOT NULL,
    last_seen_at {text} NOT NULL,
    PRIMARY KEY (organization, connection, profile, hook, kind),
    FOREIGN KEY (organization, connection) REFERENCES connection (organization, id) ON DELETE CASCADE)"""


def up(_migrator: Any, db: Any) -> None:
    """Make the table."""
    db.execute_sql(TABLE.format(**WORDS["sqlite" if "sqlite" in type(db).__name__.lower() else "postgresql"]))


def down(_migrator: Any, db: Any) -> None:
    """Drop the table."""
    db.execute_sql("DROP TABLE hook_fault")
