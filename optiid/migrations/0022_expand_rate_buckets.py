"""How many requests organizations and connections have left, where several machines count them together."""

from typing import Any

# {text}, {real}, {unlogged}: what SQLite and PostgreSQL say differently. What is not logged costs no write to disk, and
# is empty after a crash, which means full buckets.
WORDS = {
    "sqlite": {"text": "TEXT", "real": "REAL", "unlogged": ""},
    "postgresql": {"text": 'TEXT COLLATE "C"', "real": "DOUBLE PRECISION", "unlogged": "UNLOGGED"},
}

TABLE = """CREATE {unlogged} TABLE rate_bucket (
    organization {text} NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    bucket {text} NOT NULL,
    full_at {real} NOT NULL,
    PRIMARY KEY (organization, bucket))"""


def up(_migrator: Any, db: Any) -> None:
    """Make the table."""
    db.execute_sql(TABLE.format(**WORDS["sqlite" if "sqlite" in type(db).__name__.lower() else "postgresql"]))


def down(_migrator: Any, db: Any) -> None:
    """Drop the table."""
    db.execute_sql("DROP TABLE rate_bucket")
