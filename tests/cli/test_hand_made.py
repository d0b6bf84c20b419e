"""People and groups made by hand, as commands make them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.running import InProcess, settings_in

if TYPE_CHECKING:
    from pathlib import Path


def test_person_and_group_from_creation_to_removal(ask: Any, run: Any) -> None:
    ask("organization", "create", "Acme")
    there = ("--organization", "Acme")
    name = ("--set", "name.givenName=Ada", "--set", "externalId=12345")
    made = ask("user", "create", "ada@example.com", *there, *name)
    assert ask("user", "show", made["id"], *there)["externalId"] == "12345"
    emails = '[{"value": "ada@example.com", "type": "work"}]'
    assert ask("user", "change", "ADA@example.com", *there, "--set", f"emails={emails}")["id"] == made["id"]
    ask("user", "change", "ada@example.com", *there, "--set", "name.givenName=null", "--set", "active=true")
    shown = ask("user", "show", made["id"], *there)
    assert ("name" in shown, shown["emails"][0]["type"]) == (False, "work")
    group = ask("group", "create", "Project X", *there, "--member", "ada@example.com")
    assert [one["id"] for one in ask("group", "show", "project x")["members"]] == [made["id"]]
    ask("group", "remove-member", "Project X", "ada@example.com", *there)
    assert ask("group", "show", group["id"])["members"] == []
    ask("group", "create", "Outer", *there)
    ask("group", "add-member", "outer", made["id"], "Project X", *there)
    assert {one["id"] for one in ask("group", "show", "Outer")["members"]} == {made["id"], group["id"]}
    assert ask("group", "change", "Outer", *there, "--set", "displayName=All")["displayName"] == "All"
    assert ask("group", "remove", "all", *there)["removed"] is True
    assert ask("user", "remove", "ada@example.com", *there) == {"id": made["id"], "removed": True}
    assert ask("user", "list") == []
    assert run("user", "change", "ada@example.com", *there)[0] == 1


def test_what_a_connection_owns_is_told_and_stays(ask: Any, run: Any, tmp_path: Path) -> None:
    service = InProcess(settings_in(tmp_path))
    scim = service.scim("okta")
    user = scim.a_user("owned@example.com")
    service.database.close()
    there = ("--organization", scim.connected.organization)
    for arguments in (("change", "owned@example.com", "--set", "title=x"), ("remove", user["id"])):
        status, out, err = run("user", *arguments, *there)
        assert (status, out, "Traceback" in err) == (1, "", False)
        assert "change it in its identity provider" in err
        assert scim.connected.connection in err
    assert run("user", "create", "owned@example.com", *there)[0] == 1
    assert run("user", "create", "new@example.com", *there, "--set", "titel=x")[0] == 1
    assert run("user", "create", "new@example.com", *there, "--set", "nonsense")[0] == 2
    assert run("user", "create", "new@example.com", *there, "--set", "emails=[")[0] == 2
    assert run("user", "create", "new@example.com", *there, "--set", "name=x", "--set", "name.givenName=y")[0] == 2
    assert run("group", "create", "Everyone", *there)[0] == 1


def test_person_is_given_out_and_erased(ask: Any, run: Any, tmp_path: Path) -> None:
    ask("organization", "create", "Acme")
    there = ("--organization", "Acme")
    made = ask("user", "create", "zebulon@example.com", *there)["id"]
    assert ask("user", "export", "zebulon@example.com", *there)["attributes"]["userName"] == "zebulon@example.com"
    assert run("user", "erase", "zebulon@example.com", *there)[0] == 2
    assert ask("user", "erase", "zebulon@example.com", *there, "--yes") == {"erased": made}
    told = ask("db", "compact")
    assert told["bytes"] <= told["bytes_before"]
    assert not [path for path in tmp_path.iterdir() if path.is_file() and b"zebulon" in path.read_bytes().lower()]
