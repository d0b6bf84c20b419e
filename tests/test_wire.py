"""What identity providers really send, replayed: tests/wire holds the conversations, replay.py there plays them."""

from __future__ import annotations

import argparse
import ast
import importlib.util
import re
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest

WIRE = Path(__file__).with_name("wire")
ROOT = WIRE.parent.parent
BASE = "http://127.0.0.1/scim/v2"
SCENARIOS = {path.stem: orjson.loads(path.read_bytes()) for path in sorted(WIRE.glob("*/*.json"))}
VENDOR_NEEDED = sorted(name for name, spec in SCENARIOS.items() if spec.get("fails_under_standard"))
NEUTRAL = sorted(set(SCENARIOS) - set(VENDOR_NEEDED))


def load_replay() -> Any:
    spec = importlib.util.spec_from_file_location("wire_replay", WIRE / "replay.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def options(base: str, token: str) -> argparse.Namespace:
    return argparse.Namespace(
        base=base,
        token=token,
        base_for={},
        token_for={},
        run="r1",
        timeout=30,
        insecure=False,
        verbose=False,
        no_rules=False,
        strict=True,
        keep=True,
    )


def play(replay: Any, name: str, base: str, token: str) -> str | None:
    problem: str | None = replay.Player(options(base, token)).play(SCENARIOS[name])[0]
    return problem


@pytest.fixture
def replay(service: Any) -> Any:
    """The player, speaking to the test client instead of a socket."""
    module = load_replay()

    def send(base: str, method: str, target: str, headers: dict[str, str], body: bytes | None, *_: Any) -> Any:
        answer = service.app.test_client().open(urlsplit(base).path + target, method=method, headers=headers, data=body)
        return module.Reply(answer.status_code, list(answer.headers), answer.data)

    module.send = send
    return module


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_conversation_under_its_own_profile(service: Any, replay: Any, name: str) -> None:
    assert play(replay, name, BASE, service.connection(SCENARIOS[name]["idp"])) is None


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_conversation_through_a_live_server(live: Any, name: str) -> None:
    assert play(load_replay(), name, live.base_url, live.connection(SCENARIOS[name]["idp"])) is None


@pytest.mark.parametrize("name", VENDOR_NEEDED)
def test_vendor_repair_is_needed(service: Any, replay: Any, name: str) -> None:
    assert play(replay, name, BASE, service.connection("standard")) is not None


@pytest.mark.parametrize("name", NEUTRAL)
def test_conversation_that_needs_no_vendor_profile(service: Any, replay: Any, name: str) -> None:
    assert play(replay, name, BASE, service.connection("standard")) is None


def test_every_vendor_repair_names_a_conversation_that_needs_it() -> None:
    for path in sorted((ROOT / "plugins").rglob("*.py")):
        for evidence in re.findall(r"Evidence: (\S+\.json)", path.read_text(encoding="utf-8")):
            name = Path(evidence).stem
            assert (ROOT / "tests" / evidence).is_file(), f"{path.name}: {evidence}"
            assert SCENARIOS[name].get("fails_under_standard"), f"{path.name}: {evidence} passes without the repair"


def repairs_with_evidence() -> list[tuple[str, str, str]]:
    """(profile, function, conversation) for each vendor repair whose docstring gives its evidence."""
    found: list[tuple[str, str, str]] = []
    for path in sorted((ROOT / "plugins").rglob("repairs.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            text = ast.get_docstring(node) or "" if isinstance(node, ast.FunctionDef) else ""
            evidence = re.findall(r"Evidence: (\S+)\.json", text)
            found += [(path.parent.name, node.name, Path(name).name) for name in evidence]
    return found


@pytest.mark.parametrize(("profile", "function", "name"), repairs_with_evidence())
def test_conversation_fails_without_its_repair(
    service: Any, replay: Any, monkeypatch: pytest.MonkeyPatch, profile: str, function: str, name: str
) -> None:
    token = service.connection(profile)
    module = sys.modules[f"optiid_profiles.{profile}.repairs"]
    monkeypatch.setattr(module, function, lambda unrepaired, *_: unrepaired)
    assert play(replay, name, BASE, token) is not None


def test_every_public_repair_gives_its_evidence() -> None:
    for path in sorted((ROOT / "plugins").rglob("repairs.py")):
        text = path.read_text(encoding="utf-8")
        sent, evidence = text.count("    Sent: "), text.count("    Evidence: ")
        assert sent == text.count("    Meant: ") == evidence, path
