"""How many resources the lists of an organization have, and at which numbers of its counter that was stored."""

from typing import Any

# {text}: what SQLite and PostgreSQL say differently.
WORDS = {"sqlite": {"text": "TEXT"}, "postgresql": {"text": 'TEXT COLLATE "C"'}}

# Nothing is counted here: that would hold locks for long. Who moves the numbers and does not know of these columns
# leaves counts behind that are told to be old by that, and the upkeep counts anew.
STATEMENTS = (
    "ALTER TABLE event_counter ADD COLUMN list_counts {text} NOT NULL DEFAULT ''",
    "ALTER TABLE event_counter ADD COLUMN counted_at BIGINT NOT NULL DEFAULT 0",
)


def up(_migrator: Any, db: Any) -> None:
    """Add the columns."""
    words = WORDS["sqlite" if "sqlite" in type(db).__name__.lower() else "postgresql"]
    for statement in STATEMENTS:
        db.execute_sql(statement.format(**words))


def down(_migrator: Any, db: Any) -> None:
    """Drop the columns."""
    for column in ("counted_at", "list_counts"):
        db.execute_sql(f"ALTER TABLE event_counter DROP COLUMN {column}")
