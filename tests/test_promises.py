"""The page of promises names tests and commands that exist, and leaves out no rule (rule R27)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from optiid.cli import cli
from tests.test_docs import commands

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "optiid" / "docs"
PROMISES = DOCS / "promises.md"
THREATS = DOCS / "threat-model.md"
# What opens a connection outwards; the database's own drivers are fenced by tests/test_layers.py.
OUTWARDS = ("http.client", "urllib.request", "httpx", "httpx2", "requests", "aiohttp", "ftplib", "smtplib")
RULES = [f"R{number}" for number in range(1, 28)]


def rows(page: Path) -> list[list[str]]:
    """The rows of all tables of a page, without heads and rulings."""
    lines = [line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    return [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if not line.startswith("| promise")
    ]


def missing(page: Path) -> list[str]:
    """Tests and commands that a page names and that are not there."""
    found, known = [], dict(commands(cli, "optiid"))
    for path, name in re.findall(r"`(tests/[\w./-]+?)(?:::(\w+))?`", page.read_text(encoding="utf-8")):
        file = ROOT / path
        if not file.exists() or (name and not re.search(rf"^\s*(def|class) {name}\b", file.read_text(), re.MULTILINE)):
            found.append(f"{path}::{name}")
    for said in re.findall(r"`((?:optiid|python3 app\.py) [^`]+)`", page.read_text(encoding="utf-8")):
        words = re.sub(r"^python3 app\.py", "optiid", said)
        if not words.startswith(("optiid test", "optiid bench", "optiid fuzz")) and not any(
            words == one or words.startswith(f"{one} ") for one in known
        ):
            found.append(said)
    return found


@pytest.mark.parametrize("page", [PROMISES, THREATS], ids=lambda page: page.stem)
def test_tests_and_commands_exist(page: Path) -> None:
    assert missing(page) == []


def test_what_does_not_exist_is_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("`tests/test_none.py`, `tests/test_promises.py::test_none`, `optiid none`, `optiid user list`")
    assert missing(page) == ["tests/test_none.py::", "tests/test_promises.py::test_none", "optiid none"]


def test_every_promise_says_what_shows_it() -> None:
    for promise, rule, shown, _ in rows(PROMISES):
        assert re.fullmatch(r"R\d+(, [RG]\d+)*", rule), promise
        assert "`tests/" in shown or "`python3 app.py" in shown or "*later*" in shown, promise


def test_no_rule_is_left_out() -> None:
    told = {rule for row in rows(PROMISES) for rule in row[1].split(", ")}
    assert not [rule for rule in RULES if rule not in told]


def test_each_rule_has_a_threat_sections_and_a_test() -> None:
    text = THREATS.read_text(encoding="utf-8").partition("## What each rule defends")[2]
    found = re.findall(r"^\| (R\d+) \| (.+?) \| ([\d., ]+) \| (.+) \|$", text, re.MULTILINE)
    assert [rule for rule, *_ in found] == RULES
    for rule, _, sections, shown in found:
        assert all(re.fullmatch(r"(1[0-7]|[1-9])\.[1-8]", one) for one in sections.split(", ")), rule
        assert "`tests/" in shown or shown == "*later*", rule


def test_nothing_calls_out() -> None:
    """Once something does, rule R14 needs its guard and its test."""
    sources = [*(ROOT / "optiid").rglob("*.py"), *(ROOT / "plugins").rglob("*.py")]
    names = "|".join(map(re.escape, OUTWARDS))
    pattern = re.compile(rf"^\s*(import|from) ({names})\b|socket\.create_connection", re.MULTILINE)
    assert not [path.name for path in sources if pattern.search(path.read_text(encoding="utf-8"))]
