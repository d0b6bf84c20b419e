"""The table in docs/request-path.md is what happens: functions, files, order and statements."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.running import ROOT

if TYPE_CHECKING:
    from types import FrameType

PACKAGE = ROOT / "optiid"
DOCUMENT = (PACKAGE / "docs" / "request-path.md").read_text()
ROW = re.compile(r"^\| (\d+) \| `([\w/]+\.py)` \| `(\w+)` \|.*\| ([\d, ]*)\|$", re.MULTILINE)
EXECUTE = ("storage/database.py", "execute")
Step = tuple[str, str]


def documented() -> tuple[list[Step], list[tuple[Step, int]]]:
    """Return the steps of the table, and the step of each statement by the statement's number."""
    steps, numbered = [], []
    for number, file, function, statements in ROW.findall(DOCUMENT):
        steps.append((file, function))
        assert int(number) == len(steps)
        numbered += [(int(statement), (file, function)) for statement in statements.replace(",", " ").split()]
    return steps, [(step, number) for number, step in sorted(numbered)]


class Tracer:
    """Notes the calls of some functions of the package, and in which of them each statement ran."""

    def __init__(self, watched: set[Step]) -> None:
        self.watched = watched
        self.calls: list[Step] = []
        self.statements: list[tuple[Step, int]] = []

    def __call__(self, frame: FrameType, event: str, _argument: Any) -> None:
        file = frame.f_code.co_filename
        if event != "call" or not file.startswith(str(PACKAGE)):
            return
        step = (Path(file).relative_to(PACKAGE).as_posix(), frame.f_code.co_name)
        if step in self.watched:
            self.calls.append(step)
        elif step == EXECUTE:
            self.statements.append((self.calls[-1], len(self.statements) + 1))


def traced(work: Any) -> tuple[Any, Tracer]:
    tracer = Tracer(set(documented()[0]))
    sys.setprofile(tracer)
    try:
        return work(), tracer
    finally:
        sys.setprofile(None)


def test_table_has_all_its_rows() -> None:
    steps, statements = documented()
    assert len(steps) == len(re.findall(r"^\| \d+ \|", DOCUMENT, re.MULTILINE)) == 29
    assert [number for _, number in statements] == list(range(1, len(statements) + 1))


def test_request_goes_the_way_of_the_table(service: Any) -> None:
    scim = service.scim()
    user = scim.a_user(emails=[{"value": "babs@example.com"}])
    operation = {"op": "replace", "path": "active", "value": "False"}
    reply, tracer = traced(lambda: scim.patch(f"/Users/{user['id']}", operation))
    assert (reply.status, reply.body["active"]) == (200, False)
    steps, statements = documented()
    assert tracer.calls == steps
    assert tracer.statements == statements


def test_request_that_changes_nothing_writes_nothing(service: Any) -> None:
    scim = service.scim()
    user = scim.a_user()
    operation = {"op": "replace", "path": "active", "value": True}
    reply, tracer = traced(lambda: scim.patch(f"/Users/{user['id']}", operation))
    assert reply.body == user
    functions = [function for _, function in tracer.calls]
    assert not {"save", "claim"} & set(functions)
    assert [step[1] for step, _ in tracer.statements] == ["fetch_for_change", "groups_of"]
