"""Rows of what is still to be swept out of the logbook: they hold personal data, and go when that is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from optiid.clock import new_id
from optiid.storage.models.logbook import Sweep

if TYPE_CHECKING:
    from collections.abc import Collection

    from optiid.storage.database import Database


@dataclass(frozen=True, slots=True)
class Pending:
    """Lines that hold one of `texts` are to go, and searches for one of the values in `searched`."""

    organization: str
    id: str
    texts: list[str]
    searched: list[str]


def keep(database: Database, organization: str, texts: Collection[str], searched: Collection[str]) -> None:
    """Note what is to be swept, inside the transaction of the purge."""
    told = {"texts": orjson.dumps(list(texts)).decode(), "searched": orjson.dumps(list(searched)).decode()}
    Sweep.insert(organization=organization, id=new_id(), **told).execute(database.engine)


def pending(database: Database, organization: str) -> list[Pending]:
    """Return what is to be swept in an organization, oldest first."""
    query = Sweep.select().where(Sweep.organization == organization).order_by(Sweep.id).dicts()
    return [
        Pending(**row | {"texts": orjson.loads(row["texts"]), "searched": orjson.loads(row["searched"])})
        for row in query.execute(database.engine)
    ]


def done(database: Database, swept: Pending) -> None:
    """Forget what was swept, inside a transaction."""
    chosen = (Sweep.organization == swept.organization) & (Sweep.id == swept.id)
    Sweep.delete().where(chosen).execute(database.engine)
