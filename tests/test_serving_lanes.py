"""Who asks for much waits for itself: turns, the thread that is kept, and whose request there is no room for."""

from __future__ import annotations

import pytest

from optiid.serving_lanes import Lane, Lanes


class Threads:
    """A lane whose requests run until they are ended by name; a name begins with who asked."""

    def __init__(self, threads: int, most: int) -> None:
        self.began: list[str] = []
        self._lane: Lane[str] = Lane(threads, most, lambda _lane, job: self.began.append(job))

    def ask(self, *names: str) -> list[str]:
        return [out for name in names if (out := self._lane.enter(name[:1].encode(), name)) is not None]

    def end(self, *names: str) -> None:
        for name in names:
            self._lane.leave(name[:1].encode())


def test_lane_has_room_until_it_is_full() -> None:
    one = Threads(1, 2)
    assert one.ask("a1", "a2", "a3") == ["a3"]
    one.end("a1")
    assert one.ask("a4", "a5") == ["a5"]
    assert one.began == ["a1", "a2"]


def test_those_who_wait_take_turns() -> None:
    one = Threads(1, 20)
    one.ask("a1", "a2", "a3", "a4", "b1", "b2", "c1")
    for name in ("a1", "a2", "b1", "c1", "a3", "b2"):
        one.end(name)
    assert one.began == ["a1", "a2", "b1", "c1", "a3", "b2", "a4"]


def test_last_thread_is_kept_for_whoever_has_none() -> None:
    three = Threads(3, 20)
    three.ask("a1", "a2", "a3", "a4")
    assert three.began == ["a1", "a2"]
    three.ask("b1", "b2")
    assert three.began == ["a1", "a2", "b1"]
    three.end("a1")
    assert three.began == ["a1", "a2", "b1"]  # both run
    three.end("a2")
    assert three.began == ["a1", "a2", "b1", "a3"]


def test_place_is_taken_from_whoever_has_the_most_waiting() -> None:
    two = Threads(2, 6)
    assert two.ask("a1", "a2", "a3", "a4", "a5", "a6") == []
    assert two.ask("b1", "b2", "b3") == ["a6", "a5", "a4"]
    assert two.began == ["a1", "b1"]
    assert two.ask("b4", "c1") == ["b4", "a3"]


@pytest.mark.parametrize(
    ("target", "lane"),
    [
        (b"GET /scim/v2/Users", "reads"),
        (b"HEAD /scim/v2/Users", "reads"),
        (b"POST /scim/v2/Users/.search", "writes"),
        (b"PATCH /scim/v2/Users/x", "writes"),
        (b"GET /readyz", "probes"),
        (b"GET //healthz/?a=b", "probes"),
        (b"GET /readyzs", "reads"),
        (b"", "writes"),
    ],
)
def test_readers_wait_for_no_writer_and_probes_for_nobody(target: bytes, lane: str) -> None:
    lanes: Lanes[str] = Lanes(2, 1, lambda _lane, _job: None)
    assert lanes.of(target) is getattr(lanes, lane)
