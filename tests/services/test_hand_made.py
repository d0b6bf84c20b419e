"""What administrators make by hand: the same rules as for SCIM, and nothing that a connection owns can be changed."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.errors import ConflictError, InvalidInputError, NotFoundError, OutdatedError
from optiid.scim.versions import Conditions
from optiid.services import directory, hand_made
from optiid.services.author import Author
from tests.events import directory_events


@pytest.fixture
def acme(service: Any) -> Any:
    """A connection of an organization, and what administrators do there."""
    return Acme(service, service.scim())


class Acme:
    def __init__(self, service: Any, scim: Any) -> None:
        self.service, self.scim = service, scim
        self.database, self.organization = service.database, scim.connected.organization

    def create(self, kind: str, **body: Any) -> Any:
        return hand_made.create(self.database, self.organization, kind, body).stored

    def change(self, ident: str, *conditions: Any, **changes: Any) -> Any:
        return hand_made.change(self.database, self.organization, ident, changes, *conditions).stored

    def members(self, group: str, **change: Any) -> Any:
        return hand_made.change_members(self.database, self.organization, group, **change).stored

    def remove(self, ident: str) -> Any:
        return hand_made.remove(self.database, self.organization, ident)

    def listed(self, group: str) -> set[str]:
        return {one["id"] for one in directory.group(self.database, self.organization, group)["members"]}

    def events(self) -> list[str]:
        found = directory_events(self.database, self.organization)
        return [one["kind"] for one in found]


def test_person_is_created_changed_and_removed(acme: Acme) -> None:
    made = acme.create("User", userName="ada@example.com", name={"givenName": "Ada"})
    assert (made.connection, made.state) == (acme.organization, "living")
    changed = acme.change(made.id, **{"name.givenName": "Augusta", "title": "Countess"})
    assert (changed.document["name"], changed.version) == ({"givenName": "Augusta"}, 2)
    assert "title" not in acme.change(made.id, title=None).document
    acme.remove(made.id)
    assert acme.events() == ["user.created", "user.updated", "user.updated", "user.deleted"]
    with pytest.raises(NotFoundError):
        acme.change(made.id, title="Nobody")


def test_connection_sees_nothing_of_it(acme: Acme) -> None:
    made = acme.create("User", userName="hidden@example.com")
    group = acme.create("Group", displayName="Hidden", members=[{"value": made.id}])
    assert acme.scim.get(f"/Users/{made.id}").status == 404
    assert acme.scim.delete(f"/Groups/{group.id}").status == 404
    assert acme.scim.get("/Users").body["totalResults"] == 0
    reply = acme.scim.post("/Users", {"userName": "HIDDEN@example.com"})
    assert (reply.status, reply.body["scimType"]) == (409, "uniqueness")
    reply = acme.scim.post("/Groups", {"displayName": "Other", "members": [{"value": made.id}]})
    assert reply.status == 400


def test_what_a_connection_owns_is_read_only(acme: Acme) -> None:
    user, group = acme.scim.a_user(), acme.scim.a_group()
    for work in (
        lambda: acme.change(user["id"], title="x"),
        lambda: acme.remove(user["id"]),
        lambda: acme.members(group["id"], add=[user["id"]]),
        lambda: acme.remove(group["id"]),
    ):
        with pytest.raises(ConflictError, match=acme.scim.connected.connection):
            work()
    assert acme.scim.get(f"/Groups/{group['id']}").body.get("members", []) == []


def test_group_made_by_hand_has_members_of_every_connection(acme: Acme) -> None:
    other = acme.service.as_(acme.service.connect(organization=acme.organization))
    mine, theirs = acme.scim.a_user(), other.a_user()
    crew = acme.scim.a_group(members=[mine["id"]])
    own = acme.create("User", userName="own@example.com")
    group = acme.create("Group", displayName="Mixed")
    acme.members(group.id, add=[mine["id"], theirs["id"], own.id, crew["id"]])
    assert acme.listed(group.id) == {mine["id"], theirs["id"], own.id, crew["id"]}
    acme.members(group.id, remove=[theirs["id"]])
    assert acme.listed(group.id) == {mine["id"], own.id, crew["id"]}
    with pytest.raises(InvalidInputError, match="create it first"):
        acme.members(group.id, add=["01920000-0000-7000-8000-000000000000"])


def test_group_made_by_hand_is_hidden_from_the_connection_of_its_members(acme: Acme) -> None:
    user = acme.scim.a_user()
    group = acme.create("Group", displayName="Secret crew", members=[{"value": user["id"]}])
    assert acme.scim.get(f"/Users/{user['id']}").body.get("groups", []) == []
    for text in (f'groups.value eq "{group.id}"', 'groups.display eq "Secret crew"', "groups pr"):
        assert acme.scim.find("/Users", text).body["totalResults"] == 0


def test_members_of_another_organization_are_nobody(acme: Acme) -> None:
    stranger = acme.service.scim().a_user()
    group = acme.create("Group", displayName="Own")
    with pytest.raises(InvalidInputError):
        acme.members(group.id, add=[stranger["id"]])
    with pytest.raises(NotFoundError):
        acme.change(stranger["id"], title="x")


def test_names_are_refused_as_they_are_for_connections(acme: Acme) -> None:
    acme.scim.a_user("taken@example.com")
    with pytest.raises(ConflictError, match=r"belongs to user .* of connection"):
        acme.create("User", userName="TAKEN@example.com")
    for name in ("Everyone", "admin  center ADMINISTRATORS"):
        with pytest.raises(ConflictError, match="system group"):
            acme.create("Group", displayName=name)
    with pytest.raises(InvalidInputError, match="displayNam"):
        acme.create("User", userName="x@example.com", displayNam="X")
    with pytest.raises(InvalidInputError, match="groups"):
        acme.create("User", userName="x@example.com", groups=[])
    with pytest.raises(InvalidInputError):
        acme.create("User")


def test_name_that_is_no_text_is_not_looked_for(acme: Acme) -> None:
    acme.create("User", userName="None")
    for body in ({}, {"userName": None}, {"userName": 5}):
        with pytest.raises(InvalidInputError):
            acme.create("User", **body)


def test_change_meant_for_another_version_is_refused(acme: Acme) -> None:
    made = acme.create("User", userName="versioned@example.com")
    with pytest.raises(OutdatedError):
        acme.change(made.id, Conditions('W/"9"'), title="x")


def test_person_whose_connection_deletes_them_leaves_the_group(acme: Acme) -> None:
    user = acme.scim.a_user()
    group = acme.create("Group", displayName="Leaving", members=[{"value": user["id"]}])
    acme.scim.delete(f"/Users/{user['id']}")
    assert acme.listed(group.id) == set()
    assert directory.group(acme.database, acme.organization, group.id)["id"] == group.id


def test_audit_tells_who_did_it(acme: Acme) -> None:
    author = Author("key:01920000-0000-7000-8000-000000000000", "req_1")
    made = hand_made.create(acme.database, acme.organization, "User", {"userName": "audited@example.com"}, author)
    hand_made.change(acme.database, acme.organization, made.stored.id, {"title": "x"}, author=author)
    hand_made.remove(acme.database, acme.organization, made.stored.id, author=author)
    sql = "SELECT author, action, target FROM audit_entry WHERE organization = ? AND target = ? ORDER BY sequence"
    assert acme.database.rows(sql, (acme.organization, made.stored.id)) == [
        (author.by, f"user.{verb}", made.stored.id) for verb in ("created", "updated", "deleted")
    ]
