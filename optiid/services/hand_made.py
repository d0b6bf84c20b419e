"""Users and groups that administrators make by hand: the use cases of SCIM, for the organization's own connection.

What another connection owns is read-only here: it is changed at its source (product.md, section 4). Groups made by hand
may have members from all connections of the organization; those of a connection have its own alone.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from optiid.errors import ConflictError, InvalidInputError, NotFoundError, OptiidError, OutdatedError
from optiid.scim.errors import ScimError
from optiid.scim.patch.operations import PatchOperation
from optiid.scim.versions import Conditions
from optiid.services import extension_schemas, organization_rules, writing
from optiid.services.actor import Actor, Policy
from optiid.services.author import COMMAND_LINE, Author
from optiid.storage import ownership, tenants
from optiid.storage.resources import Scope

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from optiid.scim.resource_types import ResourceType
    from optiid.services.storing import Outcome
    from optiid.storage.database import Database
    from optiid.storage.resources import Stored

ANY_VERSION = Conditions()
_KINDS: dict[int, type[OptiidError]] = {404: NotFoundError, 409: ConflictError, 412: OutdatedError, 428: OutdatedError}


@contextmanager
def for_administrators() -> Iterator[None]:
    """Turn a SCIM error into the error that commands and the admin API tell."""
    try:
        yield
    except ScimError as error:
        raise _KINDS.get(error.status, InvalidInputError)(error.detail) from error


def acting(database: Database, organization: str, author: Author) -> Actor:
    """Return the actor of an administrator in an organization (by id). Raises NotFoundError."""
    rules = organization_rules.of_organization(database, organization)
    policy = Policy(inactive=rules.inactive or "delete", rename_users=rules.rename_users or "allow")
    scope = Scope(organization, organization)
    return Actor(scope, policy, request_id=author.request_id, by=author.by, rules=rules)


def create(
    database: Database, organization: str, kind: str, body: Mapping[str, Any], author: Author = COMMAND_LINE
) -> Outcome:
    """Create a `User` or `Group` of an organization (by id) from SCIM attributes; `members` are ids.

    Raises InvalidInputError for attributes that there are not or that do not fit, and ConflictError for a taken name.
    """
    resource_type = extension_schemas.resource_types(database, organization)[kind]
    for name in body:
        _check_name(resource_type, name)
    wanted = body.get(resource_type.name_attribute)
    if isinstance(wanted, str):
        _check_is_free(database, organization, resource_type, wanted)
    with for_administrators():
        return writing.create(database, acting(database, organization, author), resource_type, dict(body))


def change(
    database: Database,
    organization: str,
    ident: str,
    changes: Mapping[str, Any],
    conditions: Conditions = ANY_VERSION,
    author: Author = COMMAND_LINE,
) -> Outcome:
    """Change attributes of a user or group made by hand, each by its path (`name.givenName`); None takes it away.

    Raises NotFoundError, InvalidInputError, OutdatedError, and ConflictError for a taken name or an owned resource.
    """
    operations = [
        PatchOperation("remove", path) if value is None else PatchOperation("replace", path, value)
        for path, value in changes.items()
    ]
    return patch(database, organization, ident, operations, conditions, author)


def change_members(
    database: Database,
    organization: str,
    group_id: str,
    add: Sequence[str] = (),
    remove: Sequence[str] = (),
    author: Author = COMMAND_LINE,
) -> Outcome:
    """Add and remove members of a group made by hand, by id; they may belong to any connection of the organization.

    Raises NotFoundError, InvalidInputError for an id that nobody has, and ConflictError for a group of a connection.
    """
    operations = [PatchOperation("remove", f'members[value eq "{ident}"]', may_miss=True) for ident in remove]
    if add:
        operations.append(PatchOperation("add", "members", [{"value": ident} for ident in add]))
    return patch(database, organization, group_id, operations, ANY_VERSION, author)


def patch(
    database: Database,
    organization: str,
    ident: str,
    operations: list[PatchOperation],
    conditions: Conditions = ANY_VERSION,
    author: Author = COMMAND_LINE,
) -> Outcome:
    """Apply operations to a user or group made by hand. Raises what `change` raises."""
    resource_type = _of_hand(database, organization, ident)
    with for_administrators():
        actor = acting(database, organization, author)
        return writing.patch(database, actor, resource_type, ident, operations, conditions)


def remove(
    database: Database,
    organization: str,
    ident: str,
    conditions: Conditions = ANY_VERSION,
    author: Author = COMMAND_LINE,
) -> Outcome:
    """Remove a user or group made by hand; a user can be restored until the retention has passed.

    Raises NotFoundError, OutdatedError, and ConflictError for an owned resource.
    """
    resource_type = _of_hand(database, organization, ident)
    with for_administrators():
        return writing.remove(database, acting(database, organization, author), resource_type, ident, conditions)


def find(database: Database, organization: str, kind: str, id_or_name: str) -> Stored:
    """Return a user or group of an organization, whoever owns it, by its id or name. Raises NotFoundError."""
    found = database.reading(lambda: ownership.find(database, organization, kind, id_or_name))
    if found is None:
        raise NotFoundError(f"The directory has no {kind.lower()} {id_or_name!r}")
    return found


def check_is_of_hand(database: Database, stored: Stored) -> None:
    """Raise ConflictError when a connection owns a resource."""
    if stored.connection == stored.organization:
        return
    raise ConflictError(
        f"{stored.type} {stored.id} belongs to {_owner(database, stored)} and is read-only here:"
        " change it in its identity provider"
    )


def _of_hand(database: Database, organization: str, ident: str) -> ResourceType:
    """Return the type of what was made by hand; the write itself checks again that it still is that."""
    stored = database.reading(lambda: ownership.find_by_id(database, organization, ident))
    if stored is None:
        raise NotFoundError(f"The organization has no user or group {ident[:64]!r}")
    check_is_of_hand(database, stored)
    return extension_schemas.resource_types(database, organization)[stored.type]


def _check_is_free(database: Database, organization: str, resource_type: ResourceType, name: str) -> None:
    """Raise ConflictError that tells an administrator, who may know, whose a name is; the write itself has the say."""
    found = database.reading(lambda: ownership.find_by_name(database, organization, resource_type.name, name))
    if found is not None and found.living:
        kind, attribute = resource_type.name.lower(), resource_type.name_attribute
        raise ConflictError(
            f"{attribute} {name!r} belongs to {kind} {found.id} of {_owner(database, found)}:"
            " choose another name, or rename that one first"
        )


def _owner(database: Database, stored: Stored) -> str:
    if stored.connection == stored.organization:
        return "this organization, made by hand"
    owner = database.reading(lambda: tenants.find_connection(database, stored.connection))
    return f"connection {owner['name']!r} ({stored.connection})" if owner else f"connection {stored.connection}"


def _check_name(resource_type: ResourceType, name: str) -> None:
    """Raise InvalidInputError for an attribute nobody can write: clients send such things, people mistype them."""
    if name.lower() in ("schemas", "password") or resource_type.extension_urn(name):
        return
    attribute = resource_type.attribute(name)
    if attribute is None or attribute.mutability == "readOnly":
        raise InvalidInputError(f"{resource_type.name} has no attribute {name[:80]!r} that can be written")
