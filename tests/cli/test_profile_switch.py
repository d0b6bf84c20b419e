"""Profiles switched on and off by command, and shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.profiles.profile_folder import write_plugin
from tests.running import InProcess, load_settings

if TYPE_CHECKING:
    from pathlib import Path


def enabled(file: Path) -> tuple[str, ...] | None:
    return load_settings(environ={}, file=file).profiles_enabled


def test_disable_writes_the_file_and_names_the_connections(ask: Any, run: Any, tmp_path: Path) -> None:
    ask("organization", "create", "Acme")
    made = ask("connection", "create", "--organization", "Acme", "--profile", "okta", "--name", "People")
    told = ask("profile", "disable", "okta")
    assert (told["file"], told["enabled"], told["changed"]) == ("optiid.toml", False, True)
    assert told["connections"] == [{"id": made["id"], "name": "People"}]
    names = enabled(tmp_path / "optiid.toml")
    assert names is not None
    assert {"standard", "entra", "pingone"} <= set(names)
    assert "okta" not in names
    assert {one["name"]: one["enabled"] for one in ask("profile", "list")}["okta"] is False
    assert ask("profile", "disable", "okta")["changed"] is False
    assert ask("profile", "enable", "okta") == told | {"enabled": True, "connections": []}
    assert enabled(tmp_path / "optiid.toml") == (*names, "okta")
    assert "nothing was changed" in run("profile", "enable", "okta")[1]
    out = run("profile", "disable", "okta")[1]
    assert "from the next start" in out
    assert f"{made['id']}  People" in out


def test_service_answers_503_and_then_again(ask: Any, tmp_path: Path) -> None:
    ask("organization", "create", "Acme")
    made = ask("connection", "create", "--organization", "Acme", "--profile", "okta")
    token = ask("token", "create", made["id"])["token"]
    answers = []
    for switch in ("disable", "enable"):
        ask("profile", switch, "okta")
        settings = load_settings(environ={}, file=tmp_path / "optiid.toml", home=str(tmp_path))
        service = InProcess(settings)
        answers.append(service.send("GET", "/scim/v2/Users", None, {"Authorization": f"Bearer {token}"}).status)
        service.database.close()
    assert answers == [503, 200]


def test_named_file_keeps_its_comments(ask: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "other.toml"
    file.write_text('# mine\nprofiles_enabled = ["entra"]  # only\n\n[profiles.entra]\nunknown_extensions = "keep"\n')
    ask("profile", "enable", "okta", "--config", str(file))
    expected = '# mine\nprofiles_enabled = ["entra", "okta"]  # only\n\n[profiles.entra]\nunknown_extensions = "keep"\n'
    assert file.read_text() == expected
    monkeypatch.setenv("OPTIID_CONFIG", str(file))
    assert ask("profile", "disable", "okta")["file"] == str(file)
    assert enabled(file) == ("entra",)
    assert not (tmp_path / "optiid.toml").exists()


def test_all_are_in_use_without_a_list(ask: Any, tmp_path: Path) -> None:
    assert ask("profile", "enable", "okta")["changed"] is False
    assert not (tmp_path / "optiid.toml").exists()


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("enable", "nobody"), "There is no profile 'nobody'"),
        (("disable", "standard"), "cannot be switched off"),
        (("disable", "entra", "--config", "nowhere.toml"), "nowhere.toml does not exist"),
        (("disable", "acme"), "it extends 'acme', which is not in use"),
        (("enable", "broken"), "cannot be loaded: ZeroDivisionError"),
    ],
)
def test_what_would_not_start_is_not_written(run: Any, tmp_path: Path, arguments: tuple[str, ...], text: str) -> None:
    write_plugin(tmp_path / "plugins", "acme")
    write_plugin(tmp_path / "plugins", "acme-berlin", extends="acme")
    write_plugin(tmp_path / "plugins", "broken", "\n1 / 0\n")
    before = f'profiles_folder = "{tmp_path}/plugins"\nprofiles_enabled = ["acme", "acme-berlin"]\n'
    (tmp_path / "optiid.toml").write_text(before)
    status, out, err = run("profile", *arguments)
    assert (status, out, err.count("\n"), text in err) == (1, "", 1, True), err
    assert (tmp_path / "optiid.toml").read_text() == before


def test_variable_that_overrules_the_file_is_told(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPTIID_PROFILES_ENABLED", "entra")
    status, _, err = run("profile", "enable", "okta")
    assert (status, "OPTIID_PROFILES_ENABLED is set and overrules" in err) == (1, True)
    assert not (tmp_path / "optiid.toml").exists()


def test_show_tells_all_of_a_profile(ask: Any, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    told = ask("profile", "show", "entra")
    assert (told["chain"], told["recognition"], told["enabled"]) == ("entra -> standard", True, True)
    assert "normalise_patch" in told["hooks"]
    assert (told["deactivation"]["inactive"], told["rate_limit"]["requests"]) == ("delete", 200)
    settings = {one["name"]: one for one in told["settings"]}
    assert settings["unknown_extensions"]["allowed"] == "keep, ignore, refuse"
    assert all(one["help"] for one in told["settings"])
    assert "userName" in told["mapping"]
    assert "http://127.0.0.1:8000/scim/v2" in told["guide"]
    monkeypatch.setenv("OPTIID_PROFILES_ENABLED", "okta")
    assert ask("profile", "show", "entra")["enabled"] is False
    status, out, _ = run("profile", "show", "standard")
    assert status == 0
    assert "unknown_extensions" in out
    assert run("profile", "show", "nobody")[0] == 1


def test_defaults_of_settings_are_shown_with_where_they_come_from(
    ask: Any, run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "optiid.toml").write_text('[profiles.entra]\npage_size = 5\nme = "ada"\n')
    monkeypatch.setenv("OPTIID_PROFILE_ENTRA__PAGE_SIZE", "50")
    shown = {one["name"]: (one["default"], one["origin"]) for one in ask("profile", "show", "entra")["settings"]}
    assert shown["page_size"] == (50, "environment OPTIID_PROFILE_ENTRA__PAGE_SIZE")
    assert shown["me"] == ("ada", "file optiid.toml")
    assert shown["adopt"] == ("never", "schema")
    assert "environment OPTIID_PROFILE_ENTRA__PAGE_SIZE" in run("profile", "show", "entra")[1]


@pytest.mark.parametrize(
    ("variable", "value", "text"),
    [
        ("OPTIID_PROFILE_ENTRA__ADOPT", "perhaps", "adopt (environment OPTIID_PROFILE_ENTRA__ADOPT): Must be one of"),
        ("OPTIID_PROFILE_ENTRA__PAGE_SISE", "5", "no such setting; the nearest is page_size"),
        ("OPTIID_PROFILE_ENTR__PAGE_SIZE", "5", "'entr' (environment OPTIID_PROFILE_ENTR__PAGE_SIZE); the nearest is"),
        ("OPTIID_PROFILE_ENTRA_PAGE_SIZE", "5", "OPTIID_PROFILE_NAME__SETTING, with two underscores"),
    ],
)
def test_variable_that_does_not_fit_stops_the_command(
    run: Any, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, text: str
) -> None:
    monkeypatch.setenv(variable, value)
    status, out, err = run("profile", "list")
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert text in err


def test_connection_is_told_the_same_of_its_settings(ask: Any, run: Any) -> None:
    ask("organization", "create", "Acme")
    made = ask("connection", "create", "--organization", "Acme", "--profile", "entra")
    told = run("connection", "configure", made["id"], "--setting", "page_sise=5")[2]
    assert "page_sise: there is no such setting; the nearest is page_size" in told
