"""Settings: where they come from, and what stops the start."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from optiid.errors import SettingsError
from optiid.settings import SETTINGS, Settings, load_settings

PAGE = Path(__file__).resolve().parents[2] / "optiid" / "docs" / "settings.md"


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


def test_empty_list_in_the_file_switches_all_profiles_off(tmp_path: Path) -> None:
    assert load_settings({}, written(tmp_path, "profiles_enabled = []")).profiles_enabled == ()


def test_example_on_the_page_works(tmp_path: Path) -> None:
    example = re.findall(r"```toml\n(.*?)```", PAGE.read_text(), re.DOTALL)[0]
    assert load_settings({}, written(tmp_path, example)).page_limit == 500


def test_secret_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    secret = tmp_path / "url"
    secret.write_text("postgresql://optiid:geheim@db/optiid\n")
    named = {"OPTIID_DATABASE_URL_FILE": str(secret)}
    assert load_settings(named).database_url == "postgresql://optiid:geheim@db/optiid"
    assert load_settings(named | {"OPTIID_DATABASE_URL": ""}).database_url.endswith("@db/optiid")
    for environ, told in (
        (named | {"OPTIID_DATABASE_URL": "sqlite:///x"}, "both given"),
        ({"OPTIID_DATABASE_URL_FILE": str(tmp_path / "none")}, "cannot be read"),
        ({"OPTIID_PORT_FILE": str(secret)}, "there is no setting OPTIID_PORT_FILE"),
    ):
        with pytest.raises(SettingsError, match=f"(?i){told}"):
            load_settings(environ)
    secret.write_text(" \n")
    with pytest.raises(SettingsError, match="is empty"):
        load_settings(named)
    secret.write_text("east=mysql://optiid:geheim@db")
    with pytest.raises(SettingsError, match="must be") as caught:
        load_settings({"OPTIID_SHARDS_FILE": str(secret)})
    assert "geheim" not in str(caught.value)
