"""Rules at work: the preset `opti` as the hosted service documents it, and names unique in the installation."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from optiid.clock import new_id
from optiid.errors import ConflictError, InvalidInputError
from optiid.services import organization_rules, organizations, restoring

INACTIVE = {"op": "replace", "path": "active", "value": False}


def an_opti(service: Any, profile: str = "entra") -> Any:
    made = organizations.create(service.database, f"Opti {new_id()}", preset="opti")
    return service.scim(profile, organization=made.id)


def names() -> str:
    return f"{new_id()}@example.com"


def test_filters_compare_names_by_equality_alone(service: Any) -> None:
    scim = an_opti(service)
    name = names()
    user = scim.a_user(name, name={"givenName": "Ada", "familyName": "Lovelace"}, externalId="7")
    group = scim.a_group("Crew")
    for text in (
        f'userName eq "{name}"',
        f'USERNAME Eq "{name}"',
        'name.givenName eq "ada"',
        'name.familyName eq "LOVELACE"',
    ):
        assert [one["id"] for one in scim.find("/Users", text).body["Resources"]] == [user["id"]]
    assert [one["id"] for one in scim.find("/Groups", 'displayName eq "crew"').body["Resources"]] == [group["id"]]
    refused = (
        f'userName sw "{name}"', 'externalId eq "7"', "userName pr", f'userName eq "{name}" and active eq true',
        f'not (userName eq "{name}")', 'emails.value eq "x"', 'name.nickname eq "x"', 'displayName eq "Ada"',
    )  # fmt: skip
    for text in refused:
        reply = scim.find("/Users", text)
        assert (reply.status, reply.body["scimType"]) == (400, "invalidFilter"), text
    assert scim.find("/Groups", 'externalId eq "7"').status == 400
    assert scim.get("/Users").body["totalResults"] == 1


def test_user_name_stays_and_equal_ones_pass(service: Any) -> None:
    scim = an_opti(service)
    name = names()
    user = scim.a_user(name)
    path = f"/Users/{user['id']}"
    reply = scim.patch(path, {"op": "replace", "path": "userName", "value": names()})
    assert (reply.status, reply.body["scimType"]) == (400, "mutability")
    assert scim.patch(path, {"op": "replace", "path": "userName", "value": name.upper()}).status == 200


def test_inactive_user_is_erased(service: Any) -> None:
    scim = an_opti(service)
    user = scim.a_user(names(), active=False)
    assert user["active"] is True
    assert scim.patch(f"/Users/{user['id']}", INACTIVE).body["active"] is False
    assert scim.get(f"/Users/{user['id']}").status == 404


def test_names_are_unique_among_organizations_with_the_rule(service: Any) -> None:
    first, second, outside = an_opti(service), an_opti(service), service.scim()
    name = names()
    user = first.a_user(name)
    outside.a_user(name)
    reply = second.post("/Users", {"userName": name.upper()})
    assert (reply.status, reply.body["scimType"]) == (409, "uniqueness")
    assert first.connected.organization not in reply.body["detail"]
    assert "id " not in reply.body["detail"]
    first.delete(f"/Users/{user['id']}")
    second.a_user(name)
    with pytest.raises(ConflictError, match="belongs to a living user"):
        restoring.restore(service.database, first.connected.organization, user["id"])


def test_of_many_who_create_one_name_in_two_organizations_one_succeeds(service: Any) -> None:
    both = [an_opti(service), an_opti(service)]
    for _ in range(5):
        body = {"userName": names()}
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda number, body=body: both[number % 2].post("/Users", body).status, range(8)))
        assert sorted(answers) == [201] + [409] * 7


def test_rule_holds_for_who_was_there_before(service: Any) -> None:
    first, late = an_opti(service), service.scim()
    name = names()
    mine = late.a_user(name)
    organization = late.connected.organization
    organization_rules.change(service.database, organization, {"preset": "opti"})
    assert first.post("/Users", {"userName": name}).status == 409
    organization_rules.change(service.database, organization, {"unique_names": "organization"})
    theirs = first.a_user(name)
    with pytest.raises(ConflictError, match="1 userNames are those of users in other organizations"):
        organization_rules.change(service.database, organization, {"unique_names": "installation"})
    assert organization_rules.of_organization(service.database, organization).unique_names == "organization"
    first.delete(f"/Users/{theirs['id']}")
    organization_rules.change(service.database, organization, {"unique_names": "installation"})
    late.delete(f"/Users/{mine['id']}")
    first.a_user(name)


def test_system_groups_can_be_more(service: Any) -> None:
    scim = service.scim()
    assert scim.a_group("Billing Owners")
    organization_rules.change(service.database, scim.connected.organization, {"system_groups": ["Site Owners"]})
    assert scim.post("/Groups", {"displayName": "ＳＩＴＥ  owners"}).status == 409


def test_change_of_rules_is_audited_and_a_wrong_one_changes_nothing(service: Any) -> None:
    scim = service.scim()
    organization = scim.connected.organization
    organization_rules.change(service.database, organization, {"retention_days": 7})
    with pytest.raises(InvalidInputError):
        organization_rules.change(service.database, organization, {"inactive": "hide", "retention_days": 8})
    assert organization_rules.of_organization(service.database, organization).retention_days == 7
    sql = "SELECT action, details FROM audit_entry WHERE organization = ? ORDER BY sequence DESC"
    found = service.database.reading(lambda: service.database.rows(sql, (organization,)))
    assert found[0] == ("organization.rules_changed", '{"changed":["retention_days"]}')
