"""An organization out of one database and into another: nothing is lost, nothing is made twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from optiid.errors import ConflictError, InvalidInputError, UnavailableError
from optiid.services import (
    connections,
    exporting,
    extension_schemas,
    hand_made,
    importing,
    organizations,
    products,
    roles,
    tokens,
)
from optiid.services.importing import LineError, import_lines
from tests.conftest import database_url
from tests.events import directory_events
from tests.running import Connected, InProcess, settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BADGE = {
    "id": "urn:example:Badge",
    "name": "Badge",
    "attributes": [{"name": "number", "uniqueness": "server"}, {"name": "color"}],
}


def exported(database: Any, organization: str) -> list[dict[str, Any]]:
    return list(exporting.lines(database, organization))


def as_file(lines: list[dict[str, Any]]) -> list[bytes]:
    return [orjson.dumps(line) + b"\n" for line in lines]


def events(database: Any, organization: str) -> list[dict[str, Any]]:
    return directory_events(database, organization)


@pytest.fixture
def other(service: InProcess, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[InProcess]:
    """A service without any data, on the other kind of database."""
    kind = "postgresql" if service.database.dialect.name == "sqlite" else "sqlite"
    running = InProcess(settings_in(tmp_path, database_url(kind, request)))
    yield running
    running.database.close()


@pytest.fixture
def acme(service: InProcess) -> Any:
    """A client of an organization with something of everything."""
    scim = service.scim("entra")
    database, organization = service.database, scim.connected.organization
    extension_schemas.add(database, organization, BADGE)
    users = [
        scim.a_user(f"user{number}@example.com", externalId=str(number), **{BADGE["id"]: {"number": str(number)}})
        for number in range(5)
    ]
    scim.patch(f"/Users/{users[0]['id']}", {"op": "replace", "path": "title", "value": "Engineer"})
    scim.patch(f"/Users/{users[1]['id']}", {"op": "replace", "path": "active", "value": False})
    group = scim.a_group("Crew", members=[user["id"] for user in users])
    scim.delete(f"/Users/{users[2]['id']}")
    scim.a_user("user2@example.com")
    scim.a_group("Outer", members=[group["id"]])
    body = {"displayName": "Custom", "members": [{"value": users[0]["id"]}, {"value": group["id"]}]}
    hand_made.create(database, organization, "User", {"userName": "own@example.com"})
    hand_made.create(database, organization, "Group", body)
    products.create(database, organization, "cms", "Content")
    products.add_role(database, organization, "cms", "Editor")
    products.create_instance(database, organization, "cms", "cms-eu", "Europe")
    scim.a_group("Writers::CMS-EU", members=[users[0]["id"]])
    roles.grant(database, organization, "cms-eu", "editor", roles.TO_EVERYONE)
    roles.grant(database, organization, "cms-eu", "editor", roles.Subject("group", "Crew"))
    roles.grant(database, organization, "admin-center", "administrator", roles.Subject("user", users[0]["id"]))
    return scim


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

    before = len(events(other.database, organization))
    again = import_lines(other.database, as_file(lines))
    assert (again.created, again.changed) == (0, 0)
    assert (exported(other.database, organization), len(events(other.database, organization))) == (lines, before)
    back = import_lines(service.database, as_file(exported(other.database, organization)))
    assert (back.created, back.changed) == (0, 0)


def test_events_and_audit_tell_of_it(acme: Any, service: InProcess, other: InProcess) -> None:
    organization = acme.connected.organization
    import_lines(other.database, as_file(exported(service.database, organization)))
    kinds = [one["kind"] for one in events(other.database, organization)]
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


def changed(lines: list[dict[str, Any]], kind: str, more: dict[str, Any]) -> tuple[list[dict[str, Any]], int]:
    """Return the lines with the first one of a kind changed, and the number of that line."""
    number = next(number for number, line in enumerate(lines, 1) if line["kind"] == kind)
    return [line | more if at == number else line for at, line in enumerate(lines, 1)], number


BAD: list[tuple[str, dict[str, Any], str]] = [
    ("header", {"format": "other"}, "no export of an organization"),
    ("header", {"version": 2}, "newer one"),
    ("schema", {"document": {"id": "x"}}, "Line 2"),
    ("schema", {"document": 5}, "Line 2"),
    ("connection", {"id": "7"}, "id must be"),
    ("connection", {"settings": []}, "settings must be an object"),
    ("user", {"id": "../etc"}, "id must be"),
    ("user", {"id": None}, "id must be"),
    ("user", {"state": "planned"}, "state must be"),
    ("user", {"version": 0}, "version must be"),
    ("user", {"version": True}, "version must be"),
    ("user", {"created_at": "yesterday"}, "created_at must be"),
    ("user", {"removed_at": "2026-01-01T00:00:00.000000Z"}, "state must be 'gone'"),
    ("user", {"document": {"userName": 5}}, "userName"),
    ("user", {"document": {}}, "userName"),
    ("user", {"connection": "01920000-0000-7000-8000-000000000000"}, "no connection"),
    ("group", {"document": {"displayName": "Everyone"}}, "system group"),
    ("group", {"state": "gone"}, "state of a group"),
    ("members", {"members": ["01920000-0000-7000-8000-000000000000"]}, "cannot have the members"),
    ("members", {"members": "all"}, "members must be"),
    ("members", {"group": "01920000-0000-7000-8000-000000000000"}, "no group"),
    ("product", {"id": 5}, "id must be"),
    ("product", {"roles": "all"}, "roles must be"),
    ("product", {"instances": ["x"]}, "instances must be"),
    ("grant", {"role": "nothing"}, "no role"),
    ("grant", {"subject": "01920000-0000-7000-8000-000000000000"}, "no user or group"),
    ("grant", {"id": "7"}, "id must be"),
    ("end", {"kind": "planet"}, "no line is of kind"),
]


def test_bad_line_is_told_by_its_number_and_changes_nothing(acme: Any, service: InProcess, other: InProcess) -> None:
    lines = exported(service.database, acme.connected.organization)
    for kind, more, text in BAD:
        bad, number = changed(lines, kind, more)
        with pytest.raises(LineError, match=text) as failed:
            import_lines(other.database, as_file(bad))
        assert (failed.value.number, f"Line {number}: " in str(failed.value)) == (number, True)
        if number > 1:  # what stands before the line is in
            seen = exported(other.database, acme.connected.organization)
            assert [line for line in lines[1 : number - 1] if line not in seen] == []
            assert lines[number - 1] not in seen or kind in ("product", "end")
        other.database.transaction(lambda: wipe(other.database, acme.connected.organization))
    assert import_lines(other.database, as_file(lines)).unchanged == 1
    assert exported(other.database, acme.connected.organization) == lines


def wipe(database: Any, organization: str) -> None:
    rows = ("role_grant", "team", "product_instance", "product_role", "product", "membership", "resource", "connection")
    for table in (*rows, "extension_schema", "organization"):
        column = "id" if table == "organization" else "organization"
        database.execute(f"DELETE FROM {table} WHERE {column} = ?", (organization,))


def test_name_that_two_lines_give_is_told(acme: Any, service: InProcess, other: InProcess) -> None:
    lines = exported(service.database, acme.connected.organization)
    bad, number = changed(lines, "user", {"document": {"userName": "USER3@example.com"}})
    with pytest.raises(LineError, match="belongs to another user") as failed:
        import_lines(other.database, as_file(bad))
    assert failed.value.number == number + 3


def test_line_that_is_no_object_is_told(acme: Any, service: InProcess, other: InProcess) -> None:
    lines = as_file(exported(service.database, acme.connected.organization))
    for raw in (b"nonsense\n", b"[]\n", b'{"kind": 1, "kind": 2}\n', b"\xff\n", b"{" * 100 + b"\n"):
        with pytest.raises(LineError) as failed:
            import_lines(other.database, [*lines[:4], raw, *lines[4:]])
        assert failed.value.number == 5
        with pytest.raises(LineError):
            import_lines(other.database, [raw])
    with pytest.raises(LineError):
        import_lines(other.database, [])


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
    assert events(service.database, organization)[-1]["kind"] == "user.moved"
    with pytest.raises(ConflictError):
        hand_made.change(service.database, organization, made.id, {"title": "x"})
