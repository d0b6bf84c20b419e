"""Where an import goes: the organization with its connections and schemas, made where they are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from optiid.errors import ConflictError, InvalidInputError, NotFoundError
from optiid.scim.search_form import name_key
from optiid.services import extension_schemas, journal, organizations
from optiid.services.planned import check_no_plan
from optiid.services.portable_lines import text_of
from optiid.services.relocating import check_idle
from optiid.services.rules import read_rules
from optiid.storage import shard_map, tenants
from optiid.storage.audit import Act
from optiid.storage.journal import Event

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optiid.services.author import Author
    from optiid.services.portable_lines import ConnectionLine
    from optiid.storage.database import Database


def open_target(database: Database, header: Mapping[str, Any], named: str | None, author: Author) -> str:
    """Return the id of the organization an import goes to, made with the rules of the file when there is none.

    Without a name it is the one of the file, by its id. Raises ConflictError when another one has its name.
    """
    shard_map.check_home(database, header["id"])
    try:
        found = organizations.find(database, header["id"] if named is None else named)
    except NotFoundError:
        return _create(database, header, named, author)
    return found.id


def _create(database: Database, header: Mapping[str, Any], named: str | None, author: Author) -> str:
    name = organizations.checked_name(named or header["name"])
    known = database.reading(lambda: tenants.find_organization(database, header["id"], name_key(name)))
    if known is not None:
        way_out = "name it with --organization" if named is None else "import into that one, named by its id"
        raise ConflictError(f"There is an organization {known['name']!r} ({known['id']}) already: {way_out}")
    read_rules(header["rules"])
    record = {
        "id": header["id"],
        "name": name,
        "name_key": name_key(name),
        "rules": header["rules"],
        "created_at": header["created_at"],
    }

    def work() -> None:
        tenants.insert_organization(database, record)
        journal.record(database, author, header["id"], acts=[Act("organization.created", header["id"])])

    with shard_map.entered(database, header["id"], name):
        database.transaction(work)
    return str(header["id"])


def put_schema(database: Database, organization: str, record: Mapping[str, Any], author: Author) -> str:
    """Add an extension schema unless it is there, and return what that did. Raises InvalidInputError, ConflictError."""
    document, resource_type = record.get("document"), text_of(record, "resource_type")
    urn = str(document.get("id", "")) if isinstance(document, dict) else ""
    for known in extension_schemas.list_all(database, organization):
        if known.urn.lower() == urn.lower():
            if (known.document, known.resource_type) == (document, resource_type):
                return "unchanged"
            raise ConflictError(f"schema {known.urn} is here with another content: remove it, or the line")
    extension_schemas.add(database, organization, document, resource_type, author=author)
    return "created"


def put_connection(database: Database, organization: str, line: ConnectionLine, author: Author) -> str:
    """Make a connection as it was, without tokens, or give the one there is its name, state and settings.

    Raises ConflictError for one of another organization or profile.
    """
    settings = orjson.dumps(line.settings).decode()
    wanted = {"name": organizations.checked_name(line.name), "state": line.state, "settings": settings}
    if line.id == organization:
        raise InvalidInputError("a connection cannot have the id of the organization")

    def work() -> str:
        known = tenants.find_connection(database, line.id)
        _check_is_same(organization, line, known)
        if known is not None and {key: known[key] for key in wanted} == wanted:
            return "unchanged"
        if known is None:
            what = "created"
            told: dict[str, Any] = {"profile": line.profile}
            given = {"organization": organization, "id": line.id, "profile": line.profile, "revision": 1}
            tenants.insert_connection(database, wanted | given | {"created_at": line.created_at})
        else:
            what = "changed"
            told = {"changed": sorted(key for key in wanted if known[key] != wanted[key])}
            check_idle(database, organization, line.id)
            check_no_plan(database, organization, line.id)
            tenants.update_connection(database, organization, line.id, wanted)
        event, act = Event(f"connection.{what}", line.id, told), Act(f"connection.{what}", line.id, told)
        journal.record(database, author, organization, events=[event], acts=[act], connection=line.id)
        return what

    return database.transaction(work)


def _check_is_same(organization: str, line: ConnectionLine, known: Mapping[str, Any] | None) -> None:
    """Raise ConflictError when the connection of that id is another one."""
    if known is not None and known["organization"] != organization:
        raise ConflictError(
            f"connection {line.id} belongs to another organization of this installation: import into that one, or"
            " into another installation"
        )
    if known is not None and known["profile"] != line.profile:
        raise ConflictError(f"connection {line.id} has the profile {known['profile']!r} here, not {line.profile!r}")
