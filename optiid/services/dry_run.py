"""Dry run: a connection answers as it would live, and the directory does not change (product.md, section 3).

What the connection has on the SCIM plane is copied into a plan, slice by slice, while it is paused; then it reads and
writes there. A start that was cut off leaves it paused, and goes on when it is asked for again.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from optiid.clock import new_id, timestamp
from optiid.errors import ConflictError, UnavailableError
from optiid.services import connections, journal
from optiid.services.author import COMMAND_LINE
from optiid.services.relocating import check_idle
from optiid.storage import plans, tenants
from optiid.storage.audit import Act
from optiid.storage.journal import Event
from optiid.storage.plans import Plan

if TYPE_CHECKING:
    from optiid.services.author import Author
    from optiid.services.connections import Connection
    from optiid.storage.database import Database

# Resources, or memberships, that are copied in one transaction.
SLICE, MEMBERS_SLICE = 500, 5000
_TOLD = {"changed": ["state"]}


def begin(database: Database, connection_id: str, *, author: Author = COMMAND_LINE) -> Connection:
    """Put a connection into dry run and return it; one that is there already, or paused there, goes on with its plan.

    Raises NotFoundError, and ConflictError while its plan is applied or all that it owns is on its way.
    """
    found = connections.get(database, connection_id)
    plan = database.transaction(lambda: _opened(database, found))
    database.transaction(lambda: plans.share(database, plan))
    if plan.stage == "filling":
        _fill(database, plan)
    database.transaction(lambda: _let_in(database, plan, author))
    return connections.get(database, connection_id)


def _opened(database: Database, found: Connection) -> Plan:
    """Return the plan of a connection; a new one, and the connection paused, when it has none."""
    organization = found.organization
    check_idle(database, organization, found.id)
    known = plans.find(database, organization, plans.hold(database, organization, found.id)[1])
    if known is not None:
        if known.stage == "applying":
            raise ConflictError(f"The plan of connection {found.id} is being applied: run `optiid plan apply` again")
        return known
    made = Plan(organization, new_id(), found.id, "filling", timestamp())
    plans.begin(database, made)
    tenants.update_connection(database, organization, found.id, {"state": "paused", "plan": made.id})
    return made


def _fill(database: Database, plan: Plan) -> None:
    after = ""
    while idents := database.transaction(lambda: _copy_slice(database, plan, after)):  # noqa: B023 - called at once
        after = idents[-1]
    _learn(database)
    last: tuple[str, str] | None = ("", "")
    while last is not None:
        last = database.transaction(partial(plans.copy_members, database, plan, last, MEMBERS_SLICE))
    _learn(database)


def _learn(database: Database) -> None:
    """Plans of queries only: whoever counts the tables at the same moment does it as well."""
    with suppress(UnavailableError):
        database.transaction(lambda: plans.learn(database))


def _copy_slice(database: Database, plan: Plan, after: str) -> list[str]:
    idents = plans.slice_of(database, plan.organization, plan.connection, after, SLICE)
    plans.copy(database, plan.organization, plan.id, idents)
    return idents


def _let_in(database: Database, plan: Plan, author: Author) -> None:
    organization, connection = plan.organization, plan.connection
    state, ident = plans.hold(database, organization, connection)
    known = plans.find(database, organization, ident)
    if ident != plan.id or known is None or known.stage not in ("filling", "open"):
        raise ConflictError(f"The plan of connection {connection} was ended at the same moment: look again")
    if state == "dry-run":
        return
    plans.move(database, replace(known, stage="open"), "open")
    tenants.update_connection(database, organization, connection, {"state": "dry-run"})
    act, event = (
        Act("connection.dry_run", connection, {"plan": plan.id}),
        Event("connection.changed", connection, _TOLD),
    )
    journal.record(database, author, organization, events=[event], acts=[act], connection=connection)
