"""Users by the storage's own statements, many in one go: a million over HTTP would take most of an hour."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from optiid.clock import new_id, timestamp
from optiid.scim.resource_types import USER
from optiid.storage import statements
from optiid.storage.keys import value_rows
from optiid.storage.resources import document_columns
from tests.benchmarks.workloads import full_user

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from optiid.storage.database import Database
    from tests.benchmarks.workloads import Directory
    from tests.running import Connected

SLICE = 5000


def fill(
    database: Database, owner: Connected, known: Directory, amount: int, progress: Callable[[int, int], None]
) -> None:
    """Store users until there are so many, without events, audit entries or lines of the logbook."""
    while len(known.users) < amount:
        numbers = range(len(known.users), min(amount, len(known.users) + SLICE))
        documents = {new_id(): _document(known.name(number)) for number in numbers}
        database.transaction(lambda documents=documents: _store(database, owner, documents))  # type: ignore[misc]
        known.users += documents
        progress(len(known.users), amount)
    database.transaction(lambda: database.execute("ANALYZE"))


def _document(name: str) -> dict[str, Any]:
    return {key: value for key, value in full_user(name).items() if key != "schemas"}


def _store(database: Database, owner: Connected, documents: dict[str, dict[str, Any]]) -> None:
    now, place = timestamp(), (owner.organization, owner.connection)
    rows = (
        (owner.organization, ident, USER.name, owner.connection, *columns, now, now, secrets.token_hex(16), *place)
        for ident, document in documents.items()
        for columns in [document_columns(document, USER, "living")]
    )
    _run(database, statements.INSERT, rows)
    values = (
        (owner.organization, path, value_key, ident)
        for ident, document in documents.items()
        for path, value_key in value_rows(document, USER)
    )
    _run(database, statements.INSERT_VALUE, values)


def _run(database: Database, sql: str, rows: Iterator[Sequence[Any]]) -> None:
    cursor = database.engine.cursor()
    cursor.executemany(database.dialect.sql(database.dialect.fixed(sql)), rows)
