"""Rows of grants, and who is the last administrator: through groups, as one of everyone, and of two at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from optiid.clock import new_id
from optiid.storage import roles
from optiid.storage.products import ADMIN_CENTER, ADMINISTRATOR
from optiid.storage.roles import EVERYONE, Grant


class Company:
    """An organization with a connection, in whose Admin Center the administrator is granted."""

    def __init__(self, service: Any) -> None:
        self.database, self.scim = service.database, service.scim()
        self.organization = self.scim.connected.organization

    def grant(self, subject: str) -> Grant:
        made = Grant(new_id(), ADMIN_CENTER, ADMIN_CENTER, ADMINISTRATOR, subject, "")
        assert self.database.transaction(lambda: roles.insert(self.database, self.organization, made))
        return made

    def revoke_all(self) -> None:
        for grant in roles.grants(self.database, self.organization):
            self.database.transaction(lambda ident=grant.id: roles.delete(self.database, self.organization, ident))

    def is_last(self, user: str) -> bool:
        found: bool = self.database.transaction(
            lambda: roles.is_last_administrator(self.database, self.organization, user)
        )
        return found

    def user(self) -> str:
        return str(self.scim.a_user()["id"])

    def group(self, *members: str) -> str:
        return str(self.scim.a_group(members=list(members))["id"])


@pytest.fixture
def company(service: Any) -> Company:
    return Company(service)


def test_grants_are_found_once_in_their_organization_alone(company: Company, service: Any) -> None:
    user, group = company.user(), company.group()
    to_user, to_group = company.grant(user), company.grant(group)
    assert company.database.transaction(lambda: roles.insert(company.database, company.organization, to_user)) is False
    place = (ADMIN_CENTER, ADMINISTRATOR)
    found = roles.find(company.database, company.organization, *place, user)
    assert found is not None
    assert (found.id, found.subject, found.product) == (to_user.id, user, ADMIN_CENTER)
    everywhere = {to_user.id, to_group.id}
    for listed in (
        roles.grants(company.database, company.organization),
        roles.grants_of_instance(company.database, company.organization, ADMIN_CENTER),
        roles.grants_of_role(company.database, company.organization, *place),
        roles.grants_to(company.database, company.organization, [user, group]),
    ):
        assert {one.id for one in listed} == everywhere
    assert roles.grants(company.database, service.connect().organization) == []
    company.database.transaction(lambda: roles.delete(company.database, company.organization, to_group.id))
    assert [one.id for one in roles.grants(company.database, company.organization)] == [to_user.id]


def test_grants_go_with_who_has_them(company: Company) -> None:
    group = company.group()
    company.grant(group)
    company.scim.delete(f"/Groups/{group}")
    assert roles.grants(company.database, company.organization) == []


def test_only_administrator_is_the_last_and_only_an_administrator_is_locked_for(company: Company) -> None:
    first, other = company.user(), company.user()
    company.grant(first)
    assert company.is_last(first)
    with company.database.counting() as seen:
        assert not company.is_last(other)
    assert len(seen) == 1
    company.grant(other)
    assert not company.is_last(first)
    company.scim.patch(f"/Users/{other}", {"op": "replace", "path": "active", "value": False})
    assert (company.is_last(first), company.is_last(other)) == (True, False)


def test_administrators_through_nested_groups_in_a_circle_count(company: Company) -> None:
    direct, nested = company.user(), company.user()
    inner = company.group(nested)
    middle = company.group(inner)
    outer = company.group(middle)
    company.scim.patch(f"/Groups/{inner}", {"op": "add", "path": "members", "value": [{"value": outer}]})
    company.grant(outer)
    assert company.is_last(nested)
    assert roles.confers_administration(company.database, company.organization, inner)
    assert not roles.confers_administration(company.database, company.organization, company.group(direct))
    company.grant(direct)
    assert not company.is_last(nested)
    assert not company.is_last(direct)


def test_everyone_may_administer(company: Company) -> None:
    first = company.user()
    company.grant(EVERYONE)
    assert company.is_last(first)
    second = company.user()
    assert not company.is_last(first)
    company.scim.delete(f"/Users/{second}")
    assert company.is_last(first)


def test_administrators_of_another_organization_do_not_count(company: Company, service: Any) -> None:
    user, other = company.user(), Company(service)
    company.grant(user)
    other.grant(other.user())
    assert company.is_last(user)


def test_of_two_who_go_at_once_one_is_the_last(company: Company) -> None:
    for _ in range(5):
        users = [company.user(), company.user()]
        for user in users:
            company.grant(user)
        together = threading.Barrier(2)

        def leave(user: str, together: Any = together) -> bool:
            together.wait(30)

            def work() -> bool:
                if roles.is_last_administrator(company.database, company.organization, user):
                    return False
                sql = "UPDATE resource SET state = 'gone' WHERE organization = ? AND id = ?"
                company.database.execute(sql, (company.organization, user))
                return True

            try:
                return bool(company.database.transaction(work))
            finally:
                company.database.release()

        with ThreadPoolExecutor(2) as pool:
            left = list(pool.map(leave, users))
        assert sorted(left) == [False, True]
        for grant in roles.grants(company.database, company.organization):
            company.database.transaction(
                lambda ident=grant.id: roles.delete(company.database, company.organization, ident)
            )
