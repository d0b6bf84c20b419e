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
STANDARD = DOCS / "asvs.md"
# The last requirement of levels 1 and 2 in each section of ASVS 5.0; their numbers begin at 1.
REQUIREMENTS = """
1.1.2 1.2.9 1.3.11 1.4.3 1.5.2 2.1.3 2.2.3 2.3.4 2.4.1 3.2.2 3.3.4 3.4.6 3.5.5 3.7.2 4.1.3 4.2.1
4.3.2 4.4.4 5.1.1 5.2.3 5.3.2 5.4.3 6.1.3 6.2.11 6.3.3 6.4.4 6.5.5 6.6.3 6.8.4 7.1.3 7.2.4 7.3.2
7.4.5 7.5.2 7.6.2 8.1.2 8.2.3 8.3.1 8.4.1 9.1.3 9.2.4 10.1.2 10.2.2 10.3.4 10.4.11 10.5.5 10.6.2
10.7.3 11.1.2 11.2.3 11.3.3 11.4.3 11.5.1 11.6.1 12.1.3 12.2.2 12.3.4 13.1.1 13.2.5 13.3.2 13.4.5
14.1.2 14.2.4 14.3.3 15.1.3 15.2.3 15.3.7 16.1.1 16.2.5 16.3.4 16.4.3 16.5.3 17.1.1 17.2.4 17.3.2"""
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


@pytest.mark.parametrize("page", [PROMISES, THREATS, STANDARD], ids=lambda page: page.stem)
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


def test_every_requirement_of_the_standard_is_answered_once() -> None:
    lasts = [one.rpartition(".") for one in REQUIREMENTS.split()]
    wanted = [f"{section}.{number}" for section, _, last in lasts for number in range(1, int(last) + 1)]
    told = rows(STANDARD)[1:]
    assert sorted(one for row in told for one in row[0].split(", ")) == sorted(wanted)
    for numbers, _, shown in told:
        assert re.search(r"`tests/|\.md\)|\*(later|open|yours|none)\*|hashlib", shown), numbers


def test_nothing_calls_out() -> None:
    """Once something does, rule R14 needs its guard and its test."""
    sources = [*(ROOT / "optiid").rglob("*.py"), *(ROOT / "plugins").rglob("*.py")]
    names = "|".join(map(re.escape, OUTWARDS))
    pattern = re.compile(rf"^\s*(import|from) ({names})\b|socket\.create_connection", re.MULTILINE)
    assert not [path.name for path in sources if pattern.search(path.read_text(encoding="utf-8"))]
