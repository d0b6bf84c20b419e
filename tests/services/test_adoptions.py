"""Adoption: an identity provider asks for what was made by hand, an administrator decides, nothing links by itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from optiid.errors import ConflictError, NotFoundError, OutdatedError
from optiid.services import adoptions, hand_made, roles
from tests.bulks import post, refer, send
from tests.events import directory_events


class Acme:
    """A connection that may ask, and what was made by hand in its organization."""

    def __init__(self, service: Any, **settings: Any) -> None:
        self.service, self.database = service, service.database
        self.scim = service.as_(service.connect(settings=settings))
        self.organization = self.scim.connected.organization
        self.connection = self.scim.connected.connection

    def by_hand(self, kind: str = "User", **body: Any) -> Any:
        return hand_made.create(self.database, self.organization, kind, body).stored

    def refused(self, endpoint: str = "/Users", **body: Any) -> str:
        reply = self.scim.post(endpoint, body)
        assert (reply.status, reply.body["scimType"]) == (409, "uniqueness")
        detail: str = reply.body["detail"]
        return detail

    def candidates(self) -> list[Any]:
        return adoptions.list_all(self.database, self.organization)

    def approve(self, candidate: Any) -> None:
        adoptions.approve(self.database, candidate.id, [candidate.seen])

    def events(self, kind: str) -> list[Any]:
        found = directory_events(self.database, self.organization)
        return [one for one in found if one["kind"] == kind]


@pytest.fixture
def asking(service: Any) -> Acme:
    return Acme(service, adopt="ask")


def test_nobody_is_adopted_by_default(service: Any) -> None:
    acme = Acme(service)
    acme.by_hand(userName="ada@example.com")
    assert "adopts nobody" in acme.refused(userName="ADA@example.com")
    assert acme.candidates() == []


def test_question_is_asked_once_and_answered_409_until_it_is_approved(asking: Acme) -> None:
    made = asking.by_hand(userName="ada@example.com", title="Countess")
    detail = asking.refused(userName="Ada@example.com", title="Engineer", password="never-stored")
    asking.refused(userName="ada@example.com", nickName="A")
    (candidate,) = asking.candidates()
    assert candidate.id in detail
    assert len(asking.events("adoption.proposed")) == 1
    assert asking.scim.get(f"/Users/{made.id}").status == 404
    assert asking.scim.find("/Users", 'userName eq "ada@example.com"').body["totalResults"] == 0

    shown = adoptions.show(asking.database, candidate.id)
    assert (shown.here["title"], shown.sent.get("nickName"), shown.sent.get("title")) == ("Countess", "A", None)
    assert {"title", "nickName"} <= set(shown.differing)
    assert (shown.renamed_to, shown.resource, shown.matched_by) == (None, made.id, "userName")
    assert "never-stored" not in str(shown)


def test_approved_user_keeps_id_and_memberships_and_is_found_by_its_provider(asking: Acme) -> None:
    made = asking.by_hand(userName="ada@example.com")
    group = asking.by_hand("Group", displayName="Custom", members=[{"value": made.id}])
    asking.refused(userName="ada@example.com")
    asking.approve(asking.candidates()[0])
    (found,) = asking.scim.find("/Users", 'userName eq "ada@example.com"').body["Resources"]
    assert (found["id"], found["meta"]["version"]) == (made.id, 'W/"2"')
    assert made.id in asking.refused(userName="ada@example.com")
    assert asking.candidates() == []
    assert asking.events("user.moved")[0]["payload"] == {"from": asking.organization, "to": asking.connection}
    assert asking.scim.patch(f"/Users/{made.id}", {"op": "replace", "path": "active", "value": False}).status == 200
    assert asking.events("user.deleted")
    with pytest.raises(ConflictError):
        hand_made.change(asking.database, asking.organization, made.id, {"title": "x"})
    assert hand_made.find(asking.database, asking.organization, "Group", group.id).version == 1


def test_refused_pair_is_never_proposed_again(asking: Acme) -> None:
    asking.by_hand(userName="ada@example.com")
    asking.refused(userName="ada@example.com", title="Personal")
    (candidate,) = asking.candidates()
    adoptions.refuse(asking.database, candidate.id)
    assert "was refused" in asking.refused(userName="ada@example.com", title="Personal")
    (refused,) = asking.candidates()
    assert (refused.id, refused.state, refused.document) == (candidate.id, "refused", {})
    assert len(asking.events("adoption.proposed")) == 1
    asking.approve(refused)
    assert asking.scim.find("/Users", 'userName eq "ada@example.com"').body["totalResults"] == 1


@pytest.mark.parametrize(
    ("match", "value"),
    [("emails.value", {"emails": [{"value": "ada@example.com"}]}), ("externalId", {"externalId": "ada-1"})],
)
def test_match_by_another_attribute_takes_the_name_that_was_sent(service: Any, match: str, value: Any) -> None:
    acme = Acme(service, adopt="ask", adopt_match=match)
    made = acme.by_hand(userName="ada", **value)
    acme.refused(userName="ada.lovelace@example.com", **value)
    (candidate,) = acme.candidates()
    assert candidate.matched_by == match
    assert adoptions.show(acme.database, candidate.id).renamed_to == "ada.lovelace@example.com"
    acme.approve(candidate)
    found = acme.scim.find("/Users", 'userName eq "ada.lovelace@example.com"').body["Resources"]
    assert [one["id"] for one in found] == [made.id]


def test_only_what_was_seen_is_approved(service: Any) -> None:
    acme = Acme(service, adopt="ask", adopt_match="externalId")
    made = acme.by_hand(userName="ada", externalId="7")
    acme.refused(userName="ada@example.com", externalId="7")
    (seen,) = acme.candidates()
    assert adoptions.show(acme.database, seen.id).seen == seen.seen
    acme.refused(externalId="7", userName="ada@example.com")
    assert acme.candidates() == [seen]
    acme.refused(userName="admin@example.com", externalId="7")
    with pytest.raises(OutdatedError, match="not as it was seen"):
        acme.approve(seen)
    assert hand_made.find(acme.database, acme.organization, "User", made.id).document["userName"] == "ada"
    acme.approve(acme.candidates()[0])
    assert acme.scim.get(f"/Users/{made.id}").body["userName"] == "admin@example.com"


def test_of_many_those_that_were_seen_are_approved(asking: Acme) -> None:
    for name in ("ada@example.com", "bob@example.com"):
        asking.by_hand(userName=name)
        asking.refused(userName=name)
    one, other = asking.candidates()
    asking.refused(userName="bob@example.com", title="Root")
    waiting = adoptions.waiting(asking.database, asking.connection)
    first, second = adoptions.approve_some(asking.database, waiting, [one.seen, other.seen])
    assert (first.id, first.approved, second.id, second.approved) == (one.id, True, other.id, False)
    assert "not as it was seen" in second.reason
    assert [one.id for one in asking.candidates()] == [other.id]


def test_refused_match_by_another_attribute_lets_the_provider_make_its_own(service: Any) -> None:
    acme = Acme(service, adopt="ask", adopt_match="emails.value")
    emails = [{"value": "ada@example.com"}]
    acme.by_hand(userName="ada", emails=emails)
    acme.refused(userName="other@example.com", emails=emails)
    adoptions.refuse(acme.database, acme.candidates()[0].id)
    assert acme.scim.post("/Users", {"userName": "other@example.com", "emails": emails}).status == 201
    with pytest.raises(ConflictError, match="was refused"):
        acme.approve(acme.candidates()[0])


def test_e_mail_alone_asks_nothing_unless_it_is_chosen(asking: Acme) -> None:
    emails = [{"value": "ada@example.com"}]
    asking.by_hand(userName="ada", emails=emails, externalId="1")
    assert asking.scim.post("/Users", {"userName": "x@example.com", "emails": emails, "externalId": "1"}).status == 201


def test_adopted_group_keeps_only_members_of_the_connection(asking: Acme) -> None:
    own = asking.by_hand(userName="own@example.com")
    theirs = asking.scim.a_user()
    members = [{"value": own.id}, {"value": theirs["id"]}]
    group = asking.by_hand("Group", displayName="Crew", members=members)
    asking.refused("/Groups", displayName="crew")
    (candidate,) = asking.candidates()
    assert adoptions.show(asking.database, candidate.id).leaving == [own.id]
    asking.approve(candidate)
    found = asking.scim.get(f"/Groups/{group.id}").body
    assert [one["value"] for one in found["members"]] == [theirs["id"]]
    assert asking.events("group.member_removed")[0]["payload"] == {"members": [own.id]}


def test_tombstone_of_the_connection_gives_way(asking: Acme) -> None:
    old = asking.scim.a_user("ada@example.com", active=False)
    made = asking.by_hand(userName="ada@example.com")
    asking.refused(userName="ada@example.com")
    (candidate,) = asking.candidates()
    assert adoptions.show(asking.database, candidate.id).closing == [old["id"]]
    asking.approve(candidate)
    assert asking.scim.get(f"/Users/{old['id']}").status == 404
    assert asking.scim.get(f"/Users/{made.id}").status == 200


def test_other_organizations_and_connections_are_never_asked(service: Any, asking: Acme) -> None:
    other = Acme(service, adopt="ask")
    other.by_hand(userName="ada@example.com")
    assert asking.scim.post("/Users", {"userName": "ada@example.com"}).status == 201
    sibling = service.as_(service.connect(organization=asking.organization, settings={"adopt": "ask"}))
    assert "does not own" in sibling.post("/Users", {"userName": "ada@example.com"}).body["detail"]
    assert asking.candidates() == other.candidates() == []


def test_decision_that_comes_too_late_is_told(service: Any, asking: Acme) -> None:
    sibling = service.as_(service.connect(organization=asking.organization, settings={"adopt": "ask"}))
    asking.by_hand(userName="ada@example.com")
    asking.refused(userName="ada@example.com")
    assert sibling.post("/Users", {"userName": "ada@example.com"}).status == 409
    one, other = asking.candidates()
    asking.approve(one)
    for decide in (adoptions.refuse, adoptions.show):
        with pytest.raises(NotFoundError):
            decide(asking.database, other.id)
    for ident in (other.id, "nonsense"):
        with pytest.raises(NotFoundError):
            adoptions.approve(asking.database, ident, [other.seen])


def test_name_of_a_system_group_is_not_adopted(service: Any) -> None:
    acme = Acme(service, adopt="ask", adopt_match="externalId")
    acme.by_hand("Group", displayName="Team", externalId="7")
    acme.refused("/Groups", displayName="Everyone", externalId="7")
    with pytest.raises(ConflictError, match="system group"):
        acme.approve(acme.candidates()[0])
    assert hand_made.find(acme.database, acme.organization, "Group", "Team").connection == acme.organization


def test_bulk_asks_too(asking: Acme) -> None:
    asking.by_hand(userName="ada@example.com")
    answer = send(asking.scim, post("u", "/Users", userName="ada@example.com"))
    assert asking.candidates()[0].id in str(answer)
    asking.by_hand("Group", displayName="Circle")
    circle = [
        post("a", "/Groups", displayName="Circle", members=refer("b")),
        post("b", "/Groups", displayName="Other", members=refer("a")),
    ]
    answer = send(asking.scim, *circle)
    assert asking.candidates()[1].id in str(answer)


def test_of_many_at_once_one_asks(asking: Acme) -> None:
    made = asking.by_hand(userName="ada@example.com")
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: asking.scim.post("/Users", {"userName": "ada@example.com"}), range(16)))
    assert {reply.status for reply in replies} == {409}
    (candidate,) = asking.candidates()
    assert len(asking.events("adoption.proposed")) == 1
    with ThreadPoolExecutor(4) as pool:
        decided = list(pool.map(lambda _: decision(asking, candidate), range(4)))
    assert sorted(decided) == [False, False, False, True]
    assert len(asking.events("user.moved")) == 1
    assert asking.scim.get(f"/Users/{made.id}").status == 200


def decision(asking: Acme, candidate: Any) -> bool:
    try:
        asking.approve(candidate)
    except NotFoundError:
        return False
    return True


def test_group_with_a_role_is_told_and_its_last_administrator_stays(asking: Acme) -> None:
    own = asking.by_hand(userName="admin@example.com")
    group = asking.by_hand("Group", displayName="Admins", members=[{"value": own.id}])
    administrators = roles.Subject("group", "Admins")
    roles.grant(asking.database, asking.organization, "admin-center", "administrator", administrators)
    asking.refused("/Groups", displayName="Admins")
    (candidate,) = asking.candidates()
    assert adoptions.show(asking.database, candidate.id).roles == ["admin-center:administrator"]
    with pytest.raises(ConflictError, match="administer"):
        asking.approve(candidate)
    found = hand_made.find(asking.database, asking.organization, "Group", group.id)
    assert found.connection == asking.organization
    roles.grant(asking.database, asking.organization, "admin-center", "administrator", roles.Subject("user", own.id))
    asking.approve(candidate)
    assert asking.scim.get(f"/Groups/{group.id}").body.get("members", []) == []
