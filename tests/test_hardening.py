"""What an installation is made of, how it is contained, and that the code passes its security rules (rule R25)."""

from __future__ import annotations

import json
import re
import stat
import subprocess
import tomllib
from pathlib import Path

import pytest

import app
from optiid.cli import cli
from optiid.gunicorn_conf import options
from tests.running import settings_in
from tests.test_docs import commands

ROOT = Path(app.__file__).resolve().parent
CONTAINER = (ROOT / ".container" / "Containerfile").read_text(encoding="utf-8")


def instructions(name: str) -> list[str]:
    joined = CONTAINER.replace("\\\n", " ")
    return re.findall(rf"^{name} (.*)$", joined, re.MULTILINE)


def test_container_runs_without_root_and_installs_by_hash() -> None:
    assert instructions("USER") == ["65532:65532"]
    assert CONTAINER.index("\nUSER ") < CONTAINER.index("\nENTRYPOINT ")
    assert instructions("ADD") == []
    assert any("--require-hashes" in one and "--no-deps" in one for one in instructions("RUN"))
    for image in instructions("FROM"):
        assert re.match(r"python:\d+\.\d+-slim( AS \w+)?$", image)


def test_what_the_container_copies_is_there_and_is_not_ignored() -> None:
    # By the project file a checkout knows the shipped profiles as its own.
    assert any("pyproject.toml" in copied for copied in instructions("COPY"))
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for copied in instructions("COPY"):
        if copied.startswith("--from="):
            continue
        for path in copied.split()[:-1]:
            assert (ROOT / path).exists(), path
            assert f"!{path.split('/')[0]}" in ignored, path
    assert "*" in ignored


def test_command_of_the_container_is_a_command() -> None:
    (entry,), (command,) = instructions("ENTRYPOINT"), instructions("CMD")
    assert (ROOT / json.loads(entry)[1]).is_file()
    assert f"optiid {json.loads(command)[0]}" in dict(commands(cli, "optiid"))


@pytest.mark.parametrize("name", ["audit", "sbom", "run"])
def test_scripts_can_be_run(name: str) -> None:
    assert (ROOT / ".ci" / name).stat().st_mode & stat.S_IXUSR


@pytest.mark.parametrize(
    ("said", "status", "wanted"),
    [
        ("No known vulnerabilities found", 0, 0),
        ("Found 1 known vulnerability", 1, 1),
        ("ConnectionError: Max retries exceeded", 1, 1),
        ("WARNING: Connection refused\nNo known vulnerabilities found", 0, 1),
        ("Skipped: could not be audited", 0, 1),
    ],
)
def test_audit_fails_when_nobody_can_be_asked(said: str, status: int, wanted: int, tmp_path: Path) -> None:
    """A scanner that says nothing is not a scan: it is played here by one that says what it is told to."""
    scanner = f"#!/bin/sh\n[ \"$1\" = --strict ] || exit 9\necho '{said}'\nexit {status}\n"
    (tmp_path / "scanner").write_text(scanner)
    (tmp_path / "python3").write_text(
        f'#!/bin/sh\nmkdir -p "$3/bin"\ncp {tmp_path}/scanner "$3/bin/pip-audit"\ncp /bin/true "$3/bin/python"\n'
    )
    for made in ("scanner", "python3"):
        (tmp_path / made).chmod(0o755)
    done = subprocess.run(
        [str(ROOT / ".ci" / "audit")], env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, capture_output=True, check=False,
        timeout=60,
    )  # fmt: skip
    assert done.returncode == wanted, done.stderr


def test_bill_of_materials_is_the_lock() -> None:
    done = subprocess.run([str(ROOT / ".ci" / "sbom")], capture_output=True, text=True, timeout=60, check=True)
    told = json.loads(done.stdout)
    assert {one["name"]: one["version"] for one in told["components"]} == app.locked_versions(app.LOCKS["run"])
    assert all(one["externalReferences"] for one in told["components"])


def test_security_rules_of_ruff_are_on() -> None:
    lint = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]["lint"]
    assert lint["select"] == ["ALL"]
    assert {rule for rule in lint["ignore"] if rule.startswith("S")} == {"S608"}  # statements are looked at by tests
    exempt = {place: [rule for rule in rules if rule[0] == "S"] for place, rules in lint["per-file-ignores"].items()}
    assert {place for place, rules in exempt.items() if rules} == {"tests/**", "app.py"}


def test_gunicorn_is_bounded(tmp_path: Path) -> None:
    wanted = {
        "worker_class": "optiid.serving_worker.ScimWorker",
        "limit_request_line": 8190,
        "limit_request_fields": 64,
        "limit_request_field_size": 8190,
        "keepalive": 5,
        "timeout": 60,
        "graceful_timeout": 30,
        "max_requests": 0,
        "header_map": "drop",
        "forwarded_allow_ips": "127.0.0.1,::1",
        "accesslog": None,
    }
    found = options(settings_in(tmp_path))
    assert {name: found[name] for name in wanted} == wanted
    assert not [name for name in found if name.startswith("permit_")]
