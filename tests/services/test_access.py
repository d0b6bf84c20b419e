"""Access of a person: the union over nested groups, everyone and direct grants, each with its reason."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optiid.clock import new_id
from optiid.errors import NotFoundError
from optiid.services import access, hand_made, organizations, products, roles
from optiid.services.roles import TO_EVERYONE, Subject
from tests.running import GROUP

EDITOR = ("cms-prod", "Editor")


class Acme:
    """An organization with a product, in whose instance roles are granted."""

    def __init__(self, service: Any) -> None:
        self.service, self.database, self.scim = service, service.database, service.scim()
        self.organization = self.scim.connected.organization
        products.create(self.database, self.organization, "cms")
        for name in ("Editor", "Viewer"):
            products.add_role(self.database, self.organization, "cms", name)
        for ident in ("cms-prod", "cms-test"):
            products.create_instance(self.database, self.organization, "cms", ident)

    def grant(self, subject: Subject, place: tuple[str, str] = EDITOR) -> None:
        roles.grant(self.database, self.organization, *place, subject)

    def of(self, user: str) -> access.Access:
        return access.access_of(self.database, self.organization, user)

    def reasons(self, user: str) -> dict[str, list[str]]:
        return {
            f"{held.role} in {held.instance}": [reason.text for reason in held.reasons] for held in self.of(user).roles
        }

    def holders(self, place: tuple[str, str] = EDITOR, **more: Any) -> list[str]:
        found = access.who_has(self.database, self.organization, *place, **more)
        for one in found:
            assert [(held.instance, held.role) for held in one.roles] == [place]
        return [one.id for one in found]

    def user(self, name: str | None = None, **more: Any) -> str:
        return str(self.scim.a_user(name, **more)["id"])

    def group(self, name: str, *members: str) -> str:
        return str(self.scim.a_group(name, list(members))["id"])

    def by_hand(self, name: str, *members: str) -> str:
        body = {"displayName": name, "members": [{"value": one} for one in members]}
        return hand_made.create(self.database, self.organization, "Group", body).stored.id

    def join(self, rows: set[tuple[str, str]]) -> None:
        for group, member in rows:
            sql = "INSERT INTO membership (organization, group_id, member_id) VALUES (?, ?, ?)"
            self.database.execute(sql, (self.organization, group, member))

    def add(self, group: str, *members: str) -> None:
        value = [{"value": one} for one in members]
        assert self.scim.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": value}).status < 300


@pytest.fixture
def acme(service: Any) -> Acme:
    return Acme(service)


def test_access_is_the_union_with_a_reason_for_each_grant(acme: Acme) -> None:
    user = acme.user("ada@example.com")
    inner = acme.group("A", user)
    outer = acme.group("B", inner)
    custom = acme.by_hand("C", outer)
    acme.grant(Subject("group", inner))
    acme.grant(Subject("group", custom))
    acme.grant(Subject("user", user))
    acme.grant(TO_EVERYONE, ("cms-test", "Viewer"))
    assert acme.reasons("ADA@example.com") == {
        "Editor in cms-prod": ["granted directly", "through group A", "through group A in group B in group C"],
        "Viewer in cms-test": ["granted to Everyone"],
    }
    told = acme.of(user)
    assert (told.id, told.user_name, told.allowed) == (user, "ada@example.com", True)
    assert [(one.name, one.kind, one.direct) for one in told.groups] == [
        ("A", "scim", True),
        ("B", "scim", False),
        ("C", "custom", False),
        ("Everyone", "internal", True),
    ]
    longest = told.roles[0].reasons[2]
    assert [step.id for step in longest.path] == [inner, outer, custom]
    assert (longest.kind, told.roles[1].reasons[0].kind) == ("group", "everyone")


def test_shortest_way_is_told_and_cycles_end(acme: Acme) -> None:
    user = acme.user()
    first = acme.group("First", user)
    second = acme.group("Second", first)
    third = acme.group("Third", second, user)
    acme.add(first, third)
    acme.add(first, first)
    acme.grant(Subject("group", third))
    assert acme.reasons(user) == {"Editor in cms-prod": ["through group Third"]}
    assert len(acme.of(user).groups) == 4


def test_groups_of_every_connection_count_and_other_organizations_do_not(acme: Acme, service: Any) -> None:
    sibling = service.scim(organization=acme.organization)
    mine, theirs = acme.user(), sibling.a_user()["id"]
    pushed = sibling.a_group("Pushed", [theirs])["id"]
    acme.grant(Subject("group", acme.by_hand("Both", mine, pushed)))
    assert acme.reasons(mine) == {"Editor in cms-prod": ["through group Both"]}
    assert acme.reasons(theirs) == {"Editor in cms-prod": ["through group Pushed in group Both"]}
    assert sorted(acme.holders()) == sorted([mine, theirs])
    with pytest.raises(NotFoundError):
        access.access_of(acme.database, organizations.create(acme.database, f"X {mine}").id, mine)


@pytest.mark.parametrize("policy", ["delete", "suspend"])
def test_who_is_suspended_or_gone_has_nothing_until_they_return(service: Any, policy: str) -> None:
    acme = Acme(service)
    acme.scim = service.as_(service.connect(organization=acme.organization, settings={"inactive": policy}))
    user = acme.user("ada@example.com")
    acme.grant(Subject("user", user))
    acme.grant(Subject("group", acme.group("A", user)))
    acme.grant(TO_EVERYONE)
    for active in (False, True):
        acme.scim.patch(f"/Users/{user}", {"op": "replace", "path": "active", "value": active})
        told, entering = acme.of(user), access.may_enter(acme.database, acme.organization, "ada@example.com")
        assert (told.allowed, bool(told.roles), acme.holders()) == (active, active, [user] if active else [])
        assert (entering is not None and entering.allowed) is active
    assert len(acme.of(user).roles[0].reasons) == 3
    acme.scim.delete(f"/Users/{user}")
    assert (acme.of(user).allowed, acme.of(user).roles, acme.holders()) == (False, [], [])
    assert access.may_enter(acme.database, acme.organization, "ada@example.com") is None


def test_what_is_only_planned_gives_nothing(acme: Acme) -> None:
    user, planned = acme.user(), acme.user()
    inner = acme.group("Planned", user)
    acme.grant(Subject("group", acme.group("Outer", inner)))
    acme.grant(Subject("user", planned))
    assert acme.reasons(user) != {}
    sql = "UPDATE resource SET state = 'planned' WHERE organization = ? AND id IN (?, ?)"
    acme.database.transaction(lambda: acme.database.execute(sql, (acme.organization, inner, planned)))
    assert (acme.reasons(user), acme.holders()) == ({}, [])
    assert (acme.of(planned).allowed, acme.of(planned).roles) == (False, [])
    assert [one.name for one in acme.of(user).groups] == ["Everyone"]


def test_product_asks_by_name_for_all_or_for_one_instance(acme: Acme) -> None:
    user = acme.user("ada@example.com")
    acme.grant(Subject("user", user))
    acme.grant(Subject("user", user), ("cms-test", "Viewer"))
    ask = lambda *more: access.may_enter(acme.database, acme.organization, *more)  # noqa: E731 - short
    assert [held.instance for held in ask("ADA@example.com").roles] == ["cms-prod", "cms-test"]
    assert [held.role for held in ask("ada@example.com", "CMS-test").roles] == ["Viewer"]
    assert (ask("ada@example.com", "cms-none").allowed, ask("ada@example.com", "cms-none").roles) == (False, [])
    assert ask(user) is None
    assert ask("nobody@example.com") is None
    other = acme.user("ann@example.com", externalId=user)
    assert (ask("ann@example.com").allowed, ask("ann@example.com").roles, acme.holders()) == (True, [], [user])
    assert acme.of(other).roles == []


def test_holders_are_paged_and_unknown_places_told(acme: Acme) -> None:
    users = sorted(acme.user() for _ in range(5))
    acme.grant(Subject("group", acme.group("A", *users[:4])))
    acme.grant(Subject("user", users[0]))
    assert acme.holders() == users[:4]
    assert (acme.holders(limit=2), acme.holders(after=users[1], limit=5)) == (users[:2], users[2:4])
    acme.grant(TO_EVERYONE)
    assert acme.holders() == users
    for place in (("cms-none", "Editor"), ("cms-prod", "Owner")):
        with pytest.raises(NotFoundError):
            acme.holders(place)


def test_three_statements_for_fifty_groups_three_deep(acme: Acme) -> None:
    user = acme.user("ada@example.com")
    direct = [acme.group(f"Direct {number}", user) for number in range(20)]
    middle = [acme.group(f"Middle {number}", *direct[number : number + 5]) for number in range(15)]
    top = [acme.group(f"Top {number}", *middle[number : number + 3]) for number in range(15)]
    acme.add(direct[0], top[0])
    for group in (direct[3], middle[7], top[14]):
        acme.grant(Subject("group", group))
    for question in (
        lambda: acme.of(user),
        lambda: acme.of("ada@example.com"),
        lambda: access.may_enter(acme.database, acme.organization, "ada@example.com"),
        lambda: access.may_enter(acme.database, acme.organization, "ada@example.com", "cms-prod"),
    ):
        with acme.database.counting() as seen:
            told = question()
        assert len(seen) <= 3
        assert len(told.groups) == 51
        assert {reason.text.count(" in ") for reason in told.roles[0].reasons} == {0, 1, 2}


def test_nothing_that_is_provisioned_gives_access(acme: Acme) -> None:
    """SCIM `roles`, `entitlements` and `groups` are data, whoever writes them and however."""
    target = acme.group("Granted")
    acme.grant(Subject("group", target))
    acme.grant(Subject("group", target), ("admin-center", "administrator"))
    given = [{"value": "administrator"}, {"value": "Editor", "type": "cms-prod"}, {"value": target}]
    user = acme.user("eve@example.com", roles=given, entitlements=given, groups=[{"value": target}])
    acme.scim.put(f"/Users/{user}", {"userName": "eve@example.com", "roles": given, "groups": [{"value": target}]})
    for path in ("roles", "entitlements", "groups"):
        for operation in ("add", "replace"):
            acme.scim.patch(f"/Users/{user}", {"op": operation, "path": path, "value": given})
            acme.scim.patch(f"/Users/{user}", {"op": operation, "value": {path: given}})
    acme.scim.patch(f"/Users/{user}", {"op": "replace", "path": "externalId", "value": target})
    acme.scim.patch(f"/Users/{user}", {"op": "replace", "path": "id", "value": target})
    acme.scim.post("/Groups", {"schemas": [GROUP], "displayName": "Other", "roles": given, "externalId": target})
    assert (acme.of(user).roles, [one.name for one in acme.of(user).groups]) == ([], ["Everyone"])


def test_names_give_no_access(acme: Acme) -> None:
    user = acme.user()
    for name in ("Admin Center Administrator", "administrator", "admin-center", "Editor::cms-prod", "cms-prod"):
        acme.group(name, user)
    assert acme.of(user).roles == []


EDGES = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=24)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edges=EDGES, joined=st.sets(st.integers(0, 7), max_size=4), granted=st.sets(st.integers(0, 7), max_size=4))
def test_expansion_is_that_of_a_naive_walk(
    service: Any, edges: list[tuple[int, int]], joined: set[int], granted: set[int]
) -> None:
    acme = Acme(service)
    user, outsider = acme.user(), acme.user()
    groups = [acme.group(f"G{number} {new_id()}") for number in range(8)]
    rows = {(groups[outer], groups[inner]) for inner, outer in edges} | {(groups[number], user) for number in joined}
    acme.database.transaction(lambda: acme.join(rows))
    for number in granted:
        acme.grant(Subject("group", groups[number]))

    reached = dict.fromkeys(joined, 1)
    for steps in range(2, 9):
        near = {number for number, distance in reached.items() if distance == steps - 1}
        reached |= {outer: steps for inner, outer in edges if inner in near and outer not in reached}

    told = acme.of(user)
    assert {one.id for one in told.groups} == {groups[number] for number in reached} | {"everyone"}
    assert {one.id for one in told.groups if one.direct} == {groups[number] for number in joined} | {"everyone"}
    held = {reason.path[-1].id: reason.path for role in told.roles for reason in role.reasons}
    assert set(held) == {groups[number] for number in granted & set(reached)}
    ways = {(groups[inner], groups[outer]) for inner, outer in edges}
    for path in held.values():
        idents = [step.id for step in path]
        assert groups.index(idents[0]) in joined
        assert all(step in ways for step in itertools.pairwise(idents))
        assert len(idents) == reached[groups.index(idents[-1])]
    assert acme.holders() == ([user] if granted & set(reached) else [])
    assert acme.of(outsider).roles == []
