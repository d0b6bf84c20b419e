"""Rows of the schemas that organizations added."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optiid.storage.models.tenants import ExtensionSchema
from optiid.storage.resources import Stored, read_row
from optiid.storage.statements import COLUMNS

if TYPE_CHECKING:
    from optiid.storage.database import Database

Record = dict[str, Any]

# The text of the document is searched, since an unregistered extension is in no search form.
_HAVING = f"""
SELECT {COLUMNS} FROM resource r
WHERE r.organization = ? AND r.type = ? AND r.removed_at IS NULL AND {{position}}(lower(r.document), ?) > 0
ORDER BY r.id"""


def insert(database: Database, record: Record) -> None:
    """Store a schema."""
    ExtensionSchema.insert(record).execute(database.engine)


def remove(database: Database, organization: str, urn_key: str) -> None:
    """Remove a schema."""
    chosen = (ExtensionSchema.organization == organization) & (ExtensionSchema.urn_key == urn_key)
    ExtensionSchema.delete().where(chosen).execute(database.engine)


def begin_change(database: Database, organization: str) -> None:
    """Move the organization's schema revision, which every worker reads with the token.

    The row is held until the transaction ends, so schemas change one after another.
    """
    sql = "UPDATE organization SET schema_revision = schema_revision + 1 WHERE id = ?"
    database.execute(sql, (organization,))


def of_organization(database: Database, organization: str) -> list[Record]:
    """Return the schemas of an organization in the order they were added."""
    query = ExtensionSchema.select().where(ExtensionSchema.organization == organization)
    ordered = query.order_by(ExtensionSchema.created_at, ExtensionSchema.urn_key)
    return list(ordered.dicts().execute(database.engine))


def resources_with(database: Database, organization: str, kind: str, urn: str) -> list[Stored]:
    """Return the resources of a type whose document may have an extension of that URN, in whatever case."""
    position = "instr" if database.dialect.name == "sqlite" else "strpos"
    return [
        read_row(row)
        for row in database.rows(_HAVING.format(position=position), (organization, kind, f'"{urn.lower()}"'))
    ]
