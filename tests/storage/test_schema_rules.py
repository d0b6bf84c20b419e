"""What lets one database be dealt out over many by organization later, held by every table.

Every unique key begins with the organization, ids come from the application, no sequence counts, and nothing refers
from one organization to another. Exceptions are few and stand here by name.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest

from optiid.storage.database import Database, open_database
from optiid.storage.migrating import ensure_ready
from tests.conftest import database_url
from tests.running import settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# The one bookkeeping table, which is the library's: a key of its own, made while no service runs.
BOOKKEEPING = {"schema_migration"}
# By table: unique keys that find an organization, or compare organizations, and so cannot begin with one.
EXCEPTIONS = {
    ("organization", ("id",)): "it is the organization",
    ("organization", ("name_key",)): "no two organizations share a name",
    ("token", ("digest",)): "a token tells which organization a request is for",
    ("api_key", ("digest",)): "so does a key of the admin API",
    ("oauth_client", ("id",)): "so does the id of an OAuth client",
    ("client_secret", ("digest",)): "and its secret",
    ("claim", ("name_key",)): "it is there to compare organizations",
    ("shard_placement", ("name_key",)): "no two organizations of all databases share a name",
    ("shard_route", ("digest",)): "a credential tells in which database an organization lies",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    opened = open_database(settings_in(tmp_path, database_url(request.param, request)))
    ensure_ready(opened)
    yield opened
    opened.close()


def tables(database: Database) -> list[str]:
    return sorted(set(database.reading(database.engine.get_tables)) - BOOKKEEPING)


def columns_of(database: Database, table: str) -> list[Any]:
    return list(database.reading(lambda: database.engine.get_columns(table)))


def unique_keys(database: Database, table: str) -> set[tuple[str, ...]]:
    indexes = database.reading(lambda: database.engine.get_indexes(table))
    return {tuple(index.columns) for index in indexes if index.unique} | {primary_key(database, table)}


def primary_key(database: Database, table: str) -> tuple[str, ...]:
    return tuple(database.reading(lambda: database.engine.get_primary_keys(table)))


def test_every_unique_key_begins_with_the_organization(database: Database) -> None:
    found = {(table, key) for table in tables(database) for key in unique_keys(database, table)}
    assert {(table, key) for table, key in found if key[:1] != ("organization",)} == set(EXCEPTIONS)


def test_every_table_has_a_primary_key_and_says_whose_its_rows_are(database: Database) -> None:
    for table in tables(database):
        assert primary_key(database, table), table
        columns = {column.name: column for column in columns_of(database, table)}
        if table != "organization":
            assert not columns["organization"].null, table


def test_ids_come_from_the_application(database: Database) -> None:
    """No column counts by itself, and nothing that the database invents is a default."""
    for table in tables(database):
        for column in columns_of(database, table):
            constant = column.default is None or column.default.split("::")[0].strip("'") in ("", "{}", "0")
            assert constant, f"{table}.{column.name}: {column.default}"
    if database.dialect.name == "postgresql":
        sql = "SELECT c.relname FROM pg_class c WHERE c.relkind = 'S' AND c.relnamespace = 'public'::regnamespace"
        made = [row[0] for row in database.reading(lambda: database.rows(sql))]
    else:
        sql = "SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'"
        made = [row[0] for row in database.reading(lambda: database.rows(sql))]
        assert all(kind != "INTEGER" for table in tables(database) for kind in key_types(database, table))
    assert {name for name in made if not name.startswith("schema_migration")} == set()


def key_types(database: Database, table: str) -> list[str]:
    """Of a key of one column: SQLite would count an INTEGER one by itself."""
    rows = database.reading(lambda: database.rows(f'PRAGMA table_info("{table}")'))
    found = [row[2].upper() for row in rows if row[5]]
    return found if len(found) == 1 else []


def test_no_reference_leaves_the_organization(database: Database) -> None:
    """Each begins with the organization on both sides, or names the organization itself."""
    for table in tables(database):
        for target, pairs in references(database, table):
            first = pairs[0]
            expected = ("organization", "id") if target == "organization" else ("organization", "organization")
            assert first == expected, f"{table} refers to {target} by {pairs}"
            assert len(pairs) == (1 if target == "organization" else len(primary_key(database, target)))


def references(database: Database, table: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """The foreign keys of a table: where to, and the pairs of columns in their order."""
    if database.dialect.name == "sqlite":
        rows = database.reading(lambda: database.rows(f'PRAGMA foreign_key_list("{table}")'))
        found: dict[int, tuple[str, list[tuple[str, str]]]] = {}
        for number, _, target, column, other, *_ in sorted(rows):
            found.setdefault(number, (target, []))[1].append((column, other))
        return list(found.values())
    sql = """
        SELECT c.conname, t.relname, a.attname, b.attname
        FROM pg_constraint c
        JOIN pg_class t ON t.oid = c.confrelid
        CROSS JOIN LATERAL unnest(c.conkey, c.confkey) WITH ORDINALITY AS k (here, there, position)
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.here
        JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = k.there
        WHERE c.contype = 'f' AND c.conrelid = ?::regclass
        ORDER BY c.conname, k.position"""
    by_name: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for name, target, column, other in database.reading(lambda: database.rows(sql, (table,))):
        by_name[name].append((target, column, other))
    return [(rows[0][0], [(column, other) for _, column, other in rows]) for rows in by_name.values()]
