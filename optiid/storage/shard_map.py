"""The shard map: where an organization lies, and whose a credential is. For finding the way only: it lets nobody in.

Where organizations are not dealt out over several databases nothing is written here and nothing is read.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from optiid.clock import timestamp
from optiid.errors import ConflictError
from optiid.scim.search_form import name_key
from optiid.storage.shards import FIRST, ShardDatabase

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from optiid.storage.database import Database

# Primary keys of shard_route and shard_placement, unique indexes of the digests. An OAuth client, which may have no
# secret, is found by its id instead.
FIND_ROUTE = """
SELECT f.organization, COALESCE(p.shard, f.shard) FROM (
 SELECT s.organization, s.shard FROM shard_route s WHERE s.digest = ?
 UNION ALL SELECT t.organization, 'first' FROM token t WHERE t.digest = ?
 UNION ALL SELECT k.organization, 'first' FROM api_key k WHERE k.digest = ?
 UNION ALL SELECT c.organization, 'first' FROM oauth_client c WHERE c.id = ?) f
LEFT JOIN shard_placement p ON p.organization = f.organization AND p.organization <> ''
LIMIT 1"""
_IS_THERE = "SELECT 1 FROM organization o WHERE o.name_key = ? OR o.id = ?"
_ENTER = """
INSERT INTO shard_placement (organization, name_key, shard, other, stage, noted_at) VALUES (?, ?, ?, '', '', ?)
ON CONFLICT DO NOTHING"""
_WITHDRAW = "DELETE FROM shard_placement WHERE organization = ?"
_PLACEMENT = """
SELECT p.organization, p.shard, p.other, p.stage, p.noted_at FROM shard_placement p WHERE p.organization = ?"""
_PLACEMENTS = """
SELECT p.organization, p.shard, p.other, p.stage, p.noted_at FROM shard_placement p
WHERE p.organization <> '' ORDER BY 1"""
# Nothing of it holds unless everything is still as it was read.
_UNCHANGED = "WHERE organization = ? AND shard = ? AND other = ? AND stage = ? AND noted_at = ?"
_CHANGE = f"UPDATE shard_placement SET shard = ?, other = ?, stage = ?, noted_at = ? {_UNCHANGED}"
_DROP = f"DELETE FROM shard_placement {_UNCHANGED}"
_ANNOUNCE = """
INSERT INTO shard_route (digest, organization, shard, noted_at) VALUES (?, ?, ?, ?)
ON CONFLICT (digest) DO UPDATE SET shard = excluded.shard, noted_at = excluded.noted_at"""
# A route is noted until its credential is known to have been made. Index shard_route_noted.
_UNDECIDED = """
SELECT r.noted_at, r.digest, COALESCE(p.shard, r.shard) FROM shard_route r
LEFT JOIN shard_placement p ON p.organization = r.organization AND p.organization <> ''
WHERE r.noted_at <> '' AND r.noted_at < ? AND (r.noted_at, r.digest) > (?, ?)
ORDER BY r.noted_at, r.digest LIMIT ?"""
_MADE = """
SELECT t.digest FROM token t WHERE t.digest {among}
UNION ALL SELECT k.digest FROM api_key k WHERE k.digest {among}
UNION ALL SELECT c.id FROM oauth_client c WHERE c.id {among}"""
_KEEP_ROUTES = "UPDATE shard_route SET noted_at = '' WHERE digest {among}"
_FORGET_ROUTES = "DELETE FROM shard_route WHERE digest {among}"
# One that a move announced in the meantime stays.
_DROP_ROUTES = f"{_FORGET_ROUTES} AND noted_at <> ''"
_ROUTED = "SELECT COUNT(*) FROM shard_route WHERE digest {among}"
_CREDENTIALS = """
SELECT t.digest FROM token t WHERE t.organization = ?
UNION ALL SELECT k.digest FROM api_key k WHERE k.organization = ?
UNION ALL SELECT c.id FROM oauth_client c WHERE c.organization = ?"""
# What people name on the command line: an organization by id or name, and what has an id of its own.
_OWNER = """
SELECT o.id FROM organization o WHERE (o.id = ? OR o.name_key = ?) AND o.plan_of IS NULL
UNION ALL SELECT c.organization FROM connection c WHERE c.id = ?
 AND NOT EXISTS (SELECT 1 FROM plan p WHERE p.id = c.organization)
UNION ALL SELECT t.organization FROM token t WHERE t.id = ?
UNION ALL SELECT k.organization FROM api_key k WHERE k.id = ?
UNION ALL SELECT c.organization FROM oauth_client c WHERE c.id = ?
UNION ALL SELECT h.organization FROM hold h WHERE h.id = ?
 AND NOT EXISTS (SELECT 1 FROM plan p WHERE p.id = h.organization)
UNION ALL SELECT a.organization FROM adoption a WHERE a.id = ?
LIMIT 1"""


@dataclass(frozen=True, slots=True)
class Route:
    """Where a credential leads: to an organization, or to a whole shard when that is empty."""

    organization: str
    shard: str


@dataclass(frozen=True, slots=True)
class Placement:
    """Where an organization lies; `other` is where it moves to, or where rows of it are left.

    `noted_at` is when a move that is under way last gave a sign of life, and without a stage when the organization was
    entered, until it is known that it was made.
    """

    organization: str
    shard: str
    other: str = ""
    stage: str = ""
    noted_at: str = ""


@dataclass(frozen=True, slots=True)
class Undecided:
    """The route of a credential of which it is not known whether it was made, and the shard that knows."""

    noted_at: str
    digest: str
    shard: str


def find_route(first: Database, digest: str) -> Route | None:
    """Return where the credential of a digest leads, or None when nobody has it."""
    row = first.row(FIND_ROUTE, [digest] * 4)
    return None if row is None else Route(*row)


def check_home(database: Database, organization: str) -> None:
    """Raise ConflictError when an organization of that id lies on another shard than this one."""
    if not isinstance(database, ShardDatabase):
        return
    first = database.first
    placed = placed_as(first, organization)
    there = FIRST if placed is None and owner(first, organization) == organization else None
    shard = there if placed is None else placement(first, placed).shard
    if shard not in (None, database.name):
        raise ConflictError(
            f"Organization {organization} lies on shard {shard}: import into that one, or into another installation"
        )


def check_uniqueness(database: Database, unique_names: str) -> None:
    """Raise ConflictError where names were to be unique in the installation, and that has several databases.

    Claims of names lie in each of them, so two organizations on different shards would not notice each other.
    """
    if unique_names == "installation" and isinstance(database, ShardDatabase):
        raise ConflictError(
            "unique_names=installation (preset opti) is not kept across several shards: leave it at organization,"
            " or run the service without the setting `shards`"
        )


@contextmanager
def entered(database: Database, organization: str, name: str) -> Iterator[None]:
    """Keep the name of an organization that is being made, and its place, in the shard map; not if it comes to nothing.

    Raises ConflictError when an organization of any shard has the name.
    """
    if not isinstance(database, ShardDatabase):
        yield
        return
    first, shard, key = database.first, database.name, name_key(name)

    def work() -> None:
        taken = first.row(_IS_THERE, (key, organization)) is not None
        if taken or first.execute(_ENTER, (organization, key, shard, timestamp())).rowcount != 1:
            raise ConflictError(f"An organization named {name!r} exists already")

    first.transaction(work)
    try:
        yield
    except ConflictError:
        first.transaction(lambda: first.execute(_WITHDRAW, (organization,)))
        raise


def announce(database: Database, organization: str, digest: str) -> None:
    """Let a credential that is about to be made be found from the first shard; before it can be used.

    One that is never made leaves a route that leads to a refusal, until it is swept.
    """
    if isinstance(database, ShardDatabase) and database.first is not database:
        announce_all(database, organization, [digest], timestamp())


def announce_all(database: ShardDatabase, organization: str, digests: Sequence[str], noted_at: str = "") -> None:
    """Let credentials be found from the first shard."""
    first = database.first

    def work() -> None:
        for digest in digests:
            first.execute(_ANNOUNCE, (digest, organization, database.name, noted_at))

    first.transaction(work)


def forget(database: Database, digests: Sequence[str]) -> None:
    """Let credentials that are about to be deleted not be found from the first shard any more."""
    if isinstance(database, ShardDatabase) and database.first is not database:
        first = database.first
        listed = first.dialect.list_parameter(digests)
        first.transaction(lambda: first.execute(first.dialect.fixed(_FORGET_ROUTES), (listed,)))


def credentials(database: Database, organization: str) -> list[str]:
    """Return what all tokens, keys and OAuth clients of an organization are found by."""
    return [row[0] for row in database.rows(_CREDENTIALS, [organization] * 3)]


def undecided(first: Database, before: str, limit: int) -> Iterator[list[Undecided]]:
    """Yield the routes that were noted before an instant and may lead to nothing, in slices."""
    after = ("", "")
    while rows := first.reading(lambda: first.rows(_UNDECIDED, (before, *after, limit))):  # noqa: B023 - called at once
        yield [Undecided(*row) for row in rows]
        after = rows[-1][:2]


def made(database: Database, digests: Sequence[str]) -> list[str]:
    """Return those of some digests whose token, key or OAuth client there is in a shard's database."""
    listed = database.dialect.list_parameter(digests)
    return [row[0] for row in database.rows(database.dialect.fixed(_MADE), [listed] * 3)]


def decide(first: Database, digests: Sequence[str], kept: Sequence[str]) -> int:
    """Keep some of the routes of digests for good, drop the others, and return how many those were."""
    listed = first.dialect.list_parameter
    dropped = listed(set(digests).difference(kept))

    def work() -> int:
        first.execute(first.dialect.fixed(_KEEP_ROUTES), (listed(kept),))
        return int(first.execute(first.dialect.fixed(_DROP_ROUTES), (dropped,)).rowcount)

    return first.transaction(work)


def unrouted(database: ShardDatabase, organization: str) -> int:
    """Return how many credentials of an organization cannot be found from the first shard."""
    first, digests = database.first, database.reading(lambda: credentials(database, organization))
    sql, listed = first.dialect.fixed(_ROUTED), first.dialect.list_parameter(digests)
    row = first.reading(lambda: first.row(sql, (listed,)))
    return len(digests) - (row[0] if row else 0)


def placement(first: Database, organization: str) -> Placement:
    """Return where an organization lies."""
    row = first.reading(lambda: first.row(_PLACEMENT, (organization,)))
    return Placement(organization, FIRST) if row is None else Placement(*row)


def placed_as(first: Database, named: str) -> str | None:
    """Return the organization of that id or name, if the map knows it."""
    sql = """
        SELECT p.organization FROM shard_placement p
        WHERE p.organization <> '' AND (p.organization = ? OR p.name_key = ?)"""
    row = first.reading(lambda: first.row(sql, (named, name_key(named))))
    return None if row is None else row[0]


def placements(first: Database) -> list[Placement]:
    """Return where the organizations lie of which the map knows; the others lie on the first shard."""
    return [Placement(*row) for row in first.reading(lambda: first.rows(_PLACEMENTS))]


def enter(first: Database, organization: str, name: str, shard: str) -> bool:
    """Note where an organization lies that the map does not know; say whether it knew neither it nor its name."""
    values = (organization, name_key(name), shard, "")
    return bool(first.transaction(lambda: first.execute(_ENTER, values).rowcount))


def change(first: Database, before: Placement, after: Placement) -> bool:
    """Note that an organization's placement is another one; say whether it was still the one before."""
    was = (before.organization, before.shard, before.other, before.stage, before.noted_at)
    values = (after.shard, after.other, after.stage, after.noted_at, *was)
    return bool(first.transaction(lambda: first.execute(_CHANGE, values).rowcount))


def drop(first: Database, placed: Placement) -> bool:
    """Forget a placement, and give the name back; say whether it was still that one."""
    was = (placed.organization, placed.shard, placed.other, placed.stage, placed.noted_at)
    return bool(first.transaction(lambda: first.execute(_DROP, was).rowcount))


def owner(database: Database, named: str) -> str | None:
    """Return the organization that is named, or owns what is named, in one shard's database; None for none."""
    row = database.reading(lambda: database.row(_OWNER, (named, name_key(named), *[named] * 6)))
    return None if row is None else row[0]
