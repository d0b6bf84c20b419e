"""Groups of many members, made in one statement each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optiid.storage import list_counts

if TYPE_CHECKING:
    from tests.running import Scim

FILL = """
INSERT INTO resource (organization, id, type, connection, name_key, external_id, display, display_key, active, state,
                      document, search, version, created_at, updated_at)
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {number})
SELECT ?, ? || (100000 + n), 'User', ?, ? || (100000 + n), '', 'Name ' || n, 'name ' || n, 1,
       'living', '{{}}', CAST('{{}}' AS {json}), 1, '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z' FROM numbers"""
FILL_MEMBERS = """
INSERT INTO membership (organization, group_id, member_id)
SELECT u.organization, ?, u.id FROM resource u WHERE u.organization = ? AND u.id LIKE ?"""


def a_large_group(database: Any, scim: Scim, number: int) -> tuple[str, list[str]]:
    """Return the id of a new group of users called `Name 1`, `Name 2`, …, and the ids of these in their order."""
    group, owner = scim.a_group()["id"], scim.connected
    prefix = f"{group}-"

    def fill() -> None:
        list_counts.forget(database, owner.organization)
        kind = "TEXT" if database.dialect.name == "sqlite" else "JSONB"
        filled = FILL.format(number=number, json=kind)
        database.execute(filled, (owner.organization, prefix, owner.connection, prefix))
        database.execute(FILL_MEMBERS, (group, owner.organization, prefix + "%"))

    database.transaction(fill)
    return group, [f"{prefix}{100000 + one}" for one in range(1, number + 1)]
