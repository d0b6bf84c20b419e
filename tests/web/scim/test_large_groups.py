"""A large group as a whole: it goes out in pieces, and nothing of it is missing."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from optiid.profiles.profile import Profile
from optiid.profiles.types import Answer
from tests.large_groups import a_large_group
from tests.running import GROUP as GROUP_URN
from tests.running import PREFIX


def values(reply: Any) -> list[str]:
    return [member["value"] for member in reply.body.get("members", [])]


@pytest.fixture
def scim(service: Any) -> Any:
    client = service.scim()
    client.get("/Users")  # the first use of a token is noted, once in a while
    return client


def raw(service: Any, scim: Any, path: str, method: str = "GET") -> Any:
    headers = {"Authorization": f"Bearer {scim.connected.token}"}
    return service.app.test_client().open(PREFIX + path, method=method, headers=headers)


def test_large_group_goes_out_in_pieces(service: Any, scim: Any) -> None:
    group, members = a_large_group(service.database, scim, 2500)
    with service.database.counting() as seen:
        reply = scim.get(f"/Groups/{group}")
    assert len([sql for sql in seen if "membership" in sql]) == 1
    assert values(reply) == members
    assert reply.body["members"][0].keys() == {"value", "$ref", "type"}
    assert {"schemas", "id", "displayName", "meta"} < reply.body.keys()
    answer = raw(service, scim, f"/Groups/{group}")
    assert (answer.status_code, answer.content_length) == (200, None)
    assert answer.headers["Content-Type"] == "application/scim+json"
    assert {"ETag", "X-Request-Id", "Cache-Control"} <= set(answer.headers.keys())
    assert [len(orjson.loads(b"[" + piece + b"]")) for piece in pieces(answer)] == [1000, 1000, 500]


def pieces(answer: Any) -> list[bytes]:
    """Return what stands between the brackets, piece by piece."""
    parts = list(answer.response)
    return [part.removeprefix(b',"members":[').removeprefix(b",") for part in parts[1:-1]]


def test_small_group_goes_out_at_once(service: Any, scim: Any) -> None:
    group = scim.a_group(members=[scim.a_user()["id"]])["id"]
    assert raw(service, scim, f"/Groups/{group}").content_length


def test_large_group_is_projected_piece_by_piece(service: Any, scim: Any) -> None:
    group, _ = a_large_group(service.database, scim, 1001)
    reply = scim.get(f"/Groups/{group}?attributes=members.display")
    assert reply.body["members"] == [{"display": f"Name {number}"} for number in range(1, 1002)]
    assert set(reply.body) == {"schemas", "id", "members"}
    assert "members" not in scim.get(f"/Groups/{group}?excludedAttributes=members").body
    known = scim.get(f"/Groups/{group}", headers={"If-None-Match": "*"})
    assert (known.status, known.body) == (304, None)


def test_head_of_a_large_group_has_no_body(service: Any, scim: Any) -> None:
    group, _ = a_large_group(service.database, scim, 1001)
    answer = raw(service, scim, f"/Groups/{group}", "HEAD")
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["ETag"]


def test_profiles_shape_a_large_group_without_its_members(service: Any, scim: Any, monkeypatch: Any) -> None:
    group, members = a_large_group(service.database, scim, 1001)
    bodies = iter([{"schemas": [GROUP_URN], "id": "1", "x": 1}, {"members": []}, None])
    seen = []

    def shaped(_profile: Any, answer: Answer, _context: Any) -> Answer:
        seen.append(answer.body)
        assert answer.behind == ("members",)
        return Answer(203, next(bodies), {"X-Mine": "1"})

    monkeypatch.setattr(Profile, "shape_response", shaped)
    first, second, third = (raw(service, scim, f"/Groups/{group}") for _ in range(3))
    assert (first.status_code, first.json["x"], first.headers["X-Mine"]) == (203, 1, "1")
    assert [one["value"] for one in first.json["members"]] == members
    assert second.json == {"members": []}
    assert third.data == b""
    assert not any("members" in body for body in seen)


def test_what_fails_fails_before_the_first_byte(service: Any, scim: Any, monkeypatch: Any) -> None:
    group, _ = a_large_group(service.database, scim, 1001)

    def broken(*_: Any) -> Any:
        raise RuntimeError

    monkeypatch.setattr("optiid.storage.memberships.members_of", broken)
    assert scim.get(f"/Groups/{group}").status == 500


def test_large_group_streams_from_a_running_server(live: Any) -> None:
    scim = live.scim()
    group, members = a_large_group(live.database, scim, 3000)
    for _ in range(2):  # the connection is kept open for the next
        reply = scim.get(f"/Groups/{group}")
        assert values(reply) == members
        assert reply.headers["Transfer-Encoding"] == "chunked"
        assert "Content-Length" not in reply.headers
    assert scim.request("HEAD", f"/Groups/{group}").status == 200
    assert values(scim.get(f"/Groups/{group}?membersStartIndex=2999")) == members[2998:]
