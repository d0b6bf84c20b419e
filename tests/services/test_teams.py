"""Teams: `TeamName::InstanceId` at creation makes one; later the suffix may stand there or not."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.errors import ConflictError, InvalidInputError, NotFoundError
from optiid.services import access, adoptions, hand_made, products
from tests.bulks import post, send, statuses
from tests.events import directory_events


class Acme:
    """An organization with two instances of a product, and a connection."""

    def __init__(self, service: Any, profile: str = "standard") -> None:
        self.service, self.database, self.scim = service, service.database, service.scim(profile)
        self.organization = self.scim.connected.organization
        products.create(self.database, self.organization, "cms")
        for ident in ("cms-prod", "cms-test"):
            products.create_instance(self.database, self.organization, "cms", ident)

    def found(self, name: str) -> list[str]:
        reply = self.scim.find("/Groups", f'displayName eq "{name}"')
        assert reply.status == 200
        assert reply.body["totalResults"] == len(reply.body["Resources"])
        return [one["displayName"] for one in reply.body["Resources"]]

    def team(self, name: str = "Editors::cms-prod", *members: str) -> Any:
        return self.scim.a_group(name, list(members))

    def refused(self, reply: Any) -> tuple[int, str | None]:
        return reply.status, reply.body.get("scimType")


@pytest.fixture
def acme(service: Any) -> Acme:
    return Acme(service)


def rename(name: str) -> dict[str, Any]:
    return {"op": "replace", "path": "displayName", "value": name}


def test_group_with_a_suffix_is_a_team_and_answers_the_name_it_was_sent(acme: Acme) -> None:
    user = acme.scim.a_user("ada@example.com")
    team = acme.team("Editors::CMS-prod", user["id"])
    assert team["displayName"] == "Editors::CMS-prod"
    told = access.access_of(acme.database, acme.organization, "ada@example.com")
    assert [(one.name, one.team) for one in told.groups] == [("Editors::CMS-prod", "cms-prod"), ("Everyone", None)]
    events = directory_events(acme.database, acme.organization)
    assert [one["payload"] for one in events if one["kind"] == "team.created"] == [{"instance": "cms-prod"}]


def test_unknown_instance_is_404_and_makes_nothing(acme: Acme, service: Any) -> None:
    reply = acme.scim.post("/Groups", {"displayName": "Editors::nowhere"})
    assert (reply.status, "'nowhere'" in reply.body["detail"]) == (404, True)
    assert service.scim().post("/Groups", {"displayName": "Editors::cms-prod"}).status == 404
    assert acme.scim.post("/Groups", {"displayName": "A::B::cms-prod"}).status == 404
    assert acme.scim.get("/Groups").body["totalResults"] == 0
    told = send(
        acme.scim, post("a", "/Groups", displayName="A::nowhere"), post("b", "/Groups", displayName="B::cms-prod")
    )
    assert statuses(told) == ["404", "201"]
    for name in ("::cms-prod", " ::cms-prod", "Editors::", "Editors\uff1a\uff1acms-prod", "Editors:\u200d:cms-prod"):
        assert acme.refused(acme.scim.post("/Groups", {"displayName": name})) == (400, "invalidValue")


def test_suffix_may_be_left_out_or_repeated_without_a_new_version(acme: Acme) -> None:
    team = acme.team()
    path, version = f"/Groups/{team['id']}", team["meta"]["version"]
    for name in ("Editors", "Editors::cms-prod", "Editors::CMS-PROD", "Editors::\uff43ms-prod"):
        assert acme.scim.put(path, {"displayName": name}).status == 200
        assert acme.scim.patch(path, rename(name)).status in (200, 204)
        assert acme.scim.patch(path, {"op": "replace", "value": {"displayName": name}}).status in (200, 204)
        answered = acme.scim.get(path).body
        assert (answered["displayName"], answered["meta"]["version"]) == ("Editors::cms-prod", version)
    member = acme.scim.a_user()["id"]
    acme.scim.put(path, {"displayName": "Editors", "members": [{"value": member}]})
    answered = acme.scim.get(path).body
    assert (answered["displayName"], len(answered["members"])) == ("Editors::cms-prod", 1)


def test_team_is_found_by_either_name(acme: Acme) -> None:
    acme.team("Editors::cms-prod")
    for name in ("Editors::cms-prod", "EDITORS::CMS-PROD", "Editors", "editors"):
        assert acme.found(name) == ["Editors::cms-prod"]
    assert acme.found("Editor") == []
    reply = acme.scim.post("/Groups/.search", {"filter": 'displayName eq "editors" and members pr'})
    assert reply.body["totalResults"] == 0
    reply = acme.scim.post("/.search", {"filter": 'displayName eq "Nobody" or displayName eq "Editors"'})
    assert reply.body["totalResults"] == 1
    acme.team("Editors::cms-test")
    assert sorted(acme.found("Editors")) == ["Editors::cms-prod", "Editors::cms-test"]
    acme.scim.a_group("Editors")
    assert acme.found("Editors") == ["Editors"]


def test_teams_of_another_connection_are_not_found(acme: Acme) -> None:
    acme.team()
    sibling = acme.service.scim(organization=acme.organization)
    assert sibling.find("/Groups", 'displayName eq "Editors"').body["totalResults"] == 0


def test_name_of_a_team_is_unique_in_its_instance(acme: Acme) -> None:
    acme.team()
    assert acme.refused(acme.scim.post("/Groups", {"displayName": "editors::CMS-prod"})) == (409, "uniqueness")
    other = acme.team("Writers::cms-prod")
    assert acme.refused(acme.scim.patch(f"/Groups/{other['id']}", rename("Editors"))) == (409, "uniqueness")
    assert acme.refused(acme.scim.patch(f"/Groups/{other['id']}", rename("EDITORS::cms-prod"))) == (409, "uniqueness")
    assert acme.found("Writers") == ["Writers::cms-prod"]


def test_renamed_team_keeps_its_instance(acme: Acme) -> None:
    path = f"/Groups/{acme.team()['id']}"
    assert acme.scim.patch(path, rename("Writers")).status in (200, 204)
    assert acme.scim.get(path).body["displayName"] == "Writers::cms-prod"
    assert (acme.found("Writers"), acme.found("Editors")) == (["Writers::cms-prod"], [])
    assert acme.scim.put(path, {"displayName": "Authors::cms-prod"}).body["displayName"] == "Authors::cms-prod"
    assert acme.refused(acme.scim.patch(path, rename("Authors::cms-test"))) == (400, "mutability")
    assert acme.refused(acme.scim.patch(path, rename("Authors::nowhere"))) == (400, "mutability")
    assert acme.refused(acme.scim.patch(path, rename("::cms-prod"))) == (400, "invalidValue")
    assert acme.found("Authors") == ["Authors::cms-prod"]


def test_group_becomes_no_team_later(acme: Acme) -> None:
    group = acme.scim.a_group("Editors")
    for name in ("Editors::cms-prod", "Editors::nowhere", "Editors\uff1a\uff1acms-prod"):
        assert acme.refused(acme.scim.patch(f"/Groups/{group['id']}", rename(name))) == (400, "mutability")
        assert acme.refused(acme.scim.put(f"/Groups/{group['id']}", {"displayName": name})) == (400, "mutability")


def test_teams_bear_no_names_of_system_groups(acme: Acme) -> None:
    names = ("Everyone", "EVERYONE::cms-prod", "\uff25\uff56\uff45\uff52\uff59one::cms-prod", "Everyone::nowhere")
    for name in (*names, "Admin  Center Administrators::cms-prod", "Everyone\uff1a\uff1acms-prod"):
        assert acme.refused(acme.scim.post("/Groups", {"displayName": name})) == (409, "uniqueness")
    team = acme.team()
    assert acme.refused(acme.scim.patch(f"/Groups/{team['id']}", rename("Everyone"))) == (409, "uniqueness")


def test_users_may_have_colons_in_their_names(acme: Acme) -> None:
    user = acme.scim.a_user("a::b@example.com", displayName="A::B")
    assert acme.scim.patch(f"/Users/{user['id']}", rename("B::C")).status == 200


def test_teams_are_made_by_hand_like_others(acme: Acme) -> None:
    made = hand_made.create(acme.database, acme.organization, "Group", {"displayName": "Crew::cms-test"}).stored
    changed = hand_made.change(acme.database, acme.organization, made.id, {"displayName": "Crew"}).stored
    assert (changed.display, changed.version) == ("Crew::cms-test", 1)
    with pytest.raises(NotFoundError, match="nowhere"):
        hand_made.create(acme.database, acme.organization, "Group", {"displayName": "Crew::nowhere"})


def test_instance_with_teams_stays(acme: Acme) -> None:
    team = acme.team()
    with pytest.raises(ConflictError, match=r"teams \(1\)"):
        products.remove_instance(acme.database, acme.organization, "cms-prod")
    with pytest.raises(ConflictError, match=r"teams \(1\)"):
        products.remove(acme.database, acme.organization, "cms")
    acme.scim.delete(f"/Groups/{team['id']}")
    products.remove(acme.database, acme.organization, "cms")


@pytest.mark.parametrize("profile", ["entra", "okta", "pingone"])
def test_every_profile_pushes_teams(service: Any, profile: str) -> None:
    acme = Acme(service, profile)
    team = acme.team()
    value = {"id": team["id"], "displayName": "Editors"} if profile == "okta" else {"displayName": "Editors"}
    assert acme.scim.patch(f"/Groups/{team['id']}", {"op": "replace", "value": value}).status in (200, 204)
    assert acme.found("Editors") == ["Editors::cms-prod"]
    assert acme.scim.get(f"/Groups/{team['id']}").body["meta"]["version"] == team["meta"]["version"]


def test_other_groups_cost_no_statement(acme: Acme) -> None:
    group = acme.scim.a_group("Plain")
    user = acme.scim.a_user()["id"]
    with acme.database.counting() as seen:
        acme.scim.a_group("Another")
        acme.scim.patch(f"/Groups/{group['id']}", rename("Plainer"))
        acme.scim.patch(f"/Groups/{group['id']}", {"op": "add", "path": "members", "value": [{"value": user}]})
        acme.scim.patch(f"/Groups/{group['id']}", {"op": "remove", "path": f'members[value eq "{user}"]'})
        acme.scim.patch(f"/Users/{user}", {"op": "replace", "path": "title", "value": "Editor"})
    others = [sql for sql in seen if "DELETE FROM membership" not in sql]  # it looks at one key of role_grant
    assert len(others) == len(seen) - 1
    assert not [sql for sql in others if "team" in sql or "role_grant" in sql or "product" in sql]


def test_adopted_team_stays_the_team_whatever_name_was_sent(acme: Acme) -> None:
    asking = acme.service.as_(
        acme.service.connect(organization=acme.organization, settings={"adopt": "ask", "adopt_match": "externalId"})
    )

    def adopt(sent: str, external_id: str) -> Any:
        assert asking.post("/Groups", {"displayName": sent, "externalId": external_id}).status == 409
        (candidate,) = adoptions.list_all(acme.database, acme.organization)
        return adoptions.approve(acme.database, candidate.id, [candidate.seen])

    for number, (name, sent) in enumerate([("Crew::cms-prod", "Crew"), ("Staff::cms-test", "People")]):
        body = {"displayName": name, "externalId": f"e{number}"}
        hand_made.create(acme.database, acme.organization, "Group", body)
        after = adopt(sent, f"e{number}")
        assert after.display == f"{sent}{name[name.index('::') :]}"
        assert asking.find("/Groups", f'displayName eq "{sent}"').body["totalResults"] == 1
        assert asking.put(f"/Groups/{after.id}", {"displayName": after.display}).status == 200
    hand_made.create(acme.database, acme.organization, "Group", {"displayName": "Plain", "externalId": "p"})
    with pytest.raises(InvalidInputError, match="becomes a team only when it is created"):
        adopt("Plain::cms-prod", "p")
