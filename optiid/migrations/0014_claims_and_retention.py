"""User names that are taken in the whole installation, and the way to those whose retention has ended."""

from typing import Any

# {text}, {rowless}: what SQLite and PostgreSQL say differently.
WORDS = {
    "sqlite": {"text": "TEXT", "rowless": " WITHOUT ROWID"},
    "postgresql": {"text": 'TEXT COLLATE "C"', "rowless": ""},
}

STATEMENTS = (
    # The one table whose key does not begin with the organization: it is there to compare organizations.
    """CREATE TABLE claim (
        name_key {text} NOT NULL PRIMARY KEY,
        organization {text} NOT NULL,
        resource {text} NOT NULL,
        FOREIGN KEY (organization, resource) REFERENCES resource (organization, id) ON DELETE CASCADE){rowless}""",
    "CREATE INDEX claim_resource ON claim (organization, resource)",
    "CREATE INDEX resource_removed ON resource (organization, removed_at) WHERE removed_at IS NOT NULL",
)


def up(_migrator: Any, db: Any) -> None:
    """Make the table and the index."""
    words = WORDS["sqlite" if "sqlite" in type(db).__name__.lower() else "postgresql"]
    for statement in STATEMENTS:
        db.execute_sql(statement.format(**words))


def down(_migrator: Any, db: Any) -> None:
    """Drop them."""
    db.execute_sql("DROP INDEX resource_removed")
    db.execute_sql("DROP TABLE claim")
