"""Moves between connections: ids and memberships stay, what cannot be is shown before, and a crash is gone on from."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.errors import ConflictError, InvalidInputError, NotFoundError
from optiid.services import connections, directory, hand_made, moving, relocating, removing
from optiid.services.moving import Chosen
from optiid.storage import tenants
from tests.events import directory_events

ALL = Chosen(everything=True)


class Acme:
    """Two connections of one organization."""

    def __init__(self, service: Any) -> None:
        self.service, self.database, self.registry = service, service.database, service.service.profiles.registry
        self.old = service.scim()
        self.organization = self.old.connected.organization
        self.new = service.as_(service.connect(organization=self.organization))

    @property
    def route(self) -> Any:
        return moving.route_between(self.database, self.old.connected.connection, self.new.connected.connection)

    def preview(self, chosen: Chosen = ALL) -> Any:
        return moving.preview(self.database, self.registry, self.route, chosen)

    def move(self, chosen: Chosen = ALL, **more: Any) -> int:
        return moving.move(self.database, self.route, chosen, **more)

    def events(self, kind: str) -> list[Any]:
        found = directory_events(self.database, self.organization)
        return [one["resource"] for one in found if one["kind"] == kind]


@pytest.fixture
def acme(service: Any) -> Acme:
    return Acme(service)


def test_everything_moves_under_its_ids(acme: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (relocating, moving):
        monkeypatch.setattr(module, "SLICE", 3)
    users = [acme.old.a_user() for _ in range(7)]
    gone = acme.old.a_user(active=False)
    deleted = acme.old.a_user()
    acme.old.delete(f"/Users/{deleted['id']}")
    group = acme.old.a_group(members=[user["id"] for user in users])
    custom = hand_made.create(
        acme.database, acme.organization, "Group", {"displayName": "Custom", "members": [{"value": users[0]["id"]}]}
    ).stored
    seen = acme.preview()
    assert (seen.users, seen.groups, seen.tombstones, seen.closing, seen.ending) == (7, 1, 2, [], 0)
    told: list[int] = []
    assert acme.move(report=told.append) == 10
    assert (told[-1], len(told)) == (10, 4)
    assert acme.old.get("/Users").body["totalResults"] == 0
    assert acme.new.get("/Users").body["totalResults"] == 8
    moved = acme.new.get(f"/Groups/{group['id']}").body
    assert {one["value"] for one in moved["members"]} == {user["id"] for user in users}
    assert acme.new.get(f"/Users/{gone['id']}").body["active"] is False
    assert acme.new.get(f"/Users/{users[0]['id']}").body["meta"]["version"] == 'W/"2"'
    assert sorted(acme.events("user.moved")) == sorted(user["id"] for user in users)
    assert acme.events("group.moved") == [group["id"]]
    assert [one["id"] for one in directory.group(acme.database, acme.organization, custom.id)["members"]] == [
        users[0]["id"]
    ]
    assert acme.old.post("/Users", {"userName": "later@example.com"}).status == 201
    assert acme.move() == 1


def test_chosen_ones_move_and_memberships_that_would_span_end(acme: Acme) -> None:
    one, two = acme.old.a_user("one@example.com"), acme.old.a_user("two@example.com")
    stays, goes = (acme.old.a_group(name, members=[one["id"], two["id"]]) for name in ("Stays", "Goes"))
    chosen = Chosen(users=("one@example.com", one["id"]), groups=("goes",))
    assert (acme.preview(chosen).users, acme.preview(chosen).groups, acme.preview(chosen).ending) == (1, 1, 2)
    assert acme.move(chosen) == 2
    assert [m["value"] for m in acme.new.get(f"/Groups/{goes['id']}").body["members"]] == [one["id"]]
    assert [m["value"] for m in acme.old.get(f"/Groups/{stays['id']}").body["members"]] == [two["id"]]
    assert sorted(acme.events("group.member_removed")) == sorted([stays["id"], goes["id"]])
    assert acme.new.get(f"/Users/{one['id']}").body["groups"][0]["value"] == goes["id"]
    assert acme.old.get(f"/Users/{two['id']}").body["groups"][0]["value"] == stays["id"]


def test_tombstones_give_way_to_names_of_the_living(acme: Acme) -> None:
    holder = acme.new.a_user("living@example.com", active=False)
    acme.old.a_user("living@example.com")
    mover = acme.old.a_user("gone@example.com", active=False)
    acme.new.a_user("gone@example.com")
    assert sorted(acme.preview().closing) == sorted([holder["id"], mover["id"]])
    acme.move()
    assert acme.new.get(f"/Users/{holder['id']}").status == 404
    assert acme.new.get(f"/Users/{mover['id']}").status == 404
    assert acme.new.get("/Users").body["totalResults"] == 2


def test_extensions_that_the_new_profile_does_not_keep_are_told(acme: Acme) -> None:
    connections.change_settings(
        acme.database, acme.registry, acme.old.connected.connection, {"unknown_extensions": "keep"}
    )
    acme.old.a_user(**{"urn:example:Badge": {"number": "1"}})
    assert acme.preview().extensions == {"urn:example:Badge": 1}
    connections.change_settings(
        acme.database, acme.registry, acme.new.connected.connection, {"unknown_extensions": "keep"}
    )
    assert acme.preview().extensions == {}


def test_move_that_was_cut_off_keeps_both_paused_and_goes_on(acme: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relocating, "SLICE", 2)
    for _ in range(5):
        acme.old.a_user()

    def crash(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        acme.move(report=crash)
    assert {acme.old.get("/Users").status, acme.new.get("/Users").status} == {503}
    assert len(directory.users(acme.database, acme.organization)) == 5
    for connected in (acme.old.connected, acme.new.connected):
        with pytest.raises(ConflictError, match="goes on"):
            connections.change_state(acme.database, connected.connection, "active")
    with pytest.raises(ConflictError, match="goes on"):
        acme.move(Chosen(users=(directory.users(acme.database, acme.organization)[-1]["id"],)))
    assert acme.move() == 3
    assert (acme.old.get("/Users").body["totalResults"], acme.new.get("/Users").body["totalResults"]) == (0, 5)


def test_paused_connection_is_paused_afterwards(acme: Acme) -> None:
    acme.old.a_user()
    connections.change_state(acme.database, acme.new.connected.connection, "paused")
    acme.move()
    assert acme.new.get("/Users").status == 503
    assert acme.old.get("/Users").status == 200


def test_what_cannot_move_is_told(acme: Acme) -> None:
    foreign = acme.new.a_user("theirs@example.com")
    with pytest.raises(ConflictError, match="belongs to"):
        acme.move(Chosen(users=(foreign["id"],)))
    with pytest.raises(NotFoundError):
        acme.move(Chosen(groups=("nobody",)))
    with pytest.raises(InvalidInputError):
        acme.move(Chosen())
    stranger = acme.service.scim()
    source = acme.old.connected.connection
    for target in (stranger.connected.connection, source):
        with pytest.raises(InvalidInputError):
            moving.route_between(acme.database, source, target)
    with pytest.raises(NotFoundError):
        moving.route_between(acme.database, source, acme.organization)
    with pytest.raises(NotFoundError):
        acme.move(Chosen(users=(stranger.a_user()["id"],)))


def test_connection_in_dry_run_keeps_what_its_plan_is_about(acme: Acme) -> None:
    connection = acme.old.connected.connection
    acme.database.transaction(
        lambda: tenants.update_connection(acme.database, acme.organization, connection, {"plan": connection})
    )
    with pytest.raises(ConflictError, match="dry run"):
        acme.move()
    with pytest.raises(ConflictError, match="dry run"):
        removing.remove(acme.database, connection, "delete")
