"""What must wait while a connection is in dry run: its plan would not know of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optiid.errors import ConflictError
from optiid.storage import plan_differences, plans, tenants

if TYPE_CHECKING:
    from optiid.storage.database import Database


def check_no_plan(database: Database, organization: str, *connections: str) -> None:
    """Raise ConflictError when a connection has a plan; inside a transaction, until whose end none of them gets one."""
    for connection in connections:
        if plans.keep(database, organization, connection):
            raise undecided(connection)


def end_empty(database: Database, organization: str, connection: str) -> None:
    """End a plan that would change nothing, inside a transaction. Raises ConflictError when it would change something.

    A connection without a plan is left as it is.
    """
    ident = plans.hold(database, organization, connection)[1]
    plan = plans.find(database, organization, ident) if ident else None
    if plan is None:
        return
    plans.hold(database, plan.id, connection)
    if plan.stage != "open" or not plan_differences.is_empty(database, plan):
        raise undecided(connection)
    plans.move(database, plan, "ended")
    tenants.update_connection(database, organization, connection, {"plan": ""})


def undecided(connection: str) -> ConflictError:
    """Return the error that tells how a dry run ends."""
    return ConflictError(
        f"Connection {connection} is in dry run: run `optiid plan apply --connection {connection}` to make its plan"
        f" real, or `optiid plan discard --connection {connection}` to drop it, first"
    )
