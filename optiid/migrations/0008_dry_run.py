"""Dry run: what a connection writes goes into a plan, the rows of a hidden organization, not into the directory."""

from typing import Any

# {text}: what SQLite and PostgreSQL say differently.
TEXT = {"sqlite": "TEXT", "postgresql": 'TEXT COLLATE "C"'}

STATEMENTS = (
    # A plan holds the rows that the connection would have: an organization of its own that nobody is shown.
    "ALTER TABLE organization ADD COLUMN plan_of {text}",
    # Empty where writes of the connection go into these rows; else the id of the plan that they go into instead.
    "ALTER TABLE connection ADD COLUMN plan {text} NOT NULL DEFAULT ''",
    """CREATE TABLE plan (
        organization {text} NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
        id {text} NOT NULL,
        connection {text} NOT NULL,
        stage {text} NOT NULL,
        created_at {text} NOT NULL,
        ended_at {text},
        PRIMARY KEY (organization, id),
        FOREIGN KEY (organization, connection) REFERENCES connection (organization, id) ON DELETE CASCADE)""",
    "CREATE INDEX plan_ended ON plan (organization, ended_at) WHERE ended_at IS NOT NULL",
)


def up(_migrator: Any, db: Any) -> None:
    """Make the columns and the table."""
    words = TEXT["sqlite" if "sqlite" in type(db).__name__.lower() else "postgresql"]
    for statement in STATEMENTS:
        db.execute_sql(statement.format(text=words))


def down(_migrator: Any, db: Any) -> None:
    """Drop them; what is planned goes, too."""
    for table in ("resource", "connection", "organization"):
        place = "id" if table == "organization" else "organization"
        db.execute_sql(f"DELETE FROM {table} WHERE {place} IN (SELECT id FROM organization WHERE plan_of IS NOT NULL)")
    db.execute_sql("DROP TABLE plan")
    db.execute_sql("ALTER TABLE connection DROP COLUMN plan")
    db.execute_sql("ALTER TABLE organization DROP COLUMN plan_of")
