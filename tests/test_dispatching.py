"""One application for organizations in several databases: each request goes where its credential belongs."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from optiid.credentials import mint_key, mint_token
from optiid.dispatching import Door, create_service
from optiid.errors import SettingsError
from optiid.services import api_keys, sharding, tokens
from optiid.storage import shard_moves
from optiid.storage.shards import FIRST
from tests.running import PREFIX, settings_in
from tests.shards import EAST, Sharded, shards_on, two_shards

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.running import Reply


@pytest.fixture(params=["sqlite", "postgresql"])
def sharded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sharded]:
    """Two shards: two SQLite files, or two databases of one PostgreSQL."""
    yield from shards_on(request, tmp_path)


def test_one_application_serves_the_organizations_of_both(sharded: Sharded) -> None:
    here, there = sharded.scim(), sharded.scim(EAST)
    ada, bob = here.a_user("ada@example.com"), there.a_user("bob@example.com")
    for scim, user, other in ((here, ada, bob), (there, bob, ada)):
        assert scim.get(f"/Users/{user['id']}").body == user
        assert scim.get(f"/Users/{other['id']}").status == 404
        assert scim.get("/Users").body["totalResults"] == 1
    count = "SELECT COUNT(*) FROM resource"
    assert [sharded.database(shard).rows(count) for shard in (FIRST, EAST)] == [[(1,)], [(1,)]]


def test_unknown_and_malformed_credentials_are_refused_in_the_same_words(sharded: Sharded) -> None:
    there = sharded.scim(EAST)
    assert there.get("/Users").status == 200
    details = set()
    for secret in (mint_token(), mint_token(), "nonsense", ""):
        reply = sharded.send("GET", f"{PREFIX}/Users", None, {"Authorization": f"Bearer {secret}"})
        assert (reply.status, reply.headers["WWW-Authenticate"]) == (401, 'Bearer realm="scim"')
        details.add(reply.body["detail"].partition(" (req_")[0])
    assert len(details) == 1
    assert sharded.send("GET", "/api/v1/users", None, {"Authorization": f"Bearer {mint_key()}"}).status == 401


def test_revoked_token_is_refused_at_once(sharded: Sharded) -> None:
    there = sharded.scim(EAST)
    assert there.get("/Users").status == 200
    database = sharded.database(EAST)
    (token,) = tokens.list_all(database, there.connected.connection)
    tokens.revoke(database, token.id)
    reply = there.get("/Users")
    assert (reply.status, "was revoked on" in reply.body["detail"]) == (401, True)


def test_keys_of_the_admin_api_lead_to_their_shard(sharded: Sharded) -> None:
    there = sharded.scim(EAST)
    user = there.a_user()
    database = sharded.database(EAST)
    _, own = api_keys.create(database, there.connected.organization, "Portal", "read")
    _, whole = api_keys.create(database, "", "Operations", "admin")
    for key, query in ((own, ""), (whole, f"?organization=org_{there.connected.organization}")):
        reply = sharded.send("GET", f"/api/v1/users{query}", None, {"Authorization": f"Bearer {key}"})
        assert [one["id"] for one in reply.body["data"]] == [f"usr_{user['id']}"]


def test_token_made_by_the_admin_api_is_found(sharded: Sharded) -> None:
    connected = sharded.connect(EAST)
    _, key = api_keys.create(sharded.database(EAST), connected.organization, "Portal", "admin")
    path = f"/api/v1/connections/con_{connected.connection}/tokens"
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    made = sharded.send("POST", path, b"{}", headers)
    assert made.status == 201
    headers = {"Authorization": f"Bearer {made.body['token']}"}
    assert sharded.send("GET", f"{PREFIX}/Users", None, headers).status == 200


def test_organization_amid_a_move_is_never_missing(sharded: Sharded, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is hidden from when it goes here until it opens there: whoever asks then is to try again (rule R19)."""
    first, replies = sharded.database(FIRST), []
    moving, overtaken = (sharded.connect().organization for _ in range(2))
    keys = {one: api_keys.create(first, one, "Portal", "admin")[1] for one in (moving, overtaken)}
    retire, identify = shard_moves.retire, api_keys.identify

    def create(organization: str) -> Reply:
        headers = {"Authorization": f"Bearer {keys[organization]}", "Content-Type": "application/json"}
        return sharded.send("POST", "/api/v1/users", b'{"attributes": {"userName": "ada@example.com"}}', headers)

    def ask_between(database: Any, organization: str) -> None:
        retire(database, organization)
        replies.append(create(organization))

    def be_overtaken(*arguments: Any) -> Any:
        found = identify(*arguments)
        retire(first, overtaken)
        return found

    with monkeypatch.context() as patched:
        patched.setattr(sharding, "SETTLING_SECONDS", 0)
        patched.setattr(shard_moves, "retire", ask_between)
        sharding.place(sharded.shards, moving, EAST, lambda *_: lambda _: None)
    with monkeypatch.context() as patched:
        patched.setattr(api_keys, "identify", be_overtaken)
        replies.append(create(overtaken))
    assert [(reply.status, int(reply.headers.get("Retry-After", 0)) > 0) for reply in replies] == [(503, True)] * 2
    assert create(moving).status == 201


def test_first_requests_to_a_shard_wait_until_it_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    running, original, opening = Sharded(two_shards(tmp_path)), Door._opened, threading.Event()
    there, statuses = running.scim(EAST), []

    def slow(door: Door) -> Any:
        opening.set()
        time.sleep(0.2)
        return original(door)

    monkeypatch.setattr(Door, "_opened", slow)
    threads = [threading.Thread(target=lambda: statuses.append(there.get("/Users").status)) for _ in range(3)]
    threads[0].start()
    assert opening.wait(10)
    for thread in threads[1:]:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 3
    running.close()


def test_what_has_no_credential_is_answered_by_the_first(sharded: Sharded) -> None:
    for path, status in (("/healthz", 200), ("/readyz", 200), (f"{PREFIX}/openapi.json", 200), ("/nowhere", 404)):
        assert sharded.send("GET", path, None, {}).status == status


def test_without_shards_there_is_one_ordinary_application(tmp_path: Path) -> None:
    made: Any = create_service(settings_in(tmp_path))
    assert made.name == "optiid"


def test_shards_whose_names_are_mixed_up_answer_nothing_wrong(tmp_path: Path) -> None:
    settings = two_shards(tmp_path)
    running = Sharded(settings)
    there = running.scim(EAST)
    assert there.get("/Users").status == 200
    running.close()
    mixed = settings_in(tmp_path, shards=f"{EAST}=sqlite:///{tmp_path}/optiid.sqlite")
    again = create_service(mixed)
    running.app = again
    assert there.get("/Users").status == 503
    with pytest.raises(SettingsError, match="is shard 'east'"):
        create_service(settings_in(tmp_path, f"sqlite:///{tmp_path}/east.sqlite", shards="west=sqlite:///none"))
