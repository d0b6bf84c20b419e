"""An organization as lines of JSON, in an order that an import can follow: owners before what they own.

It is read as it was at one moment, page by page: memory does not grow with the organization.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from optiid.services import connections, extension_schemas, organizations
from optiid.services.portable_access import grant_lines, product_lines
from optiid.services.portable_lines import (
    FORMAT,
    KINDS,
    VERSION,
    connection_line,
    members_line,
    resource_line,
    schema_line,
)
from optiid.storage import portable
from optiid.storage.snapshots import snapshot

if TYPE_CHECKING:
    from collections.abc import Generator

    from optiid.services.organizations import Organization
    from optiid.storage.database import Database

PAGE = 500


def lines(database: Database, organization: str) -> Generator[dict[str, Any], None, None]:
    """Yield the lines of an organization (by id or name); the first one tells how much follows.

    Tokens, logs, events and the audit trail stay. Raises NotFoundError and UnavailableError.
    """
    with snapshot(database):
        found = organizations.find(database, organization)
        yield _header(database, found)
        for schema in extension_schemas.list_all(database, found.id):
            yield schema_line(schema)
        for connection in connections.list_all(database, found.id):
            yield connection_line(connection)
        yield from product_lines(database, found.id)
        for kind in KINDS:
            for page in portable.pages(database, found.id, kind, PAGE):
                groups = [one.stored.id for one in page if kind == "Group"]
                instances = portable.team_instances(database, found.id, groups) if groups else {}
                yield from (resource_line(one, instances.get(one.stored.id)) for one in page)
        for some in portable.memberships(database, found.id, PAGE):
            for (group_id, version), rows in groupby(some, key=lambda row: (row[0], row[2])):
                yield members_line(group_id, version, [row[1] for row in rows])
        yield from grant_lines(database, found.id)
        yield {"kind": "end"}


def _header(database: Database, found: Organization) -> dict[str, Any]:
    return {
        "kind": "header",
        "format": FORMAT,
        "version": VERSION,
        "organization": {"id": found.id, "name": found.name, "rules": found.rules, "created_at": found.created_at},
        "users": portable.count(database, found.id, "User"),
        "groups": portable.count(database, found.id, "Group"),
        "memberships": portable.count_memberships(database, found.id),
    }
