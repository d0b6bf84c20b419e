"""Settings: where they come from, what stops the start, and that the page documents all of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from optiid.errors import SettingsError
from optiid.settings import SETTINGS, Settings, load_settings

PAGE = Path(__file__).resolve().parent.parent / "optiid" / "docs" / "settings.md"


def written(folder: Path, text: str) -> Path:
    path = folder / "optiid.toml"
    path.write_text(text)
    return path


def test_defaults_need_no_file_and_no_environment() -> None:
    assert load_settings({}) == Settings()


def test_environment_beats_file_and_override_beats_both(tmp_path: Path) -> None:
    file = written(tmp_path, "port = 1001\nworkers = 3\nthreads = 5")
    settings = load_settings({"OPTIID_PORT": "1002", "OPTIID_WORKERS": "4"}, file, port=1003, threads=None)
    assert (settings.port, settings.workers, settings.threads) == (1003, 4, 5)


def test_file_is_found_by_variable_or_in_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = written(tmp_path, 'public_url = "https://scim.example.com/"')
    assert load_settings({"OPTIID_CONFIG": str(file)}).scim_base_url == "https://scim.example.com/scim/v2"
    monkeypatch.chdir(tmp_path)
    for name in [setting.variable for setting in SETTINGS] + ["OPTIID_CONFIG"]:
        monkeypatch.delenv(name, raising=False)
    assert load_settings().public_origin == "https://scim.example.com"
    assert load_settings({}).public_url == ""


def test_limits_and_profiles_have_tables_in_the_file(tmp_path: Path) -> None:
    file = written(tmp_path, '[limits]\npage_limit = 7\n[profiles.standard]\nunknown_extensions = "keep"')
    settings = load_settings({}, file)
    assert settings.page_limit == 7
    assert settings.profiles["standard"]["unknown_extensions"] == "keep"


@pytest.mark.parametrize(
    ("environ", "nearest"),
    [
        ({"OPTIID_DATABSE_URL": "x"}, "OPTIID_DATABASE_URL"),
        ({"OPTIID_PROFILE_ENABLED": "x"}, "OPTIID_PROFILES_ENABLED"),
        ({"OPTIID_RATE_LIMIT": "x"}, "OPTIID_RATE_LIMIT_ENABLED"),
        ({"OPTIID_Z": "x"}, "OPTIID_"),
    ],
)
def test_unknown_variable_names_the_nearest(environ: dict[str, str], nearest: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(environ)
    assert next(iter(environ)) in str(caught.value)
    assert f"nearest is {nearest}" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("prot = 1", "'prot'; the nearest is port"),
        ("page_limit = 1", "'page_limit'; the nearest is limits.page_limit"),
        ("[limit]\npage_limit = 1", "'limit.page_limit'; the nearest is limits.page_limit"),
    ],
)
def test_unknown_key_names_the_nearest(tmp_path: Path, text: str, nearest: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(nearest)):
        load_settings({}, written(tmp_path, text))


def test_unknown_override_names_the_nearest() -> None:
    with pytest.raises(SettingsError, match="'treads'; the nearest is threads"):
        load_settings({}, treads=3)


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"OPTIID_PORT": "eighty"}, "OPTIID_PORT must be a whole number, not 'eighty'"),
        ({"OPTIID_PORT": "0"}, "OPTIID_PORT must be at least 1, not '0'"),
        ({"OPTIID_PORT": "70000"}, "OPTIID_PORT must be at most 65535, not '70000'"),
        ({"OPTIID_WORKERS": "-1"}, "OPTIID_WORKERS must be a whole number"),
        ({"OPTIID_BUSY_TIMEOUT_SECONDS": "soon"}, "OPTIID_BUSY_TIMEOUT_SECONDS must be a number, not 'soon'"),
        ({"OPTIID_RATE_LIMIT_ENABLED": "maybe"}, "OPTIID_RATE_LIMIT_ENABLED must be true or false, not 'maybe'"),
        ({"OPTIID_LOG_LEVEL": "loud"}, "OPTIID_LOG_LEVEL must be one of debug, info, warning, error, critical"),
        ({"OPTIID_PUBLIC_URL": "scim.example.com"}, "OPTIID_PUBLIC_URL must look like https://scim.example.com"),
        ({"OPTIID_PUBLIC_URL": "https://a.example/?x=1"}, "OPTIID_PUBLIC_URL must look like"),
    ],
)
def test_wrong_value_is_named(environ: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(message)):
        load_settings(environ)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("port = true", "port must be a whole number, not True"),
        ("home = 3", "home must be text, not 3"),
        ("profiles_enabled = [1]", "profiles_enabled must be names, separated by commas"),
        ("profiles = 1", "profiles must be tables"),
        ("profiles = {standard = 1}", "profiles must be tables"),
        ("port = ", "cannot be read"),
        ("database_url = 12345", "database_url must be text"),
    ],
)
def test_wrong_value_in_the_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({}, written(tmp_path, text))
    assert message in str(caught.value)
    assert "12345" not in str(caught.value)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nothing\.toml does not exist"):
        load_settings({}, tmp_path / "nothing.toml")


def test_variables_of_tests_are_no_settings() -> None:
    assert load_settings({"OPTIID_TEST_PG": "x", "OPTIID_REQUIRE": "pg", "HOME": "/x", "PATH": ""}) == Settings()


@pytest.mark.parametrize(
    ("text", "names"), [("one,two", ("one", "two")), (" one , ", ("one",)), ("", None), (" , ", None)]
)
def test_profiles_enabled_is_a_list_of_names(text: str, names: tuple[str, ...] | None) -> None:
    assert load_settings({"OPTIID_PROFILES_ENABLED": text}).profiles_enabled == names


def test_empty_list_in_the_file_switches_all_profiles_off(tmp_path: Path) -> None:
    assert load_settings({}, written(tmp_path, "profiles_enabled = []")).profiles_enabled == ()


@pytest.mark.parametrize(
    ("given", "base"),
    [
        ({}, "http://127.0.0.1:8000/scim/v2"),
        ({"port": 9000}, "http://127.0.0.1:9000/scim/v2"),
        ({"host": "::1"}, "http://[::1]:8000/scim/v2"),
        ({"public_url": "https://scim.example.com/optiid/"}, "https://scim.example.com/optiid/scim/v2"),
    ],
)
def test_base_url_follows_public_url_or_the_bind(given: dict[str, Any], base: str) -> None:
    assert load_settings({}, **given).scim_base_url == base


def test_password_of_the_database_is_not_shown() -> None:
    assert "hidden-word" not in repr(load_settings({"OPTIID_DATABASE_URL": "postgresql://me:hidden-word@host/db"}))


def test_page_documents_each_setting_with_its_default() -> None:
    page = PAGE.read_text()
    for setting in SETTINGS:
        lines = [line for line in page.splitlines() if line.startswith(f"| `{setting.key}` |")]
        assert len(lines) == 1, setting.key
        default = str(setting.default).lower() if isinstance(setting.default, bool) else setting.default
        shown = "(none)" if default in ("", None) else f"`{default}`"
        assert lines[0].startswith(f"| `{setting.key}` | `{setting.variable}` | {shown} | {setting.help}")
        assert all(f"`{choice}`" in lines[0] for choice in setting.choices)


def test_page_documents_nothing_else() -> None:
    documented = set(re.findall(r"^\| `([\w.]+)` \| `OPTIID_", PAGE.read_text(), re.MULTILINE))
    assert documented == {setting.key for setting in SETTINGS}


def test_example_on_the_page_works(tmp_path: Path) -> None:
    example = re.findall(r"```toml\n(.*?)```", PAGE.read_text(), re.DOTALL)[0]
    assert load_settings({}, written(tmp_path, example)).page_limit == 500
