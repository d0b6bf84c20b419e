"""Every SCIM route with every form of an id and every kind of token: foreign is as unknown (rules R2, R27).

Answers are compared whole, and so are the statements that were run: equal work is what takes equal time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
import pytest

from optiid.services import tokens
from tests.administering import an_admin
from tests.running import PATCH_OP, PREFIX, Reply, Scim
from tests.test_isolation import RESOURCE_ROUTES, scim_routes

UNKNOWN = "0192abcd-0000-7000-8000-00000000abcd"
MALFORMED = ("x", "%00", "0" * 3000, "%0d%0aX-Evil:%201", "..%2f", "1", "' or 1=1 --")
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
Answer = tuple[int, str, list[str], list[str]]


@dataclass
class Parties:
    """Who may want something of whom: `owner` has the user and the group, the others nothing."""

    service: Any
    owner: Scim
    user: dict[str, Any]
    group: dict[str, Any]
    strangers: dict[str, str]
    refused: dict[str, str]

    def ask(self, token: str, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        sent = {"Authorization": f"Bearer {token}", "Content-Type": "application/scim+json"} | headers
        raw = None if body is None else orjson.dumps(body)
        answer = self.service.app.test_client().open(PREFIX + path, method=method, data=raw, headers=sent)
        return Reply(answer.status_code, answer.data.decode(), answer.headers)

    def told(self, token: str, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Return all that an answer tells, without the ids that were sent and its own, and what the database ran."""
        with self.service.database.counting() as statements:
            reply = self.ask(token, method, path, body, **headers)
        text = re.sub(r"req_[0-9a-f]+", "", reply.body)
        for ident in (self.user["id"], self.group["id"], UNKNOWN):
            text = re.sub(re.escape(ident), "ID", text, flags=re.IGNORECASE)
        names = [name for name, _ in reply.headers if name != "X-Request-Id"]
        # Who asks is known for a second, and their asking is noted once a minute, whatever is asked for.
        about_token = ("FROM token t", "UPDATE token SET last_used_at")
        return reply.status, text, names, [one for one in statements if not any(text in one for text in about_token)]

    def state(self) -> list[Any]:
        return [self.owner.get(f"/Users/{self.user['id']}").body, self.owner.get(f"/Groups/{self.group['id']}").body]


@pytest.fixture(scope="module")
def parties(service: Any) -> Parties:
    owner, other, database = service.scim(), service.scim(), service.database
    sibling = service.scim(organization=owner.connected.organization)
    user = owner.a_user("matrix@example.com", externalId="matrix", title="Secret title")
    group = owner.a_group("Matrix", members=[user["id"]])
    revoked, dead = tokens.create(database, owner.connected.connection)
    tokens.revoke(database, revoked.id)
    _, expired = tokens.create(database, owner.connected.connection, timedelta(microseconds=1))
    strangers = {"other organization": other.connected.token, "sibling": sibling.connected.token}
    refused = {
        "revoked": dead, "expired": expired, "none": "", "altered": owner.connected.token[:-1] + "!",
        "key": an_admin(service, owner.connected.organization).key,
        "key of another": an_admin(service, other.connected.organization).key,
    }  # fmt: skip
    found = Parties(service, owner, user, group, strangers, refused)
    for stranger in strangers.values():  # what is remembered or noted once is no matter of the id
        found.ask(stranger, "GET", "/Users")
    return found


def body_for(method: str, path: str) -> Any:
    if method == "PATCH":
        return {"schemas": [PATCH_OP], "Operations": [{"op": "replace", "path": "displayName", "value": "Taken"}]}
    if method == "PUT":
        return {"userName": "taken@example.com"} if "sers" in path else {"displayName": "Taken"}
    return None


@pytest.mark.parametrize(("method", "rule"), sorted(RESOURCE_ROUTES))
def test_every_form_of_an_id_with_every_token(parties: Parties, method: str, rule: str) -> None:
    own, crossed = (parties.user, parties.group) if "sers" in rule else (parties.group, parties.user)
    plain, capital = [own["id"], crossed["id"], UNKNOWN], [own["id"].upper(), UNKNOWN.upper()]
    body, before = body_for(method, rule), parties.state()

    def told(token: str, ident: str, **headers: str) -> Answer:
        return parties.told(token, method, rule.replace("<ident>", ident), body, **headers)

    for token in parties.strangers.values():
        told(token, UNKNOWN)
        for headers in ({}, {"If-Match": own["meta"]["version"]}, {"If-Match": "*"}, {"If-None-Match": "*"}):
            for forms in (plain, capital):
                answers = [told(token, ident, **headers) for ident in forms]
                assert answers[0][0] == 404
                assert [answer for answer in answers if answer != answers[0]] == [], (headers, answers[0])
        assert {told(token, ident)[0] for ident in MALFORMED} == {404}
    for token in parties.refused.values():
        answers = [told(token, ident) for ident in (*plain, *capital, "x")]
        assert answers[0][0] == 401
        assert [answer for answer in answers if answer != answers[0]] == []
    # The owner's own: another type's id is nobody's either.
    mine = parties.owner.connected.token
    assert told(mine, crossed["id"])[:3] == told(mine, UNKNOWN)[:3]
    assert parties.state() == before
    tried = len(parties.strangers) * (5 * 4 + len(MALFORMED)) + len(parties.refused) * 6 + 2
    print(f"{method} {rule}: {tried} pairs of id and token")


def test_foreign_ids_in_bodies_are_as_unknown_ones(parties: Parties) -> None:
    before = parties.state()
    for token in parties.strangers.values():
        mine = orjson.loads(parties.ask(token, "POST", "/Groups", {"displayName": "Mine"}).body)["id"]
        for ident, path in ((parties.user["id"], "Users"), (parties.group["id"], "Groups")):
            pairs = []
            for sent in (ident, UNKNOWN):
                members = [{"value": sent, "$ref": f"/{path}/{sent}"}]
                add = {"op": "add", "path": "members", "value": members}
                remove = {"op": "remove", "path": f'members[value eq "{sent}"]'}
                moves = [
                    ("POST", "/Groups", {"displayName": "New", "members": members}),
                    ("PUT", f"/Groups/{mine}", {"displayName": "Mine", "members": members}),
                    *(("PATCH", f"/Groups/{mine}", {"Operations": [one]}) for one in (add, remove)),
                    ("POST", "/Bulk", {"Operations": [
                        {"method": "PATCH", "path": f"/Groups/{mine}", "data": {"Operations": [add]}},
                        {"method": "DELETE", "path": f"/{path}/{sent}"},
                    ]}),
                ]  # fmt: skip
                pairs.append([parties.told(token, *move) for move in moves])
            assert pairs[0] == pairs[1]
        manager = {"userName": "boss@example.com", ENTERPRISE: {"manager": {"value": parties.user["id"]}}}
        made = orjson.loads(parties.ask(token, "POST", "/Users", manager).body)
        assert "matrix@example.com" not in str(made)
        assert "displayName" not in made[ENTERPRISE]["manager"]
        parties.ask(token, "DELETE", f"/Users/{made['id']}")
    assert parties.state() == before


def test_foreign_ids_in_filters_are_as_unknown_ones(parties: Parties) -> None:
    asked = (
        'id eq "{}"', 'members.value eq "{}"', 'members[value eq "{}"]', 'groups.value eq "{}"', 'not (id eq "{}")',
        f'{ENTERPRISE}:manager.value eq "{{}}"', 'groups[value eq "{}"]', 'id ge "{}" and id le "{}"',
        'meta.location ew "{}"', 'members.$ref ew "{}"',
    )  # fmt: skip
    for token in parties.strangers.values():
        for endpoint in ("/Users", "/Groups", ""):
            for text in asked:
                ident = parties.group["id"] if text.startswith("groups") else parties.user["id"]
                answers = [
                    parties.told(token, "POST", f"{endpoint}/.search", {"filter": text.replace("{}", sent)})
                    for sent in (ident, UNKNOWN)
                ]
                assert answers[0] == answers[1], text
                assert "Secret title" not in answers[0][1]


def test_foreign_cursors_are_as_made_up_ones(parties: Parties) -> None:
    parties.owner.a_user("second@example.com")
    page = parties.owner.get("/Users?count=1&cursor=").body
    for token in parties.strangers.values():
        parties.ask(token, "GET", "/Users?count=1&cursor=x")  # makes the key of its cursors
        answers = [
            parties.told(token, "GET", f"/Users?count=1&cursor={cursor}")
            for cursor in (page["nextCursor"], "A" * len(page["nextCursor"]))
        ]
        assert answers[0] == answers[1]
        assert answers[0][0] == 400


def test_no_route_is_left_out(service: Any) -> None:
    named = {route for route in scim_routes(service) if "<ident>" in route[1]}
    assert named == RESOURCE_ROUTES
