from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

import pytest

from optiid.errors import ProfileError, ProfileUnavailableError
from optiid.profiles import loading
from optiid.profiles.loading import load_chain, load_profiles, shipped_folder
from optiid.profiles.types import PatchOperation
from tests.profiles.profile_folder import INFO, context, load, write_plugin

if TYPE_CHECKING:
    from pathlib import Path

SHIPPED = {
    "standard",
    "authentik",
    "entra",
    "google",
    "jumpcloud",
    "keycloak",
    "okta",
    "onelogin",
    "pingfederate",
    "pingone",
    "sailpoint",
}
BROKEN = "raise RuntimeError('a broken plugin')\n"
TITLES = """
from dataclasses import replace

@hookimpl
def normalise_patch(operations, context):
    return [replace(operation, path="title") for operation in operations]
"""
WRAPPER = """
@hookimpl(wrapper=True)
def normalise_patch(operations, context):
    repaired = yield
    return [*repaired, PatchOperation("replace", "nickName", "after")]
"""


def folder_plugin(folder: Path, name: str, title: str = "from a part") -> None:
    (folder / name).mkdir(parents=True)
    info = INFO.format(name=name, extends="standard").replace('"Acme"', "part.TITLE")
    (folder / name / "__init__.py").write_text("from . import part\n" + info)
    (folder / name / "part.py").write_text(f"TITLE = {title!r}\n")


def installed_plugin(site: Path, entry: str, module: str, text: str) -> None:
    site.mkdir(exist_ok=True)
    (site / f"{module}.py").write_text(text)
    metadata = site / f"{module}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module.replace('_', '-')}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[optiid.profiles]\n{entry} = {module}\n")


def test_shipped_profiles_are_found_without_any_configuration() -> None:
    registry = load_profiles(None, None, {})
    assert set(registry.names()) == SHIPPED
    assert registry.names()[0] == "standard"


def test_single_file_is_a_plugin(tmp_path: Path) -> None:
    write_plugin(tmp_path, "acme", TITLES)
    profile = load(tmp_path, "acme").get("acme")
    assert profile.normalise_patch([PatchOperation("add", "x", "1")], context()) == [
        PatchOperation("add", "title", "1")
    ]
    assert profile.source == str(tmp_path / "acme.py")


def test_folder_is_a_plugin_and_imports_its_parts(tmp_path: Path) -> None:
    folder_plugin(tmp_path, "acme_folder")
    (tmp_path / "acme_folder" / "__init__.py").write_text(
        (tmp_path / "acme_folder" / "__init__.py").read_text().replace("'acme_folder'", "'acme-folder'")
    )
    assert load(tmp_path, "acme-folder").get("acme-folder").info.title == "from a part"
    assert "optiid_profiles.acme_folder.part" in sys.modules
    assert "acme_folder" not in sys.modules


def test_parts_of_another_plugin_of_that_name_are_not_taken(tmp_path: Path) -> None:
    for place in ("first", "second"):
        folder_plugin(tmp_path / place, "twice", place)
        assert load(tmp_path / place, "twice").get("twice").info.title == place


def test_plugin_is_executed_once(tmp_path: Path) -> None:
    write_plugin(tmp_path, "once", "import builtins\nbuiltins.counted = getattr(builtins, 'counted', 0) + 1\n")
    for _ in range(2):
        load(tmp_path, "once")
    assert sys.modules["builtins"].__dict__.pop("counted") == 1


def test_installed_package_is_a_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed_plugin(tmp_path / "site", "globex", "globex_optiid", INFO.format(name="globex", extends="okta"))
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    profile = load_profiles(None, None, {}).get("globex")
    assert profile.source == "package globex-optiid"
    assert profile.settings({})["unknown_members"] == "skip"


def test_plugin_extends_a_shipped_one_and_wraps_its_repairs(tmp_path: Path) -> None:
    write_plugin(tmp_path, "acme-entra", WRAPPER, extends="entra")
    profile = load(tmp_path, "entra", "acme-entra").get("acme-entra")
    read = profile.normalise_patch([PatchOperation("replace", 'roles[primary eq "True"].value', "A")], context())
    assert read == [
        PatchOperation("replace", "roles[primary eq true].value", "A"),
        PatchOperation("replace", "nickName", "after"),
    ]


def test_other_files_in_the_folder_are_no_plugins(tmp_path: Path) -> None:
    write_plugin(tmp_path, "acme")
    (tmp_path / "_private.py").write_text(BROKEN)
    (tmp_path / "notes.md").write_text("notes")
    (tmp_path / "data.py").mkdir()
    (tmp_path / ".hidden").mkdir()
    assert set(load_profiles(tmp_path, None, {}).names()) == SHIPPED | {"acme"}


def test_broken_plugin_in_use_stops_the_start_by_name(tmp_path: Path) -> None:
    write_plugin(tmp_path, "acme", BROKEN)
    for _ in range(2):  # a half-made module must not pass the second time
        with pytest.raises(ProfileError, match=r"'acme' in .*acme\.py cannot be loaded: RuntimeError: a broken plugin"):
            load(tmp_path, "acme")


def test_broken_plugin_that_is_switched_off_harms_nobody(tmp_path: Path) -> None:
    write_plugin(tmp_path, "acme", BROKEN)
    registry = load(tmp_path, "okta")
    assert registry.names() == ["standard", "okta"]
    assert "optiid_profiles.acme" not in sys.modules
    with pytest.raises(ProfileUnavailableError, match="'acme' is switched off"):
        registry.get("acme")


def test_misspelt_hook_stops_the_start(tmp_path: Path) -> None:
    write_plugin(tmp_path, "acme", "@hookimpl\ndef normalize_patch(operations, context):\n    return operations\n")
    with pytest.raises(ProfileError, match=r"'acme'.*unknown hook 'normalize_patch'"):
        load(tmp_path, "acme")


def test_misspelt_argument_stops_the_start(tmp_path: Path) -> None:
    write_plugin(tmp_path, "acme", "@hookimpl\ndef normalise_patch(operation):\n    return operation\n")
    with pytest.raises(ProfileError, match=r"'acme'(.|\n)*operation"):
        load(tmp_path, "acme")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "must implement the hook profile_info"),
        ("def profile_info():\n    return None\n", "must implement the hook profile_info"),
        ("def profile_info():\n    return 1 / 0\n", "ZeroDivisionError"),
        (INFO.format(name="other", extends="standard"), "the name is 'other'"),
        (INFO.format(name="acme", extends="nobody"), "extends 'nobody', which is not in use"),
        (INFO.format(name="acme", extends="acme"), "extends itself: acme -> acme"),
        (INFO.format(name="acme", extends="standard").replace("extends=", "api=2, extends="), "version 2 of the hooks"),
        ("import nothing_of_that_name\n", "ModuleNotFoundError"),
        ("def broken(:\n", "SyntaxError"),
    ],
)
def test_plugin_that_breaks_its_word_is_refused_by_name(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "acme.py").write_text(text)
    with pytest.raises(ProfileError) as refused:
        load(tmp_path, "acme")
    assert "'acme'" in str(refused.value)
    assert told in str(refused.value)


def test_taken_name_is_skipped_with_both_places(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_plugin(tmp_path, "okta")
    write_plugin(tmp_path, "standard")
    with caplog.at_level(logging.WARNING):
        registry = load_profiles(tmp_path, None, {})
    assert registry.get("okta").info.title == "Okta"
    assert f"{tmp_path / 'okta.py'} is skipped: the name is taken by {shipped_folder() / 'okta'}" in caplog.text
    assert f"{tmp_path / 'standard.py'} is skipped: the name is taken by built in" in caplog.text


@pytest.mark.parametrize(("enabled", "defaults"), [(("oktta",), {}), (None, {"oktta": {}})])
def test_unknown_profile_in_the_configuration_stops_the_start(enabled: tuple[str, ...] | None, defaults: dict) -> None:
    with pytest.raises(ProfileError, match=r"no profile 'oktta'; the nearest is okta; found are standard, authentik, "):
        load_profiles(None, enabled, defaults)


def test_wrong_setting_in_the_configuration_stops_the_start() -> None:
    with pytest.raises(ProfileError, match=r"'okta'.*unknown_members: Must be one of"):
        load_profiles(None, None, {"okta": {"unknown_members": "perhaps"}})


def test_wrong_setting_in_the_configuration_is_told_with_its_place() -> None:
    origins = {"okta": {"page_size": "file optiid.toml"}, "oktta": {"page_size": "environment OPTIID_X"}}
    with pytest.raises(ProfileError, match=r"'okta'.*page_size \(file optiid\.toml\): .* Allowed is from 0\."):
        load_profiles(None, None, {"okta": {"page_size": -1}}, origins)
    with pytest.raises(ProfileError, match=r"no profile 'oktta' \(environment OPTIID_X\); the nearest is okta;"):
        load_profiles(None, None, {"oktta": {"page_size": 1}}, origins)


def test_settings_of_a_profile_that_is_switched_off_are_not_judged() -> None:
    assert load_profiles(None, ("entra",), {"okta": {"unknown_members": "perhaps"}}).names() == ["standard", "entra"]


def test_file_that_is_no_python_is_never_executed(tmp_path: Path) -> None:
    with pytest.raises(ImportError, match="is no Python file"):
        loading._import("notes", tmp_path / "notes.txt")


def test_chain_is_loaded_alone_and_whether_in_use_or_not(tmp_path: Path) -> None:
    write_plugin(tmp_path, "acme")
    write_plugin(tmp_path, "acme-berlin", extends="acme")
    (tmp_path / "globex.py").write_text("1 / 0")
    registry = load_chain(tmp_path, "acme-berlin")
    assert sorted(registry.names()) == ["acme", "acme-berlin", "standard"]
    for name, told in (("globex", "ZeroDivisionError"), ("initech", "There is no profile 'initech'")):
        with pytest.raises(ProfileError, match=told):
            load_chain(tmp_path, name)
    write_plugin(tmp_path, "initech", extends="umbrella")
    with pytest.raises(ProfileError, match="There is no profile 'umbrella'"):
        load_chain(tmp_path, "initech")


def test_missing_folder_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="does not exist"):
        load_profiles(tmp_path / "nowhere", None, {})


def test_wheel_finds_the_shipped_profiles_as_a_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = tmp_path / "site"
    write_plugin(site / "optiid_profiles", "acme")
    (site / "plugins").mkdir()  # somebody else's
    monkeypatch.setattr(loading, "__file__", str(site / "optiid" / "profiles" / "loading.py"))
    with pytest.raises(ProfileError, match="optiid_profiles with the shipped profiles is missing"):
        shipped_folder()
    monkeypatch.syspath_prepend(str(site))
    for _ in range(2):  # the private parent module must not hide the package
        assert load_profiles(None, None, {}).names() == ["standard", "acme"]
