"""The data folder of a released version as JSON: which migrations had made its tables, and every row in them."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playhouse.migrations import Runner

from optiid import __version__
from optiid.services import hand_made, products, roles
from optiid.storage.database import open_database
from optiid.storage.migrating import FOLDER, names
from tests.administering import an_admin
from tests.running import ENTERPRISE, InProcess, settings_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from optiid.storage.database import Database

KEPT = Path(__file__).resolve().parent / "data"
# The fixture is to work for ever.
NEVER = "9999-01-01T00:00:00.000000Z"


def use(service: InProcess) -> None:
    """Do what identity providers do, and what only the service itself sends statements for."""
    scim = service.scim()
    ids = [scim.a_user(f"user{number}@example.com", displayName=f"User {number}")["id"] for number in range(4)]
    scim.a_user("ada@example.com", externalId="ada", emails=[{"value": "ada@example.com", "primary": True}])
    group = scim.a_group("Crew", ids[:2])["id"]
    for text in ('userName eq "ada@example.com"', 'externalId eq "ada"', 'emails.value eq "ada@example.com"'):
        scim.find("/Users", text)
    scim.find("/Users", f'displayName co "User" and {ENTERPRISE}:department pr')
    scim.find("/Groups", f'displayName eq "Crew" or members.value eq "{ids[0]}"')
    scim.get("/Users?count=2&startIndex=2&sortBy=userName")
    page = scim.get("/Users?count=2&cursor").body
    scim.get(f"/Users?count=2&cursor={page.get('nextCursor', '')}")
    scim.get(f"/Users/{ids[0]}")
    scim.get(f"/Groups/{group}")
    scim.get(f"/Groups/{group}?excludedAttributes=members")
    scim.get(f"/Groups/{group}?membersStartIndex=1&membersCount=1")
    scim.put(f"/Users/{ids[1]}", {"userName": "renamed@example.com", "displayName": "Renamed"})
    scim.patch(f"/Users/{ids[0]}", {"op": "replace", "path": "displayName", "value": "New"})
    for active in (False, True, False):
        scim.patch(f"/Users/{ids[0]}", {"op": "replace", "path": "active", "value": active})
    scim.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": ids[3]}]})
    scim.patch(f"/Groups/{group}", {"op": "remove", "path": f'members[value eq "{ids[3]}"]'})
    scim.put(f"/Groups/{group}", {"displayName": "Crew", "members": [{"value": ids[2]}]})
    scim.post("/Bulk", {"Operations": [{"method": "POST", "path": "/Users", "bulkId": "a", "data": {"userName": "b"}}]})
    scim.post("/Users", {"userName": "ada@example.com"})
    scim.delete(f"/Users/{ids[2]}")
    scim.delete(f"/Groups/{group}")
    service.service.logbook.flush()


def apply(database: Database, folder: Path, wanted: list[str]) -> None:
    """Make the tables as they were with these migrations."""
    folder.mkdir(exist_ok=True)
    for name in wanted:
        (folder / f"{name}.py").write_text((FOLDER / f"{name}.py").read_text())
    database.engine.connect(reuse_if_open=True)
    Runner(database.engine, str(folder)).up()


def ordered(database: Database) -> list[str]:
    """The tables, those that are referred to before those that refer to them."""
    engine, found = database.engine, list[str]()
    waiting = {
        table: {key.dest_table for key in engine.get_foreign_keys(table)} - {table}
        for table in engine.get_tables()
        if table != "schema_migration"
    }
    while waiting:
        ready = sorted(table for table, needed in waiting.items() if needed <= set(found))
        found += ready
        waiting = {table: needed for table, needed in waiting.items() if table not in ready}
    return found


def plain(value: Any) -> Any:
    """A value as it is compared: PostgreSQL has JSON of its own, in its own order."""
    if isinstance(value, str) and value.startswith(("{", "[")):
        try:
            value = json.loads(value)
        except ValueError:
            return value
    return json.dumps(value, sort_keys=True) if isinstance(value, dict | list) else value


def compared(rows: Iterable[Sequence[Any]]) -> list[list[Any]]:
    """Rows in an order of their own."""
    return sorted(([plain(value) for value in row] for row in rows), key=repr)


def rows_of(database: Database, table: str, columns: list[str]) -> list[Any]:
    """All rows of a table."""
    sql = f"SELECT {', '.join(columns)} FROM {table}"
    return database.reading(lambda: database.rows(sql))


def fill(database: Database, record: dict[str, Any]) -> None:
    """Put the rows of a record into tables that are there and empty."""

    def work() -> None:
        for table, kept in record["tables"].items():
            marks = ", ".join("?" * len(kept["columns"]))
            sql = f"INSERT INTO {table} ({', '.join(kept['columns'])}) VALUES ({marks})"
            for row in kept["rows"]:
                database.execute(sql, row)

    database.transaction(work)


def crowded(record: dict[str, Any], number: int) -> dict[str, Any]:
    """Return a record with so many more users, each like one who is in it, in the same group."""
    tables = {table: {**kept, "rows": list(kept["rows"])} for table, kept in record["tables"].items()}
    columns = tables["resource"]["columns"].index
    like = next(row for row in tables["resource"]["rows"] if "kept0@example.com" in row)[columns("id")]
    for table in ("resource", "value_index", "unique_value", "membership"):
        rows = [row for row in tables[table]["rows"] if like in row]
        for one in range(number):
            changes = {like: f"{like[:-6]}{one:06x}", "kept0": f"crowd{one}", "kept-0": f"crowd-{one}"}
            tables[table]["rows"] += [[_changed(value, changes) for value in row] for row in rows]
    return {**record, "tables": tables}


def _changed(value: Any, changes: dict[str, str]) -> Any:
    for before, after in changes.items():
        value = value.replace(before, after) if isinstance(value, str) else value
    return value


def live(service: InProcess) -> str:
    """Do what fills most tables; return the token of a connection that has users and groups."""
    use(service)
    scim = service.scim(settings={"record_requests": True, "brake_users": 1, "brake_percent": 1, "brake": True})
    organization = scim.connected.organization
    users = [scim.a_user(f"kept{number}@example.com", externalId=f"kept-{number}")["id"] for number in range(5)]
    group = scim.a_group("Kept", users)["id"]
    for user in users[3:]:
        scim.patch(f"/Users/{user}", {"op": "replace", "path": "active", "value": False})
    hand_made.create(service.database, organization, "User", {"userName": "by-hand@example.com"})
    products.create(service.database, organization, "cms", "CMS")
    products.create_instance(service.database, organization, "cms", "cms1")
    products.add_role(service.database, organization, "cms", "Editor")
    roles.grant(service.database, organization, "cms1", "Editor", roles.Subject("group", group))
    an_admin(service, organization).post("/users", {"attributes": {"userName": "by-api@example.com"}})
    service.service.logbook.flush()
    return scim.connected.token


def record(home: Path, wanted: list[str]) -> dict[str, Any]:
    """Return a life as rows of the tables that some migrations make."""
    service = InProcess(settings_in(home / "new", log_level="error"))
    secret = live(service)
    old = open_database(settings_in(home / "old"))
    apply(old, home / "steps", wanted)
    tables = {}
    for table in ordered(old):
        columns = [column.name for column in old.engine.get_columns(table)]
        rows = rows_of(service.database, table, columns)
        if "expires_at" in columns:
            place = columns.index("expires_at")
            rows = [[*row[:place], NEVER, *row[place + 1 :]] for row in rows]
        tables[table] = {"columns": columns, "rows": rows}
    old.close()
    service.database.close()
    return {"migrations": wanted, "secret": secret, "tables": tables}


def write(wanted: list[str] | None = None) -> None:
    """Write the record of this version."""
    with tempfile.TemporaryDirectory() as home:
        made = record(Path(home), wanted or names())
    KEPT.mkdir(exist_ok=True)
    (KEPT / f"{__version__}.json").write_text(json.dumps(made, separators=(",", ":")) + "\n")
