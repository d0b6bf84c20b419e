"""Teams: a group that is created as `TeamName::InstanceId` belongs to that product instance (product.md, section 4).

Its displayName is answered as it was sent at its creation, suffix included, since identity providers compare that with
their own. Later the suffix may be left out or repeated; it means the same team.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from optiid.scim.errors import ScimError
from optiid.scim.filters.tree import And, Compare, Or
from optiid.scim.search_form import name_key
from optiid.storage import products, teams
from optiid.storage.journal import Event

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optiid.scim.filters.tree import Tree
    from optiid.scim.resource_types import ResourceType
    from optiid.storage.database import Database
    from optiid.storage.resources import Scope, Stored
    from optiid.storage.searching import Part

SEPARATOR = "::"
# Of teams that share a name in different instances so many are found by it.
MOST_TEAMS = 20


def instance_of_new(
    database: Database, organization: str, resource_type: ResourceType, document: dict[str, Any]
) -> str | None:
    """Return the id of the instance that a group about to be created is a team in; None for any other resource.

    Raises 404 for an instance that there is not, and invalidValue for a name that is none.
    """
    name = document[resource_type.name_attribute]
    if not _has_suffix(name) or not resource_type.attribute("members"):
        return None
    _, suffix = _split(name)
    found = products.find_instance(database, organization, name_key(suffix))
    if found is None:
        raise ScimError.not_found(
            f"There is no product instance {suffix[:64]!r} for the team {name[:80]!r}:"
            f" create the instance first, or name the group without {SEPARATOR!r}"
        )
    return found.id


def establish(database: Database, group: Stored, instance: str) -> list[Event]:
    """Store that a new group is a team, and return the event of that."""
    name, _ = _split(group.document["displayName"])
    teams.insert(database, group.organization, group.id, instance, name)
    return [Event("team.created", group.id, {"instance": instance})] if group.living else []


def with_suffix(database: Database, before: Stored, document: dict[str, Any]) -> dict[str, Any]:
    """Return the changed document of a resource; that of a team keeps the suffix it was created with.

    Raises mutability for a suffix that a group gets or changes later, and invalidValue for a name that is none.
    """
    name = document.get("displayName")
    if before.type != "Group" or name is None or name == before.document["displayName"]:
        return document
    if not _has_suffix(name) and SEPARATOR not in before.display:
        return document
    instance = teams.instance_of(database, before.organization, before.id)
    if instance is None:
        _refuse_suffix(name, before)
        return document
    known, suffix = _parts(before.document["displayName"], instance)
    wanted, sent = _parts(name, instance)
    if name_key(sent) != instance:
        raise ScimError.mutability(
            f"The group is a team in instance {instance!r} and stays there: create another group named {name[:80]!r}"
        )
    if wanted != known:
        teams.rename(database, before.organization, before.id, wanted)
    return document | {"displayName": f"{wanted}{SEPARATOR}{suffix}"}


def _refuse_suffix(name: str, before: Stored) -> None:
    if _has_suffix(name) and SEPARATOR not in before.display:
        raise ScimError.mutability(
            f"A group becomes a team only when it is created: create another group named {name[:80]!r}"
        )


def with_full_names(database: Database, scope: Scope, parts: Sequence[Part]) -> list[Part] | None:
    """Return a search that found nothing once more, with teams meant by their names without suffix; None: no team is.

    Only `displayName eq` is looked at, alone or joined by `and` and `or`: that is how provisioning looks for a name.
    """
    found, changed = [], False
    for part in parts:
        tree = part.tree
        if tree is not None and part.resource_type.attribute("members"):
            tree = _with_full_names(database, scope, tree)
        changed = changed or tree is not part.tree
        found.append(replace(part, tree=tree))
    return found if changed else None


def _with_full_names(database: Database, scope: Scope, tree: Tree) -> Tree:
    if isinstance(tree, (And, Or)):
        parts = tuple(_with_full_names(database, scope, part) for part in tree.parts)
        same = all(new is old for new, old in zip(parts, tree.parts, strict=True))
        return tree if same else type(tree)(parts)
    if not isinstance(tree, Compare) or tree.operator != "eq" or not isinstance(tree.value, str):
        return tree
    if tree.path.attribute.lower() != "displayname" or tree.path.sub_attribute or SEPARATOR in tree.value:
        return tree
    names = teams.full_names(database, scope, tree.value, MOST_TEAMS)
    meant = tuple(replace(tree, value=name) for name in names)
    return tree if not meant else meant[0] if len(meant) == 1 else Or(meant)


def _has_suffix(name: str) -> bool:
    """Say whether a name has the two colons, in whatever width they are written."""
    return SEPARATOR in name if name.isascii() else SEPARATOR in name_key(name)


def _parts(name: str, instance: str) -> tuple[str, str]:
    """Return name and suffix of a team in an instance, whose suffix may be left out."""
    return _split(name) if _has_suffix(name) else (name, instance)


def _split(name: str) -> tuple[str, str]:
    """Return name and suffix of a team. Raises invalidValue when one of them is missing."""
    team, separator, suffix = name.partition(SEPARATOR)
    if not separator:
        raise ScimError.invalid_value(f"The two colons in {name[:80]!r} are no plain ones: write {SEPARATOR}")
    if not team.strip() or not suffix.strip():
        raise ScimError.invalid_value(f"{name[:80]!r} is no team: write TeamName{SEPARATOR}InstanceId")
    return team, suffix
