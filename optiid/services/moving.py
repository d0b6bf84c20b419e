"""Move users and groups from one connection to another of the same organization, as an administrator's act."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from optiid.errors import ConflictError, InvalidInputError
from optiid.services import connections, extension_schemas, hand_made, journal
from optiid.services.author import COMMAND_LINE, Author
from optiid.services.handing_over import SLICE, Route, hand_over
from optiid.services.relocating import check_idle, relocate
from optiid.storage import ownership
from optiid.storage.audit import Act

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from optiid.profiles.registry import ProfileRegistry
    from optiid.scim.resource_types import ResourceType
    from optiid.services.connections import Connection
    from optiid.storage.database import Database
    from optiid.storage.resources import Stored


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is to move: users and groups by id or name, or everything."""

    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    everything: bool = False


@dataclass(slots=True)
class Preview:
    """What a move would do. `closing` are tombstones whose name would be borne twice.

    `ending` counts memberships that would span two connections; `extensions` counts resources by the URNs of schemas
    that nobody registered and that the target's profile does not keep.
    """

    organization: str
    source: str
    target: str
    users: int = 0
    groups: int = 0
    tombstones: int = 0
    closing: list[str] = field(default_factory=list)
    ending: int = 0
    extensions: dict[str, int] = field(default_factory=dict)


def route_between(database: Database, source: str, target: str) -> Route:
    """Return the route from one connection to another, by id. Raises NotFoundError and InvalidInputError."""
    one, other = connections.get(database, source), connections.get(database, target)
    if one.organization != other.organization:
        raise InvalidInputError(f"Connections {source} and {target} belong to two organizations: nothing moves there")
    if one.id == other.id:
        raise InvalidInputError(f"Connection {source} is both: name another with --to")
    return Route(one.organization, one.id, other.id)


def preview(database: Database, registry: ProfileRegistry, route: Route, chosen: Chosen) -> Preview:
    """Return what a move would do; it changes nothing. Raises NotFoundError and ConflictError."""
    target = connections.get(database, route.target)
    keeps = registry.get(target.profile).settings(target.settings)["unknown_extensions"] == "keep"
    types = extension_schemas.resource_types(database, route.organization)
    made = Preview(route.organization, route.source, route.target)
    for stored in _slices(database, route, chosen):
        idents = [one.id for one in stored]
        pairs = database.reading(lambda: ownership.clashes(database, stored, route.target))  # noqa: B023 - called at once
        made.closing += [(holder if mover.living else mover).id for mover, holder in pairs]
        _count(made, stored, {} if keeps else types)
        if not chosen.everything:
            made.ending += len(
                database.reading(lambda: ownership.spanning(database, route.organization, idents, route.target))  # noqa: B023 - called at once
            )
    return made


def move(
    database: Database,
    route: Route,
    chosen: Chosen,
    report: Callable[[int], None] = lambda _: None,
    *,
    author: Author = COMMAND_LINE,
) -> int:
    """Move what is chosen and return how many resources went; a move of everything that was cut off goes on.

    Ids, states and memberships in groups made by hand stay; memberships that would span two connections end.
    Raises NotFoundError, ConflictError for what another owner has, and InvalidInputError for more than a slice by name.
    """
    source = connections.get(database, route.source)
    _check_states(source, connections.get(database, route.target))
    if chosen.everything:
        return relocate(database, route, "move", author, report)
    idents = [stored.id for stored in _named(database, route, chosen)]

    def work() -> int:
        check_idle(database, route.organization, route.source, route.target)
        with hand_made.for_administrators():
            moved, events = hand_over(database, route, idents, whole=False)
        if len(moved) != len(idents):
            raise ConflictError("Some of them were moved or removed at the same moment: look again")
        acts = [Act(f"{one.type.lower()}.moved", one.id, {"from": route.source, "to": route.target}) for one in moved]
        journal.record(database, author, route.organization, events=events, acts=acts, connection=route.source)
        return len(moved)

    return database.transaction(work)


def _check_states(*concerned: Connection) -> None:
    for one in concerned:
        if one.state not in ("active", "paused"):
            raise ConflictError(f"Connection {one.id} is in {one.state}: apply or discard its plan first")


def _slices(database: Database, route: Route, chosen: Chosen) -> Iterator[list[Stored]]:
    if not chosen.everything:
        yield _named(database, route, chosen)
        return
    after = ""
    while idents := database.reading(
        lambda: ownership.slice_of(database, route.organization, route.source, after, SLICE)  # noqa: B023 - at once
    ):
        yield database.reading(lambda: ownership.fetch(database, route.organization, idents))
        after = idents[-1]


def _named(database: Database, route: Route, chosen: Chosen) -> list[Stored]:
    """Return what is named, each once. Raises NotFoundError, ConflictError and InvalidInputError."""
    names = [("User", name) for name in chosen.users] + [("Group", name) for name in chosen.groups]
    if not names or len(names) > SLICE:
        raise InvalidInputError(f"Name 1 to {SLICE} users and groups, or take --all")
    found = {}
    for kind, name in names:
        stored = hand_made.find(database, route.organization, kind, name)
        if stored.connection != route.source:
            raise ConflictError(f"{kind} {name!r} belongs to {stored.connection}, not to connection {route.source}")
        found[stored.id] = stored
    return list(found.values())


def _count(made: Preview, stored: Sequence[Stored], types: dict[str, ResourceType]) -> None:
    """Add a slice to the numbers of a preview; without types, all extensions are kept."""
    for one in stored:
        made.users += one.type == "User" and one.living
        made.groups += one.type == "Group"
        made.tombstones += one.type == "User" and not one.living
        for name in one.document if one.type in types else ():
            if name[:4].lower() == "urn:" and types[one.type].extension_urn(name) is None:
                made.extensions[name] = made.extensions.get(name, 0) + 1
