"""Remove a connection: what it owns becomes hand-made, or is deprovisioned; never neither (product.md, section 4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from optiid.clock import timestamp
from optiid.services import clients, connections, tokens
from optiid.services.author import COMMAND_LINE, Author
from optiid.services.connections import ANY_VERSION
from optiid.services.handing_over import Route
from optiid.services.relocating import relocate
from optiid.storage import ownership, tenants

if TYPE_CHECKING:
    from collections.abc import Callable

    from optiid.scim.versions import Conditions
    from optiid.storage.database import Database


@dataclass(frozen=True, slots=True)
class Preview:
    """What a connection owns and who can still use it: people in the directory, groups, tombstones; tokens, clients."""

    id: str
    organization: str
    name: str
    users: int
    groups: int
    tombstones: int
    plans: int
    tokens: int
    clients: int


def preview(database: Database, connection_id: str) -> Preview:
    """Return what the removal of a connection is about. Raises NotFoundError."""
    found = connections.get(database, connection_id)
    counts = database.reading(lambda: ownership.counts(database, found.organization, found.id))
    moment = timestamp()
    working = [one for one in tokens.list_all(database, found.id) if tokens.works(one, moment)]
    knowing = [one for one in clients.list_all(database, found.id) if clients.works_until(one) > moment]

    def number(kind: str, *states: str) -> int:
        return sum(how_many for type_, state, _, how_many in counts if type_ == kind and state in states)

    return Preview(
        found.id, found.organization, found.name, number("User", "living", "suspended"),
        number("Group", "living", "suspended"), number("User", "gone"),
        number("User", "planned") + number("Group", "planned"), len(working), len(knowing),
    )  # fmt: skip


def remove(
    database: Database,
    connection_id: str,
    fate: Literal["keep", "delete"],
    report: Callable[[int], None] = lambda _: None,
    conditions: Conditions = ANY_VERSION,
    *,
    author: Author = COMMAND_LINE,
) -> int:
    """Remove a connection and return how many resources it gave away in this run; one that was cut off goes on.

    Its tokens and clients die at once. `keep` makes its users and groups hand-made; `delete` takes them out of the
    directory, users as tombstones that an administrator can restore. Raises NotFoundError, ConflictError during another
    such act, and 412 when the revision is not one that the conditions name.
    """
    found = connections.get(database, connection_id)
    revision = database.transaction(lambda: tenants.revision_for_change(database, found.organization, found.id))
    conditions.check_change(revision)
    route = Route(found.organization, found.id, found.organization)
    return relocate(database, route, fate, author, report)
