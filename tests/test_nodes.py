"""Two app machines on one PostgreSQL: what one did the other knows at once, and neither waits long for the other."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from optiid.clock import now, timestamp
from optiid.services import connections, directory, holds, tokens, upkeep
from optiid.storage.database import open_database
from tests.administering import Admin, an_admin
from tests.badges import DOCUMENT, URN
from tests.nodes import Node, await_true, start_open_server
from tests.running import Connected, Reply, Scim

if TYPE_CHECKING:
    from collections.abc import Iterator

INACTIVE = {"op": "replace", "path": "active", "value": False}
TITLE = {"op": "replace", "path": "title", "value": "Boss"}
PEOPLE, MAY_GO, RACES = 12, 3, 8
# A reader's token is known for a second (optiid/services/identify.py).
SOON = 3
# Longest wait for a database that swallows everything.
SILENCE = 25


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory, postgresql_server: Any) -> Iterator[tuple[Node, Node]]:
    server = start_open_server()
    if server._process is None:
        pytest.skip("PostgreSQL: OPTIID_TEST_PG names a server that namespaces cannot be let in to")
    name = server.create_database().rsplit("/", 1)[1]
    first = Node(tmp_path_factory.mktemp("node-0"), server, name, 0)
    second = Node(tmp_path_factory.mktemp("node-1"), server, name, 1)
    yield first, second
    first.stop()
    second.stop()
    server.stop()


@pytest.fixture
def pair(nodes: tuple[Node, Node]) -> tuple[Scim, Scim]:
    """The same connection at both nodes."""
    return of(nodes, nodes[0].connect())


def of(nodes: tuple[Node, Node], connected: Connected) -> tuple[Scim, Scim]:
    return Scim(nodes[0].send, connected), Scim(nodes[1].send, connected)


def at_once(work: Any, arguments: list[Any]) -> list[Any]:
    with ThreadPoolExecutor(max_workers=len(arguments)) as pool:
        return list(pool.map(work, arguments))


def all_read(pair: tuple[Scim, Scim], status: int, path: str = "/Users") -> bool:
    """Say whether each of several reads at both is answered so, by whichever worker."""
    return {scim.get(path).status for scim in [*pair] * 4} == {status}


def check_unavailable(reply: Reply) -> None:
    assert (reply.status, int(reply.headers["Retry-After"]) > 0) == (503, True), reply.body


def test_limit_of_removals_counts_both(nodes: tuple[Node, Node]) -> None:
    pair = of(nodes, nodes[0].connect(settings={"brake_users": MAY_GO, "brake_percent": 0}))
    organization = pair[0].connected.organization
    users = [pair[place % 2].a_user()["id"] for place in range(PEOPLE)]
    gone = at_once(lambda place: pair[place % 2].patch(f"/Users/{users[place]}", INACTIVE).status, list(range(PEOPLE)))
    assert gone == [200] * PEOPLE
    living = [one["id"] for one in directory.users(nodes[0].database, organization) if one["state"] == "living"]
    assert len(living) == PEOPLE - MAY_GO
    held = holds.list_some(nodes[1].database, organization)
    assert {one.resource for one in held} == set(living)


def test_names_are_unique_through_both(pair: tuple[Scim, Scim]) -> None:
    for race in range(RACES):
        body = {"userName": f"racer{race}@example.com"}
        replies = at_once(lambda scim, body=body: scim.post("/Users", body), [*pair, *pair])
        assert sorted(reply.status for reply in replies) == [201, 409, 409, 409]
        assert pair[1].find("/Users", f'userName eq "{body["userName"]}"').body["totalResults"] == 1


def test_members_that_both_add_are_all_kept(pair: tuple[Scim, Scim]) -> None:
    group = pair[0].a_group()["id"]
    users = [pair[0].a_user()["id"] for _ in range(PEOPLE)]

    def add(place: int) -> int:
        given = {"op": "add", "path": "members", "value": [{"value": users[place]}]}
        return pair[place % 2].patch(f"/Groups/{group}", given).status

    assert set(at_once(add, list(range(PEOPLE)))) <= {200, 204}
    assert {one["value"] for one in pair[1].get(f"/Groups/{group}").body["members"]} == set(users)


def test_what_a_process_remembers_is_valid_at_once(nodes: tuple[Node, Node]) -> None:
    """Settings, rules, the state of a connection and a revoked token, each used at both before it changes.

    Who only reads feels it within a second (rule R21).
    """
    connected = nodes[0].connect(settings={"inactive": "suspend"})
    pair, database = of(nodes, connected), nodes[0].database
    for scim in (*pair, *pair):
        assert scim.get("/Users").status == 200
    connections.change_settings(database, nodes[0]._registry, connected.connection, {"inactive": "delete"})
    for scim in pair:
        user = scim.a_user()["id"]
        assert scim.patch(f"/Users/{user}", INACTIVE).body["active"] is False
        state = [one["state"] for one in directory.users(database, connected.organization) if one["id"] == user]
        assert state != ["suspended"]
    for state, status in (("paused", 503), ("active", 200)):
        connections.change_state(database, connected.connection, state)
        written = [scim.post("/Users", {"userName": f"{state}{place}"}).status for place, scim in enumerate(pair)]
        assert written == [201 if status == 200 else status] * 2
        await_true("readers feel it", lambda status=status: all_read(pair, status), SOON)
    (token,) = tokens.list_all(database, connected.connection)
    tokens.revoke(database, token.id)
    assert [scim.post("/Users", {"userName": "late@example.com"}).status for scim in pair] == [401, 401]
    await_true("readers feel it", lambda: all_read(pair, 401), SOON)


def admins(nodes: tuple[Node, Node], organization: str) -> tuple[Admin, Admin]:
    """The same key at both nodes."""
    first = an_admin(nodes[0], organization)
    return first, Admin(nodes[1].send, first.key)


def test_request_under_one_idempotency_key_is_carried_out_once_by_both(nodes: tuple[Node, Node]) -> None:
    pair = admins(nodes, nodes[0].connect().organization)
    for race in range(RACES):
        body = {"attributes": {"userName": f"once{race}@example.com"}}
        key = {"Idempotency-Key": f"race-{race}"}
        replies = at_once(lambda admin, body=body, key=key: admin.post("/users", body, headers=key), [*pair, *pair])
        assert {reply.status for reply in replies} <= {201, 409}
        made = {reply.body["id"] for reply in replies if reply.status == 201}
        again = pair[1].post("/users", body, headers=key)
        assert (again.status, {again.body["id"]}, "Idempotency-Replayed" in again.headers) == (201, made, True)
    assert len(pair[0].get("/users").body["data"]) == RACES


def test_rules_of_an_organization_hold_at_both_at_once(nodes: tuple[Node, Node], pair: tuple[Scim, Scim]) -> None:
    organization = pair[0].connected.organization
    keys, path = admins(nodes, organization), f"/organizations/org_{organization}/rules"
    for place in (0, 1):
        assert keys[place].patch(path, {"system_groups": [f"Crew {place}"]}).status == 200
        there = pair[1 - place]
        assert [there.post("/Groups", {"displayName": f"crew {one}"}).status for one in (place, 1 - place)] == [
            409,
            201,
        ]
        assert keys[1 - place].get(path).body["system_groups"] == [f"Crew {place}"]


def test_extension_schema_holds_at_both_at_once(nodes: tuple[Node, Node], pair: tuple[Scim, Scim]) -> None:
    keys = admins(nodes, pair[0].connected.organization)
    for place in (0, 1):
        here = pair[place]
        assert keys[place].post("/schemas", {"document": DOCUMENT}).status == 201
        numbered = [scim.post("/Users", {"userName": f"{place}{scim is here}", URN: {"number": "7"}}) for scim in pair]
        assert [reply.status for reply in numbered] == [201, 409]
        await_true("readers see it", lambda: all_read(pair, 200, f"/Schemas/{URN}"), SOON)
        assert here.delete(f"/Users/{numbered[0].body['id']}").status == 204
        assert keys[1 - place].delete(f"/schemas/{URN}").status == 204
        await_true("readers do not see it", lambda: all_read(pair, 404, f"/Schemas/{URN}"), SOON)


def test_hold_that_both_settle_is_settled_once(nodes: tuple[Node, Node]) -> None:
    """What one node held is let go of or kept at the other, and both know it at once."""
    pair = of(nodes, nodes[0].connect(settings={"brake_users": 0, "brake_percent": 0}))
    organization = pair[0].connected.organization
    keys = admins(nodes, organization)
    for race in range(RACES // 2):
        user = pair[race % 2].a_user()["id"]
        assert pair[race % 2].patch(f"/Users/{user}", INACTIVE).body["active"] is False
        (hold,) = [one["id"] for one in keys[1 - race % 2].get("/holds").body["data"]]
        ways = [(keys[race % 2], "release"), (keys[1 - race % 2], "reject")]
        replies = at_once(lambda way, hold=hold: way[0].post(f"/holds/{hold}/{way[1]}"), ways)
        assert sorted(reply.status for reply in replies) == [200, 409]
        kept = replies[1].status == 200
        assert [admin.get("/holds").body["data"] for admin in keys] == [[], []]
        assert [scim.get(f"/Users/{user}").body["active"] for scim in pair] == [kept, kept]
        assert (user in {one["id"] for one in directory.users(nodes[1].database, organization)}) is kept


def test_purge_by_two_workers_is_one(nodes: tuple[Node, Node]) -> None:
    pair = of(nodes, nodes[0].connect(settings={"brake": False}))
    organization = pair[0].connected.organization
    users = [pair[0].a_user()["id"] for _ in range(PEOPLE)]
    for user in users:
        assert pair[1].delete(f"/Users/{user}").status == 204
    databases = [open_database(node.settings) for node in nodes]
    due = timestamp(now() - timedelta(days=40))
    gone = ("UPDATE resource SET removed_at = ? WHERE organization = ?", (due, organization))
    databases[0].transaction(lambda: databases[0].execute(*gone))
    counts = at_once(lambda node: upkeep.run(databases[node], nodes[node].settings)["purged users"], [0, 1])
    assert sum(counts) == PEOPLE, counts
    told = "SELECT count(*) FROM event WHERE organization = ? AND kind = 'user.purged'"
    assert databases[0].reading(lambda: databases[0].row(told, (organization,))) == (PEOPLE,)
    for database in databases:
        database.close()


def test_frozen_node_holds_up_no_other_organization(nodes: tuple[Node, Node], pair: tuple[Scim, Scim]) -> None:
    """What it holds it lets go of by the time-outs; until then writes beside it are told to come again, not refused."""
    user = pair[0].a_user()["id"]
    _, stranger = of(nodes, nodes[0].connect())
    with ThreadPoolExecutor(max_workers=8) as pool:
        writes = [pool.submit(pair[0].patch, f"/Users/{user}", TITLE) for _ in range(8)]
        nodes[0].freeze()
        try:
            assert pair[1].get(f"/Users/{user}").status == 200
            stranger.a_user()
            beside = pair[1].post("/Users", {"userName": "beside@example.com"})
            assert beside.status == 201 or check_unavailable(beside) is None
        finally:
            nodes[0].thaw()
        assert {write.result().status for write in writes} <= {200, 503}
    assert [scim.patch(f"/Users/{user}", TITLE).status for scim in pair] == [200, 200]


def in_a_namespace(node: Node) -> Any:
    if node.place is None:
        pytest.skip("network namespaces: this user may make none (root may, with CAP_NET_ADMIN)")
    return node.place


def test_node_without_database_says_so_and_comes_back(nodes: tuple[Node, Node], pair: tuple[Scim, Scim]) -> None:
    place, user = in_a_namespace(nodes[0]), pair[0].a_user()["id"]
    with psycopg.connect(nodes[1].settings.database_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    place.cut_off_here()
    try:
        for reply in (pair[0].get(f"/Users/{user}"), pair[0].patch(f"/Users/{user}", TITLE), pair[0].get("/Users")):
            check_unavailable(reply)
        assert nodes[0].send("GET", "/readyz", None, {}).status == 503
        assert pair[1].patch(f"/Users/{user}", TITLE).status == 200
    finally:
        place.link_again()
    await_true("the node comes back", lambda: pair[0].get(f"/Users/{user}").status == 200)
    assert pair[0].patch(f"/Users/{user}", TITLE).status == 200


@pytest.mark.soak
def test_node_whose_packets_vanish_says_so_and_comes_back(nodes: tuple[Node, Node], pair: tuple[Scim, Scim]) -> None:
    """Nothing tells it that the database is gone: the time-outs of the connection do."""
    place, user = in_a_namespace(nodes[0]), pair[0].a_user()["id"]
    place.cut_off()
    began = time.monotonic()
    try:
        with ThreadPoolExecutor(max_workers=4) as pool:
            writes = [pool.submit(pair[0].patch, f"/Users/{user}", TITLE) for _ in range(4)]
            assert pair[1].patch(f"/Users/{user}", TITLE).status == 200
            for write in writes:
                check_unavailable(write.result())
        assert time.monotonic() - began < SILENCE
        began = time.monotonic()
        check_unavailable(pair[0].get("/Users"))
        assert time.monotonic() - began < SILENCE
    finally:
        place.link_again()
    await_true("the node comes back", lambda: pair[0].patch(f"/Users/{user}", TITLE).status == 200)


@pytest.mark.soak
def test_row_that_a_frozen_node_locked_is_let_go(nodes: tuple[Node, Node], pair: tuple[Scim, Scim]) -> None:
    """A session of the settings that every node's have stands amid a transaction and says nothing more."""
    user = pair[0].a_user()["id"]
    frozen = open_database(nodes[0].settings)
    frozen.engine.connect(reuse_if_open=True)
    frozen.engine.begin()
    frozen.execute("SELECT id FROM resource WHERE organization = ? AND id = ? FOR UPDATE",
                   (pair[0].connected.organization, user))  # fmt: skip
    began = time.monotonic()
    check_unavailable(pair[1].patch(f"/Users/{user}", TITLE))
    assert time.monotonic() - began < 15
    await_true("the lock is let go", lambda: pair[1].patch(f"/Users/{user}", TITLE).status == 200, 90)
    frozen._discard()
