"""What connections were sent and answered, where that is recorded, and whose requests a connection's look like."""

from typing import Any

# {text}, {real}: what SQLite and PostgreSQL say differently.
WORDS = {
    "sqlite": {"text": "TEXT", "real": "REAL"},
    "postgresql": {"text": 'TEXT COLLATE "C"', "real": "DOUBLE PRECISION"},
}

STATEMENTS = (
    """CREATE TABLE request_log (
        organization {text} NOT NULL,
        connection {text} NOT NULL,
        id {text} NOT NULL,
        created_at {text} NOT NULL,
        method {text} NOT NULL,
        target {text} NOT NULL,
        headers {text} NOT NULL,
        body {text},
        status INTEGER NOT NULL,
        answer {text},
        profile {text} NOT NULL,
        request {text} NOT NULL,
        milliseconds {real} NOT NULL,
        PRIMARY KEY (organization, connection, id),
        FOREIGN KEY (organization, connection) REFERENCES connection (organization, id) ON DELETE CASCADE)""",
    """CREATE TABLE recognition (
        organization {text} NOT NULL,
        connection {text} NOT NULL,
        profile {text} NOT NULL,
        reason {text} NOT NULL,
        first_seen_at {text} NOT NULL,
        last_seen_at {text} NOT NULL,
        PRIMARY KEY (organization, connection),
        FOREIGN KEY (organization, connection) REFERENCES connection (organization, id) ON DELETE CASCADE)""",
)


def up(_migrator: Any, db: Any) -> None:
    """Make the tables."""
    words = WORDS["sqlite" if "sqlite" in type(db).__name__.lower() else "postgresql"]
    for statement in STATEMENTS:
        db.execute_sql(statement.format(**words))


def down(_migrator: Any, db: Any) -> None:
    """Drop the tables."""
    db.execute_sql("DROP TABLE recognition")
    db.execute_sql("DROP TABLE request_log")
