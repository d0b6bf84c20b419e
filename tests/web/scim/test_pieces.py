"""Groups of many members go out in pieces: nothing is missing, all is of one moment, and nothing stays open."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
import pytest

from optiid.errors import UnavailableError
from optiid.profiles.profile import Profile
from optiid.profiles.types import Answer
from optiid.services import connections, large_groups, reading, request_log
from optiid.storage import memberships
from tests.large_groups import a_large_group
from tests.running import GROUP as GROUP_URN
from tests.running import PREFIX


def values(reply: Any) -> list[str]:
    return [member["value"] for member in reply.body.get("members", [])]


@pytest.fixture(autouse=True)
def _bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make groups of a few large."""
    monkeypatch.setattr(reading, "WHOLE_MEMBERS", 20)
    monkeypatch.setattr(large_groups, "PIECE", 10)
    monkeypatch.setattr(large_groups, "PAGE_MEMBERS", 60)


@pytest.fixture
def scim(service: Any) -> Any:
    client = service.scim()
    client.get("/Users")  # the first use of a token is noted, once in a while
    return client


def raw(service: Any, scim: Any, path: str, method: str = "GET") -> Any:
    headers = {"Authorization": f"Bearer {scim.connected.token}"}
    return service.app.test_client().open(PREFIX + path, method=method, headers=headers)


def other_thread(work: Any) -> Any:
    """Return what a thread with a connection of its own does."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result(30)


def test_large_group_goes_out_in_pieces(service: Any, scim: Any) -> None:
    group, members = a_large_group(service.database, scim, 25)
    reply = scim.get(f"/Groups/{group}")
    assert values(reply) == members
    assert reply.body["members"][0].keys() == {"value", "$ref", "type"}
    assert {"schemas", "id", "displayName", "meta"} < reply.body.keys()
    answer = raw(service, scim, f"/Groups/{group}")
    assert (answer.status_code, answer.content_length) == (200, None)
    assert answer.headers["Content-Type"] == "application/scim+json"
    assert {"ETag", "X-Request-Id", "Cache-Control"} <= set(answer.headers.keys())
    assert [len(orjson.loads(b"[" + piece + b"]")) for piece in pieces(answer)] == [10, 10, 5]


def pieces(answer: Any) -> list[bytes]:
    """Return what stands between the brackets, piece by piece."""
    parts = list(answer.response)
    answer.close()
    return [part.removeprefix(b',"members":[').removeprefix(b",") for part in parts[1:-1]]


def test_small_group_goes_out_at_once_and_is_read_in_one_statement(service: Any, scim: Any) -> None:
    group, members = a_large_group(service.database, scim, 20)
    with service.database.counting() as seen:
        answer = raw(service, scim, f"/Groups/{group}")
    assert len([sql for sql in seen if "membership" in sql]) == 1
    assert answer.content_length == len(answer.data)
    assert [one["value"] for one in answer.json["members"]] == members


def test_large_group_is_projected_piece_by_piece(service: Any, scim: Any) -> None:
    group, _ = a_large_group(service.database, scim, 21)
    reply = scim.get(f"/Groups/{group}?attributes=members.display")
    assert reply.body["members"] == [{"display": f"Name {number}"} for number in range(1, 22)]
    assert set(reply.body) == {"schemas", "id", "members"}
    assert "members" not in scim.get(f"/Groups/{group}?excludedAttributes=members").body
    known = scim.get(f"/Groups/{group}", headers={"If-None-Match": "*"})
    assert (known.status, known.body) == (304, None)


def test_head_of_a_large_group_has_no_body(service: Any, scim: Any) -> None:
    group, _ = a_large_group(service.database, scim, 21)
    answer = raw(service, scim, f"/Groups/{group}", "HEAD")
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["ETag"]
    scim.a_user()  # nothing was left open


def test_version_and_members_are_of_one_moment(service: Any, scim: Any) -> None:
    group, members = a_large_group(service.database, scim, 25)
    answer = raw(service, scim, f"/Groups/{group}")
    parts = answer.iter_encoded()
    text = next(parts)
    removal = {"op": "remove", "path": f'members[value eq "{members[-1]}"]'}
    assert other_thread(lambda: scim.patch(f"/Groups/{group}", removal)).status < 300
    read = orjson.loads(text + b"".join(parts))
    answer.close()
    assert [one["value"] for one in read["members"]] == members
    assert read["meta"]["version"] == answer.headers["ETag"]
    later = scim.get(f"/Groups/{group}")
    assert (values(later), later.headers["ETag"] != answer.headers["ETag"]) == (members[:-1], True)


def test_client_that_leaves_frees_what_was_held(service: Any, scim: Any) -> None:
    group, _ = a_large_group(service.database, scim, 25)
    answer = raw(service, scim, f"/Groups/{group}")
    next(answer.iter_encoded())
    answer.close()
    scim.a_user()
    assert scim.get(f"/Groups/{group}").status == 200


def test_fault_amid_the_pieces_ends_the_answer_and_frees_what_was_held(
    service: Any, scim: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    group, _ = a_large_group(service.database, scim, 25)
    read = memberships.in_pieces

    def failing(*given: Any) -> Any:
        for number, piece in enumerate(read(*given)):
            if number:
                service.database.execute("SELECT nothing")
            yield piece

    monkeypatch.setattr(memberships, "in_pieces", failing)
    answer = raw(service, scim, f"/Groups/{group}")
    with pytest.raises(UnavailableError):
        list(answer.iter_encoded())
    answer.close()
    scim.a_user()


def test_profiles_shape_a_large_group_without_its_members(service: Any, scim: Any, monkeypatch: Any) -> None:
    group, members = a_large_group(service.database, scim, 21)
    bodies = iter([{"schemas": [GROUP_URN], "id": "1", "x": 1}, {"members": []}, None])
    seen = []

    def shaped(_profile: Any, answer: Answer, _context: Any) -> Answer:
        seen.append(answer.body)
        assert answer.behind == ("members",)
        return Answer(203, next(bodies), {"X-Mine": "1"})

    monkeypatch.setattr(Profile, "shape_response", shaped)
    first = raw(service, scim, f"/Groups/{group}")
    assert (first.status_code, first.json["x"], first.headers["X-Mine"]) == (203, 1, "1")
    assert [one["value"] for one in first.json["members"]] == members
    assert raw(service, scim, f"/Groups/{group}").json == {"members": []}
    assert raw(service, scim, f"/Groups/{group}").data == b""
    assert not any("members" in body for body in seen)


def test_what_fails_at_the_beginning_is_answered(service: Any, scim: Any, monkeypatch: Any) -> None:
    group, _ = a_large_group(service.database, scim, 21)

    def broken(*_: Any) -> Any:
        raise UnavailableError("The database cannot be used")

    monkeypatch.setattr(reading, "get", broken)
    assert scim.get(f"/Groups/{group}").status == 503


def test_put_and_post_are_answered_in_pieces_too(scim: Any) -> None:
    users = sorted(scim.a_user()["id"] for _ in range(21))
    made = scim.post("/Groups", {"schemas": [GROUP_URN], "displayName": "P", "members": [{"value": u} for u in users]})
    assert (made.status, values(made)) == (201, users)
    assert made.headers["Location"] == made.body["meta"]["location"]
    document = {"schemas": [GROUP_URN], "displayName": "Q", "members": [{"value": u} for u in users]}
    put = scim.put(f"/Groups/{made.body['id']}", document)
    assert (put.status, values(put), put.body["displayName"]) == (200, users, "Q")
    assert put.headers["ETag"] == put.body["meta"]["version"] != made.headers["ETag"]
    asked = scim.patch(
        f"/Groups/{made.body['id']}?attributes=members", {"op": "replace", "value": {"displayName": "R"}}
    )
    assert (asked.status, values(asked)) == (200, users)


def test_requests_are_recorded_while_their_answer_is_under_way(service: Any) -> None:
    scim = service.scim(settings={"record_requests": True})
    group, members = a_large_group(service.database, scim, 25)
    assert values(scim.get(f"/Groups/{group}")) == members
    connection = connections.get(service.database, scim.connected.connection)
    (made, read) = request_log.newest(service.database, connection, 10)
    assert (made.method, read.method, read.path, read.status) == ("POST", "GET", f"/Groups/{group}", 200)
