"""Record the statements that this version sends, so that the tests of later ones can hold their tables to them.

Run as `python -m tests.storage.released` when a version is released, and delete the record before the last one.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from optiid import __version__
from tests.postgresql import start_server
from tests.running import ENTERPRISE, InProcess, settings_in

FOLDER = Path(__file__).resolve().parent


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


def recorded(service: InProcess) -> list[str]:
    """Return the texts of the statements that `use` sends, each once."""
    with service.database.counting() as seen:
        use(service)
    return sorted({" ".join(sql.split()) for sql in seen})


def main() -> None:
    """Write the record of this version."""
    server = start_server()
    try:
        with tempfile.TemporaryDirectory() as home:
            found = {}
            for kind, url in (("sqlite", ""), ("postgresql", server.create_database())):
                service = InProcess(settings_in(Path(home) / kind, url, log_level="error"))
                found[kind] = recorded(service)
                service.database.close()
    finally:
        server.stop()
    (FOLDER / f"{__version__}.json").write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
