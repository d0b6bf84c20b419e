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

# Primary keys of shard_route and shard_placement, unique indexes of the digests.
FIND_ROUTE = """
SELECT f.organization, COALESCE(p.shard, f.shard) FROM (
 SELECT s.organization, s.shard FROM shard_route s WHERE s.digest = ?
 UNION ALL SELECT t.organization, 'first' FROM token t WHERE t.digest = ?
 UNION ALL SELECT k.organization, 'first' FROM api_key k WHERE k.digest = ?) f
LEFT JOIN shard_placement p ON p.organization = f.organization AND p.organization <> ''
LIMIT 1"""
_NAME_IS_TAKEN = "SELECT 1 FROM organization o WHERE o.name_key = ? AND o.id <> ?"
_ENTER = """
INSERT INTO shard_placement (organization, name_key, shard, other, stage, noted_at) VALUES (?, ?, ?, '', '', ?)
ON CONFLICT DO NOTHING"""
_WITHDRAW = "DELETE FROM shard_placement WHERE organization = ?"
_PLACEMENT = "SELECT p.organization, p.shard, p.other, p.stage FROM shard_placement p WHERE p.organization = ?"
_PLACEMENTS = """
SELECT p.organization, p.shard, p.other, p.stage FROM shard_placement p WHERE p.organization <> '' ORDER BY 1"""
_PLACE = """
INSERT INTO shard_placement (organization, name_key, shard, other, stage, noted_at) VALUES (?, ?, ?, ?, ?, '')
ON CONFLICT (organization) DO UPDATE SET shard = excluded.shard, other = excluded.other, stage = excluded.stage"""
_ANNOUNCE = """
INSERT INTO shard_route (digest, organization, shard, noted_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"""
_CREDENTIALS = """
SELECT t.digest FROM token t WHERE t.organization = ?
UNION ALL SELECT k.digest FROM api_key k WHERE k.organization = ?"""
# What people name on the command line: an organization by id or name, and what has an id of its own.
_OWNER = """
SELECT o.id FROM organization o WHERE (o.id = ? OR o.name_key = ?) AND o.plan_of IS NULL
UNION ALL SELECT c.organization FROM connection c WHERE c.id = ?
 AND NOT EXISTS (SELECT 1 FROM plan p WHERE p.id = c.organization)
UNION ALL SELECT t.organization FROM token t WHERE t.id = ?
UNION ALL SELECT k.organization FROM api_key k WHERE k.id = ?
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
    """Where an organization lies; `other` is where it moves to, or came from."""

    organization: str
    shard: str
    other: str = ""
    stage: str = ""


def find_route(first: Database, digest: str) -> Route | None:
    """Return where the credential of a digest leads, or None when nobody has it."""
    row = first.row(FIND_ROUTE, (digest, digest, digest))
    return None if row is None else Route(*row)


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

    def enter() -> None:
        taken = first.row(_NAME_IS_TAKEN, (key, organization)) is not None
        if taken or first.execute(_ENTER, (organization, key, shard, timestamp())).rowcount != 1:
            raise ConflictError(f"An organization named {name!r} exists already")

    first.transaction(enter)
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


def credentials(database: Database, organization: str) -> list[str]:
    """Return the digests of all tokens and keys of an organization."""
    return [row[0] for row in database.rows(_CREDENTIALS, (organization, organization))]


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


def place(first: Database, name: str, placed: Placement) -> None:
    """Note where an organization lies; in a transaction of its own."""
    values = (placed.organization, name_key(name), placed.shard, placed.other, placed.stage)
    first.transaction(lambda: first.execute(_PLACE, values))


def owner(database: Database, named: str) -> str | None:
    """Return the organization that is named, or owns what is named, in one shard's database; None for none."""
    row = database.reading(lambda: database.row(_OWNER, (named, name_key(named), *[named] * 5)))
    return None if row is None else row[0]
