"""Rows of what connections could adopt, and the look-ups that find it among what is made by hand."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from optiid.clock import new_id, timestamp
from optiid.storage.keys import external_column, value_rows
from optiid.storage.models.ownership import Adoption
from optiid.storage.resources import Stored, read_row
from optiid.storage.statements import COLUMNS

if TYPE_CHECKING:
    from optiid.scim.resource_types import ResourceType
    from optiid.storage.database import Database

# The identity provider chooses what is sent, twice: nobody finds two documents that share 160 bits.
SEEN_DIGITS = 40
_LIVING_BY_HAND = "r.connection = r.organization AND r.type = ? AND r.state NOT IN ('gone', 'planned')"

# Primary key of value_index.
_BY_VALUE = f"""
SELECT {COLUMNS} FROM value_index v CROSS JOIN resource r
WHERE v.organization = ? AND v.path = ? AND v.value_key = ?
 AND r.organization = v.organization AND r.id = v.resource AND {_LIVING_BY_HAND} ORDER BY r.id"""

# Index resource_external.
_BY_EXTERNAL_ID = f"""
SELECT {COLUMNS} FROM resource r
WHERE r.organization = ? AND r.connection = ? AND r.external_id = ? AND r.removed_at IS NULL
 AND {_LIVING_BY_HAND} ORDER BY r.id"""

_PROPOSE = """
INSERT INTO adoption (organization, connection, resource, id, matched_by, document, state, created_at)
VALUES (?, ?, ?, ?, ?, ?, 'proposed', ?) ON CONFLICT DO NOTHING RETURNING id"""

# The latest that was sent is what the preview shows.
_RENEW = """
UPDATE adoption SET document = ?
WHERE organization = ? AND connection = ? AND resource = ? AND state = 'proposed' AND document <> ?"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something made by hand that a connection's identity provider wanted to create."""

    organization: str
    connection: str
    resource: str
    id: str
    matched_by: str
    document: dict[str, Any]
    state: str
    created_at: str
    decided_at: str | None

    @property
    def seen(self) -> str:
        """What stands for the candidate as it is: whoever names it has seen what the identity provider sent last."""
        said = [self.id, self.matched_by, self.state, self.document]
        return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()[:SEEN_DIGITS]


def with_value(
    database: Database, organization: str, resource_type: ResourceType, path: str, document: dict[str, Any]
) -> list[Stored]:
    """Return who is made by hand, lives and shares externalId, or a value of `path` (emails.value), with a document."""
    if path == "externalId":
        if document.get("externalId") is None:
            return []
        key = external_column(document["externalId"])
        return _found(database, _BY_EXTERNAL_ID, (organization, organization, key, resource_type.name))
    keys = [key for known, key in value_rows(document, resource_type) if known == path]
    found = [_found(database, _BY_VALUE, (organization, path, key, resource_type.name)) for key in keys]
    return list({stored.id: stored for some in found for stored in some}.values())


def _found(database: Database, sql: str, parameters: tuple[Any, ...]) -> list[Stored]:
    return [read_row(row) for row in database.rows(sql, parameters)]


def propose(
    database: Database, stored: Stored, connection: str, matched_by: str, document: dict[str, Any]
) -> tuple[Candidate, bool]:
    """Return the candidate of a pair and whether it is new; one that waits has the document from now on."""
    text = orjson.dumps(document).decode()
    organization = stored.organization
    parameters = (organization, connection, stored.id, new_id(), matched_by, text, timestamp())
    is_new = database.row(_PROPOSE, parameters) is not None
    if not is_new:
        database.execute(_RENEW, (text, organization, connection, stored.id, text))
    return next(one for one in of_resource(database, organization, stored.id) if one.connection == connection), is_new


def of_resource(database: Database, organization: str, resource: str) -> list[Candidate]:
    """Return the candidates that a resource is."""
    return _selected(database, (Adoption.organization == organization) & (Adoption.resource == resource))


def of_organization(database: Database, organization: str) -> list[Candidate]:
    """Return the candidates of an organization, oldest first."""
    return _selected(database, Adoption.organization == organization)


def find(database: Database, ident: str) -> Candidate | None:
    """Return a candidate by its id alone, as administrators name it, or None."""
    found = _selected(database, Adoption.id == ident)
    return found[0] if found else None


def _selected(database: Database, chosen: Any) -> list[Candidate]:
    rows = Adoption.select().where(chosen).order_by(Adoption.id).dicts().execute(database.engine)
    return [Candidate(**row | {"document": orjson.loads(row["document"])}) for row in rows]


def refuse(database: Database, candidate: Candidate) -> None:
    """Note that a candidate was refused; what was sent is personal data and not needed any more."""
    chosen = (Adoption.organization == candidate.organization) & (Adoption.id == candidate.id)
    refused = {"state": "refused", "document": "{}", "decided_at": timestamp()}
    Adoption.update(refused).where(chosen).execute(database.engine)


def forget(database: Database, organization: str, resource: str) -> None:
    """Delete the candidates that a resource is: it has found its owner."""
    chosen = (Adoption.organization == organization) & (Adoption.resource == resource)
    Adoption.delete().where(chosen).execute(database.engine)
