"""Large groups cost no memory that grows with them, beyond what their own requests hold."""

from __future__ import annotations

import tracemalloc
from contextlib import closing
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from optiid.scim.projection import EVERYTHING
from optiid.services import large_groups, reading
from optiid.storage.database import open_database
from optiid.storage.resources import Scope
from tests.large_groups import a_large_group
from tests.running import GROUP as GROUP_URN
from tests.running import PREFIX, InProcess, settings_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MIB = 1024 * 1024


@pytest.fixture
def alone(tmp_path: Path) -> Any:
    """A service of its own on SQLite, whose memory nobody else uses."""
    running = InProcess(settings_in(tmp_path))
    yield running
    running.service.logbook.flush()
    running.database.close()


def peak(work: Callable[[], Any]) -> int:
    tracemalloc.start()
    work()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def taken(service: Any, scim: Any, method: str, path: str, body: bytes | None = None) -> int:
    """Return how long an answer is, which is taken piece by piece and must be a success."""
    headers = {"Authorization": f"Bearer {scim.connected.token}", "Content-Type": "application/scim+json"}
    answer = service.app.test_client().open(PREFIX + path, method=method, headers=headers, data=body)
    assert answer.status_code == 200
    length = sum(len(piece) for piece in answer.response)
    answer.close()
    return length


def sent_whole(members: list[str]) -> bytes:
    """Return a PUT as Entra ID sends it."""
    listed = [
        {
            "value": ident,
            "display": "Alexandra Featherstonehaugh",
            "$ref": f"https://scim.example.com/scim/v2/Users/{ident}",
            "type": "User",
        }
        for ident in members
    ]
    return orjson.dumps({"schemas": [GROUP_URN], "displayName": "All", "members": listed})


def test_memory_does_not_grow_with_a_group_that_is_read(alone: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "WHOLE_MEMBERS", 500)
    monkeypatch.setattr(large_groups, "PIECE", 200)
    scim = alone.scim()
    peaks, lengths = [], []
    for number in (600, 3000):
        group, _ = a_large_group(alone.database, scim, number)
        for path in (f"/Groups/{group}", f"/Groups?filter=id%20eq%20%22{group}%22"):
            taken(alone, scim, "GET", path)
            peaks.append(peak(lambda path=path: lengths.append(taken(alone, scim, "GET", path))))
    assert lengths[2] > 3 * lengths[0]
    assert max(peaks[2:]) < 1.2 * max(peaks[:2]), peaks
    assert max(peaks) < 2 * MIB, peaks


def test_answer_to_a_group_sent_whole_adds_no_memory(alone: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "WHOLE_MEMBERS", 500)
    scim = alone.scim()
    group, members = a_large_group(alone.database, scim, 3000)
    body = sent_whole(members)
    taken(alone, scim, "PUT", f"/Groups/{group}", body)
    without = peak(lambda: taken(alone, scim, "PUT", f"/Groups/{group}?excludedAttributes=members", body))
    whole = peak(lambda: taken(alone, scim, "PUT", f"/Groups/{group}", body))
    assert whole < 1.1 * without, (whole, without)
    assert whole < 12 * len(body), (whole, len(body))


@pytest.mark.soak
def test_group_of_100000_is_read_and_sent_whole(alone: Any) -> None:
    scim = alone.scim()
    group, members = a_large_group(alone.database, scim, 100_000)
    body = sent_whole(members)
    assert 16 * MIB < len(body) < alone.settings.group_body_limit
    assert peak(lambda: taken(alone, scim, "GET", f"/Groups/{group}")) < 5 * MIB
    assert peak(lambda: taken(alone, scim, "PUT", f"/Groups/{group}", body)) < 12 * len(body)


def test_page_ends_before_its_members_are_too_many(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large_groups, "PAGE_MEMBERS", 10)
    scim = service.scim()
    sizes = [3, 7, 1, 12, 0]
    groups = [a_large_group(service.database, scim, size)[0] if size else scim.a_group()["id"] for size in sizes]
    scope = Scope(scim.connected.organization, scim.connected.connection)

    def fitting(idents: list[str], counted: set[str]) -> int:
        return large_groups.fitting(service.database, scope, idents, counted)

    assert fitting(groups, set(groups)) == 2
    assert fitting(groups[2:], set(groups)) == 1
    assert fitting(groups[3:], set(groups)) == 1
    assert fitting(groups[4:], set(groups)) == 1
    assert fitting(groups, {groups[3]}) == 3
    assert fitting(groups, set()) == 5
    assert fitting([], set()) == 0


def test_members_come_from_one_moment(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large_groups, "PIECE", 2)
    scim = service.scim()
    group, members = a_large_group(service.database, scim, 5)
    scope = Scope(scim.connected.organization, scim.connected.connection)
    other = open_database(service.settings)
    with closing(large_groups.Held(service.database, scope)) as held:
        pieces = held.members(group, EVERYTHING)
        found = next(pieces)
        scim.a_user()  # over the thread's ordinary connection
        other.transaction(
            lambda: other.execute(
                "DELETE FROM membership WHERE organization = ? AND group_id = ?", (scope.organization, group)
            )
        )
        found += [one for piece in pieces for one in piece]
    other.close()
    assert [one.id for one in found] == members
    assert not scim.get(f"/Groups/{group}").body.get("members")
