"""Schemas that an organization adds hold in every door, for it alone, and from the next request on."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.errors import ConflictError, InvalidInputError, NotFoundError
from optiid.services import dry_run, extension_schemas, plans
from tests.badges import ATTRIBUTES, DOCUMENT, URN, with_badge
from tests.running import ENTERPRISE, GROUP, USER, InProcess


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


def test_values_of_a_connection_in_dry_run_wait_for_its_plan(service: Any) -> None:
    scim, database = service.scim(settings={"unknown_extensions": "keep"}), service.database
    organization, connection = scim.connected.organization, scim.connected.connection
    scim.a_user(**{URN: {"number": "7"}})
    dry_run.begin(database, connection)
    with pytest.raises(ConflictError, match="is in dry run"):
        extension_schemas.add(database, organization, DOCUMENT)
    plans.discard(database, connection, "active")
    assert extension_schemas.add(database, organization, DOCUMENT).urn == URN


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
