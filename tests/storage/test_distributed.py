"""What can be held without a distributed engine: plain SQL only, joins inside one organization, and the printed list.

Which engine was run, and which rules are only held here, stands in optiid/docs/growing.md.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from optiid.storage.database import Database, open_database
from optiid.storage.migrating import ensure_ready
from tests.running import settings_in
from tests.storage.test_schema_rules import EXCEPTIONS, references, tables

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2] / "optiid"
# Not offered by all of Citus, YugabyteDB and CockroachDB.
REFUSED = re.compile(
    r"pg_(try_)?advisory|\bLISTEN [a-z]|\bNOTIFY [a-z]|\bCREATE (CONSTRAINT )?TRIGGER\b|\bnextval\b"
    r"|\b(BIG|SMALL)?SERIAL\b|\bGENERATED\b|\bON CONSTRAINT\b|\bEXCLUDE USING\b|\bINHERITS\b|\bSKIP LOCKED\b"
    r"|\bDEFERRABLE\b|\bTABLESAMPLE\b|\bGROUPING SETS\b|\bMERGE INTO\b|\bTEMP(ORARY)? TABLE\b|\bxmin\b|\bctid\b"
    r"|VALUES \([^;]*\(SELECT|\bAS \(\s*(INSERT|UPDATE|DELETE)\b|\bDECLARE \w+ CURSOR\b"
    r"|^(SET (?!LOCAL |TRANSACTION )|RESET )"  # of a session, which behind a pooler is that of others
)
# Not the same everywhere: what is used of it stands on the page, with what each engine makes of it.
UNLIKE = {
    'COLLATE "C"': r'COLLATE "C"',
    "FOR UPDATE": r"\bFOR UPDATE\b",
    "FOR NO KEY UPDATE": r"\bFOR NO KEY UPDATE\b",
    "FOR SHARE": r"\bFOR SHARE\b",
    "FOR KEY SHARE": r"\bFOR KEY SHARE\b",
    "WITH RECURSIVE": r"\bWITH RECURSIVE\b",
    "REPEATABLE READ": r"\bREPEATABLE READ\b",
    "LOCK TABLE": r"\bLOCK TABLE\b",
    "LATERAL": r"\bLATERAL\b",
    "OVER": r"\bOVER \(",
    "DISTINCT ON": r"\bDISTINCT ON\b",
    "tcp_keepalives_idle": r"^tcp_keepalives_idle$",
}
# A join that does not compare the organizations of both sides: `?` names that of the other.
JOIN = re.compile(r"(?<!CROSS )\bJOIN (\w+) (\w) ON (\S+) = (\S+)")
CROSS = re.compile(r"\bCROSS JOIN (\w+) (\w)\b")


def statements() -> Iterator[tuple[str, str]]:
    """Each text in the code that holds SQL; what f-strings fill in is left out."""
    for path in sorted([*(ROOT / "storage").rglob("*.py"), *(ROOT / "migrations").glob("*.py")]):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.JoinedStr):
                yield (
                    path.name,
                    "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values),
                )
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield path.name, node.value


def test_only_plain_sql() -> None:
    assert [(name, found[0]) for name, text in statements() if (found := REFUSED.search(text))] == []


def test_page_tells_what_engines_make_of_what_is_used() -> None:
    page = (ROOT / "docs" / "growing.md").read_text(encoding="utf-8")
    (table,) = re.findall(r"\| used \|.*?\n\n", page, re.DOTALL)
    used = {name for name, form in UNLIKE.items() for _, text in statements() if re.search(form, text)}
    assert set(re.findall(r"^\| `(.*?)` \|", table, re.MULTILINE)) == used


def test_joins_stay_inside_an_organization(database: Database) -> None:
    known, seen = set(tables(database)), 0
    for name, text in statements():
        for table, alias, left, right in JOIN.findall(text):
            if table in known:
                key = "id" if table == "organization" else "organization"
                assert f"{alias}.{key}" in (left, right), f"{name}: JOIN {table} {alias} ON {left} = {right}"
                seen += 1
        for table, alias in CROSS.findall(text):
            if table in known:
                assert re.search(rf"\b{alias}\.organization = ", text), f"{name}: CROSS JOIN {table} {alias}"
                seen += 1
    assert seen > 40  # the texts were found


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    opened = open_database(settings_in(tmp_path_factory.mktemp("distributed")))
    ensure_ready(opened)
    yield opened
    opened.close()


def everywhere(database: Database) -> set[str]:
    """The tables with a unique key of the whole installation, and what they refer to: copied to each server.

    The page takes the reference of `claim` away, or every user would have to be copied.
    """
    found = {table for table, _ in EXCEPTIONS}
    while more := {target for table in found - {"claim"} for target, _ in references(database, table)} - found:
        found |= more
    return found


def test_page_prints_how_each_table_is_dealt_out(database: Database) -> None:
    page = (ROOT / "docs" / "growing.md").read_text(encoding="utf-8")
    copied = re.findall(r"create_reference_table\('(\w+)'\)", page)
    dealt = re.findall(r"create_distributed_table\('(\w+)', 'organization'", page)
    assert set(copied) == everywhere(database)
    assert set(dealt) == set(tables(database)) - everywhere(database)
    for order in (copied, dealt):
        for place, table in enumerate(order):
            later = {target for target, _ in references(database, table)} & set(order[place + 1 :])
            assert not later, f"{table} comes before {later}"
