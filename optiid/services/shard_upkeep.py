"""What was cut off between two shards, ended by the next upkeep: moves, organizations and credentials never made.

Nothing is removed from the map but what was never seen to be made, so that a shard which lost its data, or is confused
with another, costs the others nothing. What does not fit together is told by `faults`.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from optiid.clock import now, timestamp
from optiid.errors import OptiidError
from optiid.services import organizations, sharding
from optiid.storage import shard_map, shard_moves
from optiid.storage.shards import FIRST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from optiid.storage.shard_map import Placement, Undecided
    from optiid.storage.shards import ShardDatabase, Shards

logger = logging.getLogger(__name__)
# What has been on its way for so long without a sign of life was cut off: transactions end much sooner.
GIVEN_UP = timedelta(minutes=10)
SLICE = 500
ENDED_MOVES, FREED_NAMES, DROPPED_ROUTES = "ended moves", "freed names", "dropped routes"


def run(shards: Shards) -> dict[str, int]:
    """End what was cut off, and return the counts; what fails is logged and tried again the next time."""
    before = timestamp(now() - GIVEN_UP)
    counts = dict.fromkeys((ENDED_MOVES, FREED_NAMES, DROPPED_ROUTES), 0)
    try:
        for placed in shard_map.placements(shards.first):
            if (placed.stage or placed.noted_at) and placed.noted_at < before:
                work = _end_move if placed.stage else _confirm
                counts[ENDED_MOVES if placed.stage else FREED_NAMES] += _done(shards, placed, work)
        for routes in shard_map.undecided(shards.first, before, SLICE):
            counts[DROPPED_ROUTES] += _decide(shards, routes)
    except OptiidError as error:
        logger.warning("upkeep of the shard map failed: %s", error)
    return counts


def _done(shards: Shards, placed: Placement, work: Callable[[Shards, Placement], int]) -> int:
    try:
        return work(shards, placed)
    except OptiidError as error:
        logger.warning("upkeep (place of organization %s) failed: %s", placed.organization, error)
        return 0


def _end_move(shards: Shards, placed: Placement) -> int:
    sharding.end(shards, placed)
    return 1


def _confirm(shards: Shards, placed: Placement) -> int:
    """Give the name of an organization that was never made back; return how many."""
    if shard_moves.is_shown(shards.get(placed.shard), placed.organization):
        shard_map.change(shards.first, placed, replace(placed, noted_at=""))
        return 0
    return int(shard_map.drop(shards.first, placed))


def _decide(shards: Shards, routes: list[Undecided]) -> int:
    """Keep the routes of credentials that were made, drop the others, and return how many those are."""
    dropped = 0
    for name in {one.shard for one in routes}:
        asked = [one.digest for one in routes if one.shard == name]
        try:
            database = shards.get(name)
            made = database.reading(lambda: shard_map.made(database, asked))  # noqa: B023 - called at once
        except OptiidError as error:
            logger.warning("upkeep (routes to shard %s) failed: %s", name, error)
            continue
        dropped += shard_map.decide(shards.first, asked, made)
    return dropped


def faults(shards: Shards) -> Iterator[str]:
    """Yield in a sentence each what does not fit together between the map and the shards that can be reached."""
    known = {placed.organization: placed for placed in shard_map.placements(shards.first)}
    for placed in known.values():
        if placed.stage:
            yield (
                f"organization {placed.organization} is {placed.stage}: run `optiid organization place` again, or let"
                " `optiid worker` end it"
            )
    for database in shards.reachable(lambda *_: None):
        there = {one.id for one in organizations.list_all(database)}
        for ident in sorted(there):
            yield from _misplaced(database, ident, known.get(ident))
        for placed in known.values():
            settled = not placed.stage and not placed.noted_at
            if placed.shard == database.name and settled and placed.organization not in there:
                yield f"organization {placed.organization} is not on shard {placed.shard}, as the map says: restore it"


def _misplaced(database: ShardDatabase, ident: str, placed: Placement | None) -> Iterator[str]:
    """Yield why an organization that lies on a shard cannot be found there."""
    shard, place = database.name, f"`optiid organization place {ident} --shard {database.name}`"
    if placed is None and shard != FIRST:
        yield f"organization {ident} lies on shard {shard}, of which the map does not know: {place}"
    elif placed is not None and placed.stage:
        return
    elif placed is not None and placed.shard != shard:
        yield f"organization {ident} lies on shard {shard}, and the map says {placed.shard}: one of them is too much"
    elif shard != FIRST and (lost := shard_map.unrouted(database, ident)):
        yield f"the map does not know {lost} credentials of organization {ident}: {place}"
