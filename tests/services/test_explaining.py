"""A person's history is told whole: who created, changed and ended what, and which group gave which role."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.clock import new_id
from optiid.errors import ConflictError, NotFoundError
from optiid.services import connections, explaining, hand_made, products, purging, removing, restoring, roles
from optiid.services.author import Author
from optiid.services.roles import TO_EVERYONE, Subject
from optiid.services.telling import Names, sentence
from optiid.storage.histories import Trace

PLACE = ("cms-prod", "editor")


def told(service: Any, scim: Any, person: str) -> list[str]:
    service.service.logbook.flush()
    found = explaining.explain(service.database, scim.connected.organization, person)
    name = connections.get(service.database, scim.connected.connection).name
    mine = f"Connection {name!r} ({scim.connected.connection})"
    return [one.text.replace(mine, "IDP") for one in found.history]


def now(service: Any, scim: Any, person: str) -> list[str]:
    found: list[str] = explaining.explain(service.database, scim.connected.organization, person).now
    return found


def test_life_of_a_person_is_told(service: Any) -> None:
    scim = service.scim()
    organization = scim.connected.organization
    user = scim.a_user("ada@example.com")
    path = f"/Users/{user['id']}"
    scim.patch(path, {"op": "replace", "path": "title", "value": "Engineer"})
    crew = scim.a_group("Crew", members=[user["id"]])
    scim.patch(path, {"op": "replace", "path": "active", "value": False})
    scim.patch(path, {"op": "replace", "path": "active", "value": True})
    scim.post("/Users", {"userName": "ADA@example.com"})
    hand_made.create(
        service.database, organization, "Group", {"displayName": "Hand", "members": [{"value": user["id"]}]},
        author=Author("key:7", "req_key"),
    )  # fmt: skip
    scim.delete(f"/Groups/{crew['id']}")
    scim.delete(path)
    restoring.restore(service.database, organization, user["id"])
    found = told(service, scim, "ada@example.com")
    hand = service.database.rows("SELECT id FROM resource WHERE organization = ? AND display = 'Hand'", (organization,))
    assert [text.partition(": A user with")[0] for text in found] == [
        "IDP created the user",
        "IDP changed title",
        f"IDP made the user a member of group {crew['id']} (deleted)",
        "IDP deactivated the user: access ended",
        "IDP brought the user back, with all memberships",
        "IDP asked for POST and was refused with 409",
        f"An administrator (API key 7) made the user a member of group 'Hand' ({hand[0][0]})",
        f"IDP deleted group {crew['id']} (deleted) and ended the membership",
        "IDP deleted the user: access ended",
        "An administrator (command line) brought the user back, with all memberships",
    ]
    assert told(service, scim, user["id"]) == found


def test_roles_are_told_with_the_group_that_gave_them(service: Any) -> None:
    scim = service.scim()
    database, organization = service.database, scim.connected.organization
    products.create(database, organization, "cms", "Content")
    products.add_role(database, organization, "cms", "Editor")
    products.create_instance(database, organization, "cms", "cms-prod")
    user, bob = scim.a_user("ada"), scim.a_user("bob")
    crew = scim.a_group("Crew", members=[user["id"]])
    roles.grant(database, organization, *PLACE, Subject("group", "Crew"))
    roles.grant(database, organization, *PLACE, Subject("user", "ada"))
    roles.revoke(database, organization, *PLACE, Subject("user", "ada"))
    roles.grant(database, organization, *PLACE, TO_EVERYONE)
    who = "An administrator (command line)"
    assert told(service, scim, "ada")[2:] == [
        f"{who} granted role editor in cms-prod of cms to group 'Crew' ({crew['id']})",
        f"{who} granted role editor in cms-prod of cms to the user",
        f"{who} revoked role editor in cms-prod of cms from the user",
        f"{who} granted role editor in cms-prod of cms to everyone",
    ]
    scim.patch(f"/Groups/{crew['id']}", {"op": "add", "path": "members", "value": [{"value": bob["id"]}]})
    scim.patch(f"/Groups/{crew['id']}", {"op": "remove", "path": f'members[value eq "{bob["id"]}"]'})
    assert told(service, scim, bob["id"])[2:] == [
        f"IDP made the user a member of group 'Crew' ({crew['id']}), which gives role editor in cms-prod of cms",
        f"IDP took the user out of group 'Crew' ({crew['id']}), which gave role editor in cms-prod of cms",
    ]
    assert told(service, scim, bob["id"])[1:2] == [f"{who} granted role editor in cms-prod of cms to everyone"]
    assert now(service, scim, "ada") == [
        "Is in the directory and may come in",
        "Has role Editor in cms-prod of cms: through group Crew, and granted to Everyone",
    ]


def test_present_of_those_who_may_not_come_in_is_told(service: Any) -> None:
    scim = service.scim(settings={"inactive": "suspend"})
    user = scim.a_user("ada")
    scim.patch(f"/Users/{user['id']}", {"op": "replace", "path": "active", "value": False})
    assert now(service, scim, "ada")[0].startswith("Is listed as suspended")
    assert told(service, scim, "ada")[-1] == "IDP deactivated the user: access is suspended"
    scim.delete(f"/Users/{user['id']}")
    assert now(service, scim, "ada")[0].startswith("Was deleted at its source")
    other = service.scim()
    gone = other.a_user("bob", active=False)
    assert now(service, other, gone["id"])[0].startswith("Is deactivated")
    assert told(service, other, "bob") == ["IDP created the user, inactive: it may not come in yet"]


def test_purged_person_is_told_by_id_alone(service: Any) -> None:
    scim = service.scim()
    user = scim.a_user("ada@example.com")
    scim.delete(f"/Users/{user['id']}")
    purging.purge(service.database, scim.connected.organization, user["id"])
    found = explaining.explain(service.database, scim.connected.organization, user["id"])
    assert (found.user_name, found.state) == (None, "purged")
    last = told(service, scim, user["id"])[-1]
    assert last == "An administrator (command line) purged the user, with all personal data"
    assert "ada@example.com" not in str(found)
    for unknown in ("ada@example.com", new_id()):
        with pytest.raises(NotFoundError):
            explaining.explain(service.database, scim.connected.organization, unknown)


def test_name_of_several_who_are_gone_has_to_be_an_id(service: Any) -> None:
    scim = service.scim()
    for _ in range(2):
        scim.delete(f"/Users/{scim.a_user('ada')['id']}")
    with pytest.raises(ConflictError, match="2 users bore the name"):
        told(service, scim, "ada")


def test_removed_connection_is_told_by_its_id(service: Any) -> None:
    scim = service.scim()
    user = scim.a_user("ada")
    removing.remove(service.database, scim.connected.connection, "keep")
    found = [one.text for one in explaining.explain(service.database, scim.connected.organization, user["id"]).history]
    assert found[0] == f"Connection {scim.connected.connection} (removed) created the user"
    assert f"from connection {scim.connected.connection} (removed) to those made by hand" in found[1]


def test_act_without_a_sentence_of_its_own_is_told_by_its_name() -> None:
    names = Names({}, {}, "o")
    trace = Trace(False, "", 1, "user.teleported", "u", "nobody", "", {"changed": ["title"]})
    assert sentence(trace, names) == "Somebody did user.teleported of title"
