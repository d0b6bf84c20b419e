"""Who may bear a name: living resources exclude each other, tombstones give way (product.md, section 3)."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from optiid.scim.errors import ScimError
from optiid.storage import claims, outside, resources
from optiid.storage.keys import name_column, unique_rows
from optiid.storage.resources import NameTakenError, ValueTakenError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optiid.scim.resource_types import ResourceType
    from optiid.services.actor import Actor
    from optiid.services.rules import Rules
    from optiid.storage.database import Database
    from optiid.storage.resources import Stored


def occupant(database: Database, actor: Actor, resource_type: ResourceType, document: dict[str, Any]) -> Stored | None:
    """Return who is inactive and bears the name of a document about to be created; raise uniqueness for the active."""
    name = document[resource_type.name_attribute]
    found = resources.find_by_name(database, actor.scope, resource_type, name)
    if found is not None and found.active:
        raise taken(resource_type, name, found)
    if not document.get("active", True):
        _refuse_living_name(database, actor, resource_type, name, "" if found is None else found.id)
    return found


def claim(
    database: Database, actor: Actor, resource_type: ResourceType, before: Stored, document: dict[str, Any]
) -> Stored | None:
    """Make room for the name a changed resource bears from now on; return the tombstone that was closed for it.

    Raises uniqueness, and mutability where names stay. A tombstone of the same connection that bears it is closed as if
    DELETEd. The unique index has the last word on living resources; whoever is inactive is checked here, since the
    index does not look at them.
    """
    name = document[resource_type.name_attribute]
    if name_column(name) == before.name_key:
        return None
    if actor.policy.rename_users == "refuse" and resource_type.attribute("active"):
        raise ScimError.mutability(
            f"userName cannot be changed to {name[:80]!r}: this connection forbids it; delete it and create another"
        )
    refuse_system_name(actor, resource_type, name)
    found = resources.find_by_name(database, actor.scope, resource_type, name)
    if found is not None and (found.active or found.living):
        kind, attribute = resource_type.name.lower(), resource_type.name_attribute
        raise ScimError.uniqueness(
            f"Another {kind} has {attribute} {name!r} (id {found.id}): rename that one first, or choose another name"
        )
    if found is not None:
        resources.close(database, found)
    if not document.get("active", True):
        _refuse_living_name(database, actor, resource_type, name, before.id)
    return found


def claim_everywhere(database: Database, rules: Rules, before: Stored | None, after: Stored) -> None:
    """Hold the name of a user in the directory for the whole installation, where the organization's rules say so.

    Raises NameTakenError when a user of another such organization has it.
    """
    if rules.unique_names != "installation" or after.type != "User":
        return
    held = before.name_key if before is not None and before.living else None
    wanted = after.name_key if after.living else None
    if held is not None and held != wanted:
        claims.release(database, after)
    if wanted is not None and held != wanted:
        claims.claim(database, after)


def hold(database: Database, actor: Actor, resource_type: ResourceType, before: Stored | None, after: Stored) -> None:
    """Hold what a stored resource bears, also against those whom its connection does not own.

    A plan holds nothing in the directory: it only answers as if it did. Raises NameTakenError and ValueTakenError.
    """
    if actor.planned_for is None:
        claim_everywhere(database, actor.rules, before, after)
    else:
        _check_outside(database, actor, resource_type, before, after)


def _check_outside(
    database: Database, actor: Actor, resource_type: ResourceType, before: Stored | None, after: Stored
) -> None:
    owner, known = actor.owner, before if before is not None and before.living else None
    if after.living and (known is None or known.name_key != after.name_key):
        everywhere = actor.rules.unique_names == "installation" and after.type == "User"
        if outside.name_is_living(database, owner, after.type, after.name_key) or (
            everywhere and outside.name_is_claimed(database, owner, after.name_key)
        ):
            raise NameTakenError("The name is taken")
    held = {} if before is None else unique_rows(before.document, resource_type, before.state)
    for (path, value_key), value in unique_rows(after.document, resource_type, after.state).items():
        if (path, value_key) not in held and outside.value_is_taken(database, owner, path, value_key):
            raise ValueTakenError(path, value)


@contextmanager
def refusing_taken(resource_type: ResourceType, document: dict[str, Any]) -> Iterator[None]:
    """Turn the database's word that a name, or another unique value, is taken into 409 uniqueness."""
    try:
        yield
    except NameTakenError as error:
        raise taken(resource_type, document[resource_type.name_attribute]) from error
    except ValueTakenError as error:
        raise ScimError.uniqueness(
            f"{error.path} {error.value[:80]!r} belongs to another resource, and is unique here: give another value"
        ) from error


def _refuse_living_name(database: Database, actor: Actor, resource_type: ResourceType, name: str, but: str) -> None:
    is_living = resources.name_is_living(database, actor.scope, resource_type, name, but)
    if is_living or (
        actor.planned_for is not None
        and outside.name_is_living(database, actor.owner, resource_type.name, name_column(name))
    ):
        raise taken(resource_type, name)


def refuse_system_name(actor: Actor, resource_type: ResourceType, name: str) -> None:
    """Raise uniqueness when a group would bear the name of one that the service makes."""
    if resource_type.attribute("members") and actor.rules.is_system_group(name):
        raise ScimError.uniqueness(f"{name!r} is a system group: give the group another name")


def taken(resource_type: ResourceType, name: str, found: Stored | None = None) -> ScimError:
    """Return the uniqueness error of a name; `found` is who has it, if the connection may see them."""
    attribute, kind = resource_type.name_attribute, resource_type.name.lower()
    if found is not None:
        return ScimError.uniqueness(
            f"A {kind} with {attribute} {name!r} exists (id {found.id}): match on {attribute} instead of creating"
        )
    return ScimError.uniqueness(
        f"{attribute} {name!r} belongs to a {kind} that this connection does not own:"
        " rename one of them, or ask an administrator of this service"
    )
