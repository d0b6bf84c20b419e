"""An organization moves to another shard while it is written to, and nothing that was acknowledged is lost."""

from __future__ import annotations

import threading
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from optiid.errors import ConflictError, NotFoundError
from optiid.services import api_keys, auditing, clients, directory, dry_run, plan_applying, plans, sharding
from optiid.storage import catalog, row_copies, shard_map, shard_moves, tenants
from optiid.storage.shard_map import Placement
from optiid.storage.shards import FIRST
from tests.furnished import furnish
from tests.shards import EAST, Sharded, two_shards

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.running import Reply


@pytest.fixture(params=["sqlite", "postgresql"])
def sharded(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sharded]:
    urls = ["", ""]
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql_server")
        urls = [server.create_database(), server.create_database()]
    monkeypatch.setattr(sharding, "SETTLING_SECONDS", 0.1)
    monkeypatch.setattr(sharding, "BEAT_SECONDS", 0.05)
    running = Sharded(two_shards(tmp_path, *urls))
    yield running
    running.close()


def watch(_noun: str, _total: int) -> Any:
    return lambda _done: None


def rows_of(sharded: Sharded, shard: str, organization: str) -> int:
    database = sharded.database(shard)
    sql = """
        SELECT (SELECT COUNT(*) FROM resource WHERE organization = ?)
               + (SELECT COUNT(*) FROM organization WHERE id = ?)"""
    return int(database.reading(lambda: database.rows(sql, (organization, organization)))[0][0])


def held(sharded: Sharded, shard: str, organization: str) -> dict[str, list[Any]]:
    """Return all that a shard has of an organization and of its plans, but what is told of the move itself."""
    database, found = sharded.database(shard), {}
    for table in catalog.tables(database):
        if table.name in shard_moves.MAP or table.name in ("event_counter", "cursor_key"):
            continue
        moved = " AND action <> 'organization.placed'" if table.name == "audit_entry" else ""
        sql = f"""
            SELECT {", ".join(table.columns)} FROM "{table.name}" WHERE {row_copies.owner_column(table)} = ?{moved}
            ORDER BY {", ".join(table.key)}"""
        found[table.name] = [
            row for one in shard_moves.whole(database, organization) for row in database.rows(sql, (one,))
        ]
    return found


@pytest.mark.parametrize("sharded", ["sqlite", pytest.param("postgresql", marks=pytest.mark.soak)], indirect=True)
def test_everything_of_an_organization_arrives_plans_included(sharded: Sharded) -> None:
    database = sharded.database(FIRST)
    scim = furnish(SimpleNamespace(database=database, scim=lambda profile: sharded.scim(profile=profile)))  # type: ignore[arg-type]  # what it uses of one
    organization, connection = scim.connected.organization, scim.connected.connection
    dry_run.begin(database, connection)
    planned = scim.a_user("planned@example.com")
    api_keys.create(database, organization, "Portal", "admin")
    clients.create(database, connection, "Provider")
    sharded.flush()
    before, shown = held(sharded, FIRST, organization), plans.show(database, connection)
    filled = {name for name, rows in before.items() if rows}
    assert {"plan", "token", "api_key", "event", "audit_entry", "logbook", "membership", "team", "role_grant"} <= filled
    assert {"oauth_client", "client_secret"} <= filled
    for shard, other in ((EAST, FIRST), (FIRST, EAST)):
        sharding.place(sharded.shards, organization, shard, watch)
        assert held(sharded, shard, organization) == before
        assert not any(held(sharded, other, organization).values())
    assert not auditing.verify(database, organization, []).faults
    assert plans.show(database, connection) == shown
    assert scim.get(f"/Users/{planned['id']}").body == planned
    scim.a_user("another@example.com")
    names = {"planned@example.com", "another@example.com"}
    assert not names & {one["userName"] for one in directory.users(database, organization)}
    assert not plan_applying.apply(database, connection).blocked
    assert names <= {one["userName"] for one in directory.users(database, organization)}


class Load:
    """Requests of a kind in a thread of their own, again and again, with their replies."""

    def __init__(self, request: Callable[[int], Reply]) -> None:
        self.replies: list[Reply] = []
        self._ending = threading.Event()
        self._request = request
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._ending.wait(0.01):
            self.replies.append(self._request(len(self.replies)))

    def end(self) -> None:
        self._ending.set()
        self._thread.join()

    def acknowledged(self) -> list[str]:
        """Return the ids of what was made; whatever else was asked was to come again."""
        for reply in self.replies:
            retry = int(reply.headers.get("Retry-After", 0)) > 0
            assert reply.status == 201 or (reply.status, retry) == (503, True), reply.body
        return [reply.body["id"].removeprefix("usr_") for reply in self.replies if reply.status == 201]


def test_move_under_concurrent_requests_loses_nothing(sharded: Sharded) -> None:
    scim, bystander = sharded.scim(), sharded.scim()
    organization, user = scim.connected.organization, scim.a_user("first@example.com")["id"]
    (_, own), (_, whole) = (
        api_keys.create(sharded.database(FIRST), of, "Portal", "admin") for of in (organization, "")
    )

    def create(number: int) -> Reply:
        return scim.post("/Users", {"userName": f"scim-{number}@example.com"})

    def create_with(key: str, number: int) -> Reply:
        body = orjson.dumps({"attributes": {"userName": f"{key[-4:]}-{number}@example.com"}})
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        return sharded.send("POST", f"/api/v1/users?organization=org_{organization}", body, headers)

    def count(number: int) -> Reply:
        return scim.patch(f"/Users/{user}", {"op": "replace", "path": "title", "value": str(number)})

    makers = [Load(request) for request in (create, partial(create_with, own), partial(create_with, whole))]
    counter, reader = Load(count), Load(lambda _: scim.get(f"/Users/{user}"))
    try:
        assert sharding.place(sharded.shards, organization, EAST, watch).shard == EAST
        bystander.a_user()
    finally:
        for load in (*makers, counter, reader):
            load.end()
    # The key of the installation is one of the first shard alone.
    makers[2].replies = [reply for reply in makers[2].replies if reply.status != 404]
    made = [ident for maker in makers for ident in maker.acknowledged()]
    assert [reply.body for reply in reader.replies if reply.status != 200] == []
    assert {reply.status for reply in counter.replies} == {200, 503}
    last = max(number for number, reply in enumerate(counter.replies) if reply.status == 200)
    assert scim.get(f"/Users/{user}").body["title"] == str(last)
    check_arrived(sharded, organization, [user, *made])
    assert bystander.get("/Users?count=0").body["totalResults"] == 1


def check_arrived(sharded: Sharded, organization: str, made: list[str]) -> None:
    """Hold what lies on the other shard against what was acknowledged: rows, events, audit trail, logbook."""
    east = sharded.database(EAST)
    assert rows_of(sharded, FIRST, organization) == 0
    assert rows_of(sharded, EAST, organization) == len(made) + 1
    events = east.rows("SELECT sequence, kind, resource FROM event WHERE organization = ? ORDER BY 1", (organization,))
    assert [row[0] for row in events] == list(range(1, len(events) + 1))
    assert sorted(row[2] for row in events if row[1] == "user.created") == sorted(made)
    assert not auditing.verify(east, organization, []).faults


def test_move_that_was_cut_off_goes_on(sharded: Sharded, monkeypatch: pytest.MonkeyPatch) -> None:
    scim = sharded.scim()
    user, organization = scim.a_user(), scim.connected.organization

    class Cut(BaseException):
        """The process was killed."""

    def kill(*_: Any) -> None:
        raise Cut

    for place, during in ((FIRST, "row_copies.insert"), (EAST, "shard_moves.retire"), (EAST, "shard_moves.open_gate")):
        module, _, name = during.partition(".")
        with monkeypatch.context() as patched:
            patched.setattr(getattr(sharding, module), name, kill)
            with pytest.raises(Cut):
                sharding.place(sharded.shards, organization, EAST, watch)
        assert shard_map.placement(sharded.shards.first, organization).shard == place
        assert scim.get(f"/Users/{user['id']}").body == user
        assert scim.post("/Users", {"userName": "somebody@example.com"}).status == 503
    sharding.place(sharded.shards, organization, EAST, watch)
    assert shard_map.placement(sharded.shards.first, organization) == Placement(organization, EAST)
    assert scim.get(f"/Users/{user['id']}").body == user
    assert scim.post("/Users", {"userName": "somebody@example.com"}).status == 201
    assert rows_of(sharded, FIRST, organization) == 0


def test_move_that_fails_or_is_called_back_leaves_everything(sharded: Sharded, monkeypatch: pytest.MonkeyPatch) -> None:
    scim = sharded.scim()
    organization = scim.connected.organization

    def differ(*_: Any) -> None:
        raise ConflictError("The copy differs")

    with monkeypatch.context() as patched:
        patched.setattr(sharding, "_compare", differ)
        with pytest.raises(ConflictError):
            sharding.place(sharded.shards, organization, EAST, watch)
    scim.a_user()
    assert rows_of(sharded, EAST, organization) == 0
    assert sharding.place(sharded.shards, organization, FIRST, watch).rows == 0
    with pytest.raises(NotFoundError):
        sharding.place(sharded.shards, "nobody", EAST, watch)
    # A rule from the time before there were shards.
    database, rules = sharded.shards.first, '{"unique_names": "installation"}'
    database.transaction(lambda: tenants.save_rules(database, organization, rules))
    with pytest.raises(ConflictError, match="is not kept across several shards"):
        sharding.place(sharded.shards, organization, EAST, watch)
    scim.a_user()
