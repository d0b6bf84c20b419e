"""Schemas that an administrator adds to an organization while the service runs: add, list, remove."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import orjson

from optiid.clock import timestamp
from optiid.errors import ConflictError, InvalidInputError, NotFoundError
from optiid.scim.errors import ScimError
from optiid.scim.json_text import read_object
from optiid.scim.resource_types import ResourceType, registry
from optiid.scim.schema_reading import check_joins, read_schema
from optiid.scim.validation import read_extension
from optiid.services import journal
from optiid.services.author import COMMAND_LINE
from optiid.services.planned import check_no_plan
from optiid.storage import extension_schemas, resources
from optiid.storage.audit import Act
from optiid.storage.resources import NameTakenError, ValueTakenError

if TYPE_CHECKING:
    from collections.abc import Callable

    from optiid.scim.schemas.base import ScimSchema
    from optiid.services.author import Author
    from optiid.storage.database import Database
    from optiid.storage.resources import Stored

# A schema document has attributes with sub-attributes; nothing in it is nested deeper.
DOCUMENT_DEPTH = 8
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class ExtensionSchema:
    """A schema of one organization; `document` is as it was given."""

    urn: str
    name: str
    resource_type: str
    document: dict[str, Any]
    created_at: str


def read_document(raw: bytes) -> dict[str, Any]:
    """Return the JSON object in a file. Raises InvalidInputError."""
    return _checked(lambda: read_object(raw, DOCUMENT_DEPTH))


def add(
    database: Database,
    organization: str,
    document: Any,
    resource_type: str = "User",
    *,
    author: Author = COMMAND_LINE,
) -> ExtensionSchema:
    """Add a schema to a resource type of an organization (by id).

    Resources that carried the extension before it was registered are checked by it from now on, and found by it.
    Raises InvalidInputError for a document that is no schema or clashes with one, and ConflictError when a resource
    has values that do not fit it, or any while its connection is in dry run.
    """
    if resource_type not in registry():
        raise InvalidInputError(f"There is no resource type {resource_type!r}; it can be {', '.join(registry())}")
    schema = _checked(lambda: read_schema(document))
    made = ExtensionSchema(schema.URN, schema.NAME, resource_type, document, timestamp())
    record = {
        "organization": organization,
        "urn_key": made.urn.lower(),
        "resource_type": resource_type,
        "document": orjson.dumps(document).decode(),
        "created_at": made.created_at,
    }

    def work() -> None:
        extension_schemas.begin_change(database, organization)
        known = _resource_types(database, organization)
        taken = [urn for one in known.values() for urn in (one.schema.urn, *one.extensions)]
        _checked(lambda: check_joins(schema, known[resource_type], taken))
        extension_schemas.insert(database, record)
        _adopt_values(database, organization, known[resource_type].extended(schema), schema.URN)
        act = Act("schema.added", organization, {"urn": made.urn, "resource_type": resource_type})
        journal.record(database, author, organization, acts=[act])

    database.transaction(work)
    return made


def list_all(database: Database, organization: str) -> list[ExtensionSchema]:
    """Return the schemas of an organization (by id) in the order they were added."""
    records = database.reading(lambda: extension_schemas.of_organization(database, organization))
    return [_read(record) for record in records]


def get(database: Database, organization: str, urn: str) -> ExtensionSchema:
    """Return one schema, whatever the case of its URN. Raises NotFoundError."""
    for found in list_all(database, organization):
        if found.urn.lower() == urn.lower():
            return found
    raise NotFoundError(f"The organization has no schema {urn!r}; `optiid schema list` shows them")


def remove(database: Database, organization: str, urn: str, *, author: Author = COMMAND_LINE) -> None:
    """Remove a schema. Raises NotFoundError, and ConflictError while resources have values of it."""
    known = get(database, organization, urn)

    def work() -> None:
        extension_schemas.begin_change(database, organization)
        holders = extension_schemas.resources_with(database, organization, known.resource_type, known.urn)
        if holders:
            raise ConflictError(
                f"{len(holders)} resources have values of {known.urn}, {holders[0].type} {holders[0].id} the first:"
                " remove the values before the schema"
            )
        extension_schemas.remove(database, organization, known.urn.lower())
        act = Act("schema.removed", organization, {"urn": known.urn, "resource_type": known.resource_type})
        journal.record(database, author, organization, acts=[act])

    database.transaction(work)


def resource_types(database: Database, organization: str) -> dict[str, ResourceType]:
    """Return the resource types of an organization by name, its own extension schemas joined to them."""
    return database.reading(lambda: _resource_types(database, organization))


def _resource_types(database: Database, organization: str) -> dict[str, ResourceType]:
    types = dict(registry())
    for record in extension_schemas.of_organization(database, organization):
        kind = record["resource_type"]
        types[kind] = types[kind].extended(read_schema(orjson.loads(record["document"])))
    return types


def _adopt_values(database: Database, organization: str, resource_type: ResourceType, urn: str) -> None:
    found = extension_schemas.resources_with(database, organization, resource_type.name, urn)
    check_no_plan(database, organization, *sorted({stored.connection for stored in found}))
    for stored in found:
        key = next((name for name in stored.document if name.lower() == urn.lower()), None)
        if key is not None:
            _adopt(database, stored, key, resource_type, urn)


def _adopt(database: Database, stored: Stored, key: str, resource_type: ResourceType, urn: str) -> None:
    rest = {name: value for name, value in stored.document.items() if name != key}
    try:
        read = read_extension(resource_type, urn, stored.document[key])
        document = rest | {urn: read} if read else rest
        resources.save(database, stored._replace(document=rest), resource_type, document, stored.state)
    except (ScimError, ValueTakenError, NameTakenError) as error:
        raise ConflictError(f"{stored.type} {stored.id} has values that do not fit the schema: {error}") from error


def _checked(work: Callable[[], Result]) -> Result:
    try:
        return work()
    except ScimError as error:
        raise InvalidInputError(error.detail) from error


def _read(record: dict[str, Any]) -> ExtensionSchema:
    document = orjson.loads(record["document"])
    schema: type[ScimSchema] = read_schema(document)
    return ExtensionSchema(schema.URN, schema.NAME, record["resource_type"], document, record["created_at"])
