"""The kit of a profile's author: a new plugin passes its check and its test at once, and a broken one is told of."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from optiid.profiles.loading import load_profiles
from tests.profiles.profile_folder import write_plugin
from tests.running import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of plugins, which the settings name."""
    monkeypatch.setenv("OPTIID_PROFILES_FOLDER", str(tmp_path / "plugins"))
    return tmp_path / "plugins"


def levels(run: Any, *arguments: str) -> dict[str, tuple[str, str]]:
    """Return level and text by what a line is about."""
    _, out, err = run("profile", "check", *arguments, "--output", "json")
    assert err == ""
    return {one["about"]: (one["level"], one["text"]) for one in json.loads(out)}


def python(*arguments: str, cwd: Path, path: str = "") -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPTIID_")}
    environment |= {"PYTHONPATH": os.pathsep.join(filter(None, [path, str(ROOT)])), "OPTIID_HOME": str(cwd / "var")}
    return subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("extends", ["standard", "entra"])
def test_new_plugin_passes_check_and_test_at_once(ask: Any, run: Any, plugins: Path, extends: str) -> None:
    made = ask("profile", "new", "acme-hr", "--extends", extends)
    assert {"__init__.py", "setup.md", "create.json", "test_acme_hr.py"} == {
        path.rpartition("/")[2] for path in made["files"]
    }
    status, out, _ = run("profile", "check", "acme-hr")
    assert status == 0
    assert {line[:4].strip() for line in out.splitlines()} == {"ok"}
    assert "ok    transcript create.json" in out
    tested = python("-m", "pytest", "-q", "-p", "no:cacheprovider", "plugins", cwd=plugins.parent)
    assert tested.returncode == 0, tested.stdout


def test_new_package_is_built_installed_and_passes(ask: Any, tmp_path: Path) -> None:
    assert ask("profile", "new", "acme", "--package", "kit")["name"] == "acme"
    built = python("-m", "hatchling", "build", "-t", "wheel", cwd=tmp_path / "kit")
    assert built.returncode == 0, built.stderr
    with zipfile.ZipFile(next((tmp_path / "kit" / "dist").glob("*.whl"))) as wheel:
        wheel.extractall(tmp_path / "site")
    site = str(tmp_path / "site")
    checked = python(str(ROOT / "app.py"), "profile", "check", "acme", cwd=tmp_path, path=site)
    assert (checked.returncode, "ok    transcript create.json" in checked.stdout) == (0, True), checked.stdout
    tested = python("-m", "pytest", "-q", "-p", "no:cacheprovider", "kit/tests", cwd=tmp_path, path=site)
    assert tested.returncode == 0, tested.stdout


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("entra",), "There is a profile 'entra' already"),
        (("Acme",), "is no name for a profile"),
        (("acme", "--extends", "nobody"), "There is no profile 'nobody' to extend"),
        (("acme",), "There is no profiles folder: set profiles_folder"),
        (("acme", "--package", "full"), "full exists already: nothing is overwritten"),
    ],
)
def test_what_cannot_be_made_is_told(run: Any, tmp_path: Path, arguments: tuple[str, ...], text: str) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("kept")
    status, out, err = run("profile", "new", *arguments)
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert text in err


HOOK = "\n@hookimpl\ndef {}\n"


@pytest.mark.parametrize(
    ("hook", "about", "text"),
    [
        ("setup_guide(guide): return guide.token_hint", "guide names base url and token", "lacks the base URL"),
        ("setup_guide(guide): return 1 / 0", "guide names base url and token", "setup_guide failed"),
        (
            "normalise_query(query, context): return Query()",
            "lawful queries stay as they are",
            "normalise_query changes lawful input",
        ),
        (
            "normalise_patch(operations): return __import__('time').sleep(0.02) or operations",
            "hooks are quick",
            "normalise_patch is slow",
        ),
        ("normalise_patch(operations): return 7", "lawful operations mean the same", "normalise_patch returned int"),
        ("shape_response(answer): return 1 / 0", "answers stay answers", "shape_response failed: ZeroDivisionError"),
        ("misspelt(): return None\n\n1 / 0", "it can be loaded", "'acme' in"),
    ],
)
def test_broken_plugin_is_told_line_by_line(run: Any, plugins: Path, hook: str, about: str, text: str) -> None:
    write_plugin(plugins, "acme", HOOK.format(hook))
    assert run("profile", "check", "acme")[0] == 1
    level, told = levels(run, "acme")[about]
    assert (level, text in told) == ("fail", True), told


def test_what_is_missing_is_no_failure(run: Any, plugins: Path) -> None:
    write_plugin(plugins, "acme")
    assert run("profile", "check", "acme")[0] == 0
    told = levels(run, "acme")
    assert {about for about, (level, _) in told.items() if level == "miss"} == {
        "recognise_request",
        "setup_guide",
        "transcripts",
    }


def test_others_that_are_broken_or_switched_off_do_not_matter(
    run: Any, plugins: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_plugin(plugins, "acme")
    write_plugin(plugins, "broken", "\n1 / 0\n")
    monkeypatch.setenv("OPTIID_PROFILES_ENABLED", "standard")
    assert run("profile", "check", "acme")[0] == 0


def test_transcripts_that_fail_or_cannot_be_played_are_told(run: Any, plugins: Path, tmp_path: Path) -> None:
    write_plugin(plugins, "acme")
    folder = tmp_path / "told"
    folder.mkdir()
    get = {"request": {"method": "GET", "path": "/Users"}}
    cases: dict[str, Any] = {
        "fails": {"steps": [get | {"expect": {"status": 404}}]},
        "lacks": {"steps": [{"request": {"method": "GET", "path": "/Users/{user_id}"}}]},
        "odd": {"steps": [get | {"expect": 7}]},
        "shapeless": {"steps": [{"request": {}}]},
        "right": {"steps": [get]},
    }
    for name, case in cases.items():
        (folder / f"{name}.json").write_text(json.dumps(case))
    (folder / "torn.json").write_text("{")
    told = levels(run, "acme", "--transcripts", str(folder))
    expected = {
        "fails": "step 1: GET /Users: status 200, wanted 404",
        "lacks": "the placeholder {user_id} has no value",
        "odd": "it cannot be played (AttributeError",
        "shapeless": "each with a request that has method and path",
        "torn": "it cannot be read",
    }
    for name, text in expected.items():
        level, found = told[f"transcript {name}.json"]
        assert (level, text in found) == ("fail", True), found
    assert told["transcript right.json"][0] == "ok"


@pytest.mark.parametrize("name", load_profiles(None, None, {}).names())
def test_shipped_profiles_lack_nothing(run: Any, name: str) -> None:
    folder = ROOT / "tests" / "wire" / name
    more = ("--transcripts", str(folder)) if folder.is_dir() else ()
    assert {level for level, _ in levels(run, name, *more).values()} == {"ok"}
