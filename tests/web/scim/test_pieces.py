"""Groups of many members go out in pieces: nothing is missing, all is of one moment, and nothing stays open."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from optiid.errors import UnavailableError
from optiid.profiles.profile import Profile
from optiid.profiles.types import Answer
from optiid.services import large_groups, reading
from optiid.storage import memberships
from tests.large_groups import a_large_group
from tests.running import GROUP as GROUP_URN
from tests.running import PREFIX, ROOT, free_port

if TYPE_CHECKING:
    from pathlib import Path


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


@pytest.fixture
def groups(service: Any) -> Any:
    """A connection with groups of 25, 1, 25, 70 and 0 members, and who these are."""
    client = service.scim()
    client.get("/Users")
    found = {}
    for number in (25, 1, 25, 70):
        group, members = a_large_group(service.database, client, number)
        found[group] = members
    found[client.a_group()["id"]] = []
    return client, found


def members_by_group(pages: list[Any]) -> dict[str, list[str]]:
    return {
        one["id"]: [member["value"] for member in one.get("members", [])]
        for page in pages
        for one in page.body["Resources"]
    }


def test_page_of_a_list_ends_before_its_members_are_too_many(groups: Any) -> None:
    scim, found = groups
    pages, start = [], 1
    while start <= len(found):
        pages.append(scim.get(f"/Groups?startIndex={start}"))
        start += pages[-1].body["itemsPerPage"]
    assert [page.body["itemsPerPage"] for page in pages] == [3, 1, 1]
    assert {page.body["totalResults"] for page in pages} == {5}
    assert members_by_group(pages) == found


def test_walk_by_cursor_goes_on_where_a_page_ended(groups: Any) -> None:
    scim, found = groups
    pages = [scim.get("/Groups?cursor")]
    while cursor := pages[-1].body.get("nextCursor"):
        pages.append(scim.get(f"/Groups?cursor={cursor}"))
    assert [page.body["itemsPerPage"] for page in pages] == [3, 1, 1]
    assert members_by_group(pages) == found
    back = [pages[-1]]
    while cursor := back[-1].body.get("previousCursor"):
        back.append(scim.get(f"/Groups?cursor={cursor}"))
    assert members_by_group(back) == found


def test_list_with_few_members_in_all_is_whole_and_one_statement(service: Any, groups: Any) -> None:
    scim, found = groups
    small = [group for group, members in found.items() if len(members) < 2]
    with service.database.counting() as seen:
        answer = raw(service, scim, "/Groups?filter=" + " or ".join(f'id eq "{group}"' for group in small))
    assert len([sql for sql in seen if "membership" in sql]) == 1
    assert answer.content_length
    assert answer.json["totalResults"] == 2


def test_list_without_members_has_all_groups_on_a_page(service: Any, groups: Any) -> None:
    scim, found = groups
    with service.database.counting() as seen:
        reply = scim.get("/Groups?excludedAttributes=members")
    assert reply.body["itemsPerPage"] == len(found)
    assert not [sql for sql in seen if "membership" in sql]


def test_list_at_the_root_has_users_beside_large_groups(groups: Any) -> None:
    scim, found = groups
    group = next(iter(found))
    user = found[group][0]
    text = f'id eq "{group}" or id eq "{user}"'
    reply = scim.post("/.search", {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": text})
    assert (reply.status, reply.body["itemsPerPage"]) == (200, 2)
    assert members_by_group([reply])[group] == found[group]


def test_profiles_shape_a_large_list_without_members(service: Any, groups: Any, monkeypatch: Any) -> None:
    scim, found = groups

    def shaped(_profile: Any, answer: Answer, _context: Any) -> Answer:
        assert answer.body is not None
        assert answer.behind == ("members",)
        resources = answer.body["Resources"]
        assert not any("members" in one for one in resources)
        return replace(answer, body=answer.body | {"Resources": [resources[0] | {"members": []}, *resources[1:]]})

    monkeypatch.setattr(Profile, "shape_response", shaped)
    read = raw(service, scim, "/Groups").json["Resources"]
    assert [len(one.get("members", [])) for one in read] == [0, 1, 25]
    monkeypatch.setattr(Profile, "shape_response", lambda *_: Answer(200, None, {}))
    assert raw(service, scim, "/Groups").data == b""
    assert found


def test_large_group_streams_from_a_running_server(live: Any) -> None:
    scim = live.scim()
    group, members = a_large_group(live.database, scim, 6000)
    for _ in range(2):  # the connection is kept open for the next
        reply = scim.get(f"/Groups/{group}")
        assert values(reply) == members
        assert reply.headers["Transfer-Encoding"] == "chunked"
        assert "Content-Length" not in reply.headers
    assert scim.request("HEAD", f"/Groups/{group}").status == 200
    assert members_by_group([scim.get("/Groups")]) == {group: members}
    assert values(scim.get(f"/Groups/{group}?membersStartIndex=5999")) == members[5998:]


def test_clients_that_do_not_read_hold_no_connection_to_the_database(live: Any) -> None:
    scim = live.scim()
    group, members = a_large_group(live.database, scim, 6000)
    request = f"GET {PREFIX}/Groups/{group} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {scim.connected.token}\r\n\r\n"
    idle = []
    for _ in range(20):
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", live.settings.port))
        client.sendall(request.encode())
        idle.append(client)
    assert values(scim.get(f"/Groups/{group}")) == members
    scim.a_user()
    if live.database.dialect.name == "postgresql":
        name = live.settings.database_url.rpartition("/")[2]
        held = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = ? AND state LIKE 'idle in transaction%'"
        until = time.monotonic() + 20
        while live.database.row(held, (name,)) != (0,):
            assert time.monotonic() < until
            time.sleep(0.1)
    for client in idle:
        client.close()


def test_fault_amid_an_answer_cuts_the_connection(tmp_path: Path) -> None:
    """The client sees that the end is missing, and not a shorter answer."""
    (tmp_path / "broken.py").write_text(
        "def app(environ, start_response):\n"
        "    start_response('200 OK', [('Content-Type', 'text/plain')])\n"
        "    yield b'a' * 100_000\n"
        "    raise RuntimeError\n"
    )
    port = free_port()
    bind = [sys.executable, "-m", "gunicorn", "-c", "python:optiid.gunicorn_conf", "-b", f"127.0.0.1:{port}", "-w", "1"]
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}:{ROOT}", "OPTIID_HOME": str(tmp_path)}
    process = subprocess.Popen([*bind, "broken:app"], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    try:
        with reached(port) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            received = b""
            with suppress(ConnectionError):
                while part := client.recv(65536):
                    received += part
    finally:
        process.terminate()
        process.wait(30)
    assert received.startswith(b"HTTP/1.1 200 OK")
    assert b"Transfer-Encoding: chunked" in received
    assert not received.endswith(b"0\r\n\r\n")


def reached(port: int) -> socket.socket:
    """Return a connection to a server that begins just now."""
    until = time.monotonic() + 30
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=30)
        except ConnectionRefusedError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
