"""The commands as a script uses them: JSON on stdout alone, one line on stderr, exit statuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.running import InProcess, settings_in

if TYPE_CHECKING:
    from pathlib import Path


def test_from_nothing_to_a_working_token(ask: Any, tmp_path: Path) -> None:
    organization = ask("organization", "create", "Acme")
    assert set(organization) == {"id", "name"}
    connection = ask("connection", "create", "--organization", "acme", "--profile", "standard")
    assert {"id", "organization", "profile", "base_url"} <= set(connection)
    assert connection["organization"] == organization["id"]
    assert connection["base_url"] == "http://127.0.0.1:8000/scim/v2"
    token = ask("token", "create", connection["id"], "--expires-in", "90d")
    assert set(token) == {"id", "token", "expires_at"}

    service = InProcess(settings_in(tmp_path))
    headers = {"Authorization": f"Bearer {token['token']}", "Content-Type": "application/json"}
    body = b'{"userName": "ada@example.com", "displayName": "Ada"}'
    made = service.send("POST", "/scim/v2/Users", body, headers).body
    service.send(
        "POST",
        "/scim/v2/Groups",
        json.dumps({"displayName": "Crew", "members": [{"value": made["id"]}]}).encode(),
        headers,
    )
    service.database.close()

    assert [user["userName"] for user in ask("user", "list")] == ["ada@example.com"]
    assert ask("user", "show", "ADA@example.com", "--organization", "Acme")["groups"][0]["displayName"] == "Crew"
    assert ask("group", "list")[0]["displayName"] == "Crew"
    assert ask("group", "show", "crew")["members"][0]["id"] == made["id"]
    listed = ask("token", "list", connection["id"])
    assert token["token"] not in json.dumps(listed)
    assert listed[0]["last_used_at"]
    ask("token", "revoke", token["id"])
    assert ask("token", "list", connection["id"])[0]["revoked_at"]


def test_settings_of_a_connection_are_changed(ask: Any, run: Any) -> None:
    organization = ask("organization", "create", "Acme")
    made = ask("connection", "create", "--organization", organization["id"], "--profile", "standard")
    configure = ("connection", "configure", made["id"], "--setting")
    assert ask(*configure, "require_if_match=true", "--setting", "me=ada")["settings"] == {
        "require_if_match": True,
        "me": "ada",
    }
    changed = ask(*configure, "me=null")
    assert (changed["settings"], changed["revision"]) == ({"require_if_match": True}, 3)
    status, _, err = run(*configure, "require_if_match=maybe")
    assert (status, "require_if_match" in err) == (1, True)
    assert ask("connection", "show", made["id"])["settings"] == {"require_if_match": True}


def test_schemas_of_an_organization(ask: Any, run: Any, tmp_path: Path) -> None:
    ask("organization", "create", "Acme")
    file = tmp_path / "badge.json"
    document = {"id": "urn:example:Badge", "name": "Badge", "attributes": [{"name": "number"}]}
    file.write_text(json.dumps(document))
    added = ask("schema", "add", "acme", str(file))
    assert (added["urn"], added["resource_type"]) == ("urn:example:Badge", "User")
    assert [one["urn"] for one in ask("schema", "list", "Acme")] == ["urn:example:Badge"]
    assert ask("schema", "show", "Acme", "URN:example:badge") == document
    status, _, err = run("schema", "add", "Acme", str(file))
    assert (status, "is a schema here already" in err) == (1, True)
    file.write_text("{")
    status, _, err = run("schema", "add", "Acme", str(file))
    assert (status, err.count("\n")) == (1, 1)
    assert ask("schema", "remove", "Acme", "urn:example:Badge")["removed"] is True
    assert ask("schema", "list", "Acme") == []


def test_lists_and_states(ask: Any) -> None:
    organization = ask("organization", "create", "Acme")
    connection = ask("connection", "create", "--organization", organization["id"], "--profile", "okta", "--name", "One")
    assert ask("organization", "list")[0]["name"] == "Acme"
    assert ask("organization", "show", "Acme")["id"] == organization["id"]
    assert ask("connection", "list", "--organization", "Acme")[0]["name"] == "One"
    assert ask("connection", "pause", connection["id"])["state"] == "paused"
    assert ask("connection", "activate", connection["id"])["state"] == "active"
    assert ask("connection", "show", connection["id"])["base_url"].endswith("/scim/v2")
    profiles = {profile["name"]: profile for profile in ask("profile", "list")}
    assert {"name", "title", "enabled", "source"} == set(profiles["standard"])
    assert profiles["entra"]["enabled"] is True
    guide = ask("profile", "guide", connection["id"])["guide"]
    assert "http://127.0.0.1:8000/scim/v2" in guide


def test_directory_of_several_organizations(ask: Any, run: Any, tmp_path: Path) -> None:
    service = InProcess(settings_in(tmp_path))
    ask("organization", "create", "Empty")
    for scim in (service.scim(), service.scim()):
        scim.a_user("same@example.com")
    service.database.close()
    found = ask("user", "list")
    assert [user["userName"] for user in found] == ["same@example.com"] * 2
    assert len({user["organization"] for user in found}) == 2
    assert ask("user", "list", "--organization", "Empty") == []
    assert run("user", "show", "same@example.com")[0] == 2
    chosen = ask("user", "show", "same@example.com", "--organization", found[0]["organization"])
    assert chosen["id"] == found[0]["id"]
    assert ask("user", "show", found[1]["id"])["organization"] == found[1]["organization"]


def test_settings_of_a_connection_are_checked(ask: Any, run: Any) -> None:
    ask("organization", "create", "Acme")
    create = ("connection", "create", "--organization", "Acme", "--profile", "standard")
    made = ask(*create, "--setting", "unknown_extensions=keep")
    assert ask("connection", "show", made["id"])["settings"] == {"unknown_extensions": "keep"}
    assert run(*create, "--setting", "unknown_extensions=perhaps")[0] == 1
    assert run(*create, "--setting", "nothing=1")[0] == 1
    assert run(*create, "--setting", "nonsense")[0] == 2


def test_database_commands(ask: Any) -> None:
    applied = ask("db", "migrate")["applied"]
    assert applied
    assert ask("db", "migrate")["applied"] == []
    assert ask("db", "status") == {"applied": applied, "pending": [], "unknown": []}


def test_first_command_makes_the_database(ask: Any) -> None:
    found = ask("db", "status")
    assert found["applied"]
    assert found["pending"] == []


def test_doctor_finds_what_is_missing(ask: Any, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ask("organization", "create", "Acme")
    ask("connection", "create", "--organization", "Acme", "--profile", "okta")
    levels = {(one["level"], one["about"]) for one in ask("doctor")}
    assert {("ok", "database"), ("warn", "url"), ("warn", "token")} <= levels
    assert "fail" not in {level for level, _ in levels}
    monkeypatch.setenv("OPTIID_PROFILES_ENABLED", "entra")
    status, out, _ = run("doctor")
    assert status == 1
    assert "switched off" in out


@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        (("organization", "show", "Nobody"), 1, "no organization"),
        (("connection", "show", "x"), 1, "no connection"),
        (("token", "create", "x"), 1, "no connection"),
        (("token", "revoke", "x"), 1, "no token"),
        (("connection", "create", "--organization", "x", "--profile", "standard"), 1, "no organization"),
        (("organization", "create", " "), 1, "name needs"),
        (("token", "create", "x", "--expires-in", "soon"), 2, "no time such as"),
        (("user", "show", "nobody"), 1, "no organization yet"),
        (("nothing",), 2, "No such command"),
        (("organization", "create"), 2, "Missing argument"),
    ],
)
def test_errors_are_one_line(run: Any, arguments: tuple[str, ...], status: int, text: str) -> None:
    found, out, err = run(*arguments)
    assert (found, out) == (status, "")
    assert text in err
    assert "Traceback" not in err
    found, out, err = run(*arguments, "--output", "json")
    assert (found, out) == (status, "")
    assert text in json.loads(err)["error"] or status == 2


def test_token_lives_at_most_a_year(ask: Any, run: Any) -> None:
    ask("organization", "create", "Acme")
    connection = ask("connection", "create", "--organization", "Acme", "--profile", "standard")
    for life in ("366d", "0s"):
        status, _, err = run("token", "create", connection["id"], "--expires-in", life)
        assert (status, "365" in err) == (1, True)


def test_names_are_unique_and_profiles_known(ask: Any, run: Any) -> None:
    ask("organization", "create", "Acme")
    assert run("organization", "create", "ACME")[0] == 1
    assert run("connection", "create", "--organization", "Acme", "--profile", "nothing")[0] == 1


def test_wrong_setting_stops_with_the_nearest_name(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPTIID_DATABSE_URL", "x")
    status, _, err = run("organization", "list")
    assert status == 1
    assert "OPTIID_DATABASE_URL" in err


def test_tables_are_for_people(run: Any) -> None:
    run("organization", "create", "Acme")
    status, out, _ = run("organization", "list")
    assert status == 0
    assert out.splitlines()[0].split() == ["ID", "NAME", "CREATED", "AT"]
    assert "Acme" in out


def test_home_that_cannot_be_is_one_line(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("x")
    for home in (tmp_path / "file", tmp_path / "file" / "below"):
        monkeypatch.setenv("OPTIID_HOME", str(home))
        status, _, err = run("organization", "list")
        assert (status, err.count("\n")) == (1, 1)
        assert "OPTIID_HOME" in err
        assert run("doctor")[0] == 1
