"""Write what a plan has into the directory, row by row as it is there: versions and all, so that ETags stay good."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from optiid.clock import timestamp
from optiid.storage import plans
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
_SAME_NAME = """
SELECT p.id, h.id, h.connection FROM {listed} CROSS JOIN resource p CROSS JOIN resource h
WHERE p.organization = ? AND p.id = j.value
 AND h.organization = ? AND h.type = p.type AND h.name_key = p.name_key AND h.id <> p.id"""
_NAME_SEEN = f"{_SAME_NAME} AND h.connection = ? AND h.removed_at IS NULL AND p.removed_at IS NULL"
_NAME_LIVING = (
    f"{_SAME_NAME} AND h.state NOT IN ('gone', 'planned') AND p.state NOT IN ('gone', 'planned') AND h.connection <> ?"
)
_NAME_HIDDEN = (
    f"{_SAME_NAME} AND h.connection = ? AND h.removed_at IS NOT NULL AND h.state NOT IN ('gone', 'planned')"
    " AND p.state NOT IN ('gone', 'planned')"
)
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
_REMOVE_MEMBER = "DELETE FROM membership WHERE organization = ? AND group_id = ? AND member_id = ?"

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
    listed = database.dialect.list_parameter(idents)
    parameters = (listed, plan.id, plan.organization)
    found = database.rows(database.dialect.fixed(_SAME_VALUE), parameters)
    for sql in (_NAME_SEEN, _NAME_LIVING, _NAME_HIDDEN):
        found += database.rows(database.dialect.fixed(sql), (*parameters, plan.connection))
    return [Clash(*row) for row in found]


def delete(database: Database, plan: Plan, idents: Collection[str]) -> None:
    """Delete resources that the plan has no more."""
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
    """End memberships, pairs of group and member."""
    for pair in pairs:
        database.execute(_REMOVE_MEMBER, (organization, *pair))


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
