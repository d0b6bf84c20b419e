"""The safe exit: what a connection owned is kept or deleted, its tokens die at once, and nothing of it is left."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.errors import ConflictError, NotFoundError
from optiid.services import connections, directory, hand_made, holds, moving, relocating, removing, restoring, roles
from optiid.storage import ownership
from tests.events import directory_events


class Leaving:
    """A connection about to be removed: two people, one suspended, two tombstones, a group, and a custom one."""

    def __init__(self, service: Any) -> None:
        self.service, self.database = service, service.database
        self.scim = service.as_(service.connect(settings={"adopt": "ask"}))
        self.organization, self.id = self.scim.connected.organization, self.scim.connected.connection
        self.one, self.two = self.scim.a_user("one@example.com"), self.scim.a_user("two@example.com")
        self.gone = self.scim.a_user("gone@example.com", active=False)
        self.deleted = self.scim.a_user("deleted@example.com")
        self.scim.delete(f"/Users/{self.deleted['id']}")
        self.group = self.scim.a_group("Crew", members=[self.one["id"], self.gone["id"]])
        self.custom = hand_made.create(
            self.database,
            self.organization,
            "Group",
            {"displayName": "Custom", "members": [{"value": self.one["id"]}, {"value": self.group["id"]}]},
        ).stored

    def remove(self, fate: Any, report: Any = lambda _: None) -> int:
        return removing.remove(self.database, self.id, fate, report)

    def events(self) -> list[tuple[str, str]]:
        found = directory_events(self.database, self.organization)
        return [(one["kind"], one["resource"]) for one in found]

    def users(self) -> dict[str, str]:
        return {one["userName"]: one["connection"] for one in directory.users(self.database, self.organization)}


@pytest.fixture
def leaving(service: Any, monkeypatch: pytest.MonkeyPatch) -> Leaving:
    monkeypatch.setattr(relocating, "SLICE", 2)
    return Leaving(service)


def test_preview_tells_the_numbers_and_changes_nothing(leaving: Leaving) -> None:
    seen = removing.preview(leaving.database, leaving.id)
    assert (seen.users, seen.groups, seen.tombstones, seen.plans, seen.tokens) == (2, 1, 2, 0, 1)
    assert leaving.scim.get("/Users").status == 200


def test_kept_users_and_groups_are_made_by_hand_from_then_on(leaving: Leaving) -> None:
    leaving.remove("keep")
    assert leaving.scim.get("/Users").status == 401
    assert leaving.users() == dict.fromkeys(["one@example.com", "two@example.com"], leaving.organization)
    members = directory.group(leaving.database, leaving.organization, "Crew")["members"]
    assert [one["id"] for one in members] == [leaving.one["id"]]
    hand_made.change(leaving.database, leaving.organization, leaving.one["id"], {"title": "Free"})
    hand_made.change_members(leaving.database, leaving.organization, leaving.group["id"], add=[leaving.two["id"]])
    restored = restoring.restore(leaving.database, leaving.organization, "gone@example.com")
    assert (restored.id, restored.connection) == (leaving.gone["id"], leaving.organization)
    assert ("user.moved", leaving.one["id"]) in leaving.events()
    with pytest.raises(NotFoundError):
        connections.get(leaving.database, leaving.id)


def test_deleted_users_leave_the_directory_and_can_be_restored(leaving: Leaving) -> None:
    leaving.remove("delete")
    assert leaving.users() == {}
    assert [one["displayName"] for one in directory.groups(leaving.database, leaving.organization)] == ["Custom"]
    assert directory.group(leaving.database, leaving.organization, "Custom")["members"] == []
    assert hand_made.find(leaving.database, leaving.organization, "Group", "Custom").version > leaving.custom.version
    deleted = [ident for kind, ident in leaving.events() if kind == "user.deleted"]
    assert set(deleted) == {leaving.one["id"], leaving.two["id"], leaving.deleted["id"]}
    assert ("group.deleted", leaving.group["id"]) in leaving.events()
    assert restoring.restore(leaving.database, leaving.organization, "one@example.com").id == leaving.one["id"]
    assert leaving.users() == {"one@example.com": leaving.organization}


def test_name_of_a_deleted_person_is_free(leaving: Leaving) -> None:
    leaving.remove("delete")
    sibling = leaving.service.as_(leaving.service.connect(organization=leaving.organization))
    assert sibling.post("/Users", {"userName": "one@example.com"}).status == 201


def test_tombstone_made_by_hand_gives_way_to_a_kept_name(leaving: Leaving) -> None:
    leaving.scim.patch(f"/Users/{leaving.one['id']}", {"op": "replace", "path": "userName", "value": "x@example.com"})
    made = hand_made.create(leaving.database, leaving.organization, "User", {"userName": "one@example.com"}).stored
    hand_made.change(leaving.database, leaving.organization, made.id, {"active": False})
    leaving.scim.patch(f"/Users/{leaving.one['id']}", {"op": "replace", "path": "userName", "value": "one@example.com"})
    leaving.remove("keep")
    assert hand_made.find(leaving.database, leaving.organization, "User", "one@example.com").id == leaving.one["id"]


def test_removal_that_was_cut_off_goes_on_and_cannot_change_its_mind(leaving: Leaving) -> None:
    def crash(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        leaving.remove("keep", crash)
    assert leaving.scim.get("/Users").status == 401
    with pytest.raises(ConflictError, match="users kept"):
        leaving.remove("delete")
    leaving.remove("keep")
    assert set(leaving.users()) == {"one@example.com", "two@example.com"}


def test_nothing_of_the_connection_is_left(leaving: Leaving) -> None:
    hand_made.create(leaving.database, leaving.organization, "User", {"userName": "asked@example.com"})
    assert leaving.scim.post("/Users", {"userName": "asked@example.com"}).status == 409
    leaving.remove("keep")
    for table in ("resource", "token", "adoption", "request_log", "recognition"):
        sql = f"SELECT COUNT(*) FROM {table} WHERE organization = ? AND connection = ?"
        assert leaving.database.row(sql, (leaving.organization, leaving.id))[0] == 0
    counts = leaving.database.reading(
        lambda: ownership.counts(leaving.database, leaving.organization, leaving.organization)
    )
    assert sum(number for *_, number in counts) == 7
    rows = leaving.database.rows(
        "SELECT action FROM audit_entry WHERE organization = ? ORDER BY sequence", (leaving.organization,)
    )
    assert [action for (action,) in rows if action.startswith("connection.rem")] == [
        "connection.removal_begun",
        "connection.removed",
    ]


class Held(Leaving):
    """The same, where two more were removed and one of these is still in the directory, held by the brake."""

    def __init__(self, service: Any) -> None:
        super().__init__(service)
        connections.change_settings(
            self.database, service.service.profiles.registry, self.id, {"brake_users": 1, "brake_percent": 1}
        )
        self.scim.delete(f"/Users/{self.one['id']}")
        self.scim.patch(f"/Users/{self.two['id']}", {"op": "replace", "path": "active", "value": False})

    def waiting(self) -> list[Any]:
        return holds.list_some(self.database, self.organization)


def test_who_is_held_stays_with_keep_and_goes_with_delete(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relocating, "SLICE", 2)
    for fate, names in (("keep", {"one@example.com", "two@example.com"}), ("delete", set())):
        held = Held(service)
        assert {hold.resource for hold in held.waiting()} == {held.one["id"], held.two["id"]}
        held.remove(fate)
        assert (held.waiting(), set(held.users())) == ([], names)
        kind = {"keep": "hold.rejected", "delete": "hold.released"}[fate]
        assert {ident for event, ident in held.events() if event == kind} == {held.one["id"], held.two["id"]}
        for ident in (held.one["id"], held.two["id"]) if fate == "keep" else ():
            changed = hand_made.change(held.database, held.organization, ident, {"title": "Free"}).stored
            assert (changed.active, changed.state) == (True, "living")


def test_holds_follow_to_another_connection(service: Any) -> None:
    held = Held(service)
    new = service.as_(service.connect(organization=held.organization))
    route = moving.route_between(held.database, held.id, new.connected.connection)
    moving.move(held.database, route, moving.Chosen(everything=True))
    assert {hold.connection for hold in held.waiting()} == {new.connected.connection}
    for hold in held.waiting():
        holds.reject(held.database, held.organization, hold.id)
    assert new.get(f"/Users/{held.one['id']}").body["active"] is True
    assert set(held.users()) == {"one@example.com", "two@example.com"}


def test_last_administrator_stays_until_there_is_another(leaving: Leaving) -> None:
    roles.grant(
        leaving.database,
        leaving.organization,
        "admin-center",
        "administrator",
        roles.Subject("user", leaving.two["id"]),
    )
    with pytest.raises(ConflictError, match="administer"):
        leaving.remove("delete")
    assert leaving.two["id"] in {one["id"] for one in directory.users(leaving.database, leaving.organization)}
    other = hand_made.create(leaving.database, leaving.organization, "User", {"userName": "admin@example.com"}).stored
    roles.grant(
        leaving.database, leaving.organization, "admin-center", "administrator", roles.Subject("user", other.id)
    )
    leaving.remove("delete")
    assert set(leaving.users()) == {"admin@example.com"}
