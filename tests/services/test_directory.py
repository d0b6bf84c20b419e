"""Kinds of groups: those of a connection, those made by hand, and Everyone, which is computed."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.errors import ConflictError, NotFoundError
from optiid.services import directory, hand_made
from tests.services.holding import Company


def test_kinds_of_groups(service: Any) -> None:
    scim = service.scim()
    organization, database = scim.connected.organization, service.database
    scim.a_group("Pushed")
    hand_made.create(database, organization, "Group", {"displayName": "By hand"})
    assert {one["displayName"]: one["kind"] for one in directory.groups(database, organization)} == {
        "Pushed": "scim",
        "By hand": "custom",
    }
    assert directory.group(database, organization, "pushed")["kind"] == "scim"


def test_everyone_has_all_people_and_cannot_be_changed(service: Any) -> None:
    scim = service.scim()
    organization, database = scim.connected.organization, service.database
    stays, goes = scim.a_user()["id"], scim.a_user()["id"]
    own = hand_made.create(database, organization, "User", {"userName": "own@example.com"}).stored.id
    scim.delete(f"/Users/{goes}")
    service.scim().a_user()
    found = directory.group(database, organization, "EVERYONE")
    assert (found["id"], found["kind"]) == ("everyone", "internal")
    assert sorted(one["id"] for one in found["members"]) == sorted([stays, own])
    assert scim.get("/Groups/everyone").status == 404
    assert scim.delete("/Groups/everyone").status == 404
    assert scim.post("/Groups", {"displayName": "Ｅveryone"}).status == 409
    with pytest.raises(ConflictError):
        hand_made.create(database, organization, "Group", {"displayName": "everyone"})


@pytest.mark.parametrize(("policy", "how"), [("delete", "delete"), ("erase", "deactivate"), ("delete", "deactivate")])
def test_whom_the_brake_holds_is_shown_as_well_as_listed(service: Any, policy: str, how: str) -> None:
    company = Company(service, inactive=policy)
    user, hold = company.held(how)
    assert user in company.states()
    assert directory.one(company.database, company.organization, "User", user).id == user
    with pytest.raises(ConflictError, match="read-only here"):
        hand_made.change(company.database, company.organization, user, {"title": "x"})
    company.release(hold)
    with pytest.raises(NotFoundError):
        directory.one(company.database, company.organization, "User", user)
