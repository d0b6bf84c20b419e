"""Extension schemas of organizations, and the values that a schema declares unique."""

from typing import Any

# {text}, {rowless}: what SQLite and PostgreSQL say differently.
WORDS = {
    "sqlite": {"text": "TEXT", "rowless": " WITHOUT ROWID"},
    "postgresql": {"text": 'TEXT COLLATE "C"', "rowless": ""},
}

STATEMENTS = (
    # Every worker sees by this number, which it reads with the token, that it must read the schemas again.
    "ALTER TABLE organization ADD COLUMN schema_revision INTEGER NOT NULL DEFAULT 0",
    """CREATE TABLE extension_schema (
        organization {text} NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
        urn_key {text} NOT NULL,
        resource_type {text} NOT NULL,
        document {text} NOT NULL,
        created_at {text} NOT NULL,
        PRIMARY KEY (organization, urn_key))""",
    # The primary key is the promise: of two who write one value at once, one is refused.
    """CREATE TABLE unique_value (
        organization {text} NOT NULL,
        path {text} NOT NULL,
        value_key {text} NOT NULL,
        resource {text} NOT NULL,
        PRIMARY KEY (organization, path, value_key),
        FOREIGN KEY (organization, resource) REFERENCES resource (organization, id) ON DELETE CASCADE){rowless}""",
    "CREATE INDEX unique_value_resource ON unique_value (organization, resource)",
)


def up(_migrator: Any, db: Any) -> None:
    """Make the tables."""
    words = WORDS["sqlite" if "sqlite" in type(db).__name__.lower() else "postgresql"]
    for statement in STATEMENTS:
        db.execute_sql(statement.format(**words))


def down(_migrator: Any, db: Any) -> None:
    """Drop the tables and the column."""
    db.execute_sql("DROP TABLE unique_value")
    db.execute_sql("DROP TABLE extension_schema")
    db.execute_sql("ALTER TABLE organization DROP COLUMN schema_revision")
