"""Plans as rows: where a connection in dry run writes instead of the directory.

A plan is a hidden organization that holds one connection of the same id, with a copy of what the connection owns on the
SCIM plane: ids, versions and all. Whatever works on the rows of a connection works on those of a plan.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from optiid.clock import timestamp
from optiid.errors import NotFoundError
from optiid.storage.models.planning import Plan as PlanRow
from optiid.storage.models.resources import Resource
from optiid.storage.models.tenants import Connection, EventCounter, Organization

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from optiid.storage.database import Database

COLUMNS = [name for name in Resource._meta.columns if name != "organization"]  # noqa: SLF001 - peewee's way
_LISTED = ", ".join(COLUMNS)

# Primary keys of connection and resource, in all of these. The whole row is wanted: every write of the connection holds
# a share of it (statements.py), so none is under way while this is held.
_HOLD = "SELECT c.state, c.plan FROM connection c WHERE c.organization = ? AND c.id = ?{whole}"
_WHOLE = {"sqlite": "", "postgresql": " FOR UPDATE"}
_PLAN_OF = "SELECT c.plan FROM connection c WHERE c.organization = ? AND c.id = ?{gate}"

# On the SCIM plane, or off it and held in the directory.
_SLICE = """
SELECT r.id FROM resource r
WHERE r.organization = ? AND r.connection = ? AND (r.removed_at IS NULL OR r.state NOT IN ('gone', 'planned'))
 AND r.id > ? ORDER BY r.id LIMIT ?"""
_COPY = f"""
INSERT INTO resource (organization, {_LISTED})
SELECT ?, {_LISTED} FROM resource r WHERE r.organization = ? AND r.id {{among}}
ON CONFLICT (organization, id) DO NOTHING"""
_COPY_VALUES = """
INSERT INTO {table} (organization, path, value_key, resource)
SELECT ?, v.path, v.value_key, v.resource FROM {table} v WHERE v.organization = ? AND v.resource {{among}}
ON CONFLICT DO NOTHING"""
_COPY_TEAMS = """
INSERT INTO team (organization, group_id, instance, name_key, created_at)
SELECT i.organization, t.group_id, t.instance, t.name_key, t.created_at
FROM team t JOIN product_instance i ON i.organization = ? AND i.id = t.instance
WHERE t.organization = ? AND t.group_id {among}
ON CONFLICT DO NOTHING"""
# What a plan has of its organization besides resources, each with the columns after `organization`.
_SHARED = {
    "product": "id, name, created_at",
    "product_instance": "id, product, name, created_at",
}
_COPY_SHARED = """
INSERT INTO {table} (organization, {columns}) SELECT ?, {columns} FROM {table} s WHERE s.organization = ?
ON CONFLICT DO NOTHING"""
# What the brake of the connection counts, and whom it holds.
BRAKING = {
    "brake": "connection, population, measured_at",
    "deprovisioning": "connection, resource, created_at, held",
    "hold": "id, resource, connection, asked, why, request, created_at, state, settled_at, settled_by",
}
_COPY_BRAKING = """
INSERT INTO {table} (organization, {columns})
SELECT ?, {columns} FROM {table} s WHERE s.organization = ? AND s.connection = ?{open}
ON CONFLICT DO NOTHING"""

# Primary key of membership: where a page of it ends, and what is in that page of groups and members of a plan.
_PAGE_END = """
SELECT m.group_id, m.member_id FROM membership m
WHERE m.organization = ? AND (m.group_id, m.member_id) > (?, ?) ORDER BY m.group_id, m.member_id LIMIT 1 OFFSET ?"""
_COPY_MEMBERS = """
INSERT INTO membership (organization, group_id, member_id)
SELECT ?, m.group_id, m.member_id FROM membership m
WHERE m.organization = ? AND (m.group_id, m.member_id) > (?, ?) {until}
 AND EXISTS (SELECT 1 FROM resource g WHERE g.organization = ? AND g.id = m.group_id)
 AND EXISTS (SELECT 1 FROM resource u WHERE u.organization = ? AND u.id = m.member_id)
ON CONFLICT DO NOTHING"""
_UNTIL = "AND (m.group_id, m.member_id) <= (?, ?)"
_ADD_MEMBERS = """
INSERT INTO membership (organization, group_id, member_id)
SELECT r.organization, ?, r.id FROM {listed} CROSS JOIN resource r WHERE r.organization = ? AND r.id = j.value
ON CONFLICT DO NOTHING"""

_DROP = "DELETE FROM resource WHERE organization = ? AND id {among}"
_ANY = "SELECT r.id FROM resource r WHERE r.organization = ? ORDER BY r.id LIMIT ?"
_FORGET = """
DELETE FROM resource WHERE organization IN (SELECT p.id FROM plan p WHERE p.organization = ?) AND id {among}"""


@dataclass(frozen=True, slots=True)
class Plan:
    """One dry run of a connection; `id` is its hidden organization, `stage` filling, open, applying or ended."""

    organization: str
    id: str
    connection: str
    stage: str
    created_at: str
    ended_at: str | None = None


def hold(database: Database, organization: str, connection: str) -> tuple[str, str]:
    """Return the state of a connection and the id of its plan, and let nobody write by it until the transaction ends.

    Raises NotFoundError.
    """
    row = database.row(_HOLD.format(whole=_WHOLE[database.dialect.name]), (organization, connection))
    if row is None:
        raise NotFoundError(f"There is no connection {connection!r} any more")
    return row[0], row[1]


def id_of(database: Database, organization: str, connection: str) -> str:
    """Return the id of the plan of a connection, or nothing."""
    row = database.row(_PLAN_OF.format(gate=""), (organization, connection))
    return "" if row is None else row[0]


def keep(database: Database, organization: str, connection: str) -> str:
    """Return the id of the plan of a connection, or nothing, which it stays until the transaction ends."""
    row = database.row(database.dialect.fixed(_PLAN_OF), (organization, connection))
    return "" if row is None else row[0]


def begin(database: Database, plan: Plan) -> None:
    """Make the hidden organization of a plan, and let the writes of its connection go there."""
    now = plan.created_at
    record = {"id": plan.id, "name": f"Plan {plan.id}", "name_key": f"plan:{plan.id}", "created_at": now}
    Organization.insert(record | {"plan_of": plan.organization}).execute(database.engine)
    EventCounter.insert(organization=plan.id, sequence=0).execute(database.engine)
    owner = _owner(plan.organization, plan.connection)
    known = next(iter(Connection.select().where(owner).dicts().execute(database.engine)))
    Connection.insert(known | {"organization": plan.id, "plan": ""}).execute(database.engine)
    PlanRow.insert(asdict(plan)).execute(database.engine)
    for table, columns in BRAKING.items():
        chosen = " AND s.state = 'open'" if table == "hold" else ""
        sql = _COPY_BRAKING.format(table=table, columns=columns, open=chosen)
        database.execute(sql, (plan.id, plan.organization, plan.connection))


def share(database: Database, plan: Plan) -> None:
    """Let a plan know the product instances of its organization: teams are made in them."""
    for table, columns in _SHARED.items():
        database.execute(_COPY_SHARED.format(table=table, columns=columns), (plan.id, plan.organization))


def find(database: Database, organization: str, ident: str) -> Plan | None:
    """Return a plan, or None."""
    chosen = PlanRow.select().where((PlanRow.organization == organization) & (PlanRow.id == ident))
    return next((Plan(**row) for row in chosen.dicts().execute(database.engine)), None)


def move(database: Database, plan: Plan, stage: str) -> None:
    """Note the stage of a plan; only an open one is written into."""
    ended_at = timestamp() if stage == "ended" else None
    chosen = (PlanRow.organization == plan.organization) & (PlanRow.id == plan.id)
    PlanRow.update(stage=stage, ended_at=ended_at).where(chosen).execute(database.engine)
    gate = "" if stage in ("filling", "open") else stage
    Connection.update(plan=gate).where(_owner(plan.id, plan.connection)).execute(database.engine)


def slice_of(database: Database, organization: str, connection: str, after: str, limit: int) -> list[str]:
    """Return ids of what a connection has on the SCIM plane, those that follow `after`, in order."""
    return [row[0] for row in database.rows(_SLICE, (organization, connection, after, limit))]


def copy(database: Database, source: str, target: str, idents: Collection[str]) -> None:
    """Copy resources of one organization into another, with what is indexed of them; who is there stays."""
    parameters = (target, source, database.dialect.list_parameter(idents))
    for sql in (_COPY, _COPY_TEAMS, *(_COPY_VALUES.format(table=table) for table in ("value_index", "unique_value"))):
        database.execute(database.dialect.fixed(sql), parameters)


def learn(database: Database) -> None:
    """Let PostgreSQL count what a plan has: it takes an organization that it never counted for one with no rows."""
    if database.dialect.name == "postgresql":
        database.execute("ANALYZE resource")
        database.execute("ANALYZE membership")


def copy_members(database: Database, plan: Plan, after: tuple[str, str], limit: int) -> tuple[str, str] | None:
    """Copy the memberships of a plan among so many that follow `after`; return where to go on, None at the end."""
    home = plan.organization
    end = database.row(_PAGE_END, (home, *after, limit - 1))
    sql, until = _COPY_MEMBERS.format(until=_UNTIL if end else ""), () if end is None else (end[0], end[1])
    database.execute(sql, (plan.id, home, *after, *until, plan.id, plan.id))
    return None if end is None else (end[0], end[1])


def add_members(database: Database, organization: str, pairs: Sequence[tuple[str, str]]) -> None:
    """Store memberships, pairs of group and member in the order of groups; those that are there stay."""
    for group_id, found in groupby(pairs, key=lambda pair: pair[0]):
        listed = database.dialect.list_parameter(member for _, member in found)
        database.execute(database.dialect.fixed(_ADD_MEMBERS), (group_id, listed, organization))


def ended(database: Database, organization: str, before: str) -> list[Plan]:
    """Return the plans of an organization that ended before an instant."""
    chosen = (PlanRow.organization == organization) & (PlanRow.ended_at < before)
    return [Plan(**row) for row in PlanRow.select().where(chosen).dicts().execute(database.engine)]


def drop_some(database: Database, plan: Plan, limit: int) -> int:
    """Delete resources of an ended plan, or the plan when there are none; return how many."""
    idents = [row[0] for row in database.rows(_ANY, (plan.id, limit))]
    if idents:
        database.execute(database.dialect.fixed(_DROP), (plan.id, database.dialect.list_parameter(idents)))
        return len(idents)
    Organization.delete().where(Organization.id == plan.id).execute(database.engine)
    PlanRow.delete().where((PlanRow.organization == plan.organization) & (PlanRow.id == plan.id)).execute(
        database.engine
    )
    return 0


def forget(database: Database, organization: str, idents: Collection[str]) -> None:
    """Delete people from every plan of an organization, ended ones included: they are purged."""
    database.execute(database.dialect.fixed(_FORGET), (organization, database.dialect.list_parameter(idents)))


def _owner(organization: str, connection: str) -> object:
    return (Connection.organization == organization) & (Connection.id == connection)
