"""What the brake counts, and the removals that wait for an administrator."""

from typing import Any

# {text}, {rowless}: what SQLite and PostgreSQL say differently.
WORDS = {
    "sqlite": {"text": "TEXT", "rowless": " WITHOUT ROWID"},
    "postgresql": {"text": 'TEXT COLLATE "C"', "rowless": ""},
}

STATEMENTS = (
    # One row per connection, held by whoever would remove somebody: two never count at the same moment.
    """CREATE TABLE brake (
        organization {text} NOT NULL,
        connection {text} NOT NULL,
        population BIGINT NOT NULL,
        measured_at {text} NOT NULL,
        PRIMARY KEY (organization, connection),
        FOREIGN KEY (organization, connection) REFERENCES connection (organization, id) ON DELETE CASCADE){rowless}""",
    # A person counts once in a window, and may be erased meanwhile: no foreign key to the resource.
    """CREATE TABLE deprovisioning (
        organization {text} NOT NULL,
        connection {text} NOT NULL,
        resource {text} NOT NULL,
        created_at {text} NOT NULL,
        held INTEGER NOT NULL,
        PRIMARY KEY (organization, connection, resource),
        FOREIGN KEY (organization, connection) REFERENCES connection (organization, id) ON DELETE CASCADE){rowless}""",
    "CREATE INDEX deprovisioning_time ON deprovisioning (organization, connection, created_at, held)",
    # Settled holds outlive their resources: they are history, and name ids alone.
    """CREATE TABLE hold (
        organization {text} NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
        id {text} NOT NULL,
        resource {text} NOT NULL,
        connection {text} NOT NULL,
        asked {text} NOT NULL,
        why {text} NOT NULL,
        request {text} NOT NULL,
        created_at {text} NOT NULL,
        state {text} NOT NULL,
        settled_at {text},
        settled_by {text},
        PRIMARY KEY (organization, id))""",
    "CREATE UNIQUE INDEX hold_open ON hold (organization, resource) WHERE state = 'open'",
    "CREATE INDEX hold_connection ON hold (organization, connection, id) WHERE state = 'open'",
    "CREATE INDEX hold_resource ON hold (organization, resource, id)",
)


def up(_migrator: Any, db: Any) -> None:
    """Make the tables."""
    words = WORDS["sqlite" if "sqlite" in type(db).__name__.lower() else "postgresql"]
    for statement in STATEMENTS:
        db.execute_sql(statement.format(**words))


def down(_migrator: Any, db: Any) -> None:
    """Drop the tables."""
    for table in ("hold", "deprovisioning", "brake"):
        db.execute_sql(f"DROP TABLE {table}")
