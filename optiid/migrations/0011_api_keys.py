"""Keys of the admin API, what was answered under an Idempotency-Key, and the order of lists of the directory."""

from typing import Any

TEXT = {"sqlite": "TEXT", "postgresql": 'TEXT COLLATE "C"'}

STATEMENTS = (
    # The organization is empty for a key of the whole installation, so it refers to no row.
    """CREATE TABLE api_key (
        organization {text} NOT NULL,
        id {text} NOT NULL,
        name {text} NOT NULL,
        scope {text} NOT NULL,
        digest {text} NOT NULL UNIQUE,
        prefix {text} NOT NULL,
        created_at {text} NOT NULL,
        created_by {text} NOT NULL,
        expires_at {text} NOT NULL,
        last_used_at {text},
        revoked_at {text},
        PRIMARY KEY (organization, id))""",
    # `status` and `answer` are empty as long as the request is being carried out.
    """CREATE TABLE idempotent_request (
        organization {text} NOT NULL,
        api_key {text} NOT NULL,
        name {text} NOT NULL,
        digest {text} NOT NULL,
        status INTEGER,
        answer {text},
        created_at {text} NOT NULL,
        PRIMARY KEY (organization, api_key, name),
        FOREIGN KEY (organization, api_key) REFERENCES api_key (organization, id) ON DELETE CASCADE)""",
    "CREATE INDEX resource_directory ON resource (organization, type, id) WHERE state NOT IN ('gone', 'planned')",
)


def up(_migrator: Any, db: Any) -> None:
    """Make the tables and the index."""
    text = TEXT["sqlite" if "sqlite" in type(db).__name__.lower() else "postgresql"]
    for statement in STATEMENTS:
        db.execute_sql(statement.format(text=text))


def down(_migrator: Any, db: Any) -> None:
    """Drop them."""
    db.execute_sql("DROP INDEX resource_directory")
    db.execute_sql("DROP TABLE idempotent_request")
    db.execute_sql("DROP TABLE api_key")
