"""The audit chain, a connection per organization for what is made by hand, and who holds a name in the directory."""

from typing import Any

# {text}, {rowless}: what SQLite and PostgreSQL say differently.
WORDS = {
    "sqlite": {"text": "TEXT", "rowless": " WITHOUT ROWID"},
    "postgresql": {"text": 'TEXT COLLATE "C"', "rowless": ""},
}

STATEMENTS = (
    # The end of the chain stands beside the number of the newest event: whoever holds this row has both.
    "ALTER TABLE event_counter ADD COLUMN audit_sequence BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE event_counter ADD COLUMN audit_head {text} NOT NULL DEFAULT ''",
    """CREATE TABLE audit_entry (
        organization {text} NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
        sequence BIGINT NOT NULL,
        created_at {text} NOT NULL,
        author {text} NOT NULL,
        request {text} NOT NULL,
        action {text} NOT NULL,
        target {text} NOT NULL,
        details {text} NOT NULL,
        before_digest {text} NOT NULL,
        after_digest {text} NOT NULL,
        hash {text} NOT NULL,
        PRIMARY KEY (organization, sequence)){rowless}""",
    # What administrators make by hand belongs to the organization's own connection, which bears its id.
    """INSERT INTO connection (organization, id, profile, name, state, settings, revision, created_at)
        SELECT id, id, 'standard', 'By hand', 'active', '{{}}', 1, created_at FROM organization""",
    # A plan is not in the directory yet, and keeps nobody from a name.
    "DROP INDEX resource_living_name",
    """CREATE UNIQUE INDEX resource_living_name ON resource (organization, type, name_key)
        WHERE state NOT IN ('gone', 'planned')""",
)


def up(_migrator: Any, db: Any) -> None:
    """Make the table, the columns and the rows."""
    words = WORDS["sqlite" if "sqlite" in type(db).__name__.lower() else "postgresql"]
    for statement in STATEMENTS:
        db.execute_sql(statement.format(**words))


def down(_migrator: Any, db: Any) -> None:
    """Undo it; what was made by hand goes with its connection."""
    db.execute_sql("DROP INDEX resource_living_name")
    db.execute_sql(
        "CREATE UNIQUE INDEX resource_living_name ON resource (organization, type, name_key) WHERE state <> 'gone'"
    )
    db.execute_sql("DELETE FROM resource WHERE connection = organization")
    db.execute_sql("DELETE FROM connection WHERE id = organization")
    db.execute_sql("DROP TABLE audit_entry")
    db.execute_sql("ALTER TABLE event_counter DROP COLUMN audit_head")
    db.execute_sql("ALTER TABLE event_counter DROP COLUMN audit_sequence")
