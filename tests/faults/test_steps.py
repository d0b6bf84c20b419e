"""Killed at whatever step, a write is done as a whole or not at all, and no 2xx is sent before it is on disk (R17)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from optiid.services import api_keys, auditing, tokens
from tests.conftest import database_url
from tests.events import directory_events
from tests.faults.ledger import Asked, Client, Ledger
from tests.faults.load import patch
from tests.faults.servers import is_ready, kill, seconds_until, workers
from tests.faults.tracing import tracing
from tests.running import Live, Scim, free_port, settings_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MOST_STEPS = 60
CALLS = ("pwrite64", "fsync", "fdatasync", "sendto")
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


@pytest.mark.parametrize("live", ["sqlite"], indirect=True)
def test_every_answer_comes_after_the_disk(live: Live, tmp_path: Path) -> None:
    """The system is asked to put it on disk between a request and its 2xx; for reads it is not."""
    scim, log = live.scim(), tmp_path / "calls"
    path, group = f"/Users/{scim.a_user()['id']}", f"/Groups/{scim.a_group()['id']}"
    with tracing(workers(live), "trace=recvfrom,fsync,fdatasync,sendto", log):
        for number in range(5):
            operation = {"op": "replace", "path": "title", "value": f"title {number}"}
            assert scim.patch(path, operation).status == 200
            assert scim.patch(group, operation | {"path": "externalId"}).status == 200
            scim.a_user()
        assert scim.delete(path).status == 204
    seen = re.findall(r"(PATCH|POST|DELETE|fdatasync|fsync|HTTP/1\.1 2)", log.read_text())
    order = "".join({"f": "f", "H": "2"}.get(word[0], "w") for word in seen)
    assert re.fullmatch(r"f*(wf+2f*){16}", order), order


@pytest.fixture(params=["sqlite", "postgresql"])
def single(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Live]:
    """A server with one worker, that this test may kill."""
    running = Live(settings_in(tmp_path, database_url(request.param, request), port=free_port()), 1)
    yield running
    running.stop()


def user_patch(scim: Scim, number: int) -> tuple[Asked, Callable[[], bool]]:
    """Return a change of several attributes of a new user, and what says whether it was made."""
    ident = scim.a_user(title="old")["id"]
    names = ("title", "nickName", "userType")
    operations = [{"op": "replace", "path": name, "value": f"new {number}"} for name in names]

    def made() -> bool:
        found = scim.get(f"/Users/{ident}").body
        seen = [found.get(name) for name in names], found["meta"]["version"]
        assert seen in ((["old", None, None], 'W/"1"'), ([f"new {number}"] * 3, 'W/"2"')), seen
        return seen[1] == 'W/"2"'

    return patch("Users", ident, *operations, act="write"), made


def group_patch(scim: Scim, number: int) -> tuple[Asked, Callable[[], bool]]:
    """Return a change of a new group's name and members."""
    first, second, third = (scim.a_user()["id"] for _ in range(3))
    ident = scim.a_group(f"old {number}", members=[first])["id"]
    operations = [
        {"op": "replace", "path": "displayName", "value": f"new {number}"},
        {"op": "add", "path": "members", "value": [{"value": second}, {"value": third}]},
        {"op": "remove", "path": f'members[value eq "{first}"]'},
    ]

    def made() -> bool:
        found = scim.get(f"/Groups/{ident}").body
        seen = found["displayName"].split()[0], {member["value"] for member in found["members"]}
        assert seen in (("old", {first}), ("new", {second, third})), seen
        return seen[0] == "new"

    return patch("Groups", ident, *operations, act="write"), made


def bulk(scim: Scim, number: int) -> tuple[Asked, Callable[[], bool]]:
    """Return a request for a user and for a group with that user; each of the two is whole by itself."""
    name, group = f"bulk{number}@example.com", f"bulk {number}"
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": "u", "data": {"userName": name}},
        {"method": "POST", "path": "/Groups", "bulkId": "g", "data": {"displayName": group}},
    ]
    operations[1]["data"] |= {"members": [{"value": "bulkId:u"}]}

    def made() -> bool:
        users = scim.find("/Users", f'userName eq "{name}"').body["Resources"]
        groups = scim.find("/Groups", f'displayName eq "{group}"').body["Resources"]
        members = [member["value"] for one in groups for member in one.get("members", ())]
        assert (len(users), len(groups)) in ((0, 0), (1, 0), (1, 1))
        assert not groups or members == [users[0]["id"]]
        return bool(groups)

    return Asked("write", "POST", "/Bulk", "", {"schemas": [BULK], "Operations": operations}), made


def rotation(live: Live, organization: str) -> tuple[Asked, Callable[[], bool]]:
    """Return the request for a token in place of the one that a new connection has, whose end it brings near."""
    connection = live.connect(organization=organization).connection
    before = tokens.list_all(live.database, connection)

    def made() -> bool:
        found = tokens.list_all(live.database, connection)
        ended = [one.expires_at for one in found if one.id == before[0].id and one.expires_at < before[0].expires_at]
        acts = live.database.reading(
            lambda: live.database.rows(
                "SELECT details FROM audit_entry WHERE organization = ? AND action = 'token.rotated'",
                (organization,),
            )
        )
        noted = [details for (details,) in acts if connection in str(details)]
        assert (len(found) - 1, len(ended), len(noted)) in ((0, 0, 0), (1, 1, 1))
        return bool(ended)

    return Asked("write", "POST", f"/connections/con_{connection}/token-rotations", "", {}), made


def check_told(live: Live, organization: str) -> None:
    """Check that what was done has its events and audit entries, and nothing else has."""
    directory_events(live.database, organization)
    assert auditing.verify(live.database, organization).faults == []
    own = "WHERE organization = ? AND (kind LIKE 'user.%' OR kind LIKE 'group.%')"
    statements = (
        f"SELECT DISTINCT request FROM event {own} ORDER BY request",
        f"SELECT DISTINCT request FROM audit_entry {own.replace('kind', 'action')} ORDER BY request",
        f"SELECT COUNT(*) FROM audit_entry {own.replace('kind', 'action')}",
        "SELECT COALESCE(SUM(version), 0) FROM resource WHERE organization = ?",
    )
    told, noted, acts, versions = (
        live.database.reading(lambda sql=sql: live.database.rows(sql, (organization,)))  # type: ignore[misc]
        for sql in statements
    )
    assert told == noted
    assert acts == versions


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("write", [user_patch, group_patch, bulk])
def test_killed_at_each_step_it_is_whole_or_nothing(single: Live, write: Any) -> None:
    scim, ledger = single.scim(), Ledger()
    client = Client((single.settings.host, single.settings.port), scim.connected.token, ledger)

    def write_once() -> tuple[Asked, Callable[[], bool]]:
        return write(scim, len(ledger.entries))  # type: ignore[no-any-return]

    steps, done = kill_at_each_step(single, client, write_once, scim.connected.organization)
    tell(single, write.__name__, steps, done)


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_killed_at_each_step_a_token_is_rotated_whole_or_not_at_all(single: Live) -> None:
    organization = single.connect().organization
    _, key = api_keys.create(single.database, organization, "Portal", "admin")
    client = Client((single.settings.host, single.settings.port), key, Ledger(), "/api/v1")

    def write_once() -> tuple[Asked, Callable[[], bool]]:
        return rotation(single, organization)

    tell(single, "token", *kill_at_each_step(single, client, write_once, organization))


def kill_at_each_step(
    live: Live, client: Client, write: Callable[[], tuple[Asked, Callable[[], bool]]], organization: str
) -> tuple[dict[str, int], int]:
    """Kill the worker at the first, second, ... of each call that a write makes, until it makes no more.

    Returns the steps by call, and how many writes were done all the same.
    """
    steps, done = dict.fromkeys(CALLS, 0), 0
    for call in CALLS:
        for step in range(1, MOST_STEPS + 1):
            asked, made = write()
            with tracing(workers(live), f"inject={call}:signal=KILL:when={step}"):
                entry = client.ask(asked)
            client.close()
            if entry.acknowledged:
                kill(workers(live)[0])
            seconds_until("it is ready again", lambda: is_ready(live))
            is_done = made()
            assert is_done or not entry.acknowledged, "acknowledged and lost"
            done += is_done
            check_told(live, organization)
            if entry.acknowledged:
                break
            steps[call] = step
    assert sum(steps.values()) > 0
    return steps, done


def tell(live: Live, what: str, steps: dict[str, int], done: int) -> None:
    """Print the figures."""
    print(f"{live.database.dialect.name} {what}: killed at {steps}; done {done}, rest as before; 0 between")
