"""When OAuth clients and their secrets were last used, from where, and what was told of the end of a secret."""

from typing import Any

TEXT = {"sqlite": "TEXT", "postgresql": 'TEXT COLLATE "C"'}
USE = ("last_used_at", "last_used_address", "last_used_agent")
TABLES = ("oauth_client", "client_secret")


def up(_migrator: Any, db: Any) -> None:
    """Add the columns."""
    text = TEXT["sqlite" if "sqlite" in type(db).__name__.lower() else "postgresql"]
    for table in TABLES:
        for column in USE:
            db.execute_sql(f"ALTER TABLE {table} ADD COLUMN {column} {text}")
    db.execute_sql("ALTER TABLE client_secret ADD COLUMN noticed_days INTEGER")


def down(_migrator: Any, db: Any) -> None:
    """Drop them."""
    db.execute_sql("ALTER TABLE client_secret DROP COLUMN noticed_days")
    for table in TABLES:
        for column in USE:
            db.execute_sql(f"ALTER TABLE {table} DROP COLUMN {column}")
