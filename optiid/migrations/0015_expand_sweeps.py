"""What of a purge is still to be swept out of the logbook, so that a crash in between forgets nothing."""

from typing import Any

# {text}: what SQLite and PostgreSQL say differently.
WORDS = {"sqlite": {"text": "TEXT"}, "postgresql": {"text": 'TEXT COLLATE "C"'}}

TABLE = """CREATE TABLE sweep (
    organization {text} NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    id {text} NOT NULL,
    texts {text} NOT NULL,
    searched {text} NOT NULL,
    PRIMARY KEY (organization, id))"""


def up(_migrator: Any, db: Any) -> None:
    """Make the table."""
    db.execute_sql(TABLE.format(**WORDS["sqlite" if "sqlite" in type(db).__name__.lower() else "postgresql"]))


def down(_migrator: Any, db: Any) -> None:
    """Drop the table."""
    db.execute_sql("DROP TABLE sweep")
