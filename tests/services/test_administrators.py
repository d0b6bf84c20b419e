"""The last administrator stays, whoever revokes, deletes or takes out of a group, also of two who do it at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from optiid.errors import ConflictError
from optiid.services import directory, hand_made, roles
from optiid.services.importing import LineError, import_lines
from optiid.services.roles import TO_EVERYONE, Subject
from tests.furnished import as_file, exported
from tests.services.test_roles import ADMINISTRATOR, Acme


@pytest.fixture
def acme(service: Any) -> Acme:
    return Acme(service)


def test_last_administrator_stays_one(acme: Acme) -> None:
    user = acme.scim.a_user()["id"]
    group = acme.scim.a_group(members=[user])["id"]
    acme.grant(ADMINISTRATOR, Subject("user", user))
    with pytest.raises(ConflictError, match="Nobody would administer"):
        acme.revoke(ADMINISTRATOR, Subject("user", user))
    made = acme.grant(ADMINISTRATOR, Subject("group", group))
    acme.revoke(ADMINISTRATOR, Subject("user", user))
    with pytest.raises(ConflictError, match="Nobody would administer"):
        roles.revoke_by_id(acme.database, acme.organization, made.id)
    reply = acme.scim.delete(f"/Groups/{group}")
    assert (reply.status, "scimType" in reply.body) == (409, False)
    assert acme.scim.get(f"/Groups/{group}").status == 200
    acme.grant(ADMINISTRATOR, TO_EVERYONE)
    assert acme.scim.delete(f"/Groups/{group}").status == 204
    assert acme.told("access.revoked")[-1][0] == group


def test_grant_that_administers_nobody_can_end(acme: Acme) -> None:
    user = acme.scim.a_user()["id"]
    group = acme.scim.a_group()["id"]
    acme.grant(ADMINISTRATOR, Subject("group", group))
    acme.grant(ADMINISTRATOR, Subject("user", user))
    acme.revoke(ADMINISTRATOR, Subject("group", group))
    empty = Acme(acme.service)
    left = empty.scim.a_group()["id"]
    empty.grant(ADMINISTRATOR, Subject("group", left))
    empty.revoke(ADMINISTRATOR, Subject("group", left))


def test_groups_made_by_hand_keep_the_last_administrator(acme: Acme) -> None:
    user = acme.scim.a_user()["id"]

    def make(name: str, member: str) -> str:
        body = {"displayName": name, "members": [{"value": member}]}
        return hand_made.create(acme.database, acme.organization, "Group", body).stored.id

    inner = make("Inner", user)
    outer = make("Outer", inner)
    acme.grant(ADMINISTRATOR, Subject("group", outer))
    for work in (
        lambda: hand_made.remove(acme.database, acme.organization, inner),
        lambda: hand_made.remove(acme.database, acme.organization, outer),
        lambda: hand_made.change_members(acme.database, acme.organization, inner, remove=[user]),
        lambda: hand_made.change_members(acme.database, acme.organization, outer, remove=[inner]),
        lambda: hand_made.change(acme.database, acme.organization, inner, {"members": []}),
    ):
        with pytest.raises(ConflictError, match="Nobody would administer"):
            work()
    other = acme.scim.a_user()["id"]
    hand_made.change_members(acme.database, acme.organization, outer, add=[other])
    hand_made.change_members(acme.database, acme.organization, inner, remove=[user])
    hand_made.remove(acme.database, acme.organization, inner)


def test_two_who_revoke_at_once_leave_one(acme: Acme) -> None:
    people = [Subject("user", acme.scim.a_user()["id"]) for _ in range(2)]
    for _ in range(4):
        for subject in people:
            acme.grant(ADMINISTRATOR, subject)
        together = threading.Barrier(2)

        def leave(subject: Subject, together: Any = together) -> bool:
            together.wait(30)
            try:
                acme.revoke(ADMINISTRATOR, subject)
            except ConflictError:
                return False
            finally:
                acme.database.release()
            return True

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(leave, people)) == [False, True]


def test_identity_provider_leaves_the_last_administrator_in_the_group(acme: Acme) -> None:
    user, other = acme.scim.a_user()["id"], acme.scim.a_user()["id"]
    inner = acme.scim.a_group(members=[user])["id"]
    group = acme.scim.a_group(members=[inner])["id"]
    acme.grant(ADMINISTRATOR, Subject("group", group))
    path, remove = f"/Groups/{group}", {"op": "remove", "path": f'members[value eq "{inner}"]'}
    version = acme.scim.get(path).body["meta"]["version"]
    for reply in (
        acme.scim.patch(path, remove),
        acme.scim.patch(path, {"op": "remove", "path": "members"}),
        acme.scim.patch(path, {"op": "replace", "path": "members", "value": []}),
        acme.scim.put(path, {"displayName": "x", "members": []}),
        acme.scim.put(path, {"displayName": "x", "members": [{"value": group}]}),
    ):
        assert (reply.status, "scimType" in reply.body) == (409, False)
        assert "grant administrator in admin-center" in reply.body["detail"]
    assert acme.scim.get(path).body["meta"]["version"] == version
    add = {"op": "add", "path": "members", "value": [{"value": other}]}
    assert acme.scim.patch(path, remove, add).status < 300


def test_pushed_group_in_a_group_that_administers_keeps_the_last_administrator(acme: Acme) -> None:
    user, other = acme.scim.a_user()["id"], acme.scim.a_user()["id"]
    pushed = acme.scim.a_group(members=[user])["id"]
    between = acme.scim.a_group(members=[pushed])["id"]
    body = {"displayName": "Administrators", "members": [{"value": between}]}
    outer = hand_made.create(acme.database, acme.organization, "Group", body).stored.id
    acme.grant(ADMINISTRATOR, Subject("group", outer))
    path, remove = f"/Groups/{pushed}", {"op": "remove", "path": f'members[value eq "{user}"]'}
    for reply in (
        acme.scim.patch(path, remove),
        acme.scim.put(path, {"displayName": "x", "members": []}),
        acme.scim.delete(path),
        acme.scim.delete(f"/Groups/{between}"),
    ):
        assert reply.status == 409, reply.body
    add = {"op": "add", "path": "members", "value": [{"value": other}]}
    assert acme.scim.patch(path, remove, add).status < 300
    acme.grant(ADMINISTRATOR, Subject("user", user))
    assert acme.scim.delete(path).status == 204


def test_members_without_a_person_can_always_leave(acme: Acme) -> None:
    user = acme.scim.a_user()["id"]
    empty = acme.scim.a_group()["id"]
    round_ = acme.scim.a_group(members=[empty])["id"]
    acme.scim.patch(f"/Groups/{empty}", {"op": "add", "path": "members", "value": [{"value": round_}]})
    group = acme.scim.a_group(members=[round_, user])["id"]
    acme.grant(ADMINISTRATOR, Subject("group", group))
    acme.scim.patch(f"/Users/{acme.scim.a_user()['id']}", {"op": "replace", "path": "active", "value": False})
    assert acme.scim.patch(f"/Groups/{group}", {"op": "remove", "path": f'members[value eq "{round_}"]'}).status < 300
    acme.database.transaction(
        lambda: acme.database.execute(
            "UPDATE resource SET state = 'suspended' WHERE organization = ? AND id = ?", (acme.organization, user)
        )
    )
    assert acme.scim.patch(f"/Groups/{group}", {"op": "remove", "path": "members"}).status < 300


def test_of_two_members_who_leave_at_once_one_stays(acme: Acme) -> None:
    people = [acme.scim.a_user()["id"] for _ in range(2)]
    groups = [acme.scim.a_group(members=[user])["id"] for user in people]
    for group in groups:
        acme.grant(ADMINISTRATOR, Subject("group", group))
    for _ in range(4):
        for user, group in zip(people, groups, strict=True):
            add = {"op": "add", "path": "members", "value": [{"value": user}]}
            assert acme.scim.patch(f"/Groups/{group}", add).status < 300
        together = threading.Barrier(2)

        def leave(group: str, together: Any = together) -> bool:
            together.wait(30)
            return bool(acme.scim.patch(f"/Groups/{group}", {"op": "remove", "path": "members"}).status < 300)

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(leave, groups)) == [False, True]


def test_import_leaves_the_last_administrator(acme: Acme) -> None:
    user, other = acme.scim.a_user()["id"], acme.scim.a_user()["id"]
    for one in (user, other):
        acme.grant(ADMINISTRATOR, Subject("user", one))
    lines = exported(acme.database, acme.organization)
    for line in lines:
        if line.get("id") in (user, other):
            line["state"] = "suspended"
    with pytest.raises(LineError, match="Nobody would administer"):
        import_lines(acme.database, as_file(lines))
    left = [directory.user(acme.database, acme.organization, one)["state"] for one in (user, other)]
    assert sorted(left) == ["living", "suspended"]
    acme.grant(ADMINISTRATOR, Subject("user", acme.scim.a_user()["id"]))
    import_lines(acme.database, as_file(lines))
