"""Which organization lies on which of several databases, where there are several (docs/sharding.md)."""

from typing import Any

# {text}: what SQLite and PostgreSQL say differently.
WORDS = {"sqlite": {"text": "TEXT"}, "postgresql": {"text": 'TEXT COLLATE "C"'}}

# Nothing here refers to an organization: most of those that are named lie in another database.
STATEMENTS = (
    """CREATE TABLE shard_placement (
    organization {text} NOT NULL PRIMARY KEY,
    name_key {text} NOT NULL,
    shard {text} NOT NULL,
    other {text} NOT NULL,
    stage {text} NOT NULL,
    noted_at {text} NOT NULL)""",
    "CREATE UNIQUE INDEX shard_placement_name ON shard_placement (name_key)",
    """CREATE TABLE shard_route (
    digest {text} NOT NULL PRIMARY KEY,
    organization {text} NOT NULL,
    shard {text} NOT NULL,
    noted_at {text} NOT NULL)""",
    "CREATE INDEX shard_route_noted ON shard_route (noted_at) WHERE noted_at <> ''",
)


def up(_migrator: Any, db: Any) -> None:
    """Make the tables."""
    words = WORDS["sqlite" if "sqlite" in type(db).__name__.lower() else "postgresql"]
    for statement in STATEMENTS:
        db.execute_sql(statement.format(**words))


def down(_migrator: Any, db: Any) -> None:
    """Drop the tables."""
    for table in ("shard_route", "shard_placement"):
        db.execute_sql(f"DROP TABLE {table}")
