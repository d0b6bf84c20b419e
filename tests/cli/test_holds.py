"""What the brake holds, on the command line: listed, released, rejected, and told of by doctor."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.running import InProcess, settings_in

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def scim(tmp_path: Path) -> Any:
    """A connection four of whose users it wanted to delete, none of whom it could."""
    service = InProcess(settings_in(tmp_path))
    client = service.scim(settings={"brake_users": 0, "brake_percent": 0})
    for number in range(4):
        client.delete(f"/Users/{client.a_user(f'user{number}@example.com')['id']}")
    yield client
    service.database.close()


def test_holds_are_listed_and_settled(ask: Any, run: Any, scim: Any) -> None:
    owner, connection = scim.connected.organization, scim.connected.connection
    found = ask("hold", "list")
    assert [one["display"] for one in found] == [f"user{number}@example.com" for number in range(4)]
    assert ask("hold", "list", "--organization", owner, "--connection", connection, "--limit", "1") == found[:1]
    assert ask("hold", "show", found[0]["id"], "--organization", owner) == found[0]
    assert len(ask("user", "list")) == 4
    doctor = [one for one in json.loads(run("doctor", "--output", "json")[1]) if one["about"] == "hold"]
    assert [(one["level"], "4 removals" in one["text"]) for one in doctor] == [("warn", True)]

    made = ask("hold", "reject", found[0]["id"], found[1]["id"], "--organization", owner)
    assert [one["state"] for one in made["settled"]] == ["rejected", "rejected"]
    assert scim.get("/Users").body["totalResults"] == 2
    made = ask("hold", "release", "--connection", connection)
    assert [(one["display"], one["settled_by"]) for one in made["settled"]] == [
        ("user2@example.com", "command-line"),
        ("user3@example.com", "command-line"),
    ]
    assert len(ask("user", "list")) == 2
    assert ask("hold", "list") == []
    assert len(ask("hold", "list", "--all")) == 4


def test_what_cannot_be_settled_is_told(run: Any, ask: Any, scim: Any) -> None:
    owner = scim.connected.organization
    first = ask("hold", "list")[0]["id"]
    ask("hold", "release", first, "--organization", owner)
    status, out, err = run("hold", "reject", first, "--organization", owner)
    assert (status, "was released already" in err) == (1, True)
    status, out, err = run("hold", "reject", first, "--organization", owner, "--output", "json")
    assert (status, json.loads(out)["refused"][0]["id"]) == (1, first)
    assert run("hold", "reject", "nothing", "--organization", owner)[0] == 1
    assert run("hold", "reject", first)[0] == 1
    assert run("hold", "reject")[0] == 2
    assert run("hold", "reject", first, "--connection", scim.connected.connection)[0] == 2
