"""Dry run as commands: begun, shown, applied with what stays planned, dropped."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.running import InProcess, settings_in

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def scim(tmp_path: Path) -> Any:
    """A client of a connection in the data folder of the commands."""
    service = InProcess(settings_in(tmp_path))
    yield service.scim()
    service.database.close()


def test_plan_is_shown_and_applied(run: Any, ask: Any, scim: Any) -> None:
    connection = scim.connected.connection
    assert ask("connection", "dry-run", connection)["state"] == "dry-run"
    assert run("plan", "show", "--connection", connection)[1].endswith("nothing would change\n")
    ada = scim.a_user("ada@example.com")["id"]
    group = scim.a_group("Sales", [ada])["id"]
    shown = ask("plan", "show", "--connection", connection)
    assert shown["counts"] == {"users created": 1, "groups created": 1, "memberships added": 1}
    assert shown["memberships"] == [{"change": "added", "group": group, "member": ada}]
    text = run("plan", "show", "--connection", connection, "--limit", "1")[1]
    assert "1 users created, 1 groups created, 1 memberships added" in text
    assert ("ada@example.com" in text, "Sales" in text, "Memberships" in text) == (True, False, True)
    assert ask("user", "list") == []
    status, _, err = run("connection", "activate", connection)
    assert (status, f"`optiid plan apply --connection {connection}`" in err) == (1, True)
    made = ask("plan", "apply", "--connection", connection)
    assert (made["state"], made["resources"], made["memberships"]) == ("active", 2, 1)
    assert [one["userName"] for one in ask("user", "list")] == ["ada@example.com"]


def test_what_stays_planned_is_told(run: Any, ask: Any, scim: Any) -> None:
    connection, organization = scim.connected.connection, scim.connected.organization
    ask("connection", "dry-run", connection)
    ada = scim.a_user("ada@example.com")["id"]
    ask("user", "create", "ada@example.com", "--organization", organization)
    status, out, err = run("plan", "apply", "--connection", connection)
    assert (status, "dry-run" in out, f"User {ada} (ada@example.com) stays planned: its name" in err) == (1, True, True)
    status, out, _ = run("plan", "apply", "--connection", connection, "--output", "json")
    assert (status, [one["item"]["id"] for one in json.loads(out)["blocked"]]) == (1, [ada])
    assert ask("plan", "discard", "--connection", connection, "--then", "active")["state"] == "active"
    assert scim.get(f"/Users/{ada}").status == 404
    status, _, err = run("plan", "show", "--connection", connection)
    assert (status, "has no plan" in err) == (1, True)
