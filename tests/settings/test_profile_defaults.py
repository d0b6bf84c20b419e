"""Defaults of a profile's connection settings: file and variables, which win; where each was found."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from optiid.errors import SettingsError
from optiid.settings import load_settings
from optiid.settings.profile_defaults import meant_by

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("OPTIID_PROFILE_ENTRA__PAGE_SIZE", ("entra", "page_size")),
        ("OPTIID_PROFILE_ACME_HR__ME", ("acme-hr", "me")),
        ("OPTIID_PROFILE_ACME__RETRY__LIMIT", ("acme", "retry__limit")),
        ("OPTIID_PROFILE_ACME_ME", None),
        ("OPTIID_PROFILES_ENABLED", None),
        ("OPTIID_PROFILE___ME", None),
    ],
)
def test_variable_names_profile_and_setting(variable: str, meant: tuple[str, str] | None) -> None:
    assert meant_by(variable) == meant


def test_variable_wins_over_the_file_and_both_are_told(tmp_path: Path) -> None:
    file = tmp_path / "some.toml"
    file.write_text('[profiles.acme-hr]\npage_size = 5\nme = "ada"\nadopt = "ask"')
    variables = {"OPTIID_PROFILE_ACME_HR__PAGE_SIZE": "50", "OPTIID_PROFILE_ACME_HR__ADOPT": "null"}
    settings = load_settings(variables, file)
    assert settings.profiles == {"acme-hr": {"page_size": 50, "me": "ada"}}
    assert settings.profile_origins == {
        "acme-hr": {"page_size": "environment OPTIID_PROFILE_ACME_HR__PAGE_SIZE", "me": f"file {file}"}
    }


@pytest.mark.parametrize(("text", "value"), [("true", True), ("7", 7), ('"7"', "7"), ("ask", "ask"), ("", "")])
def test_value_is_json_where_it_can_be(text: str, value: Any) -> None:
    assert load_settings({"OPTIID_PROFILE_ACME__ME": text}).profiles["acme"]["me"] == value


def test_one_underscore_is_told_of_two() -> None:
    text = "no setting OPTIID_PROFILE_ACME_ME; the nearest is OPTIID_"
    with pytest.raises(SettingsError, match=text) as caught:
        load_settings({"OPTIID_PROFILE_ACME_ME": "x"})
    assert "OPTIID_PROFILE_NAME__SETTING, with two underscores" in str(caught.value)


def test_tables_must_be_tables(tmp_path: Path) -> None:
    file = tmp_path / "some.toml"
    file.write_text("profiles = {acme = 1}")
    with pytest.raises(SettingsError, match=re.escape(f"{file}: profiles must be tables such as [profiles.NAME]")):
        load_settings({}, file)
