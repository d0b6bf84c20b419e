"""Move an organization from one shard to another while the service runs, and prove that nothing was lost.

Writes to it are held off meanwhile, by a gate in its old database that no process can overlook. Until the map names the
new shard the old one has everything; from then on the new one. Cut off at any point, the move goes on when it is run
again, or back to where the organization lay when that is named.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from optiid.errors import ConflictError, NotFoundError
from optiid.services import journal
from optiid.services.author import COMMAND_LINE
from optiid.services.database_moves import tables_of_both
from optiid.storage import row_copies, shard_map, shard_moves
from optiid.storage.audit import Act
from optiid.storage.sessions import unhurried
from optiid.storage.shard_map import Placement
from optiid.storage.shards import FIRST, LEAVING, MOVING
from optiid.storage.snapshots import snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

    from optiid.storage.catalog import Table
    from optiid.storage.shards import ShardDatabase, Shards

    Watch = Callable[[str, int], Callable[[int], None]]

# So long processes may still have lines of the logbook that they did not write.
SETTLING_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Placed:
    """Where an organization lies now, and how many rows were copied."""

    organization: str
    shard: str
    rows: int


def place(shards: Shards, named: str, shard: str, watch: Watch) -> Placed:
    """Bring an organization, by id or name, to a shard. Raises NotFoundError, UnavailableError and ConflictError."""
    target, ident = shards.get(shard), _named(shards, named)
    placed = shard_map.placement(shards.first, ident)
    if placed.stage == LEAVING:
        _leave(shards, placed)
        placed = Placement(ident, placed.shard)
    source = shards.get(placed.shard)
    if placed.stage == MOVING and placed.other != shard:
        _abandon(shards, placed)
    if source is target:
        return Placed(ident, shard, 0)
    moving = Placement(ident, source.name, shard, MOVING)
    shard_map.place(shards.first, _name(source, ident), moving)
    try:
        rows = _carry(source, target, ident, watch)
    except Exception:
        _abandon(shards, moving)
        raise
    arrived = Placement(ident, shard, source.name, LEAVING)
    shard_map.place(shards.first, _name(source, ident), arrived)
    _leave(shards, arrived)
    return Placed(ident, shard, rows)


def _named(shards: Shards, named: str) -> str:
    found = shard_map.placed_as(shards.first, named)
    if found is None:
        found = shard_map.owner(shards.first, named)
    if not found:
        raise NotFoundError(f"There is no organization {named!r}; `optiid organization list` shows them")
    return found


def _name(database: ShardDatabase, organization: str) -> str:
    row = database.reading(lambda: database.row("SELECT o.name FROM organization o WHERE o.id = ?", (organization,)))
    return str(row[0]) if row else organization


def _tables(source: ShardDatabase, target: ShardDatabase) -> list[Table]:
    return [table for table in tables_of_both(source, target) if table.name not in shard_moves.MAP]


def _carry(source: ShardDatabase, target: ShardDatabase, ident: str, watch: Watch) -> int:
    """Close the gate, copy all rows as they are then, compare both sides, and let the credentials be found."""
    tables = _tables(source, target)
    shard_moves.close_gate(source, ident)
    time.sleep(SETTLING_SECONDS)
    with unhurried(source), unhurried(target):
        shard_moves.remove(target, tables, ident)
        with snapshot(source):
            told, done, sums = watch("rows copied", 0), 0, {}
            for organization in shard_moves.whole(source, ident):
                for table in tables:
                    total, number = 0, 0
                    for rows in shard_moves.rows(source, table, organization):
                        target.transaction(lambda table=table, rows=rows: row_copies.insert(target, table, rows))  # type: ignore[misc]
                        total = row_copies.added(total, row_copies.checksum(table, rows))
                        number += len(rows)
                        told(done := done + len(rows))
                    sums[organization, table.name] = (number, total)
            digests = shard_map.credentials(source, ident)
        _compare(target, tables, sums)
    if target.name != FIRST:
        shard_map.announce_all(target, ident, digests)
    return done


def _compare(target: ShardDatabase, tables: list[Table], sums: dict[tuple[str, str], tuple[int, int]]) -> None:
    known = {table.name: table for table in tables}
    with snapshot(target):
        for (organization, name), expected in sums.items():
            total, number = 0, 0
            for rows in shard_moves.rows(target, known[name], organization):
                total = row_copies.added(total, row_copies.checksum(known[name], rows))
                number += len(rows)
            if (number, total) != expected:
                raise ConflictError(f"The copy of {name} is not what was copied: nothing was moved; run it again")


def _leave(shards: Shards, arrived: Placement) -> None:
    """Let the organization be used where it lies now, and remove what is left where it came from."""
    ident, source, target = arrived.organization, shards.get(arrived.other), shards.get(arrived.shard)
    shard_moves.retire(source, ident)
    if not shard_moves.is_shown(target, ident):
        act = Act("organization.placed", ident, {"from": source.name, "to": target.name})

        def work() -> None:
            shard_moves.open_gate(target, ident)
            journal.record(target, COMMAND_LINE, ident, acts=[act])

        target.transaction(work)
    time.sleep(SETTLING_SECONDS)
    with unhurried(source):
        shard_moves.remove(source, _tables(source, target), ident)
    _settle(shards, source, replace(arrived, other="", stage=""), target)


def _abandon(shards: Shards, moving: Placement) -> None:
    """Let the organization go on where it lies, and remove what was copied."""
    source, target = shards.get(moving.shard), shards.get(moving.other)
    source.transaction(lambda: shard_moves.open_gate(source, moving.organization))
    shard_moves.remove(target, _tables(source, target), moving.organization)
    _settle(shards, source, replace(moving, other="", stage=""), source)


def _settle(shards: Shards, source: ShardDatabase, placed: Placement, home: ShardDatabase) -> None:
    shard_map.place(shards.first, _name(home, placed.organization), placed)
    busy = [one for one in shard_map.placements(shards.first) if one.stage == MOVING and one.shard == source.name]
    if not busy:
        shard_moves.open_whole_gate(source)
