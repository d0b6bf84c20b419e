"""Rows of the logbook: stored many at once, completed, narrowed, pruned, and forgotten by person."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.clock import new_id, timestamp
from optiid.storage import logbook
from optiid.storage.logbook import Line, Wanted


@pytest.fixture
def organization(service: Any) -> str:
    found: str = service.connect().organization
    return found


def a_line(organization: str, **more: Any) -> Line:
    words = {"connection": "c", "created_at": timestamp(), "request": "req_1", "method": "GET", "target": "/Users"}
    return Line(**{"organization": organization, "id": new_id(), "profile": "standard"} | words | more)


def run(service: Any, work: Any, *arguments: Any) -> Any:
    return service.database.transaction(lambda: work(service.database, *arguments))


def ids(lines: list[Line]) -> list[str]:
    return [line.id for line in lines]


def test_lines_are_stored_and_read_by_pages(service: Any, organization: str) -> None:
    lines = [a_line(organization, came='{"a": "?%"}') for _ in range(120)]
    lines.sort(key=lambda line: line.id)
    with service.database.counting() as seen:
        run(service, logbook.insert, lines)
    assert len(seen) == 3
    run(service, logbook.insert, lines[:2])
    assert logbook.page(service.database, organization, "", 1000) == lines
    assert logbook.page(service.database, organization, lines[9].id, 5) == lines[10:15]
    assert logbook.newest(service.database, organization, 3) == lines[-3:]
    assert logbook.page(service.database, service.connect().organization, "", 10) == []


def test_answers_are_completed_many_at_once(service: Any, organization: str) -> None:
    lines = [a_line(organization, id=f"{number:02}") for number in range(60)]
    run(service, logbook.insert, lines)
    for number, line in enumerate(lines[:-1]):
        line.status, line.milliseconds = 200 + number, number + 0.5
    with service.database.counting() as seen:
        run(service, logbook.complete, lines[:-1])
    assert len(seen) == 2
    assert logbook.page(service.database, organization, "", 100) == lines


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(resource="ada"), [0]),
        (Wanted(subject="bob"), [1]),
        (Wanted(resource="ada", subject="bob"), [0, 1]),
        (Wanted(connection="d"), [2]),
        (Wanted(request="req_2"), [1]),
        (Wanted(status=(400, 499)), [2]),
        (Wanted(status=(200, 200), request="req_2"), [1]),
        (Wanted(since="2026-02"), [1, 2]),
        (Wanted(since="2026-02", until="2026-03"), [1]),
    ],
)
def test_lines_are_narrowed(service: Any, organization: str, wanted: Wanted, found: list[int]) -> None:
    lines = [
        a_line(organization, id="1", resource="ada", status=200, created_at="2026-01-01"),
        a_line(organization, id="2", subject="bob", request="req_2", status=200, created_at="2026-02-01"),
        a_line(organization, id="3", connection="d", status=409, created_at="2026-03-01"),
    ]
    run(service, logbook.insert, lines)
    expected = [lines[place] for place in found]
    assert logbook.page(service.database, organization, "", 10, wanted) == expected
    assert logbook.newest(service.database, organization, 10, wanted) == expected


def test_old_lines_are_pruned_in_slices(service: Any, organization: str) -> None:
    run(service, logbook.insert, [a_line(organization, id=str(number)) for number in range(5)])
    assert [run(service, logbook.prune, organization, "4", 3) for _ in range(3)] == [3, 1, 0]
    assert ids(logbook.newest(service.database, organization, 10)) == ["4"]


def test_person_is_forgotten_under_every_name(service: Any, organization: str) -> None:
    lines = [
        a_line(organization, id="1", resource="a", subject="ada"),
        a_line(organization, id="2", subject="ada"),
        a_line(organization, id="3", resource="a", subject="ada lovelace"),
        a_line(organization, id="4", subject="bob"),
        a_line(organization, id="5"),
    ]
    run(service, logbook.insert, lines)
    assert run(service, logbook.forget_person, organization, "a", "ada lovelace").names == {"ada", "ada lovelace"}
    assert ids(logbook.newest(service.database, organization, 10)) == ["4", "5"]


def test_texts_are_read_and_lines_removed(service: Any, organization: str) -> None:
    lines = [a_line(organization, id=str(number), came=f'"c{number}"', meant='"m"') for number in range(3)]
    run(service, logbook.insert, lines)
    found = logbook.texts(service.database, organization, "0", 10)
    assert [(ident, f'"c{ident}"' in text, '"m"' in text) for ident, text, _ in found] == [
        ("1", True, True),
        ("2", True, True),
    ]
    run(service, logbook.remove, organization, ["0", "2"])
    assert ids(logbook.newest(service.database, organization, 10)) == ["1"]


def test_lines_are_read_backwards_by_pages(service: Any, organization: str) -> None:
    lines = sorted((a_line(organization) for _ in range(5)), key=lambda line: line.id, reverse=True)
    run(service, logbook.insert, lines)
    assert logbook.earlier(service.database, organization, "", 3) == lines[:3]
    assert logbook.earlier(service.database, organization, lines[2].id, 9) == lines[3:]
    assert logbook.earlier(service.database, organization, "", 9, Wanted(request="req_2")) == []
