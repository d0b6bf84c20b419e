"""Look-ups that identity providers make use an index on both databases, among 5,000 resources."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.scim.filters.parser import parse_filter
from optiid.scim.resource_types import GROUP, USER
from optiid.storage import statements
from optiid.storage.filter_sql import compile_filter
from optiid.storage.resources import Scope

FILL = """
INSERT INTO resource (organization, id, type, connection, name_key, external_id, display, display_key, active, state,
                      document, search, version, created_at, updated_at)
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 5000)
SELECT ?, 'filled-' || n, CASE WHEN n % 5 = 0 THEN 'Group' ELSE 'User' END, ?, 'name' || n, 'e' || n, 'd', 'd', 1,
       'living', '{}', '{}', 1, '', '' FROM numbers"""
FILL_VALUES = """
INSERT INTO value_index (organization, path, value_key, resource)
SELECT organization, 'emails.value', name_key, id FROM resource WHERE organization = ? AND type = 'User'"""
FILL_MEMBERS = """
INSERT INTO membership (organization, group_id, member_id)
SELECT g.organization, g.id, u.id FROM resource g JOIN resource u ON u.organization = g.organization
WHERE g.organization = ? AND g.name_key IN ('name5', 'name10') AND u.type = 'User'"""


@pytest.fixture(scope="module")
def large(service: Any) -> tuple[Any, Scope]:
    """A connection with 4,000 users and 1,000 groups, two of which hold all users."""
    connected = service.connect()
    scope = Scope(connected.organization, connected.connection)

    def fill() -> None:
        service.database.execute(FILL, (scope.organization, scope.connection))
        service.database.execute(FILL_VALUES, (scope.organization,))
        service.database.execute(FILL_MEMBERS, (scope.organization,))

    service.database.transaction(fill)
    if service.database.dialect.name == "postgresql":
        service.database.execute("ANALYZE")
    return service, scope


@pytest.mark.parametrize(
    ("resource_type", "text", "index"),
    [
        (USER, 'userName eq "name7"', "resource_name"),
        (USER, 'externalId eq "e7"', "resource_external"),
        (USER, 'emails.value eq "name7"', "value_index"),
        (USER, 'emails[type eq "work" and value eq "name7"]', "value_index"),
        (USER, 'id eq "filled-7"', "resource_p"),
        (GROUP, 'displayName eq "name5"', "resource_name"),
        (GROUP, 'members.value eq "filled-7"', "membership_member"),
    ],
)
def test_look_ups_use_their_index(large: Any, resource_type: Any, text: str, index: str) -> None:
    service, scope = large
    dialect = service.database.dialect
    sql, values = compile_filter(parse_filter(text), resource_type, dialect, scope.organization)
    where = "r.organization = ? AND r.connection = ? AND r.type = ? AND r.removed_at IS NULL"
    explain = "EXPLAIN QUERY PLAN" if dialect.name == "sqlite" else "EXPLAIN"
    plan = service.database.rows(
        f"{explain} SELECT r.document FROM resource r WHERE {where} AND {sql} ORDER BY r.id LIMIT 100",
        [scope.organization, scope.connection, resource_type.name, *values],
    )
    steps = "\n".join(str(row[-1]) for row in plan)
    # SQLite keeps value_index inside its primary key, and may read ids from either index that has them.
    told = steps.replace("SEARCH v USING PRIMARY KEY", "value_index").replace("sqlite_autoindex_resource", "resource_p")
    assert index in told, steps
    assert "SCAN r" not in steps, steps
    assert "Seq Scan on resource" not in steps, steps


def test_fixed_statements_begin_with_the_few_rows(large: Any) -> None:
    """None of them walks through the resources of a connection, or through all memberships of an organization."""
    service, scope = large
    database, dialect = service.database, service.database.dialect
    owner, one = (scope.organization, scope.connection), dialect.list_parameter(["filled-7"])
    explain = "EXPLAIN QUERY PLAN" if dialect.name == "sqlite" else "EXPLAIN"
    statements_and_values = {
        statements.FETCH_LOCKED: (scope.organization, "filled-7", scope.connection, "User"),
        statements.FIND_BY_NAME: (*owner, "User", "name7"),
        statements.NAME_IS_LIVING: (scope.organization, "User", "name7", ""),
        statements.ADD_MEMBERS: ("filled-5", one, *owner),
        statements.REMOVE_MEMBERS: (scope.organization, "filled-5", one),
        statements.KNOWN_MEMBERS: (one, *owner),
        statements.GROUPS: (scope.organization, one, scope.organization, *owner),
        statements.TOUCH_GROUPS: ("", scope.organization, scope.organization, "filled-7"),
        statements.CLOSE: ("", scope.organization, "filled-7"),
        statements.DELETE_VALUES: (scope.organization, "filled-7"),
    }
    for statement, values in statements_and_values.items():
        plan = database.rows(f"{explain} {dialect.fixed(statement)}", values)
        steps = "\n".join(str(row[-1]) for row in plan)
        for table in ("resource", "membership", "value_index"):
            assert f"Seq Scan on {table}" not in steps, steps
        assert "USING INDEX resource_page" not in steps, steps
        for step in steps.splitlines():
            partial = step.endswith(("(organization=?)", "(organization=? AND connection=?)"))
            assert not (partial and "event_counter" not in step), steps
