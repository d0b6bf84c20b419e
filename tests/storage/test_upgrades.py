"""The version before works on while a new one is rolled out: migrations keep what their names promise.

What a name promises is in optiid/docs/upgrading.md.
"""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import peewee
import pytest
from playhouse.migrations import Runner

from optiid.errors import OptiidError
from optiid.storage.database import Database, open_database
from optiid.storage.migrating import FOLDER, ensure_ready, names
from tests.conftest import database_url
from tests.running import settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator

# Older than the rule, and than the first release.
BEFORE_THE_RULE = 14
NAME = re.compile(r"\d{4}_(expand|contract)_\w+")
RELEASED = sorted((Path(__file__).parent / "released").glob("*.json"))


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without any table."""
    opened = open_database(settings_in(tmp_path, database_url(request.param, request)))
    yield opened
    opened.close()


def test_names_say_what_a_migration_may_do() -> None:
    wrong = [name for name in names() if int(name[:4]) > BEFORE_THE_RULE and not NAME.fullmatch(name)]
    assert not wrong, f"{wrong}: call them NNNN_expand_WHAT or NNNN_contract_WHAT, see optiid/docs/upgrading.md"


def shape(database: Database) -> dict[str, dict[str, Any]]:
    """By table: columns with type, whether they may be NULL and the default; unique keys; references."""
    engine, found = database.engine, {}
    for table in database.reading(engine.get_tables):
        columns = {column.name: (column.data_type, column.null, column.default) for column in engine.get_columns(table)}
        unique = {index.sql or str(index.columns) for index in engine.get_indexes(table) if index.unique}
        keys = engine.get_foreign_keys(table)
        references = {(key.column, key.dest_table, key.dest_column, key.on_delete) for key in keys}
        key = tuple(engine.get_primary_keys(table))
        found[table] = {"columns": columns, "unique": unique, "references": references, "key": key}
    return found


def faults(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """What of a change of tables the code of the version before could not live with."""
    found = [f"table {name} is gone" for name in before.keys() - after.keys()]
    for name in after.keys() - before.keys():
        for column, target, _, deletion in after[name]["references"]:
            if target in before and deletion.upper() not in ("CASCADE", "SET NULL"):
                found.append(f"{name}.{column} keeps the old code from deleting in {target}")
    for name in before.keys() & after.keys():
        found += _column_faults(name, before[name]["columns"], after[name]["columns"])
        for what in ("unique", "references", "key"):
            if before[name][what] != after[name][what]:
                found.append(f"{name} has other keys ({what})")
    return found


def _column_faults(table: str, before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    found = [f"{table}.{name} is gone" for name in before.keys() - after.keys()]
    for name, (kind, null, default) in after.items():
        if name not in before and not null and default is None:
            found.append(f"{table}.{name} is NOT NULL without a default: the old code inserts without it")
        if name in before and (kind, default) != (before[name][0], before[name][2]):
            found.append(f"{table}.{name} has another type or default")
        if name in before and before[name][1] and not null:
            found.append(f"{table}.{name} may not be NULL any more")
    return found


def apply(database: Database, folder: Path, sources: list[Path]) -> None:
    folder.mkdir(exist_ok=True)
    for source in sources:
        (folder / source.name).write_text(source.read_text())
    database.engine.connect(reuse_if_open=True)
    Runner(database.engine, str(folder)).up()


def test_expanding_migrations_only_add(database: Database, tmp_path: Path) -> None:
    paths = [FOLDER / f"{name}.py" for name in names()]
    old = [path for path in paths if int(path.stem[:4]) <= BEFORE_THE_RULE]
    apply(database, tmp_path / "steps", old)
    before = shape(database)
    for path in paths[len(old) :]:
        apply(database, tmp_path / "steps", [path])
        after = shape(database)
        assert "_contract_" in path.stem or faults(before, after) == [], path.stem
        before = after


EXAMPLES = [
    ("CREATE TABLE later (id TEXT PRIMARY KEY)", None),
    ("CREATE TABLE later (id TEXT REFERENCES organization (id) ON DELETE CASCADE)", None),
    ("CREATE TABLE later (id TEXT REFERENCES organization (id))", "keeps the old code from deleting in organization"),
    ("ALTER TABLE organization ADD COLUMN later TEXT", None),
    ("ALTER TABLE organization ADD COLUMN later INTEGER NOT NULL DEFAULT 0", None),
    ("CREATE INDEX later ON organization (created_at)", None),
    ("DROP INDEX resource_page", None),
    ("CREATE UNIQUE INDEX later ON organization (created_at)", "other keys"),
    ("DROP INDEX resource_living_name", "other keys"),
    ("DROP TABLE hook_fault", "table hook_fault is gone"),
    ("ALTER TABLE organization DROP COLUMN rules", "organization.rules is gone"),
    ("ALTER TABLE organization RENAME COLUMN rules TO rule", "organization.rules is gone"),
]


@pytest.mark.parametrize(("sql", "fault"), EXAMPLES, ids=[sql for sql, _ in EXAMPLES])
def test_the_judge_knows_what_old_code_can_live_with(tmp_path: Path, sql: str, fault: str | None) -> None:
    database = open_database(settings_in(tmp_path))
    ensure_ready(database)
    before = shape(database)
    database.engine.execute_sql(sql)
    found = faults(before, shape(database))
    database.close()
    assert (found == []) if fault is None else any(fault in one for one in found), found


def test_the_judge_knows_not_null(postgresql_url: str, tmp_path: Path) -> None:
    database = open_database(settings_in(tmp_path, postgresql_url))
    ensure_ready(database)
    for sql, fault in (
        ("ALTER TABLE organization ADD COLUMN later TEXT NOT NULL", "NOT NULL without a default"),
        ("ALTER TABLE token ALTER COLUMN revoked_at SET NOT NULL", "may not be NULL any more"),
        ("ALTER TABLE organization ALTER COLUMN schema_revision TYPE BIGINT", "another type"),
    ):
        before = shape(database)
        database.engine.execute_sql(sql)
        assert [fault in one for one in faults(before, shape(database))] == [True], sql
    database.close()


def test_old_code_starts_on_tables_that_a_newer_version_only_added_to(database: Database) -> None:
    ensure_ready(database)
    sql = "INSERT INTO schema_migration (name, applied) VALUES (?, CURRENT_TIMESTAMP)"
    database.transaction(lambda: database.execute(sql, ("9998_expand_later",)))
    ensure_ready(database)
    database.transaction(lambda: database.execute(sql, ("9999_contract_later",)))
    with pytest.raises(OptiidError, match=r"newer than this version \(9999_contract_later\)"):
        ensure_ready(database)


@pytest.mark.parametrize("path", RELEASED, ids=lambda path: path.stem)
def test_statements_of_the_released_version_still_work(database: Database, path: Path) -> None:
    """Each is prepared against the newest tables: names of tables, columns and conflict targets must be there."""
    ensure_ready(database)
    statements = json.loads(path.read_text())[database.dialect.name]
    assert len(statements) > 40
    failed = [sql for sql in statements if not is_understood(database, sql)]
    assert not failed


def is_understood(database: Database, sql: str) -> bool:
    try:
        if database.dialect.name == "sqlite":
            database.engine.execute_sql(f"EXPLAIN {sql}", [None] * sql.count("?")).fetchall()
        else:
            numbers = itertools.count(1)
            numbered = re.sub("%s", lambda _: f"${next(numbers)}", sql).replace("%%", "%")
            database.engine.execute_sql(f"PREPARE released AS {numbered.replace('%', '%%')}")
            database.engine.execute_sql("DEALLOCATE released")
    except peewee.DatabaseError:
        return False
    return True


def test_a_statement_of_a_column_that_is_gone_is_found(database: Database) -> None:
    ensure_ready(database)
    place = "?" if database.dialect.name == "sqlite" else "%s"
    sql = f"SELECT t.prefix FROM token t WHERE t.organization = {place}"
    assert is_understood(database, sql)
    assert not is_understood(database, sql.replace("t.prefix", "t.hint"))
