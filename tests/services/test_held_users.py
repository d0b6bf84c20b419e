"""Users whose removal is held: in everything else they are what they were."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from optiid.clock import new_id
from optiid.errors import NotFoundError
from optiid.services import (
    directory,
    exporting,
    extension_schemas,
    holds,
    importing,
    organization_rules,
    purging,
    restoring,
)
from tests.services.holding import INACTIVE, Company


@pytest.fixture
def company(service: Any) -> Company:
    return Company(service)


def test_names_of_the_whole_installation_stay_held(service: Any) -> None:
    company, other = Company(service), Company(service)
    for one in (company, other):
        organization_rules.change(one.database, one.organization, {"unique_names": "installation"})
    name = f"{new_id()}@example.com"
    _, hold = company.held("delete", name)
    assert other.scim.post("/Users", {"userName": name}).status == 409
    company.release(hold)
    assert other.scim.post("/Users", {"userName": name}).status == 201


def test_unique_values_of_who_is_held_stay_taken(company: Company) -> None:
    attributes = [{"name": "number", "uniqueness": "server"}]
    extension_schemas.add(company.database, company.organization, {"id": "urn:example:Badge", "attributes": attributes})
    badge = {"urn:example:Badge": {"number": "N7"}}
    company.scim.a_user("ada@example.com", **badge)
    ident = company.scim.find("/Users", 'userName eq "ada@example.com"').body["Resources"][0]["id"]
    hold = company.remove(ident, "delete")
    assert company.scim.post("/Users", {"userName": "bo@example.com"} | badge).status == 409
    # The new user of that name takes the place with all of it.
    assert company.scim.post("/Users", {"userName": "ada@example.com"} | badge).status == 201
    assert holds.show(company.database, company.organization, hold).state == "released"


def test_circle_of_a_bulk_takes_the_place_of_who_is_held(company: Company) -> None:
    user, hold = company.held("delete", "ada@example.com")
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": "1", "data": {
            "userName": "ada@example.com",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"manager": {"value": "bulkId:2"}},
        }},
        {"method": "POST", "path": "/Users", "bulkId": "2", "data": {
            "userName": "bo@example.com",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"manager": {"value": "bulkId:1"}},
        }},
    ]  # fmt: skip
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations}
    assert {one["status"] for one in company.scim.post("/Bulk", body).body["Operations"]} == {"201"}
    assert (user in company.states(), len(company.states())) == (False, 2)
    assert holds.show(company.database, company.organization, hold).state == "released"


def test_purge_leaves_who_is_held(company: Company) -> None:
    organization_rules.change(company.database, company.organization, {"retention_days": 0})
    user, hold = company.held("delete")
    assert purging.purge_due(company.database, company.organization, 30) == 0
    with pytest.raises(NotFoundError):
        purging.purge(company.database, company.organization, user)
    with pytest.raises(NotFoundError):
        restoring.restore(company.database, company.organization, user)
    company.release(hold)
    assert purging.purge_due(company.database, company.organization, 30) == 1
    found = holds.show(company.database, company.organization, hold)
    assert (found.state, found.display) == ("released", None)


def test_replaced_group_keeps_who_is_held_out_of_sight(company: Company) -> None:
    users = [company.scim.a_user()["id"] for _ in range(2)]
    group = company.scim.a_group("Crew", members=users)["id"]
    hold = company.remove(users[0], "delete")
    put = {"displayName": "Crew", "members": [{"value": users[1]}]}
    members = company.scim.put(f"/Groups/{group}", put).body["members"]
    assert [member["value"] for member in members] == users[1:]
    shown = directory.group(company.database, company.organization, group)["members"]
    assert {member["id"] for member in shown} == set(users)
    company.reject(hold)
    assert {member["value"] for member in company.scim.get(f"/Groups/{group}").body["members"]} == set(users)


def test_audit_chain_of_holds_verifies(company: Company) -> None:
    user, hold = company.held()
    company.scim.delete(f"/Users/{user}")
    company.reject(hold)
    _, other = company.held()
    company.release(other)
    told = [act for act in company.acts() if act[0].startswith("hold.")]
    by = f"connection:{company.connection}"
    assert [(action, author) for action, _, author in told] == [
        ("hold.placed", by),
        ("hold.extended", by),
        ("hold.rejected", "command-line"),
        ("hold.placed", by),
        ("hold.released", "command-line"),
    ]


def test_restored_while_the_deletion_waits_decides_it(service: Any) -> None:
    company = Company(service, inactive="suspend", brake=False)
    user = company.scim.a_user()["id"]
    company.scim.patch(f"/Users/{user}", INACTIVE)
    company.configure(brake=True)
    hold = company.remove(user, "delete")
    restoring.restore(company.database, company.organization, user)
    assert holds.show(company.database, company.organization, hold).state == "rejected"
    assert company.kinds()[-2:] == ["hold.rejected", "user.restored"]
    assert company.scim.get(f"/Users/{user}").body["active"] is True


def test_import_decides_what_is_held(company: Company) -> None:
    user = company.scim.a_user()["id"]
    lines = [orjson.dumps(line) for line in exporting.lines(company.database, company.organization)]
    hold = company.remove(user)
    importing.import_lines(company.database, lines)
    assert holds.show(company.database, company.organization, hold).state == "rejected"
    assert company.scim.get(f"/Users/{user}").body["active"] is True
    assert company.kinds()[-1] == "hold.rejected"
