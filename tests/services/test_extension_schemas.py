"""Schemas that an organization adds hold in every door, for it alone, and from the next request on."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.errors import ConflictError, InvalidInputError, NotFoundError
from optiid.services import extension_schemas
from tests.running import ENTERPRISE, GROUP, USER, InProcess, Scim

URN = "urn:example:params:scim:schemas:Badge"
ATTRIBUTES = [
    {"name": "number", "required": True, "uniqueness": "server"},
    {"name": "doors", "multiValued": True, "canonicalValues": ["front", "back", "cellar"]},
    {"name": "level", "type": "integer"},
    {"name": "weight", "type": "decimal"},
    {"name": "since", "type": "dateTime"},
    {"name": "valid", "type": "boolean"},
    {"name": "code", "caseExact": True, "mutability": "immutable"},
    {"name": "pin", "mutability": "writeOnly", "returned": "never"},
    {"name": "note", "returned": "request"},
    {"name": "printed", "returned": "always"},
    {"name": "issuer", "mutability": "readOnly"},
    {
        "name": "costs", "type": "complex", "multiValued": True,
        "subAttributes": [{"name": "center", "required": True}, {"name": "amount", "type": "decimal"}],
    },
    {"name": "photo", "type": "complex", "subAttributes": [{"name": "place"}, {"name": "taken", "type": "dateTime"}]},
]  # fmt: skip
DOCUMENT = {"id": URN, "name": "Badge", "description": "A badge", "attributes": ATTRIBUTES}


def with_badge(service: Any, **more: Any) -> Scim:
    scim: Scim = service.scim(**more)
    extension_schemas.add(service.database, scim.connected.organization, DOCUMENT)
    return scim


def test_discovery_shows_it_to_its_organization_alone(service: Any) -> None:
    scim, other = with_badge(service), service.scim()
    shown = scim.get(f"/Schemas/{URN.upper().replace('URN:', 'urn:')}")
    assert shown.status == 200
    assert (shown.body["id"], shown.body["name"], shown.body["description"]) == (URN, "Badge", "A badge")
    assert [one["name"] for one in shown.body["attributes"]] == [one["name"] for one in ATTRIBUTES]
    assert URN in [schema["id"] for schema in scim.get("/Schemas").body["Resources"]]
    joined = {one["schema"] for one in scim.get("/ResourceTypes/User").body["schemaExtensions"]}
    assert joined == {ENTERPRISE, URN}
    assert other.get(f"/Schemas/{URN}").status == 404
    assert URN not in str(other.get("/Schemas").body) + str(other.get("/ResourceTypes").body)


def test_values_are_checked_stored_and_answered(service: Any) -> None:
    scim = with_badge(service)
    badge = {
        "number": "7", "doors": ["front", "back"], "level": 3, "weight": 1.5, "since": "2026-01-01T00:00:00Z",
        "valid": True, "code": "aB", "costs": [{"center": "A", "amount": 2.5}], "photo": {"place": "Oslo"},
    }  # fmt: skip
    user = scim.a_user(**{URN: badge | {"pin": "1234", "note": "lost once", "issuer": "me", "unknown": 1}})
    assert user[URN] == badge
    assert user["schemas"] == [USER, URN]
    assert "1234" not in str(scim.get("/Users").body)
    noted = scim.get(f"/Users/{user['id']}?attributes={URN}:note,{URN}:pin").body
    assert noted[URN] == {"note": "lost once"}
    with_all = scim.get(f"/Users/{user['id']}?attributes={URN}").body
    assert with_all[URN] == badge


def test_what_is_always_returned_is(service: Any) -> None:
    scim = with_badge(service)
    user = scim.a_user(**{URN: {"number": "7", "printed": "yes"}})
    assert scim.get(f"/Users/{user['id']}?attributes=userName").body[URN] == {"printed": "yes"}
    assert scim.get(f"/Users/{user['id']}?excludedAttributes={URN}").body[URN] == {"printed": "yes"}
    assert scim.get(f"/Users/{user['id']}?excludedAttributes={URN}:printed").body[URN] == user[URN]


@pytest.mark.parametrize(
    "badge",
    [
        {},
        {"level": 3},
        {"number": 7},
        {"number": "7", "doors": ["attic"]},
        {"number": "7", "level": "3"},
        {"number": "7", "level": 1.5},
        {"number": "7", "since": "yesterday"},
        {"number": "7", "costs": [{"amount": 1}]},
        {"number": "7", "photo": []},
        "badge",
    ],
)
def test_what_does_not_fit_is_refused(service: Any, badge: Any) -> None:
    scim = with_badge(service)
    reply = scim.post("/Users", {"userName": "ada", URN: badge})
    if badge in ({}, {"number": "7", "photo": []}):  # nothing given is no fault
        assert reply.status == 201
        return
    assert (reply.status, reply.body["scimType"]) == (400, "invalidValue")
    assert URN in reply.body["detail"]
    assert scim.get("/Users").body["totalResults"] == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f'{URN}:number eq "N7"', "a"),
        (f'{URN.upper().replace("URN:", "urn:")}:NUMBER EQ "n7"', "a"),
        (f'{URN}:doors eq "FRONT"', "ab"),
        (f'{URN}:doors co "ack"', "a"),
        (f"{URN}:doors pr", "ab"),
        (f"not ({URN}:doors pr)", "cd"),
        (f"{URN}:level gt 9", "b"),
        (f"{URN}:level le 9", "a"),
        (f"{URN}:weight lt -0.5", "b"),
        (f'{URN}:since lt "2026-01-01T01:00:00+02:00"', "b"),
        (f"{URN}:valid eq true", "a"),
        (f'{URN}:code eq "ab"', "b"),
        (f'{URN}:costs[center eq "X" and amount gt 5]', "b"),
        (f"{URN}:costs.amount gt 5", "ab"),
        (f'{URN}:photo.place sw "os"', "a"),
        (f"{URN}:photo pr", "a"),
        (f'schemas eq "{URN}"', "abc"),
    ],
)
def test_filters_find_by_it(service: Any, text: str, expected: str) -> None:
    scim = with_badge(service)
    badges = {
        "a": {
            "number": "n7", "doors": ["front", "back"], "level": 9, "weight": 1, "since": "2026-01-01T00:00:00Z",
            "valid": True, "code": "AB", "costs": [{"center": "X", "amount": 1}, {"center": "Y", "amount": 9}],
            "photo": {"place": "Oslo"},
        },
        "b": {
            "number": "n8", "doors": ["front"], "level": 10, "weight": -1.25, "since": "2025-12-31T22:59:59.5Z",
            "valid": False, "code": "ab", "costs": [{"center": "x", "amount": 10}],
        },
        "c": {"number": "n9"},
        "d": {},
    }  # fmt: skip
    for name, badge in badges.items():
        scim.a_user(name, **{URN: badge})
    reply = scim.find("/Users", text)
    assert reply.status == 200, reply.body
    assert "".join(sorted(one["userName"] for one in reply.body["Resources"])) == expected


@pytest.mark.parametrize(
    "text", [f'{URN}:colour eq "x"', f'{URN}:pin eq "1234"', f"{URN}:valid gt true", f'{URN}:level eq "9"']
)
def test_filters_that_do_not_fit_are_refused(service: Any, text: str) -> None:
    reply = with_badge(service).find("/Users", text)
    assert (reply.status, reply.body["scimType"]) == (400, "invalidFilter")


@pytest.mark.parametrize(
    ("key", "expected"),
    [("number", "badc"), ("level", "abdc"), ("weight", "badc"), ("doors", "bacd"), ("costs.amount", "abdc")],
)
def test_resources_are_sorted_by_it(service: Any, key: str, expected: str) -> None:
    scim = with_badge(service)
    badges = {
        "a": {"number": "n8", "level": 9, "weight": 1, "doors": ["front"], "costs": [{"center": "X", "amount": 1}]},
        "b": {"number": "N7", "level": 10, "weight": -1, "doors": ["back"], "costs": [{"center": "X", "amount": 10}]},
        "d": {"number": "n9", "level": 11, "weight": 10},
        "c": {},
    }
    if key in ("doors", "costs.amount"):
        expected = expected.replace("d", "").replace("c", "")
    for name, badge in badges.items():
        scim.a_user(name, **{URN: badge})
    found = scim.get(f"/Users?sortBy={URN}:{key}").body["Resources"]
    assert "".join(one["userName"] for one in found).startswith(expected)


def test_patch_changes_it(service: Any) -> None:
    scim = with_badge(service)
    path = f"/Users/{scim.a_user(**{URN: {'number': '7', 'doors': ['front'], 'code': 'x'}})['id']}"
    operations = [
        {"op": "add", "path": f"{URN}:doors", "value": ["back", "FRONT"]},
        {"op": "replace", "path": f"{URN}:level", "value": 4},
        {"op": "add", "path": f"{URN}:costs", "value": [{"center": "A", "amount": 1}]},
        {"op": "replace", "path": f'{URN}:costs[center eq "a"].amount', "value": 2},
        {"op": "add", "value": {URN: {"photo": {"place": "Oslo"}}}},
        {"op": "replace", "path": f"{URN}:photo.taken", "value": "2026-01-01T00:00:00Z"},
    ]
    reply = scim.patch(path, *operations)
    assert reply.status == 200, reply.body
    assert reply.body[URN] == {
        "number": "7", "doors": ["front", "back"], "code": "x", "level": 4, "costs": [{"center": "A", "amount": 2}],
        "photo": {"place": "Oslo", "taken": "2026-01-01T00:00:00Z"},
    }  # fmt: skip
    assert scim.patch(path, operations[0], operations[1]).headers["ETag"] == reply.headers["ETag"]
    gone = scim.patch(path, {"op": "remove", "path": URN})
    assert (gone.status, URN in gone.body, gone.body["schemas"]) == (200, False, [USER])


@pytest.mark.parametrize(
    ("operation", "scim_type"),
    [
        ({"op": "remove", "path": f"{URN}:number"}, "mutability"),
        ({"op": "replace", "path": f"{URN}:code", "value": "y"}, "mutability"),
        ({"op": "replace", "path": f"{URN}:issuer", "value": "y"}, "mutability"),
        ({"op": "replace", "path": f"{URN}:doors", "value": ["attic"]}, "invalidValue"),
        ({"op": "replace", "path": f"{URN}:level", "value": "high"}, "invalidValue"),
        ({"op": "add", "path": f"{URN}:colour", "value": "red"}, "invalidPath"),
    ],
)
def test_patch_that_does_not_fit_is_refused(service: Any, operation: dict[str, Any], scim_type: str) -> None:
    scim = with_badge(service)
    user = scim.a_user(**{URN: {"number": "7", "code": "x"}})
    reply = scim.patch(f"/Users/{user['id']}", operation)
    assert (reply.status, reply.body["scimType"]) == (400, scim_type)
    assert scim.get(f"/Users/{user['id']}").body == user


def test_patch_that_begins_an_extension_needs_what_it_requires(service: Any) -> None:
    scim = with_badge(service)
    user = scim.a_user()
    reply = scim.patch(f"/Users/{user['id']}", {"op": "add", "path": f"{URN}:level", "value": 3})
    assert (reply.status, reply.body["scimType"]) == (400, "invalidValue")


def test_unique_values_are_unique_in_the_organization_alone(service: Any) -> None:
    scim = with_badge(service)
    sibling = service.scim(organization=scim.connected.organization)
    other = with_badge(service)
    ada = scim.a_user("ada", **{URN: {"number": "N7"}})
    for client in (scim, sibling):
        reply = client.post("/Users", {"userName": "grace", URN: {"number": "n7"}})
        assert (reply.status, reply.body["scimType"]) == (409, "uniqueness")
    assert other.a_user("grace", **{URN: {"number": "N7"}})
    grace = scim.a_user("grace", **{URN: {"number": "8"}})
    path = f"/Users/{grace['id']}"
    assert scim.patch(path, {"op": "replace", "path": f"{URN}:number", "value": "N7"}).status == 409
    assert scim.put(path, {"userName": "grace", URN: {"number": "N7"}}).status == 409
    assert scim.get(path).body == grace
    assert scim.put(f"/Users/{ada['id']}", {"userName": "ada", URN: {"number": "N7"}}).status == 200


def test_who_is_gone_holds_no_unique_value(service: Any) -> None:
    scim = with_badge(service)
    ada = f"/Users/{scim.a_user('ada', **{URN: {'number': '7'}})['id']}"
    assert scim.patch(ada, {"op": "replace", "path": "active", "value": False}).status == 200
    grace = f"/Users/{scim.a_user('grace', **{URN: {'number': '7'}})['id']}"
    back = scim.patch(ada, {"op": "replace", "path": "active", "value": True})
    assert (back.status, back.body["scimType"]) == (409, "uniqueness")
    assert scim.delete(grace).status == 204
    assert scim.patch(ada, {"op": "replace", "path": "active", "value": True}).status == 200


def test_group_can_have_one(service: Any) -> None:
    scim = service.scim()
    document = {"id": "urn:example:Team", "attributes": [{"name": "budget", "type": "integer"}]}
    extension_schemas.add(service.database, scim.connected.organization, document, "Group")
    made = scim.post("/Groups", {"displayName": "x", "urn:example:Team": {"budget": 5}})
    assert (made.status, made.body["schemas"]) == (201, [GROUP, "urn:example:Team"])
    assert scim.find("/Groups", "urn:example:Team:budget ge 5").body["totalResults"] == 1
    assert scim.find("/", "urn:example:Team:budget ge 5").body["totalResults"] == 1


def test_it_survives_a_restart(service: Any) -> None:
    scim = with_badge(service)
    user = scim.a_user(**{URN: {"number": "7"}})
    restarted = InProcess(service.settings)
    again = restarted.as_(scim.connected)
    assert again.get(f"/Users/{user['id']}").body == user
    assert again.get(f"/Schemas/{URN}").status == 200
    restarted.database.close()


def test_values_that_were_there_before_are_taken_over(service: Any) -> None:
    scim = service.scim(settings={"unknown_extensions": "keep"})
    user = scim.a_user(**{URN.replace("Badge", "BADGE"): {"NUMBER": "7", "colour": "red"}})
    extension_schemas.add(service.database, scim.connected.organization, DOCUMENT)
    found = scim.find("/Users", f'{URN}:number eq "7"').body["Resources"]
    assert [one[URN] for one in found] == [{"number": "7"}]
    assert found[0]["meta"]["version"] != user["meta"]["version"]
    assert scim.post("/Users", {"userName": "b", URN: {"number": "7"}}).status == 409


def test_schema_that_does_not_fit_what_is_there_is_refused(service: Any) -> None:
    scim = service.scim(settings={"unknown_extensions": "keep"})
    user = scim.a_user(**{URN: {"colour": "red"}})
    with pytest.raises(ConflictError, match=f"User {user['id']} has values that do not fit"):
        extension_schemas.add(service.database, scim.connected.organization, DOCUMENT)
    assert scim.get(f"/Schemas/{URN}").status == 404
    assert scim.get(f"/Users/{user['id']}").body == user


def test_schemas_are_listed_and_removed_when_nobody_uses_them(service: Any) -> None:
    scim = with_badge(service)
    database, organization = service.database, scim.connected.organization
    assert [found.urn for found in extension_schemas.list_all(database, organization)] == [URN]
    user = scim.a_user(**{URN: {"number": "7"}})
    with pytest.raises(ConflictError, match="1 resources have values of"):
        extension_schemas.remove(database, organization, URN)
    assert scim.delete(f"/Users/{user['id']}").status == 204
    extension_schemas.remove(database, organization, URN.upper())
    assert extension_schemas.list_all(database, organization) == []
    assert scim.get(f"/Schemas/{URN}").status == 404
    with pytest.raises(NotFoundError):
        extension_schemas.remove(database, organization, URN)


@pytest.mark.parametrize(
    ("document", "resource_type", "fault"),
    [
        (DOCUMENT, "User", "is a schema here already"),
        (DOCUMENT | {"id": ENTERPRISE}, "User", "name space of the IETF"),
        (DOCUMENT | {"id": "urn:example:x"}, "Robot", "no resource type 'Robot'"),
        ({"id": "urn:example:x", "attributes": [{"name": "userName"}]}, "User", "is an attribute of User already"),
    ],
)
def test_clashing_schema_is_refused(service: Any, document: Any, resource_type: str, fault: str) -> None:
    organization = with_badge(service).connected.organization
    with pytest.raises(InvalidInputError, match=fault):
        extension_schemas.add(service.database, organization, document, resource_type)
    assert len(extension_schemas.list_all(service.database, organization)) == 1
