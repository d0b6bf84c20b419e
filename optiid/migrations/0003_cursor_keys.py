"""The secret of each organization that its cursors are sealed with."""

from typing import Any

TEXT = {"sqlite": "TEXT", "postgresql": 'TEXT COLLATE "C"'}

TABLE = """CREATE TABLE cursor_key (
    organization {text} NOT NULL PRIMARY KEY REFERENCES organization (id) ON DELETE CASCADE,
    secret {text} NOT NULL)"""


def up(_migrator: Any, db: Any) -> None:
    """Make the table; secrets are made when first needed."""
    db.execute_sql(TABLE.format(text=TEXT["sqlite" if "sqlite" in type(db).__name__.lower() else "postgresql"]))


def down(_migrator: Any, db: Any) -> None:
    """Drop the table."""
    db.execute_sql("DROP TABLE cursor_key")
