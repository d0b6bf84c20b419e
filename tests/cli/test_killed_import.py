"""An import that is killed on its way has wholly done some of its lines, and the same command does the rest."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import orjson

from optiid.clock import new_id
from optiid.services import exporting
from optiid.storage.database import Database, open_database
from tests.running import ROOT, settings_in

if TYPE_CHECKING:
    from pathlib import Path

USERS = 4000
NOW = "2026-01-31T12:00:00.000000Z"
IMPORT = "from optiid.cli import main; main()"


def lines(organization: str) -> list[dict[str, Any]]:
    """Return an export of a group with many members."""
    about = {"id": organization, "name": "Acme", "rules": "{}", "created_at": NOW}
    head = {"kind": "header", "format": "optiid-organization", "version": 1, "organization": about}
    common = {"connection": None, "state": "living", "created_at": NOW, "updated_at": NOW, "removed_at": None}
    users = [
        {"kind": "user", "id": new_id(), **common, "version": 1, "document": {"userName": f"u{number}", "active": True}}
        for number in range(USERS)
    ]
    users.sort(key=lambda line: str(line["id"]))
    group = {"kind": "group", "id": new_id(), **common, "version": 2, "document": {"displayName": "All"}}
    idents = [line["id"] for line in users]
    members = [
        {"kind": "members", "group": group["id"], "version": 2, "members": idents[at : at + 500]}
        for at in range(0, USERS, 500)
    ]
    return [head | {"users": USERS, "groups": 1, "memberships": USERS}, *users, group, *members, {"kind": "end"}]


def stored(database: Database) -> int:
    row = database.reading(lambda: database.row("SELECT COUNT(*) FROM resource"))
    return row[0] if row else 0


def test_killed_import_is_run_again(tmp_path: Path) -> None:
    organization = new_id()
    file = tmp_path / "acme.jsonl"
    wanted = lines(organization)
    file.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in wanted))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPTIID_")}
    environment |= {"OPTIID_HOME": str(tmp_path / "home"), "OPTIID_LOG_LEVEL": "warning"}
    command = [sys.executable, "-c", IMPORT, "organization", "import", str(file), "--output", "json"]
    # The tables are there before, so that whoever looks into them finds some.
    subprocess.run(
        [sys.executable, "-c", IMPORT, "db", "migrate"], cwd=ROOT, env=environment, check=True, capture_output=True
    )
    database = open_database(settings_in(tmp_path / "home"))
    seen = 0
    for _ in range(3):
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        deadline = time.monotonic() + 30
        while stored(database) <= seen and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        process.kill()
        process.communicate()
        seen = stored(database)
        events = database.row(
            "SELECT COUNT(*) FROM event WHERE organization = ? AND kind = 'user.created'", [organization]
        )
        assert events == (min(seen, USERS),)
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    assert orjson.loads(done.stdout)["unchanged"] >= seen > 0
    told = {one["kind"] for one in wanted}
    assert [line for line in exporting.lines(database, organization) if line["kind"] in told] == wanted
    database.close()
