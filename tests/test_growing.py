"""The page on growing reckons with bytes that are true: both databases are filled and weighed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.benchmarks.workloads import full_user
from tests.conftest import database_url
from tests.running import InProcess, settings_in

if TYPE_CHECKING:
    from optiid.storage.database import Database

PAGE = Path(__file__).resolve().parent.parent / "optiid" / "docs" / "growing.md"
USERS, GROUPS, FACTOR = 200, 4, 1.6
FULL_PAGES = "SELECT (p.page_count - f.freelist_count) * 4096 FROM pragma_page_count p, pragma_freelist_count f"
# Without the maps that a small table of PostgreSQL consists of.
TABLE = "SELECT pg_relation_size(?::text::regclass) + pg_indexes_size(?::text::regclass)"


def told(row: str, kind: str) -> int:
    """A figure of the page's table."""
    found = re.search(rf"^\| {row}[^|]*\| ([\d,]+) \| ([\d,]+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert found, row
    return int(found[1 if kind == "sqlite" else 2].replace(",", ""))


def size(database: Database, *tables: str) -> int:
    """The bytes of tables with their indexes; SQLite tells by what is free when they were emptied."""
    if database.dialect.name == "postgresql":
        return sum(database.reading(lambda: [database.rows(TABLE, (table, table))[0][0] for table in tables]))
    before = database.reading(lambda: database.rows(FULL_PAGES))[0][0]
    for table in tables:
        database.transaction(lambda table=table: database.execute(f"DELETE FROM {table}"))  # type: ignore[misc]
    return int(before - database.reading(lambda: database.rows(FULL_PAGES))[0][0])


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_bytes_are_what_the_page_says(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    running = InProcess(settings_in(tmp_path, database_url(kind, request)))
    scim, database = running.scim(), running.database
    users = [scim.post("/Users", full_user(f"person{number}@example.com")).body["id"] for number in range(USERS)]
    running.service.logbook.flush()
    for _ in range(GROUPS):
        scim.a_group(members=users)
    found = {
        "request that changes": size(database, "logbook") / USERS,
        "created or changed": size(database, "event", "audit_entry") / USERS,
        "membership": size(database, "membership") / (USERS * GROUPS),
        "user": size(database, "value_index", "resource") / USERS,
    }
    assert {row: (weight, told(row, kind)) for row, weight in found.items() if not near(weight, told(row, kind))} == {}
    running.service.logbook.flush()
    database.close()


def near(found: float, expected: int) -> bool:
    return expected / FACTOR < found < expected * FACTOR
