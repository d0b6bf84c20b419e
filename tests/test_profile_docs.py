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
from tests.running import free_port

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "optiid" / "docs"
HOOKS: dict[str, Any] = {name: spec for name, spec in vars(hookspecs).items() if hasattr(spec, "optiid_spec")}
BASE_PYTHON = getattr(sys, "_base_executable", sys.executable)  # .venv has no pip of its own
MARK = "---- block "
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


def blocks() -> list[tuple[str, str, str]]:
    """Return the samples of the tutorial in their order: kind, path or word, text."""
    return BLOCK.findall((DOCS / "writing-a-profile.md").read_text())


def write_examples(folder: Path) -> None:
    for kind, path, text in blocks():
        if path and kind != "sh":
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)


def script_of(folder: Path) -> str:
    """Return the tutorial as one script; before what a block of commands prints stands its number."""
    lines = ["set -e", "trap 'kill $SERVER 2> server.txt || true' EXIT"]
    for number, (kind, word, text) in enumerate(blocks()):
        if kind == "sh" and word != "setup":  # nothing is fetched from the network: see `environment`
            lines.append(f"echo '{MARK}{number}'")
            lines.append(f"if {text.strip()}; then exit 99; fi" if word == "fails" else text)
        elif kind != "sh" and word:
            (folder / "blocks").mkdir(exist_ok=True)
            (folder / "blocks" / str(number)).write_text(text)
            lines.append(f"mkdir -p $(dirname {word}) && cp blocks/{number} {word}")
    return "\n".join(lines).replace("8023", str(free_port()))


def environment(folder: Path) -> dict[str, str]:
    """Return an environment with the commands of the tutorial, in which packages are installed into a folder."""
    commands = {
        "optiid": f"exec {sys.executable} -c 'from optiid.cli import main; main()' \"$@\"",
        "python": f'[ "$1 $2" = "-m pip" ] && exec {BASE_PYTHON} "$@"\nexec {sys.executable} "$@"',
    }
    (folder / "bin").mkdir()
    for name, text in commands.items():
        (folder / "bin" / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / "bin" / name).chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OPTIID_", "PIP_", "PYTEST_"))}
    return kept | {
        "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": f"{ROOT}{os.pathsep}{folder / 'site'}",
        "PIP_TARGET": str(folder / "site"),
        "PIP_NO_INDEX": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # those of the tests of optiid itself cost a second
    }


def missing(expected: str, printed: str) -> list[str]:
    """Return the expected lines that do not come in this order; what follows three dots may be anything."""
    rest, lacking = iter(printed.splitlines()), []
    for line in expected.splitlines():
        wanted = line.strip().partition("...")[0].strip()
        if wanted and not any(wanted in found for found in rest):
            lacking.append(line)
    return lacking


@pytest.mark.timeout(400)  # thirty commands, each a process
def test_tutorial_goes_as_it_tells(tmp_path: Path) -> None:
    script = script_of(tmp_path)
    run = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr
    printed = dict(re.findall(rf"^{MARK}(\d+)\n(.*?)(?=^{MARK}|\Z)", run.stdout, re.MULTILINE | re.DOTALL))
    latest = ""
    for number, (kind, word, text) in enumerate(blocks()):
        latest = printed[str(number)] if kind == "sh" and word != "setup" else latest
        if kind == "text":
            assert not missing(text, latest), latest


def test_example_that_extends_it_adds_to_it(tmp_path: Path) -> None:
    write_examples(tmp_path)
    profile = load_profiles(tmp_path / "plugins", ("acme", "acme-berlin"), {}).get("acme-berlin")
    read = profile.normalise_resource({"mail": "a@b.c", "nickName": "A"}, context("create", USER))
    assert read == {"emails": [{"type": "work", "value": "a@b.c"}]}


def test_other_python_examples_run() -> None:
    settings = next(text for kind, _, text in blocks() if kind == "python" and "AcmeSettings" in text)
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
    shipped = set(load_profiles(None, None, {}).names()) - {"standard"}
    assert not [word for word in (*shipped, "microsoft") if word in text]
