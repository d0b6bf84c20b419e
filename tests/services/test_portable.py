"""An organization out of one database and into another: nothing is lost, nothing is made twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from optiid.errors import ConflictError, InvalidInputError, UnavailableError
from optiid.services import connections, hand_made, importing, organizations, tokens
from optiid.services.importing import LineError, import_lines
from tests.events import directory_events
from tests.furnished import BADGE, as_file, exported, furnish, service_without_data
from tests.running import Connected, InProcess

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def other(service: InProcess, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[InProcess]:
    """A service without any data, on the other kind of database."""
    running = service_without_data(service, request, tmp_path)
    yield running
    running.database.close()


@pytest.fixture
def acme(service: InProcess) -> Any:
    """A client of an organization with something of everything."""
    return furnish(service)


def answers(scim: Any) -> dict[str, Any]:
    found = {}
    for endpoint in ("Users", "Groups"):
        for one in scim.get(f"/{endpoint}").body["Resources"]:
            reply = scim.get(f"/{endpoint}/{one['id']}")
            found[one["id"]] = (reply.body, reply.headers["ETag"])
    return found


def test_round_trip_to_the_other_database_and_back(acme: Any, service: InProcess, other: InProcess) -> None:
    organization = acme.connected.organization
    lines = exported(service.database, organization)
    assert (lines[0]["users"], lines[0]["groups"], lines[-1]) == (7, 4, {"kind": "end"})
    summary = import_lines(other.database, as_file(lines))
    assert (summary.organization, summary.changed > 0, summary.unchanged) == (organization, True, 1)
    assert exported(other.database, organization) == lines

    _, secret = tokens.create(other.database, acme.connected.connection)
    there = other.as_(Connected(organization, acme.connected.connection, secret))
    assert answers(there) == answers(acme)
    assert there.find("/Users", 'externalId eq "3"').body["totalResults"] == 1
    refused = there.post("/Users", {"userName": "new@example.com", BADGE["id"]: {"number": "3"}})
    assert (refused.status, refused.body["scimType"]) == (409, "uniqueness")

    before = len(directory_events(other.database, organization))
    again = import_lines(other.database, as_file(lines))
    assert (again.created, again.changed) == (0, 0)
    assert (exported(other.database, organization), len(directory_events(other.database, organization))) == (
        lines,
        before,
    )
    back = import_lines(service.database, as_file(exported(other.database, organization)))
    assert (back.created, back.changed) == (0, 0)


def test_events_and_audit_tell_of_it(acme: Any, service: InProcess, other: InProcess) -> None:
    organization = acme.connected.organization
    import_lines(other.database, as_file(exported(service.database, organization)))
    kinds = [one["kind"] for one in directory_events(other.database, organization)]
    assert (kinds.count("user.created"), kinds.count("group.created")) == (5, 4)
    assert kinds.count("group.member_added") == 4
    assert (kinds.count("access.granted"), kinds.count("team.created")) == (3, 1)
    sql = "SELECT author, action FROM audit_entry WHERE organization = ? ORDER BY sequence"
    rows = other.database.rows(sql, (organization,))
    assert {author for author, _ in rows} == {"command-line"}
    assert {"organization.created", "schema.added", "connection.created", "organization.imported"} <= {
        action for _, action in rows
    }


def test_run_that_was_cut_off_is_run_again(
    acme: Any, service: InProcess, other: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 3)
    organization = acme.connected.organization
    lines = exported(service.database, organization)
    for cut in range(1, 4):

        def crash(done: int, cut: int = cut) -> None:
            if done > cut * 4:
                raise UnavailableError("The disk is full")

        with pytest.raises(UnavailableError):
            import_lines(other.database, as_file(lines), report=crash)
    with pytest.raises(InvalidInputError, match="cut off"):
        import_lines(other.database, as_file(lines[:-1]))
    summary = import_lines(other.database, as_file(lines))
    assert summary.unchanged > 8
    assert exported(other.database, organization) == lines


def test_into_an_organization_with_another_id(acme: Any, service: InProcess, other: InProcess) -> None:
    lines = exported(service.database, acme.connected.organization)
    made = organizations.create(other.database, "Elsewhere")
    summary = import_lines(other.database, as_file(lines), "elsewhere")
    assert summary.organization == made.id
    assert exported(other.database, made.id)[1:] == lines[1:]
    with pytest.raises(LineError, match="another organization") as failed:
        import_lines(service.database, as_file(lines), organizations.create(service.database, f"Copy {made.id}").id)
    assert failed.value.number == 3


def test_name_that_another_organization_has_is_told(acme: Any, service: InProcess, other: InProcess) -> None:
    lines = exported(service.database, acme.connected.organization)
    organizations.create(other.database, lines[0]["organization"]["name"])
    with pytest.raises(LineError, match="--organization"):
        import_lines(other.database, as_file(lines))
    assert import_lines(other.database, as_file(lines), "Another name").organization == lines[0]["organization"]["id"]


def test_file_wins_over_what_was_changed_and_removes_nothing(acme: Any, service: InProcess) -> None:
    organization, connection = acme.connected.organization, acme.connected.connection
    lines = exported(service.database, organization)
    (user,) = acme.find("/Users", 'userName eq "user0@example.com"').body["Resources"]
    acme.patch(f"/Users/{user['id']}", {"op": "replace", "path": "title", "value": "Manager"})
    (group,) = acme.find("/Groups", 'displayName eq "Crew"').body["Resources"]
    acme.patch(f"/Groups/{group['id']}", {"op": "remove", "path": f'members[value eq "{user["id"]}"]'})
    kept = acme.a_user("kept@example.com")
    connections.change_state(service.database, connection, "paused")
    summary = import_lines(service.database, as_file(lines))
    assert (summary.created, summary.changed) == (0, 3)
    found = acme.get(f"/Users/{user['id']}").body
    assert (found["title"], found["meta"]["version"]) == ("Engineer", 'W/"4"')
    assert user["id"] in {one["value"] for one in acme.get(f"/Groups/{group['id']}").body["members"]}
    assert acme.get(f"/Users/{kept['id']}").status == 200
    again = import_lines(service.database, as_file(lines))
    assert (again.created, again.changed) == (0, 0)


def test_secrets_are_in_no_line(acme: Any, service: InProcess) -> None:
    text = b"".join(as_file(exported(service.database, acme.connected.organization)))
    assert acme.connected.token.encode() not in text
    assert b"digest" not in text


def test_names_that_other_organizations_claim_are_refused(service: InProcess, other: InProcess) -> None:
    lines = []
    for _ in range(2):
        made = organizations.create(service.database, f"Opti {len(lines)} {id(service)}", preset="standard")
        hand_made.create(service.database, made.id, "User", {"userName": "same@example.com"})
        lines.append(exported(service.database, made.id))
        lines[-1][0]["organization"]["rules"] = '{"preset":"opti"}'
    import_lines(other.database, as_file(lines[0]))
    with pytest.raises(LineError, match="taken in this installation"):
        import_lines(other.database, as_file(lines[1]))


def test_moved_in_the_file_is_moved(acme: Any, service: InProcess) -> None:
    organization = acme.connected.organization
    made = hand_made.find(service.database, organization, "User", "own@example.com")
    lines = exported(service.database, organization)
    for line in lines:
        if line.get("id") == made.id:
            line["connection"] = acme.connected.connection
    import_lines(service.database, as_file(lines))
    assert acme.get(f"/Users/{made.id}").status == 200
    assert directory_events(service.database, organization)[-1]["kind"] == "user.moved"
    with pytest.raises(ConflictError):
        hand_made.change(service.database, organization, made.id, {"title": "x"})
