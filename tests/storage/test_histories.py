"""What is stored about one person, and about nobody else."""

from __future__ import annotations

from typing import Any

from optiid.storage import histories


def test_acts_and_memberships_of_one_person(service: Any) -> None:
    scim = service.scim()
    database, organization = service.database, scim.connected.organization
    ada, bob = scim.a_user("ada")["id"], scim.a_user("bob")["id"]
    crew = scim.a_group("Crew", members=[ada, bob])["id"]
    scim.a_group("Others", members=[bob])
    scim.delete(f"/Groups/{crew}")
    acts = histories.acts_on(database, organization, [ada])
    author = f"connection:{scim.connected.connection}"
    assert [(one.kind, one.target, one.author, one.is_event) for one in acts] == [("user.created", ada, author, False)]
    found = histories.memberships_of(database, organization, ada)
    assert [(one.kind, one.target, one.author, one.is_event) for one in found] == [
        ("group.member_added", crew, author, True),
        ("group.deleted", crew, author, True),
    ]
    assert histories.memberships_of(database, service.connect().organization, ada) == []


def test_names_of_connections_and_resources(service: Any) -> None:
    scim = service.scim()
    organization, user = scim.connected.organization, scim.a_user("ada", displayName="Ada")["id"]
    assert set(histories.names(service.database, organization)) == {organization, scim.connected.connection}
    assert histories.displays(service.database, organization, [user, "nothing"]) == {user: "Ada"}
