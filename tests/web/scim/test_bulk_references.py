"""References by bulkId: backward, forward and in circles (RFC 7644, sections 3.7.1 and 3.7.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from optiid.clock import new_id
from optiid.errors import UnavailableError
from optiid.services import journal, together
from tests.bulks import delete, ident, patch, post, put, refer, send, statuses
from tests.running import ENTERPRISE

if TYPE_CHECKING:
    from tests.running import InProcess, Scim


@pytest.fixture
def scim(service: InProcess) -> Scim:
    return service.scim()


def members(scim: Scim, group: str) -> set[str]:
    return {member["value"] for member in scim.get(f"/Groups/{group}").body.get("members", [])}


def manager(scim: Scim, user: str) -> str | None:
    found: str | None = scim.get(f"/Users/{user}").body.get(ENTERPRISE, {}).get("manager", {}).get("value")
    return found


def managed(name: str) -> dict[str, Any]:
    return {ENTERPRISE: {"manager": {"value": f"bulkId:{name}", "$ref": f"../Users/bulkId:{name}"}}}


def nothing_is_left(service: InProcess, scim: Scim) -> bool:
    """Say whether no reference stands anywhere in what is stored, and nothing is in the directory."""
    stored = service.database.rows("SELECT document FROM resource WHERE document LIKE '%ulkId%'")
    return not stored and all(scim.get(path).body["totalResults"] == 0 for path in ("/Users", "/Groups"))


def test_backward_and_forward_references(scim: Scim) -> None:
    group = scim.a_group()
    told = send(
        scim,
        patch(f"/Groups/{group['id']}", {"op": "add", "value": {"members": refer("u")}}),
        post("g", "/Groups", displayName="New", members=refer("u", "h")),
        post("u", "/Users", userName="u@example.com", **managed("m")),
        post("h", "/Groups", displayName="Inner", members=refer("m")),
        post("m", "/Users", userName="m@example.com"),
        put(f"/Groups/{group['id']}", displayName="Put", members=refer("m", "u")),
    )
    assert statuses(told) == ["200", "201", "201", "201", "201", "200"]
    assert members(scim, ident(told[1])) == {ident(told[2]), ident(told[3])}
    assert members(scim, ident(told[3])) == {ident(told[4])}
    assert manager(scim, ident(told[2])) == ident(told[4])
    assert members(scim, group["id"]) == {ident(told[4]), ident(told[2])}


def test_references_in_the_paths_of_operations(scim: Scim) -> None:
    told = send(
        scim,
        delete("/Users/bulkId:gone"),
        patch("/Groups/bulkId:g", {"op": "add", "path": "members", "value": refer("u")}) | {"version": 'W/"1"'},
        put("/users/bulkId:u", userName="u@example.com", title="put"),
        post("u", "/Users", userName="u@example.com"),
        post("g", "/Groups", displayName="g"),
        post("gone", "/Users", userName="gone@example.com"),
        delete("/Groups/bulkId:u"),
    )
    assert statuses(told) == ["204", "200", "200", "201", "201", "201", "404"]
    assert told[0]["location"] == told[5]["location"]
    assert told[1]["location"] == told[4]["location"]
    assert members(scim, ident(told[4])) == {ident(told[3])}
    assert scim.get(f"/Users/{ident(told[3])}").body["title"] == "put"
    assert scim.get(f"/Users/{ident(told[5])}").status == 404


def test_references_in_patches(scim: Scim) -> None:
    user = scim.a_user()
    group = scim.a_group(members=[user["id"]])
    told = send(
        scim,
        post("m", "/Users", userName="m@example.com"),
        patch(f"/Users/{user['id']}", {"op": "add", "path": f"{ENTERPRISE}:manager", "value": {"value": "bulkId:m"}}),
        patch(f"/Groups/{group['id']}", {"op": "replace", "path": "members", "value": refer("m")}),
        patch(f"/Groups/{group['id']}", {"op": "add", "path": "members", "value": [{"value": user["id"]}]}),
        patch(f"/Groups/{group['id']}", {"op": "remove", "path": 'members[value eq "bulkId:m"]'}),
        patch(f"/Users/{user['id']}", {"op": "replace", "path": f"{ENTERPRISE}:manager.value", "value": "bulkId:m"}),
    )
    assert statuses(told) == ["201", "200", "200", "200", "200", "200"]
    assert manager(scim, user["id"]) == ident(told[0])
    assert members(scim, group["id"]) == {user["id"]}


def test_groups_in_a_circle(scim: Scim) -> None:
    told = send(
        scim,
        post("a", "/Groups", displayName="A", members=refer("b", "u")),
        post("b", "/Groups", displayName="B", members=refer("c")),
        post("c", "/Groups", displayName="C", members=refer("a", "c")),
        post("u", "/Users", userName="u@example.com"),
    )
    assert statuses(told) == ["201"] * 4
    a, b, c, u = map(ident, told)
    assert (members(scim, a), members(scim, b), members(scim, c)) == ({b, u}, {c}, {a, c})
    for one in told:
        path = ("/Users/" if one is told[3] else "/Groups/") + ident(one)
        assert scim.get(path).body["meta"]["version"] == one["version"]


def test_managers_in_a_circle_and_of_themselves(scim: Scim) -> None:
    told = send(
        scim,
        post("a", "/Users", userName="a@example.com", **managed("b")),
        post("b", "/Users", userName="b@example.com", title="B", **managed("a")),
        post("self", "/Users", userName="self@example.com", **managed("self")),
    )
    assert statuses(told) == ["201"] * 3
    a, b, own = map(ident, told)
    assert (manager(scim, a), manager(scim, b), manager(scim, own)) == (b, a, own)
    assert scim.get(f"/Users/{b}").body["title"] == "B"
    assert scim.find("/Users", f'{ENTERPRISE}:manager.value eq "{a}"').body["totalResults"] == 1
    link = scim.get(f"/Users/{a}").body[ENTERPRISE]["manager"]["$ref"]
    assert link == told[1]["location"]


def test_circle_over_both_types_with_a_tombstone_in_it(scim: Scim) -> None:
    schema = "urn:example:team"
    old = scim.a_user("back@example.com", active=False, externalId="7")
    told = send(
        scim,
        post("u", "/Users", userName="back@example.com", **managed("v")),
        post("v", "/Users", userName="v@example.com", **managed("u"), **{schema: {"home": "bulkId:g"}}),
        post("g", "/Groups", displayName="G", members=refer("u", "v")),
    )
    assert statuses(told) == ["201"] * 3
    u, v, g = map(ident, told)
    assert u == old["id"]
    found = scim.get(f"/Users/{u}").body
    assert (found["externalId"], found["active"], manager(scim, u), manager(scim, v)) == ("7", True, v, u)
    assert members(scim, g) == {u, v}


def test_reference_as_the_name_itself(scim: Scim) -> None:
    told = send(
        scim,
        post("a", "/Users", userName="bulkId:b"),
        post("b", "/Users", userName="bulkId:a"),
        post("c", "/Users", userName="bulkId:c", externalId="bulkId:a"),
    )
    assert statuses(told) == ["201"] * 3
    a, b, c = map(ident, told)
    assert [scim.get(f"/Users/{one}").body["userName"] for one in (a, b, c)] == [b, a, c]
    assert scim.get(f"/Users/{c}").body["externalId"] == a


def test_one_that_fails_takes_its_circle_with_it(service: InProcess, scim: Scim) -> None:
    told = send(
        scim,
        post("needs", "/Groups", displayName="Needs", members=refer("a")),
        post("a", "/Users", userName="a@example.com", **managed("b")),
        post("b", "/Users", userName="b@example.com", **managed("c")),
        post("c", "/Users", **managed("a")),
        put("/Groups/bulkId:needs", displayName="x"),
    )
    assert statuses(told) == ["409", "409", "409", "400", "409"]
    assert told[3]["response"]["scimType"] == "invalidValue"
    assert "'c'" in told[1]["response"]["detail"]
    assert "'a'" in told[0]["response"]["detail"]
    assert not any("scimType" in told[place]["response"] for place in (0, 1, 2, 4))
    assert nothing_is_left(service, scim)


def test_name_that_is_taken_takes_its_circle_with_it(service: InProcess, scim: Scim) -> None:
    told = send(
        scim,
        post("a", "/Groups", displayName="Same", members=refer("b")),
        post("b", "/Groups", displayName="same", members=refer("a")),
    )
    assert statuses(told) == ["409", "409"]
    assert ["scimType" in one["response"] for one in told] == [False, True]
    assert nothing_is_left(service, scim)


def test_failed_circle_counts_each_of_its_errors(scim: Scim) -> None:
    told = send(
        scim,
        post("a", "/Groups", members=refer("b")),
        post("b", "/Groups", displayName="b", members=refer("a")),
        post("c", "/Groups", displayName="c"),
        failOnErrors=2,
    )
    assert statuses(told) == ["400", "409"]


def test_unknown_reference_is_refused_and_never_stored(service: InProcess, scim: Scim) -> None:
    user, group = scim.a_user(), scim.a_group()
    told = send(
        scim,
        post("g", "/Groups", displayName="g", members=refer("nobody")),
        post("u", "/Users", userName="u@example.com", title="bulkId:nobody"),
        put(f"/Users/{user['id']}", userName=user["userName"], **managed("nobody")),
        put(f"/Users/{user['id']}", userName="bulkId:"),
        patch(f"/Groups/{group['id']}", {"op": "add", "path": "members", "value": refer("nobody")}),
        patch(f"/Groups/{group['id']}", {"op": "remove", "path": 'members[value eq "bulkId:nobody"]'}),
        delete("/Users/bulkId:nobody"),
        put("/Users/bulkId:nobody", userName="x"),
        post("again", "/Users", userName="again@example.com", **managed("u")),
    )
    assert statuses(told) == ["400"] * 8 + ["409"]
    assert {one["response"].get("scimType") for one in told[:8]} == {"invalidValue"}
    assert "nobody" in told[0]["response"]["detail"]
    assert not service.database.rows("SELECT 1 FROM resource WHERE document LIKE '%ulkId%'")
    assert scim.get(f"/Users/{user['id']}").body == user


def test_reference_to_what_failed_is_a_conflict(scim: Scim) -> None:
    taken, group = scim.a_user(), scim.a_group()
    told = send(
        scim,
        post("u", "/Users", userName=taken["userName"]),
        post("v", "/Users", userName="v@example.com"),
        patch(f"/Groups/{group['id']}", {"op": "add", "path": "members", "value": refer("v", "u")}),
        delete("/Users/bulkId:u"),
        post("typo", "/Nothing", displayName="x"),
        patch(f"/Groups/{group['id']}", {"op": "add", "path": "members", "value": refer("typo")}),
    )
    assert statuses(told) == ["409", "201", "409", "409", "404", "409"]
    assert members(scim, group["id"]) == set()


def test_fault_of_ours_is_never_told_as_a_conflict(scim: Scim, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise UnavailableError("The resource was changed at the same moment")

    monkeypatch.setattr(together, "fetch_for_change", fail)
    told = send(
        scim,
        post("a", "/Groups", displayName="a", members=refer("b")),
        post("b", "/Groups", displayName="b", members=refer("a")),
        post("c", "/Groups", displayName="c", members=refer("a")),
    )
    assert statuses(told) == ["503"] * 3


def test_fault_of_the_database_is_told_of_all_in_the_circle(
    service: InProcess, scim: Scim, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise UnavailableError("The disk is full")

    monkeypatch.setattr(journal, "record", fail)
    circle = (
        post("a", "/Groups", displayName="a", members=refer("b")),
        post("b", "/Groups", displayName="b", members=refer("a")),
    )
    told = send(scim, *circle, delete("/Groups/bulkId:a"), delete(f"/Users/{new_id()}"))
    assert statuses(told) == ["503", "503", "503", "404"]
    assert nothing_is_left(service, scim)
    monkeypatch.undo()
    assert statuses(send(scim, *circle)) == ["201", "201"]
