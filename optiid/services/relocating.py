"""Give all that a connection owns to another owner: in slices, so that nobody waits, and to the end even after a crash.

Both connections are paused meanwhile: no identity provider sees a part here and a part there. A row says what is under
way; the same act, begun again, goes on where the last one stopped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optiid.clock import timestamp
from optiid.errors import ConflictError
from optiid.services import acts, journal
from optiid.services.administrators import keeping_one
from optiid.services.departing import depart, stay
from optiid.services.hand_made import for_administrators
from optiid.services.handing_over import SLICE, Route, hand_over
from optiid.services.planned import check_no_plan
from optiid.storage import ownership, relocations, tenants
from optiid.storage.audit import Act
from optiid.storage.journal import Event
from optiid.storage.relocations import Relocation
from optiid.storage.statistics import Statistics

if TYPE_CHECKING:
    from collections.abc import Callable

    from optiid.services.author import Author
    from optiid.storage.database import Database

_WORDS = {"move": "moved", "keep": "removed, its users kept", "delete": "removed with its users"}


def relocate(database: Database, route: Route, kind: str, author: Author, report: Callable[[int], None]) -> int:
    """Move everything of `route.source`, or `keep` or `delete` it and end the connection; return how many went now.

    `report` is told that number after each slice. Raises ConflictError while another such act is under way, and when a
    slice would leave nobody who administers the organization: make somebody an administrator, and begin it again.
    """
    relocation = database.transaction(lambda: _begin(database, route, kind, author))
    gone, statistics = 0, Statistics(database)
    while True:
        after = ""
        while idents := database.transaction(lambda: _slice(database, relocation, after, author)):  # noqa: B023 - at once
            after, gone = idents[-1], gone + len(idents)
            statistics.note(gone)
            report(gone)
        # A request that was let in before the pause may have made something behind the slices.
        if database.transaction(lambda: _finish(database, relocation, author, gone)):  # noqa: B023 - called at once
            return gone


def unfinished(database: Database) -> list[str]:
    """Return a sentence for each such act that is under way or was cut off."""
    return [str(_busy(one)) for one in database.reading(lambda: relocations.all_of(database))]


def check_idle(database: Database, organization: str, *connections: str) -> None:
    """Raise ConflictError when what a connection owns is on its way; inside a transaction."""
    for connection in connections:
        known = relocations.of_connection(database, organization, connection)
        if known is not None:
            raise _busy(known)


def _busy(known: Relocation) -> ConflictError:
    return ConflictError(
        f"Connection {known.source} is being {_WORDS[known.kind]} since {known.started_at[:19]}Z:"
        f" run `optiid connection {'move' if known.kind == 'move' else 'remove'}` again, and it goes on to its end"
    )


def _begin(database: Database, route: Route, kind: str, author: Author) -> Relocation:
    organization = route.organization
    known = relocations.of_connection(database, organization, route.source)
    if known is not None and (known.source, known.target, known.kind) == (route.source, route.target, kind):
        return known
    check_idle(database, organization, route.source, route.target)
    states = _states(database, organization, (route.source, route.target))
    made = Relocation(
        organization, route.source, route.target, kind, states[route.source], states.get(route.target, ""), timestamp()
    )
    relocations.begin(database, made)
    for connection in {route.source, route.target} - {organization}:
        tenants.update_connection(database, organization, connection, {"state": "paused"})
    tokens = 0 if kind == "move" else relocations.revoke_credentials(database, organization, route.source)
    action = "connection.move_begun" if kind == "move" else "connection.removal_begun"
    details = {"to": route.target, "kind": kind, "tokens_revoked": tokens}
    journal.record(database, author, organization, acts=[Act(action, route.source, details)])
    return made


def _states(database: Database, organization: str, concerned: tuple[str, str]) -> dict[str, str]:
    """Return the states of the connections that an act is about. Raises ConflictError for one that only plans."""
    check_no_plan(database, organization, *concerned)
    found = [one for one in tenants.connections(database, organization) if one["id"] in concerned]
    return {one["id"]: one["state"] for one in found}


def _slice(database: Database, relocation: Relocation, after: str, author: Author) -> list[str]:
    organization, source = relocation.organization, relocation.source
    idents = ownership.slice_of(database, organization, source, after, SLICE)
    if not idents:
        return []
    stored = ownership.lock(database, organization, idents)
    plans = [one.id for one in stored if one.state == "planned"]
    ownership.delete(database, organization, plans)  # a plan is its connection's, and ends with it
    rest = [one for one in stored if one.state != "planned"]
    events: list[Event] = []
    held: list[str] = []
    if rest and relocation.kind != "move":
        with for_administrators(), keeping_one(database, organization):
            events, held = depart(database, relocation.kind, rest, author)
    events += hand_over(database, Route(organization, source, relocation.target), idents, whole=True)[1]
    if held and relocation.kind == "keep":
        stay(database, organization, held)
    journal.record(database, author, organization, events=events, acts=acts.of_events(events), connection=source)
    return idents


def _finish(database: Database, relocation: Relocation, author: Author, gone: int) -> bool:
    """End the act in one stroke; False while the source still owns something."""
    organization, source = relocation.organization, relocation.source
    if relocations.owns_any(database, organization, source):
        return False
    relocations.end(database, relocation)
    details = {"to": relocation.target, "kind": relocation.kind, "resources": gone}
    if relocation.kind == "move":
        action = "connection.moved"
        tenants.update_connection(database, organization, source, {"state": relocation.source_state})
        tenants.update_connection(database, organization, relocation.target, {"state": relocation.target_state})
    else:
        action = "connection.removed"
        relocations.delete_connection(database, organization, source)
    events = [Event(action, source, {"fate": relocation.kind})] if action == "connection.removed" else []
    journal.record(
        database, author, organization, events=events, acts=[Act(action, source, details)], connection=source
    )
    return True
