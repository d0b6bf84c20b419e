"""Write what a plan has into the directory, row by row as it is there: versions and all, so that ETags stay good."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from optiid.clock import timestamp
from optiid.storage import list_counts, plans
from optiid.storage.resources import Stored, read_row
from optiid.storage.statements import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from optiid.storage.database import Database
    from optiid.storage.plan_differences import Pair
    from optiid.storage.plans import Plan

_SAVED = [name for name in plans.COLUMNS if name not in ("id", "created_at")]
_LISTED = ", ".join(_SAVED)
_THEIRS = ", ".join(f"p.{name}" for name in _SAVED)

# Primary keys of resource and unique_value; indexes resource_name and resource_living_name.
_LOCK = f"SELECT {COLUMNS} FROM resource r WHERE r.organization = ? AND r.id {{among}} ORDER BY r.id{{lock}}"
# Two steps: PostgreSQL, where it knows nothing of a table yet, would join all of it with all of it.
_WANTED = """
SELECT p.id, p.type, p.name_key, p.removed_at, p.state FROM resource p WHERE p.organization = ? AND p.id {among}"""
_HOLDERS = """
SELECT h.id, h.connection, h.name_key FROM {listed} CROSS JOIN resource h
WHERE h.organization = ? AND h.type = ? AND h.name_key = j.value"""
_SEEN = f"{_HOLDERS} AND h.connection = ? AND h.removed_at IS NULL"
_LIVING = f"{_HOLDERS} AND h.state NOT IN ('gone', 'planned')"
_ANY_VALUE = "SELECT 1 FROM unique_value w WHERE w.organization = ? AND w.resource {among} LIMIT 1"
_SAME_VALUE = """
SELECT w.resource, h.id, h.connection
FROM {listed} CROSS JOIN unique_value w CROSS JOIN unique_value v CROSS JOIN resource h
WHERE w.organization = ? AND w.resource = j.value AND v.organization = ? AND v.path = w.path
 AND v.value_key = w.value_key AND v.resource <> w.resource AND h.organization = v.organization AND h.id = v.resource"""

# A name that is on its way from one to another is nobody's for the time of a transaction.
_PARK = "UPDATE resource SET name_key = 'plan:' || id WHERE organization = ? AND id {among}"
_OVERWRITE = f"""
UPDATE resource SET ({_LISTED}) = (SELECT {_THEIRS} FROM resource p WHERE p.organization = ? AND p.id = resource.id)
WHERE organization = ? AND id {{among}}"""
_CLOSED = "UPDATE resource SET removed_at = ? WHERE organization = ? AND id {among}"
_DELETE = "DELETE FROM resource WHERE organization = ? AND id {among}"
_DROP = "DELETE FROM {table} WHERE organization = ? AND {column} {{among}}"
_DROPPED = {"value_index": "resource", "unique_value": "resource", "team": "group_id"}
# Groups made by hand: those of the connection have their versions from the plan.
_TOUCH = """
UPDATE resource SET version = version + 1, updated_at = ?
WHERE organization = ? AND connection = ? AND id IN (
 SELECT m.group_id FROM membership m WHERE m.organization = ? AND m.member_id {among})"""

# Primary key of membership.
_STATES = "SELECT r.id, r.state FROM resource r WHERE r.organization = ? AND r.id {among}"
_REMOVE_MEMBERS = "DELETE FROM membership WHERE organization = ? AND group_id = ? AND member_id {among}"

# Primary key of hold, index hold_resource.
_HOLDS = """
SELECT p.id, p.resource, p.asked, p.why, p.state, h.state
FROM hold p LEFT JOIN hold h ON h.organization = ? AND h.id = p.id
WHERE p.organization = ? AND p.resource {among}
 AND (h.id IS NULL AND p.state = 'open' OR h.state <> p.state OR h.asked <> p.asked) ORDER BY p.id"""
_SAVE_HOLD = """
UPDATE hold SET (asked, request, state, settled_at, settled_by) = (
 SELECT p.asked, p.request, p.state, p.settled_at, p.settled_by FROM hold p WHERE p.organization = ? AND p.id = hold.id)
WHERE organization = ? AND id = ?"""
_PLACE_HOLD = f"""
INSERT INTO hold (organization, {plans.BRAKING["hold"]})
SELECT ?, {plans.BRAKING["hold"]} FROM hold p WHERE p.organization = ? AND p.id = ?"""
_DROP_BRAKE = "DELETE FROM {table} WHERE organization = ? AND connection = ?"
_COPY_BRAKE = """
INSERT INTO {table} (organization, {columns}) SELECT ?, {columns} FROM {table} p
WHERE p.organization = ? AND p.connection = ?"""


@dataclass(frozen=True, slots=True)
class Clash:
    """Somebody in the directory, `holder` of connection `owner`, has a name or unique value that `wanted` is to get."""

    wanted: str
    holder: str
    owner: str


@dataclass(frozen=True, slots=True)
class PlannedHold:
    """A hold that the plan made or changed; `is_new`: the directory does not know it."""

    id: str
    resource: str
    asked: str
    why: str
    state: str
    is_new: bool


def lock(database: Database, organization: str, idents: Collection[str]) -> dict[str, Stored]:
    """Return resources of the directory by id, and hold their rows."""
    listed = database.dialect.list_parameter(idents)
    rows = database.rows(database.dialect.fixed(_LOCK), (organization, listed))
    return {one.id: one for one in map(read_row, rows)}


def clashes(database: Database, plan: Plan, idents: Collection[str]) -> list[Clash]:
    """Return who has what some resources of the plan are to get."""
    fixed, listed = database.dialect.fixed, database.dialect.list_parameter(idents)
    wanted = database.rows(fixed(_WANTED), (plan.id, listed))
    found: set[Clash] = set()
    for kind in sorted({row[1] for row in wanted}):
        seen = [(row[0], row[2]) for row in wanted if row[1] == kind and row[3] is None]
        living = [(row[0], row[2]) for row in wanted if row[1] == kind and row[4] not in ("gone", "planned")]
        found |= _same_names(database, plan, (_SEEN, (kind, plan.connection)), seen)
        found |= _same_names(database, plan, (_LIVING, (kind,)), living)
    if database.row(fixed(_ANY_VALUE), (plan.id, listed)) is not None:
        found |= {Clash(*row) for row in database.rows(fixed(_SAME_VALUE), (listed, plan.id, plan.organization))}
    return sorted(found, key=lambda one: (one.wanted, one.holder))


def _same_names(
    database: Database, plan: Plan, query: tuple[str, tuple[str, ...]], wanted: Sequence[tuple[str, str]]
) -> set[Clash]:
    """Return who bears the names that resources of the plan are to get, pairs of id and name key."""
    sql, values = query
    names = sorted({name for _, name in wanted})
    parameters = (database.dialect.list_parameter(names), plan.organization, *values)
    rows = database.rows(database.dialect.fixed(sql), parameters)
    return {
        Clash(ident, holder, owner)
        for ident, name in wanted
        for holder, owner, borne in rows
        if borne == name and holder != ident
    }


def delete(database: Database, plan: Plan, idents: Collection[str]) -> None:
    """Delete resources that the plan has no more."""
    list_counts.forget(database, plan.organization)
    touch_hand_made(database, plan, idents)
    database.execute(database.dialect.fixed(_DELETE), (plan.organization, database.dialect.list_parameter(idents)))


def touch_hand_made(database: Database, plan: Plan, idents: Collection[str]) -> None:
    """Move the versions of groups made by hand that lose members."""
    home, listed = plan.organization, database.dialect.list_parameter(idents)
    database.execute(database.dialect.fixed(_TOUCH), (timestamp(), home, home, home, listed))


def write(database: Database, plan: Plan, idents: Collection[str], closed: Collection[str]) -> None:
    """Write resources of the plan into the directory; `closed` are those who are deleted by that, as of now.

    The names they get must be free, or be borne by others among them. Raises IntegrityError of the database otherwise.
    """
    fixed, listed = database.dialect.fixed, database.dialect.list_parameter(idents)
    home = plan.organization
    list_counts.forget(database, home)
    database.execute(fixed(_PARK), (home, listed))
    database.execute(fixed(_OVERWRITE), (plan.id, home, listed))
    for table, column in _DROPPED.items():
        database.execute(fixed(_DROP.format(table=table, column=column)), (home, listed))
    plans.copy(database, plan.id, home, idents)
    if closed:
        touch_hand_made(database, plan, closed)
        database.execute(fixed(_CLOSED), (timestamp(), home, database.dialect.list_parameter(closed)))


def states(database: Database, organization: str, idents: Collection[str]) -> dict[str, str]:
    """Return the states of resources by id; who is not there is not in it."""
    listed = database.dialect.list_parameter(idents)
    rows: list[Any] = database.rows(database.dialect.fixed(_STATES), (organization, listed))
    return dict(rows)


def remove_members(database: Database, organization: str, pairs: Sequence[Pair]) -> None:
    """End memberships, pairs of group and member in the order of groups."""
    for group_id, found in groupby(pairs, key=lambda pair: pair[0]):
        listed = database.dialect.list_parameter(member for _, member in found)
        database.execute(database.dialect.fixed(_REMOVE_MEMBERS), (organization, group_id, listed))


def holds(database: Database, plan: Plan, idents: Collection[str]) -> list[PlannedHold]:
    """Return what the plan made of the holds of some users."""
    listed = database.dialect.list_parameter(idents)
    rows = database.rows(database.dialect.fixed(_HOLDS), (plan.organization, plan.id, listed))
    return [PlannedHold(ident, user, asked, why, now, is_new=was is None) for ident, user, asked, why, now, was in rows]


def write_hold(database: Database, plan: Plan, hold: PlannedHold) -> None:
    """Write a hold of the plan into the directory; settled ones before new ones of the same user."""
    if hold.is_new:
        database.execute(_PLACE_HOLD, (plan.organization, plan.id, hold.id))
    else:
        database.execute(_SAVE_HOLD, (plan.id, plan.organization, hold.id))


def write_brake(database: Database, plan: Plan) -> None:
    """Let the brake of the connection go on counting where that of the plan stands."""
    for table in ("brake", "deprovisioning"):
        database.execute(_DROP_BRAKE.format(table=table), (plan.organization, plan.connection))
        sql = _COPY_BRAKE.format(table=table, columns=plans.BRAKING[table])
        database.execute(sql, (plan.organization, plan.id, plan.connection))
