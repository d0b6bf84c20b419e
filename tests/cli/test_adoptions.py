"""Adoptions as commands: look at both sides, then approve one, or all of a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.running import InProcess, Scim, settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def scim(tmp_path: Path) -> Iterator[Scim]:
    """A connection that asks."""
    service = InProcess(settings_in(tmp_path))
    yield service.as_(service.connect(settings={"adopt": "ask"}))
    service.database.close()


def made_by_hand(ask: Any, scim: Scim, *names: str) -> None:
    """Make users by hand and a group of them, and let the identity provider want all of them, the group first."""
    there = ("--organization", scim.connected.organization)
    members = [part for name in names for part in ("--member", name)]
    for name in names:
        ask("user", "create", name, *there)
    ask("group", "create", "Crew", *there, *members)
    assert scim.post("/Groups", {"displayName": "Crew"}).status == 409
    for name in names:
        assert scim.post("/Users", {"userName": name, "title": "Engineer"}).status == 409


def test_one_is_looked_at_and_approved(ask: Any, run: Any, scim: Scim) -> None:
    made_by_hand(ask, scim, "ada@example.com")
    user = next(one for one in ask("adoption", "list") if one["matched_by"] == "userName")
    shown = ask("adoption", "show", user["id"])
    assert (shown["sent"]["title"], "title" in shown["differing"]) == ("Engineer", True)
    seen = ("--seen", shown["seen"])
    assert user["seen"] == shown["seen"]
    (decided,) = ask("adoption", "approve", user["id"], *seen)
    assert (decided["approved"], decided["reason"]) == (True, "")
    assert scim.get("/Users").body["totalResults"] == 1
    assert run("adoption", "approve", user["id"], *seen)[0] == 1
    assert run("adoption", "approve", *seen)[0] == run("adoption", "approve", user["id"])[0] == 2


def test_what_was_sent_since_is_not_approved(ask: Any, run: Any, scim: Scim) -> None:
    made_by_hand(ask, scim, "ada@example.com")
    user = next(one for one in ask("adoption", "list") if one["matched_by"] == "userName")
    assert scim.post("/Users", {"userName": "ada@example.com", "title": "Root"}).status == 409
    status, out, _ = run("adoption", "approve", user["id"], "--seen", user["seen"])
    assert (status, "not as it was seen" in out) == (1, True)
    assert scim.get("/Users").body["totalResults"] == 0


def test_all_of_a_connection_are_approved_users_first(ask: Any, scim: Scim) -> None:
    made_by_hand(ask, scim, "ada@example.com", "bob@example.com")
    seen = "\n".join(one["seen"] for one in ask("adoption", "list"))
    decided = ask("adoption", "approve", "--connection", scim.connected.connection, "--seen", seen)
    assert [one["type"] for one in decided] == ["User", "User", "Group"]
    (group,) = scim.get("/Groups").body["Resources"]
    assert len(scim.get(f"/Groups/{group['id']}").body["members"]) == 2
    assert ask("adoption", "list") == []


def test_refused_is_told_as_refused(ask: Any, run: Any, scim: Scim) -> None:
    made_by_hand(ask, scim, "ada@example.com")
    ids = [one["id"] for one in ask("adoption", "list", "--organization", scim.connected.organization)]
    assert ask("adoption", "refuse", ids[0])["refused"] is True
    assert {one["state"] for one in ask("adoption", "list")} == {"proposed", "refused"}
    (seen,) = (one["seen"] for one in ask("adoption", "list") if one["state"] == "proposed")
    assert len(ask("adoption", "approve", "--connection", scim.connected.connection, "--seen", seen)) == 1
    assert run("adoption", "show", "nonsense")[0] == 1
