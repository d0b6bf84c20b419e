"""The documents for authors of profiles: every hook is told as the code has it, and the example works."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from optiid.profiles import hookspecs
from optiid.profiles.loading import load_profiles
from optiid.scim.resource_types import USER
from tests.profiles.profile_folder import context

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "optiid" / "docs"
HOOKS: dict[str, Any] = {name: spec for name, spec in vars(hookspecs).items() if hasattr(spec, "optiid_spec")}
BLOCK = re.compile(r"^```(\w+)?(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_every_hook_has_its_heading_and_nothing_else_has() -> None:
    headings = re.findall(r"^### (.+)$", (DOCS / "hooks.md").read_text(), re.MULTILINE)
    assert sorted(headings) == sorted(
        f"{name}({', '.join(inspect.signature(spec).parameters)})" for name, spec in HOOKS.items()
    )


@pytest.mark.parametrize("name", HOOKS)
def test_text_of_a_hook_is_the_one_of_its_specification(name: str) -> None:
    text = (DOCS / "hooks.md").read_text()
    assert f"{name}{inspect.signature(HOOKS[name])}".replace("'", "") in text
    assert (inspect.getdoc(HOOKS[name]) or "nothing") in text


@pytest.mark.parametrize("name", HOOKS)
def test_every_hook_has_its_test(name: str) -> None:
    tests = (ROOT / "tests" / "profiles" / "test_hookspecs.py").read_text()
    assert f"def test_hook_{name}(" in tests


def write_examples(folder: Path) -> None:
    for _, path, text in BLOCK.findall((DOCS / "writing-a-profile.md").read_text()):
        if path:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)


def test_example_profile_keeps_its_contract(tmp_path: Path) -> None:
    write_examples(tmp_path)
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), "test_acme.py"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout
    assert "15 passed" in run.stdout


def test_example_profile_passes_its_check(tmp_path: Path) -> None:
    write_examples(tmp_path)
    run = subprocess.run(
        [sys.executable, str(ROOT / "app.py"), "profile", "check", "acme", "--transcripts", "transcripts"],
        cwd=tmp_path,
        env=os.environ | {"OPTIID_PROFILES_FOLDER": "plugins", "OPTIID_HOME": "var"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "ok    transcript create-and-lock.json" in run.stdout


def test_example_that_extends_it_adds_to_it(tmp_path: Path) -> None:
    write_examples(tmp_path)
    profile = load_profiles(tmp_path / "plugins", ("acme", "acme-berlin"), {}).get("acme-berlin")
    read = profile.normalise_resource({"mail": "a@b.c", "nickName": "A"}, context("create", USER))
    assert read == {"emails": [{"type": "work", "value": "a@b.c"}]}


def test_other_python_examples_run() -> None:
    samples = [
        text for kind, path, text in BLOCK.findall((DOCS / "writing-a-profile.md").read_text()) if kind == "python"
    ]
    settings = next(text for text in samples if "AcmeSettings" in text)
    names: dict[str, Any] = {}
    exec(compile(settings, "writing-a-profile.md", "exec"), names)
    assert names["settings_schema"]().__name__ == "AcmeSettings"
    assert names["AcmeSettings"]().load({})["address_type"] == "work"


def test_links_between_the_documents_resolve() -> None:
    for document in ("hooks.md", "writing-a-profile.md"):
        for target in re.findall(r"\]\(([^)#]+)\)", (DOCS / document).read_text()):
            assert (DOCS / target).is_file(), f"{document}: {target}"


@pytest.mark.parametrize("document", ["hooks.md", "writing-a-profile.md"])
def test_core_documents_name_no_identity_provider(document: str) -> None:
    text = (DOCS / document).read_text().lower()
    assert not [word for word in ("entra", "okta", "pingone", "microsoft") if word in text]
