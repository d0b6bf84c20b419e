"""Every statement names the organization, and every key begins with it (rule R2)."""

from __future__ import annotations

import re
from typing import Any

import pytest

from optiid.storage import api_keys, directory, idempotency, statements
from optiid.storage.dialects import POSTGRESQL, SQLITE

STATEMENTS = {
    name: text
    for module in (statements, directory, api_keys, idempotency)
    for name, text in vars(module).items()
    if name.isupper() and isinstance(text, str) and text.split()[0] in ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")
}
TABLES = (
    "resource",
    "value_index",
    "membership",
    "event",
    "event_counter",
    "token",
    "connection",
    "cursor_key",
    "api_key",
    "idempotent_request",
)
FINDING = {"FIND_TOKEN", "FIND_API_KEY"}
# A token or key selects its organization; an organization is named by people.
WITHOUT_ORGANIZATION = {
    ("token", ("digest",)),
    ("api_key", ("digest",)),
    ("organization", ("id",)),
    ("organization", ("name_key",)),
}


def test_there_are_statements_to_look_at() -> None:
    assert len(STATEMENTS) > 20


@pytest.mark.parametrize("name", sorted(set(STATEMENTS) - FINDING))
def test_every_statement_is_bound_to_an_organization(name: str) -> None:
    text = STATEMENTS[name]
    if text.lstrip().startswith("INSERT") and "VALUES" in text:
        assert re.match(r"INSERT INTO \w+ \(organization, ", text.lstrip())
    else:
        assert re.search(r"organization = \?", text)


@pytest.mark.parametrize("name", sorted(set(STATEMENTS) - FINDING))
def test_every_table_in_a_statement_is_held_to_the_organization(name: str) -> None:
    text = STATEMENTS[name]
    for table, alias in re.findall(r"(?:FROM|JOIN) (\w+) ([a-z])\b", text):
        if table in TABLES:
            assert re.search(rf"\b{alias}\.organization = ", text), (table, alias)


def test_finding_a_token_stays_within_its_organization() -> None:
    assert "c.organization = t.organization" in statements.FIND_TOKEN
    assert "o.id = t.organization" in statements.FIND_TOKEN


@pytest.mark.parametrize("dialect", [SQLITE, POSTGRESQL])
@pytest.mark.parametrize("name", sorted(STATEMENTS))
def test_places_where_the_databases_differ_are_filled(name: str, dialect: Any) -> None:
    filled = dialect.fixed(STATEMENTS[name])
    assert "{" not in filled
    assert filled.count("?") == STATEMENTS[name].count("?") + len(
        re.findall(r"\{(?:listed|among|beyond)\}", STATEMENTS[name])
    )


def keys_of(database: Any) -> list[tuple[str, tuple[str, ...]]]:
    """Return (table, columns) of each primary and unique key, as the database has them."""
    found = []
    for table in (*TABLES, "organization"):
        found.append((table, tuple(database.engine.get_primary_keys(table))))
        found += [(table, tuple(index.columns)) for index in database.engine.get_indexes(table) if index.unique]
    return found


def test_every_key_begins_with_the_organization(service: Any) -> None:
    keys = service.database.reading(lambda: keys_of(service.database))
    assert set(keys) >= WITHOUT_ORGANIZATION
    beyond = [key for key in keys if key[1][0] != "organization" and key not in WITHOUT_ORGANIZATION]
    assert beyond == []


def test_every_foreign_key_stays_within_the_organization(service: Any) -> None:
    if service.database.dialect is not SQLITE:
        rows = service.database.reading(
            lambda: service.database.rows(
                "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f'"
            )
        )
        assert rows
        assert [row for row in rows if not row[1].startswith("FOREIGN KEY (organization")] == []
        return
    for table in TABLES:
        rows = service.database.reading(
            lambda table=table: service.database.rows(f"PRAGMA foreign_key_list({table})")  # type: ignore[misc]
        )
        first = {row[0]: row[3] for row in rows if row[1] == 0}
        assert first or table == "api_key"  # which may belong to the installation
        assert set(first.values()) <= {"organization"}
