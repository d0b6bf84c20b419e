"""Who may do what, and why: the union over a person's groups, nested ones too, everyone, and direct grants.

Whoever is suspended, planned or gone has no role and no access. SCIM attributes such as `roles` and `entitlements` are
data and play no part here (product.md, section 4).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from optiid.errors import NotFoundError
from optiid.scim.search_form import name_key
from optiid.services import products
from optiid.storage import access, ownership, roles
from optiid.storage.roles import EVERYONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from optiid.storage.access import Node
    from optiid.storage.database import Database
    from optiid.storage.resources import Stored


@dataclass(frozen=True, slots=True)
class Step:
    """A group on the way from a person to a role."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody has a role: by a grant to them (`user`), to a group, or to everyone.

    `path` leads from the group that the person is a member of to the group that is granted the role; one of the
    shortest, when there are several.
    """

    kind: str
    grant: str
    path: list[Step]
    text: str


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role in a product instance, and every grant that gives it."""

    product: str
    instance: str
    role: str
    reasons: list[Reason] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class InGroup:
    """A group that a person is in; `kind` is scim, custom or internal, `team` the instance that it is a team in."""

    id: str
    name: str
    kind: str
    direct: bool
    team: str | None


@dataclass(frozen=True, slots=True)
class Access:
    """What a person may do: nothing unless `allowed`, that is, in the directory and not suspended."""

    id: str
    user_name: str
    state: str
    allowed: bool
    roles: list[HeldRole]
    groups: list[InGroup]


def access_of(database: Database, organization: str, user: str) -> Access:
    """Return what a user (by id or userName) may do in an organization (by id), with the reasons. Three statements.

    A user who is gone is found by id alone. Raises NotFoundError.
    """

    def work() -> Access:
        found = access.find_person(database, organization, user)
        if found is None:
            raise NotFoundError(f"The directory has no user {user[:80]!r}")
        return _access(database, found)

    return database.reading(work)


def may_enter(database: Database, organization: str, user_name: str, instance: str | None = None) -> Access | None:
    """Return what the person of that userName may do, for a product that asks; None when the directory has nobody.

    With an instance only its roles are told, and only who has one of them is allowed; one that there is not has none.
    """

    def work() -> Access | None:
        found = access.find_by_name(database, organization, user_name)
        return None if found is None else _access(database, found)

    known = database.reading(work)
    if known is None or instance is None:
        return known
    held = [role for role in known.roles if role.instance == name_key(instance.strip())]
    return Access(known.id, known.user_name, known.state, bool(held), held, known.groups)


def who_has(
    database: Database, organization: str, instance: str, role: str, after: str = "", limit: int = 200
) -> list[Access]:
    """Return the people who have a role in an instance, in order of ids after `after`, each with that role alone.

    Raises NotFoundError for an instance or role that there is not.
    """

    def work() -> list[Access]:
        place = products.find_instance(database, organization, instance)
        wanted = products.find_role(database, organization, place.product, role)
        key = (place.id, wanted.key)
        everyone = roles.find(database, organization, *key, EVERYONE) is not None
        idents = access.holders(database, organization, key, after, limit, everyone=everyone)
        people = ownership.fetch(database, organization, idents)
        return [
            Access(
                one.id, one.user_name, one.state, one.allowed,
                [held for held in one.roles if (held.instance, name_key(held.role)) == key], one.groups,
            )
            for one in _accesses(database, organization, people)
        ]  # fmt: skip

    return database.reading(work)


def _access(database: Database, user: Stored) -> Access:
    if user.state != "living":
        return Access(user.id, user.document["userName"], user.state, False, [], [])
    return _accesses(database, user.organization, [user])[0]


def _accesses(database: Database, organization: str, users: list[Stored]) -> list[Access]:
    """Return the access of living users; two statements, however many they are."""
    idents = [user.id for user in users]
    above: dict[str, list[str]] = {}
    for member_id, group_id in access.memberships_above(database, organization, idents):
        above.setdefault(member_id, []).append(group_id)
    around = {group_id for some in above.values() for group_id in some}
    nodes = access.holdings(database, organization, [*idents, *sorted(around - set(idents))])
    return [_of_one(user, nodes, above) for user in users]


def _of_one(user: Stored, nodes: Mapping[str, Node], above: Mapping[str, list[str]]) -> Access:
    ways = _ways(user.id, nodes, above)
    held: dict[tuple[str, str], HeldRole] = {}
    for ident in (user.id, *ways, EVERYONE):
        node = nodes.get(ident)
        for given in node.given if node else ():
            role = held.setdefault(
                (given.instance, name_key(given.role)), HeldRole(given.product, given.instance, given.role)
            )
            path = [Step(one, nodes[one].display) for one in ways.get(ident, ())]
            role.reasons.append(_reason(ident, user.id, given.grant, path))
    groups = [
        InGroup(ident, nodes[ident].display, kind_of(nodes[ident], user.organization), len(way) == 1, nodes[ident].team)
        for ident, way in ways.items()
    ]
    groups.append(InGroup(EVERYONE, "Everyone", "internal", direct=True, team=None))
    return Access(
        user.id, user.document["userName"], user.state, True, [held[key] for key in sorted(held)], groups
    )  # fmt: skip


def _ways(start: str, nodes: Mapping[str, Node], above: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Return a shortest way from a user to each group that they are in, by nearness; each group is visited once."""
    ways: dict[str, list[str]] = {}
    reached: list[tuple[str, list[str]]] = [(start, [])]
    for ident, way in reached:  # it grows meanwhile
        for group_id in above.get(ident, ()):
            if group_id not in ways and group_id in nodes:
                ways[group_id] = [*way, group_id]
                reached.append((group_id, ways[group_id]))
    return ways


def kind_of(group: Node, organization: str) -> str:
    """Return which kind of group it is: custom when it was made by hand, else scim."""
    return "custom" if group.connection == organization else "scim"


def _reason(ident: str, user: str, grant: str, path: list[Step]) -> Reason:
    if ident == user:
        return Reason("user", grant, [], "granted directly")
    if ident == EVERYONE:
        return Reason("everyone", grant, [], "granted to Everyone")
    return Reason("group", grant, path, "through " + _named(path))


def _named(path: Iterable[Step]) -> str:
    return " in ".join(f"group {step.name}" for step in path)
