"""Resources as rows: fetch, find, insert, save (compare-and-set), close and remove."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
import peewee

from optiid.clock import timestamp
from optiid.errors import ChangedMeanwhileError, ConflictError
from optiid.scim.search_form import folded, search_form
from optiid.storage import list_counts, many_rows, statements
from optiid.storage.keys import external_column, name_column, unique_rows, value_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optiid.scim.resource_types import ResourceType
    from optiid.storage.database import Database, Row


class Scope(NamedTuple):
    """Whose rows a statement may see: those of one connection of one organization."""

    organization: str
    connection: str


class Stored(NamedTuple):
    """A resource as it is stored; `state` is living, suspended, gone or planned.

    `digest_key` goes with the row: without it nobody can guess from its digests what it held.
    """

    organization: str
    id: str
    type: str
    connection: str
    document: dict[str, Any]
    active: bool
    state: str
    version: int
    created_at: str
    updated_at: str
    name_key: str
    display: str
    digest_key: str = ""

    @property
    def living(self) -> bool:
        """Whether the directory lists it, suspended or not."""
        return self.state not in ("gone", "planned")


class NameTakenError(ConflictError):
    """Another living resource of the organization, or a visible one of the connection, has the name."""


class ValueTakenError(ConflictError):
    """Another resource of the organization has the value of an attribute that is unique there."""

    def __init__(self, path: str, value: str) -> None:
        super().__init__(f"{path} {value!r} is taken")
        self.path, self.value = path, value


def read_row(row: Row) -> Stored:
    """Return the resource in a row of `statements.COLUMNS`."""
    organization, ident, kind, connection, document, active, *rest = row
    return Stored(organization, ident, kind, connection, orjson.loads(document), bool(active), *rest)


def fetch(database: Database, scope: Scope, resource_type: ResourceType, ident: str) -> Stored | None:
    """Return the resource, or None when the SCIM plane of this connection has none with that id."""
    return _one(database, statements.FETCH, (scope.organization, ident, scope.connection, resource_type.name))


def fetch_for_change(database: Database, scope: Scope, resource_type: ResourceType, ident: str) -> Stored | None:
    """Return the resource and hold its row until the transaction ends: writers of one resource queue here."""
    parameters = (scope.organization, ident, scope.connection, resource_type.name)
    return _one(database, database.dialect.fixed(statements.FETCH_LOCKED), parameters)


def find_by_name(database: Database, scope: Scope, resource_type: ResourceType, name: str) -> Stored | None:
    """Return the resource of the connection that bears the name, tombstones included, and hold its row."""
    parameters = (scope.organization, scope.connection, resource_type.name, name_column(name))
    return _one(database, database.dialect.fixed(statements.FIND_BY_NAME), parameters)


def bearer(database: Database, scope: Scope, resource_type: ResourceType, name: str) -> Stored | None:
    """Return the resource that `find_by_name` finds, without holding its row."""
    parameters = (scope.organization, scope.connection, resource_type.name, name_column(name))
    return _one(database, statements.BEARER, parameters)


def id_of_name(database: Database, scope: Scope, resource_type: ResourceType, name: str) -> str | None:
    """Return the id of the resource of the connection that bears the name, tombstones included, or None."""
    parameters = (scope.organization, scope.connection, resource_type.name, name_column(name))
    row = database.row(statements.ID_OF_NAME, parameters)
    return None if row is None else row[0]


def name_is_living(database: Database, scope: Scope, resource_type: ResourceType, name: str, but: str) -> bool:
    """Say whether a living resource of the organization other than `but` bears the name."""
    parameters = (scope.organization, resource_type.name, name_column(name), but)
    return database.row(statements.NAME_IS_LIVING, parameters) is not None


def _one(database: Database, sql: str, parameters: tuple[Any, ...]) -> Stored | None:
    row = database.row(sql, parameters)
    return None if row is None else read_row(row)


def insert(
    database: Database, scope: Scope, resource_type: ResourceType, ident: str, document: dict[str, Any], state: str
) -> Stored:
    """Store a new resource and return it. Raises NameTakenError and ValueTakenError."""
    now, digest_key = timestamp(), secrets.token_hex(16)
    columns = document_columns(document, resource_type, state)
    owner = (scope.organization, scope.connection)
    parameters = (
        scope.organization, ident, resource_type.name, scope.connection, *columns, now, now, digest_key, *owner,
    )  # fmt: skip
    # No error of the database, which would end the transaction: whoever has the name may give way.
    if database.execute(database.dialect.fixed(statements.INSERT), parameters).rowcount != 1:
        check_open(len(database.rows(database.dialect.fixed(statements.IS_OPEN), owner)))
        raise NameTakenError("The name is taken")
    list_counts.note(database, *owner, resource_type.name, 1)
    insert_values(database, scope.organization, ident, value_rows(document, resource_type))
    insert_unique(database, scope.organization, ident, unique_rows(document, resource_type, state))
    active, (name_key, _, display) = document.get("active", True), columns[:3]
    return Stored(
        scope.organization, ident, resource_type.name, scope.connection, document, active, state, 1, now, now, name_key,
        display, digest_key,
    )  # fmt: skip


def save(
    database: Database, before: Stored, resource_type: ResourceType, document: dict[str, Any], state: str
) -> Stored:
    """Store a new document and state, if the row still is the one that was read, and return it.

    Raises NameTakenError, ValueTakenError, and UnavailableError when the row has changed meanwhile, which its lock
    prevents.
    """
    now = timestamp()
    columns = document_columns(document, resource_type, state)
    parameters = (*columns, now, before.organization, before.id, before.version)
    check_open(guarding_names(database, statements.SAVE, parameters))
    old, new = value_rows(before.document, resource_type), value_rows(document, resource_type)
    if old != new:
        if old:
            database.execute(statements.DELETE_VALUES, (before.organization, before.id))
        insert_values(database, before.organization, before.id, new)
    held, wanted = (
        unique_rows(before.document, resource_type, before.state),
        unique_rows(document, resource_type, state),
    )
    if held.keys() != wanted.keys():
        database.execute(statements.DELETE_UNIQUE, (before.organization, before.id))
        insert_unique(database, before.organization, before.id, wanted)
    active, (name_key, _, display) = document.get("active", True), columns[:3]
    return Stored(
        before.organization, before.id, before.type, before.connection, document, active, state, before.version + 1,
        before.created_at, now, name_key, display, before.digest_key,
    )  # fmt: skip


def touch(database: Database, before: Stored) -> Stored:
    """Move the version of a resource whose memberships changed while its document did not, and return it."""
    now = timestamp()
    _run_open(database, statements.TOUCH, (now, before.organization, before.id, before.version))
    return Stored(
        before.organization, before.id, before.type, before.connection, before.document, before.active, before.state,
        before.version + 1, before.created_at, now, before.name_key, before.display, before.digest_key,
    )  # fmt: skip


def close(database: Database, stored: Stored) -> None:
    """Take a user off the SCIM plane; the row stays for an administrator's restore until its retention ends."""
    now = timestamp()
    _run_open(database, statements.CLOSE, (now, stored.organization, stored.id))
    list_counts.note(database, stored.organization, stored.connection, stored.type, -1)
    database.execute(statements.DELETE_UNIQUE, (stored.organization, stored.id))
    database.execute(statements.TOUCH_GROUPS, (now, stored.organization, stored.organization, stored.id))


def remove(database: Database, stored: Stored) -> None:
    """Delete a resource with its indexed values and memberships."""
    database.execute(statements.TOUCH_GROUPS, (timestamp(), stored.organization, stored.organization, stored.id))
    _run_open(database, statements.DELETE, (stored.organization, stored.id))
    list_counts.note(database, stored.organization, stored.connection, stored.type, -1)


def check_open(changed: int) -> None:
    """Raise ChangedMeanwhileError when a write of one row changed none: its connection went into or out of dry run."""
    if changed != 1:
        raise ChangedMeanwhileError("The resource or its connection was changed at the same moment; try again")


def _run_open(database: Database, sql: str, parameters: tuple[Any, ...]) -> None:
    check_open(database.execute(database.dialect.fixed(sql), parameters).rowcount)


def document_columns(document: dict[str, Any], resource_type: ResourceType, state: str) -> tuple[Any, ...]:
    """Return the columns that follow from a document, in the order that INSERT and SAVE have them."""
    display = _display(document, resource_type)
    return (
        name_column(document[resource_type.name_attribute]),
        external_column(document.get("externalId")),
        display,
        folded(display),
        int(document.get("active", True)),
        state,
        orjson.dumps(document).decode(),
        orjson.dumps(search_form(_told(document, resource_type), resource_type)).decode(),
    )


def _told(document: dict[str, Any], resource_type: ResourceType) -> dict[str, Any]:
    """Return the document as filters see it: a user whose `active` was removed is active."""
    return {"active": True} | document if resource_type.attribute("active") else document


def _display(document: dict[str, Any], resource_type: ResourceType) -> str:
    """Return what a reference to the resource shows people."""
    named: str | None = document.get("displayName") or document.get("name", {}).get("formatted")
    return named or str(document[resource_type.name_attribute])


def insert_values(database: Database, organization: str, ident: str, rows: list[tuple[str, str]]) -> None:
    """Store the indexed values of a resource."""
    many_rows.insert(database, statements.INSERT_VALUE, [(organization, *row, ident) for row in rows])


def insert_unique(database: Database, organization: str, ident: str, rows: dict[tuple[str, str], str]) -> None:
    """Store the unique values of a resource. Raises ValueTakenError."""
    for (path, value_key), value in rows.items():
        try:
            database.execute(statements.INSERT_UNIQUE, (organization, path, value_key, ident))
        except peewee.IntegrityError as error:
            raise ValueTakenError(path, value) from error


def guarding_names(database: Database, sql: str, parameters: tuple[Any, ...]) -> int:
    """Run a write and return how many rows it changed. Raises NameTakenError."""
    with refusing_taken_names():
        changed: int = database.execute(database.dialect.fixed(sql), parameters).rowcount
    return changed


@contextmanager
def refusing_taken_names() -> Iterator[None]:
    """Turn what the unique indexes on names refuse, which decide every race (rule R7), into NameTakenError."""
    try:
        yield
    except peewee.IntegrityError as error:
        raise NameTakenError("The name is taken") from error
