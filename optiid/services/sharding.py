"""Move an organization from one shard to another while the service runs, and prove that nothing was lost.

Writes to it are held off meanwhile, by a gate in its old database that no process can overlook. Until the map names the
new shard the old one has everything; from then on the new one. Cut off at any point, the move goes on when it is run
again, or back to where the organization lay when that is named, or when nobody gives a sign of life any more
(`shard_upkeep`). Of several processes that have a hand in it the map lets only the last go on.
"""

from __future__ import annotations

import logging
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from optiid.clock import timestamp
from optiid.errors import ConflictError, NotFoundError, OptiidError, UnavailableError
from optiid.services import journal, organization_rules
from optiid.services.author import COMMAND_LINE
from optiid.services.database_moves import tables_of_both
from optiid.storage import catalog, row_copies, shard_map, shard_moves
from optiid.storage.audit import Act
from optiid.storage.sessions import unhurried
from optiid.storage.shards import FIRST, LEAVING, MOVING
from optiid.storage.snapshots import snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from optiid.storage.catalog import Table
    from optiid.storage.shard_map import Placement
    from optiid.storage.shards import ShardDatabase, Shards

    Watch = Callable[[str, int], Callable[[int], None]]

logger = logging.getLogger(__name__)
# So long processes may still have lines of the logbook that they did not write.
SETTLING_SECONDS = 2.0
BEAT_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Placed:
    """Where an organization lies now, and how many rows were copied."""

    organization: str
    shard: str
    rows: int


class Step:
    """How far the move of an organization is, as this process left it in the map."""

    def __init__(self, shards: Shards, before: Placement, after: Placement) -> None:
        """Note the step. Raises ConflictError when another process went on with the move."""
        self._shards, self.placed = shards, before
        self.note(after)

    @property
    def home(self) -> ShardDatabase:
        """The shard where the organization lies."""
        return self._shards.get(self.placed.shard)

    @property
    def elsewhere(self) -> ShardDatabase:
        """The shard where it is to go, or where rows of it are left."""
        return self._shards.get(self.placed.other)

    def note(self, after: Placement) -> None:
        """Note how far the move is now. Raises ConflictError when another process went on with it."""
        if not shard_map.change(self._shards.first, self.placed, after):
            raise ConflictError(
                f"Another command went on with the move of organization {after.organization}: nothing more was done"
            )
        self.placed = after

    @contextmanager
    def alive(self) -> Iterator[None]:
        """Give a sign of life from time to time, whatever this thread is waiting for."""
        ended = threading.Event()
        thread = threading.Thread(target=self._beat, args=(ended,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _beat(self, ended: threading.Event) -> None:
        while not ended.wait(BEAT_SECONDS):
            try:
                self.note(replace(self.placed, noted_at=timestamp()))
            except OptiidError as error:
                logger.warning("no sign of life could be given: %s", error)
        self._shards.first.leave()


def place(shards: Shards, named: str, shard: str, watch: Watch) -> Placed:
    """Bring an organization, by id or name, to a shard. Raises NotFoundError, UnavailableError and ConflictError."""
    shards.get(shard)
    placed = _known(shards, named)
    if placed.stage == LEAVING or (placed.stage == MOVING and placed.other != shard):
        placed = end(shards, placed)
    ident, source = placed.organization, shards.get(placed.shard)
    if not shard_moves.is_shown(source, ident):
        raise ConflictError(f"Organization {ident} is said to lie on shard {placed.shard} and is not there: restore it")
    if placed.shard == shard:
        _keep(source, ident)
        return Placed(ident, shard, 0)
    shard_map.check_uniqueness(source, organization_rules.of_organization(source, ident).unique_names)
    tables = _own(tables_of_both(source, shards.get(shard)))
    step = Step(shards, placed, replace(placed, other=shard, stage=MOVING, noted_at=timestamp()))
    try:
        with step.alive():
            rows = _carry(step, tables, watch)
        step.note(replace(step.placed, shard=shard, other=placed.shard, stage=LEAVING))
    except Exception:
        _call_back(shards, step.placed, tables)
        raise
    end(shards, step.placed, tables)
    return Placed(ident, shard, rows)


def _call_back(shards: Shards, moving: Placement, tables: Sequence[Table]) -> None:
    try:
        end(shards, moving, tables)
    except OptiidError as error:
        logger.warning("what was copied of organization %s is still to be removed: %s", moving.organization, error)


def end(shards: Shards, placed: Placement, tables: Sequence[Table] = ()) -> Placement:
    """Let an organization be used where it lies, and remove what there is of it where it came from, or was to go.

    A move that the map does not have at its new shard yet is called back by that. Returns the placement then. Raises
    ConflictError when another process goes on with the move, and UnavailableError.
    """
    step = Step(shards, placed, replace(placed, stage=LEAVING, noted_at=timestamp()))
    ident, home = placed.organization, step.home
    arriving = not shard_moves.is_shown(home, ident)
    if arriving:
        shard_moves.retire(step.elsewhere, ident)
    act = Act("organization.placed", ident, {"from": placed.other, "to": placed.shard})

    def work() -> None:
        shard_moves.open_gate(home, ident)
        if arriving:
            journal.record(home, COMMAND_LINE, ident, acts=[act])

    home.transaction(work)
    shard_moves.open_whole_gate(home)
    elsewhere = step.elsewhere
    time.sleep(SETTLING_SECONDS)
    with unhurried(elsewhere):
        shard_moves.remove(elsewhere, tables or _own(catalog.tables(elsewhere)), ident)
    shard_moves.open_whole_gate(elsewhere)
    step.note(replace(step.placed, other="", stage="", noted_at=""))
    return step.placed


def _known(shards: Shards, named: str) -> Placement:
    """Return where an organization lies; the map is told when it did not know."""
    found = shard_map.placed_as(shards.first, named)
    if found is None:
        found = _found(shards, named)
    return shard_map.placement(shards.first, found)


def _found(shards: Shards, named: str) -> str:
    """Return the organization that is named, and enter it in the map, which does not know it."""
    away: list[str] = []
    for database in shards.reachable(lambda name, _: away.append(name)):
        found = shard_map.owner(database, named)
        if found:
            name = _name(database, found)
            shard_map.enter(shards.first, found, name, database.name)
            if shard_map.placed_as(shards.first, found) is None:
                raise ConflictError(f"The shard map has another organization named {name!r}: one of them must go")
            return found
    if away:
        raise UnavailableError(f"{named!r} was not found, and shard {', '.join(away)} cannot be reached: try again")
    raise NotFoundError(f"There is no organization {named!r}; `optiid organization list` shows them")


def _name(database: ShardDatabase, organization: str) -> str:
    row = database.reading(lambda: database.row("SELECT o.name FROM organization o WHERE o.id = ?", (organization,)))
    return str(row[0]) if row else organization


def _keep(database: ShardDatabase, organization: str) -> None:
    """Make an organization that stays where it is open, and its credentials known."""
    database.transaction(lambda: shard_moves.open_gate(database, organization))
    shard_moves.open_whole_gate(database)
    if database.name != FIRST:
        digests = database.reading(lambda: shard_map.credentials(database, organization))
        shard_map.announce_all(database, organization, digests)


def _own(tables: Sequence[Table]) -> list[Table]:
    """Return the tables that tell of organizations."""
    return [table for table in tables if table.name not in shard_moves.MAP]


def _carry(step: Step, tables: Sequence[Table], watch: Watch) -> int:
    """Close the gate, copy all rows as they are then, compare both sides, and let the credentials be found."""
    source, target, ident = step.home, step.elsewhere, step.placed.organization
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
    if not shard_moves.is_closed(source, ident):
        raise ConflictError("Writes began again while the organization was copied: nothing was moved; run it again")
    return done


def _compare(target: ShardDatabase, tables: Sequence[Table], sums: dict[tuple[str, str], tuple[int, int]]) -> None:
    known = {table.name: table for table in tables}
    with snapshot(target):
        for (organization, name), expected in sums.items():
            total, number = 0, 0
            for rows in shard_moves.rows(target, known[name], organization):
                total = row_copies.added(total, row_copies.checksum(known[name], rows))
                number += len(rows)
            if (number, total) != expected:
                raise ConflictError(f"The copy of {name} is not what was copied: nothing was moved; run it again")
