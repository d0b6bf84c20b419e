"""Memberships as rows: changes tell exactly what they did, whatever the size of the group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from optiid.clock import new_id
from optiid.scim.patch.members import MemberChange
from optiid.scim.resource_types import GROUP, USER
from optiid.storage import memberships, resources
from optiid.storage.resources import Scope

if TYPE_CHECKING:
    from optiid.scim.rendering import Reference
    from optiid.storage.memberships import Applied


class Groups:
    """Users and groups of one connection, and their memberships."""

    def __init__(self, service: Any) -> None:
        self.service = service
        self.database = service.database
        connected = service.connect()
        self.scope = Scope(connected.organization, connected.connection)

    def run(self, work: Any, *arguments: Any) -> Any:
        return self.database.transaction(lambda: work(self.database, *arguments))

    def user(self, state: str = "living", scope: Scope | None = None) -> str:
        document = {"userName": new_id(), "active": state == "living"}
        return self.run(resources.insert, scope or self.scope, USER, new_id(), document, state).id

    def group(self, *members: str) -> str:
        ident = self.run(resources.insert, self.scope, GROUP, new_id(), {"displayName": new_id()}, "living").id
        self.change(ident, add=members)
        return ident

    def change(self, group: str, add: Any = (), remove: Any = (), replace: Any = None) -> Applied:
        change = MemberChange(
            dict.fromkeys(add), dict.fromkeys(remove), None if replace is None else dict.fromkeys(replace)
        )
        return self.run(memberships.apply_change, self.scope, group, change)

    def members(self, group: str, scope: Scope | None = None) -> list[str]:
        return [member.id for member in self.run(memberships.members_of, scope or self.scope, [group], 100)[0][group]]

    def groups_of(self, *idents: str, scope: Scope | None = None) -> dict[str, list[Reference]]:
        return self.run(memberships.groups_of, scope or self.scope, idents)


@pytest.fixture
def groups(service: Any) -> Groups:
    return Groups(service)


def test_added_members_are_told_once(groups: Groups) -> None:
    one, two = sorted([groups.user(), groups.user()])
    group = groups.group()
    applied = groups.change(group, add=[one, two])
    assert sorted(applied.added) == sorted(applied.living_added) == [one, two]
    assert (applied.removed, applied.unknown, bool(applied)) == ([], [], True)
    assert not groups.change(group, add=[two])
    assert groups.members(group) == [one, two]


def test_removed_members_are_told_once(groups: Groups) -> None:
    one, two = groups.user(), groups.user()
    group = groups.group(one, two)
    applied = groups.change(group, remove=[one, "nobody"])
    assert (applied.removed, applied.living_removed, applied.unknown) == ([one], [one], [])
    assert not groups.change(group, remove=[one])
    assert groups.members(group) == [two]


def test_replacement_adds_and_removes_the_difference_only(groups: Groups) -> None:
    one, two, three = groups.user(), groups.user(), groups.user()
    group = groups.group(one, two)
    applied = groups.change(group, replace=[two, three])
    assert (applied.added, applied.removed) == ([three], [one])
    assert not groups.change(group, replace=[three, two])
    assert sorted(groups.change(group, replace=[]).removed) == sorted([two, three])
    assert groups.members(group) == []


def test_ids_that_are_nobody_here_are_told_as_unknown(groups: Groups) -> None:
    connected = groups.service.connect(organization=groups.scope.organization)
    stranger = groups.user(scope=Scope(connected.organization, connected.connection))
    closed, one = groups.user(), groups.user()
    groups.run(resources.close, groups.run(resources.fetch, groups.scope, USER, closed))
    group = groups.group()
    applied = groups.change(group, add=["nobody", one, stranger, closed])
    assert (applied.added, applied.unknown) == ([one], ["nobody", stranger, closed])
    assert groups.change(group, add=[one]).unknown == []


def test_who_is_gone_counts_as_a_member_but_not_as_a_living_one(groups: Groups) -> None:
    gone = groups.user(state="gone")
    group = groups.group()
    applied = groups.change(group, add=[gone])
    assert (applied.added, applied.living_added) == ([gone], [])
    assert groups.members(group) == [gone]
    applied = groups.change(group, remove=[gone])
    assert (applied.removed, applied.living_removed) == ([gone], [])


def test_hostile_ids_are_only_unknown(groups: Groups) -> None:
    hostile = ["'", '"', "a,b", "{}", "\\", "[1]", "NULL", "%", "ü"]
    assert groups.change(groups.group(), add=hostile, remove=["'"]).unknown == hostile


def test_many_members_are_changed_at_once(groups: Groups) -> None:
    users = [groups.user() for _ in range(30)]
    group = groups.group()
    with groups.database.counting() as seen:
        groups.change(group, add=users)
    assert len([sql for sql in seen if "membership" in sql]) == 1
    assert groups.members(group) == sorted(users)


def test_few_members_are_told_from_many(groups: Groups) -> None:
    group = groups.group(groups.user(), groups.user())
    assert [groups.run(memberships.number_up_to, groups.scope, group, limit) for limit in (0, 1, 2, 3)] == [1, 2, 2, 2]
    assert groups.run(memberships.members_of, groups.scope, [group], 1) is None
    assert groups.run(memberships.members_of, groups.scope, [group, groups.group()], 2)


def test_members_come_in_pieces(groups: Groups) -> None:
    users = sorted(groups.user() for _ in range(5))
    group = groups.group(*users)

    def pieces(size: int) -> tuple[list[list[str]], int]:
        with groups.database.counting() as seen:
            found = list(memberships.in_pieces(groups.database, groups.scope, group, size))
        return [[one.id for one in piece] for piece in found], len(seen)

    assert pieces(2) == ([users[:2], users[2:4], users[4:]], 3)
    assert pieces(5) == ([users], 2)
    assert pieces(6) == ([users], 1)
    assert not list(memberships.in_pieces(groups.database, groups.scope, groups.group(), 2))


def test_pages_of_members_follow_their_ids_and_count_when_they_must(groups: Groups) -> None:
    users = sorted(groups.user() for _ in range(3))
    group = groups.group(*users)
    everyone: Any = ("1 = 1", [])

    def page(condition: Any, start: int, count: int) -> tuple[list[str], int, int]:
        with groups.database.counting() as seen:
            found, total = groups.run(memberships.page_of, groups.scope, group, condition, (start, count))
        return [one.id for one in found], total, len(seen)

    assert page(everyone, 1, 2) == (users[:2], 3, 2)
    assert page(everyone, 3, 2) == (users[2:], 3, 1)
    assert page(everyone, 1, 3) == (users, 3, 1)
    assert page(everyone, 9, 2) == ([], 3, 2)
    assert page(everyone, 1, 0) == ([], 3, 1)
    assert page(("u.id > ?", [users[0]]), 1, 1) == (users[1:2], 2, 2)
    assert page(("u.id > ?", [users[2]]), 1, 1) == ([], 0, 1)


def test_members_are_told_with_type_and_name(groups: Groups) -> None:
    user, inner = groups.user(), groups.group()
    group = groups.group(user, inner)
    found, versions = groups.run(memberships.members_of, groups.scope, [group, inner], 100)
    assert versions == {group: 1, inner: 1}
    assert {(member.id, member.type) for member in found[group]} == {(user, "User"), (inner, "Group")}
    assert all(member.display for member in found[group])
    assert found[inner] == []


def test_groups_are_direct_or_reached_through_others_each_once(groups: Groups) -> None:
    user = groups.user()
    inner = groups.group(user)
    middle, direct = groups.group(inner), groups.group(user, inner)
    outer = groups.group(middle, direct)
    groups.change(inner, add=[outer])  # a circle
    found = {group.id: group.direct for group in groups.groups_of(user)[user]}
    assert found == {inner: True, direct: True, middle: False, outer: False}


def test_groups_of_several_are_told_apart(groups: Groups) -> None:
    one, two, three = groups.user(), groups.user(), groups.user()
    first, second = groups.group(one), groups.group(one, two)
    found = groups.groups_of(one, two, three)
    assert [{group.id for group in found[ident]} for ident in (one, two, three)] == [{first, second}, {second}, set()]


def test_members_and_groups_stay_within_the_connection(groups: Groups) -> None:
    user = groups.user()
    group = groups.group(user)
    connected = groups.service.connect(organization=groups.scope.organization)
    other = Scope(connected.organization, connected.connection)
    assert groups.members(group, scope=other) == []
    assert groups.groups_of(user, scope=other)[user] == []


def test_group_made_by_hand_holds_members_of_all_connections_of_its_organization_alone(groups: Groups) -> None:
    by_hand = Scope(groups.scope.organization, groups.scope.organization)
    stranger = Groups(groups.service).user()
    mine, own = groups.user(), groups.user(scope=by_hand)
    group = groups.run(resources.insert, by_hand, GROUP, new_id(), {"displayName": new_id()}, "living").id
    change = MemberChange(dict.fromkeys([mine, own, stranger]))
    applied = groups.run(memberships.apply_change, by_hand, group, change)
    assert (sorted(applied.added), applied.unknown) == (sorted([mine, own]), [stranger])
    assert groups.members(group, scope=by_hand) == sorted([mine, own])
    condition: Any = ("1 = 1", [])
    assert groups.run(memberships.page_of, by_hand, group, condition, (1, 5))[1] == 2
    assert groups.members(group) == [mine]  # what a connection could see of it, if it could find it
    assert groups.groups_of(mine)[mine] == []
    assert groups.change(groups.group(), add=[own]).unknown == [own]


def test_memberships_end_with_the_group_and_move_its_version_with_the_member(groups: Groups) -> None:
    user = groups.user()
    kept, dropped = groups.group(user), groups.group(user)
    groups.run(resources.remove, groups.run(resources.fetch, groups.scope, GROUP, dropped))
    assert [group.id for group in groups.groups_of(user)[user]] == [kept]
    groups.run(resources.close, groups.run(resources.fetch, groups.scope, USER, user))
    assert groups.members(kept) == []
    assert groups.run(resources.fetch, groups.scope, GROUP, kept).version == 2
