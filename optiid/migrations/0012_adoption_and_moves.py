"""Who could be adopted by a connection, and resources that are on their way to another owner."""

from typing import Any

TEXT = {"sqlite": "TEXT", "postgresql": 'TEXT COLLATE "C"'}

STATEMENTS = (
    # Once for each pair of a connection and something made by hand; `document` is what the connection sent.
    """CREATE TABLE adoption (
        organization {text} NOT NULL,
        connection {text} NOT NULL,
        resource {text} NOT NULL,
        id {text} NOT NULL,
        matched_by {text} NOT NULL,
        document {text} NOT NULL,
        state {text} NOT NULL,
        created_at {text} NOT NULL,
        decided_at {text},
        PRIMARY KEY (organization, connection, resource),
        FOREIGN KEY (organization, connection) REFERENCES connection (organization, id) ON DELETE CASCADE,
        FOREIGN KEY (organization, resource) REFERENCES resource (organization, id) ON DELETE CASCADE)""",
    "CREATE UNIQUE INDEX adoption_id ON adoption (organization, id)",
    "CREATE INDEX adoption_resource ON adoption (organization, resource)",
    # What a connection owns goes to another owner in slices: a row here says that it is under way, and to where.
    """CREATE TABLE relocation (
        organization {text} NOT NULL,
        source {text} NOT NULL,
        target {text} NOT NULL,
        kind {text} NOT NULL,
        source_state {text} NOT NULL,
        target_state {text} NOT NULL,
        started_at {text} NOT NULL,
        PRIMARY KEY (organization, source),
        FOREIGN KEY (organization, source) REFERENCES connection (organization, id) ON DELETE CASCADE)""",
)


def up(_migrator: Any, db: Any) -> None:
    """Make the tables."""
    words = TEXT["sqlite" if "sqlite" in type(db).__name__.lower() else "postgresql"]
    for statement in STATEMENTS:
        db.execute_sql(statement.format(text=words))


def down(_migrator: Any, db: Any) -> None:
    """Drop the tables."""
    db.execute_sql("DROP TABLE relocation")
    db.execute_sql("DROP TABLE adoption")
