"""What was changed since an instant is found by an index: `meta.lastModified gt` is how clients catch up."""

from typing import Any


def up(_migrator: Any, db: Any) -> None:
    """Make the index."""
    db.execute_sql(
        "CREATE INDEX resource_changed ON resource (organization, connection, type, updated_at)"
        " WHERE removed_at IS NULL"
    )


def down(_migrator: Any, db: Any) -> None:
    """Drop the index."""
    db.execute_sql("DROP INDEX resource_changed")
