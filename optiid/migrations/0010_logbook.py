"""The logbook of provisioning requests, and a key per resource for the digests in the audit trail."""

from typing import Any

# {text}, {real}, {random}: what SQLite and PostgreSQL say differently.
WORDS = {
    "sqlite": {"text": "TEXT", "real": "REAL", "random": "lower(hex(randomblob(16)))"},
    "postgresql": {
        "text": 'TEXT COLLATE "C"',
        "real": "DOUBLE PRECISION",
        "random": "replace(gen_random_uuid()::text, '-', '')",
    },
}

STATEMENTS = (
    "ALTER TABLE resource ADD COLUMN digest_key {text} NOT NULL DEFAULT ''",
    "UPDATE resource SET digest_key = {random}",
    """CREATE TABLE logbook (
        organization {text} NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
        id {text} NOT NULL,
        connection {text} NOT NULL,
        created_at {text} NOT NULL,
        request {text} NOT NULL,
        method {text} NOT NULL,
        target {text} NOT NULL,
        profile {text} NOT NULL,
        status INTEGER NOT NULL,
        milliseconds {real} NOT NULL,
        decision {text} NOT NULL,
        scim_type {text} NOT NULL,
        resource {text} NOT NULL,
        subject {text} NOT NULL,
        changed {text} NOT NULL,
        came {text},
        meant {text},
        before_values {text},
        after_values {text},
        PRIMARY KEY (organization, id))""",
    "CREATE INDEX logbook_resource ON logbook (organization, resource, id)",
    "CREATE INDEX logbook_subject ON logbook (organization, subject, id)",
    "CREATE INDEX logbook_request ON logbook (organization, request)",
)


def up(_migrator: Any, db: Any) -> None:
    """Make the table and the column; each resource gets a key of its own."""
    words = WORDS["sqlite" if "sqlite" in type(db).__name__.lower() else "postgresql"]
    for statement in STATEMENTS:
        db.execute_sql(statement.format(**words))


def down(_migrator: Any, db: Any) -> None:
    """Undo it."""
    db.execute_sql("DROP TABLE logbook")
    db.execute_sql("ALTER TABLE resource DROP COLUMN digest_key")
