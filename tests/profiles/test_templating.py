from __future__ import annotations

import subprocess
import sys
import zipfile
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

from optiid.errors import ConflictError, InvalidInputError
from optiid.profiles.templating import IN_FOLDER, IN_PACKAGE, module_name, new_package, new_plugin
from tests.running import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def test_each_template_is_used() -> None:
    there = {path.name for path in (files("optiid.profiles") / "templates").iterdir()}
    assert {*IN_FOLDER.values(), *IN_PACKAGE.values()} == there


def test_wheel_brings_the_templates(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        brought = set(wheel.namelist())
    assert {f"optiid/profiles/templates/{name}" for name in {*IN_FOLDER.values(), *IN_PACKAGE.values()}} <= brought


@pytest.mark.parametrize("make", [new_plugin, new_package])
def test_nothing_is_left_to_fill_in(tmp_path: Path, make: object) -> None:
    written = make(tmp_path / "new", "acme-hr", "standard")  # type: ignore[operator]
    for path in written:
        assert "<<" not in path.read_text() + str(path)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    new_plugin(tmp_path, "acme-hr")
    with pytest.raises(ConflictError, match="acme_hr exists already"):
        new_plugin(tmp_path, "acme-hr")
    (tmp_path / "file").write_text("kept")
    with pytest.raises(ConflictError):
        new_package(tmp_path / "file", "acme")
    assert (tmp_path / "file").read_text() == "kept"
    (tmp_path / "empty").mkdir()
    assert new_package(tmp_path / "empty", "acme")


@pytest.mark.parametrize("name", ["", "Acme", "a_b", "-a", "a-", "../a", "1a"])
def test_names_that_no_profile_can_have(name: str) -> None:
    with pytest.raises(InvalidInputError, match="is no name for a profile"):
        module_name(name)


def test_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInputError, match="cannot be written"):
        new_plugin(tmp_path / "file" / "below", "acme")
