"""The directory view: everybody who lives, of every connection, and nobody who is gone."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.storage import directory


class Company:
    """An organization with two connections."""

    def __init__(self, service: Any) -> None:
        self.database = service.database
        self.one = service.scim()
        self.organization = self.one.connected.organization
        self.two = service.scim(organization=self.organization)
        self.stranger = service.scim()

    def read(self, work: Any, *arguments: Any) -> Any:
        return self.database.reading(lambda: work(self.database, self.organization, *arguments))


@pytest.fixture
def company(service: Any) -> Company:
    return Company(service)


def deactivate(scim: Any, ident: str, active: bool = False) -> None:
    assert scim.patch(f"/Users/{ident}", {"op": "replace", "path": "active", "value": active}).status == 200


def test_living_of_all_connections_are_listed_oldest_first(company: Company) -> None:
    users = [company.one.a_user()["id"], company.two.a_user()["id"]]
    company.stranger.a_user()
    group = company.one.a_group()["id"]
    assert [stored.id for stored in company.read(directory.living, "User")] == sorted(users)
    assert [stored.id for stored in company.read(directory.living, "Group")] == [group]


def test_who_is_gone_is_nowhere(company: Company) -> None:
    stays, goes, leaves = (company.one.a_user()["id"] for _ in range(3))
    group = company.one.a_group(members=[stays, goes, leaves])["id"]
    deactivate(company.one, goes)
    company.one.delete(f"/Users/{leaves}")
    assert [stored.id for stored in company.read(directory.living, "User")] == [stays]
    assert [member.id for member in company.read(directory.members, group)] == [stays]
    assert company.read(directory.find_living, "User", goes) is None


def test_who_returns_is_in_the_groups_again(company: Company) -> None:
    user = company.one.a_user()["id"]
    group = company.one.a_group(members=[user])["id"]
    deactivate(company.one, user)
    deactivate(company.one, user, active=True)
    assert [member.id for member in company.read(directory.members, group)] == [user]
    assert [found.id for found in company.read(directory.groups, user)] == [group]


def test_living_are_found_by_id_and_by_name_in_any_case(company: Company) -> None:
    user = company.one.a_user("Babs@Example.com")
    group = company.two.a_group("Staff")
    company.stranger.a_user("other@example.com")
    assert company.read(directory.find_living, "User", user["id"]).id == user["id"]
    assert company.read(directory.find_living, "User", "BABS@example.com").id == user["id"]
    assert company.read(directory.find_living, "Group", "staff").id == group["id"]
    assert company.read(directory.find_living, "User", "staff") is None
    assert company.read(directory.find_living, "User", "other@example.com") is None


def test_groups_are_told_direct_and_through_others_each_once(company: Company) -> None:
    user = company.one.a_user()["id"]
    inner = company.one.a_group(members=[user])["id"]
    outer = company.one.a_group(members=[inner])["id"]
    company.one.patch(f"/Groups/{inner}", {"op": "add", "path": "members", "value": [{"value": outer}]})
    found = {group.id: group.direct for group in company.read(directory.groups, user)}
    assert found == {inner: True, outer: False}
    assert {member.type for member in company.read(directory.members, inner)} == {"User", "Group"}
