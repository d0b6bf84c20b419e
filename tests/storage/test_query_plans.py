"""Look-ups that identity providers make use an index on both databases, among 10,000 users and 2,500 groups."""

from __future__ import annotations

import re
from typing import Any

import pytest

from optiid.scim.filters.parser import parse_filter
from optiid.scim.resource_types import GROUP, USER
from optiid.storage import directory, list_counts, statements
from optiid.storage.reference_sql import (
    LISTED_MEMBERS_THAT,
    MEMBERS_COUNT_THAT,
    MEMBERS_PAGE_THAT,
    STORED_MEMBERS_THAT,
)
from optiid.storage.resources import Scope
from optiid.storage.searching import Part, Stretch, page, page_statement
from tests.large_groups import a_large_group

FILL = """
INSERT INTO resource (organization, id, type, connection, name_key, external_id, display, display_key, active, state,
                      document, search, version, created_at, updated_at)
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 12500)
SELECT ?, 'filled-' || n, CASE WHEN n % 5 = 0 THEN 'Group' ELSE 'User' END, ?, 'name' || n, 'e' || n, 'd', 'd', 1,
       'living', '{}', CAST('{"active":"true","emails":[{"type":"work","value":"name' || n || '"}]}' AS JSON_TYPE),
       1, '', '2126-01-' || (10 + n % 20) || 'T00:00:00.' || (100000 + n) || 'Z' FROM numbers"""
FILL_VALUES = """
INSERT INTO value_index (organization, path, value_key, resource)
SELECT organization, 'emails.value', name_key, id FROM resource WHERE organization = ? AND type = 'User'"""
FILL_MEMBERS = """
INSERT INTO membership (organization, group_id, member_id)
SELECT g.organization, g.id, u.id FROM resource g JOIN resource u ON u.organization = g.organization
WHERE g.organization = ? AND g.name_key IN ('name5', 'name10') AND u.type = 'User'"""


LATE = "2126-01-29T00:00:00.112400Z"  # five of the users were changed after it, and nobody of other tests
# Each look-up with the index that finds its few resources.
LOOK_UPS = [
    (USER, 'userName eq "name7"', "resource_name"),
    (USER, 'USERNAME EQ "NAME7"', "resource_name"),
    (USER, 'urn:ietf:params:scim:schemas:core:2.0:User:userName eq "name7"', "resource_name"),
    (USER, 'userName eq "name7" and active eq true', "resource_name"),
    (USER, 'active eq true and userName eq "name7"', "resource_name"),
    (USER, 'userName eq "name7" and not (title pr)', "resource_name"),
    (USER, '(userName eq "name7") and (meta.lastModified gt "2026-01-01T00:00:00Z")', "resource_name"),
    (USER, 'externalId eq "e7"', "resource_external"),
    (USER, 'externalId eq "e7" and active eq true', "resource_external"),
    (USER, 'externalId eq "e7" and userName eq "name7"', "resource_"),
    (USER, 'emails eq "name7"', "value_index"),
    (USER, 'emails.value eq "name7"', "value_index"),
    (USER, 'emails[value eq "name7"]', "value_index"),
    (USER, 'emails[type eq "work"].value eq "name7"', "value_index"),
    (USER, 'emails[type eq "work" and value eq "name7"]', "value_index"),
    (USER, 'emails[value eq "name7" and not (primary eq true)]', "value_index"),
    (USER, 'emails[type eq "work"].value eq "name7" and active eq true', "value_index"),
    (USER, 'id eq "filled-7"', "resource_p"),
    (USER, 'id eq "filled-7" and active eq true', "resource_p"),
    (USER, 'meta.location eq "https://scim.example.com/scim/v2/Users/filled-7"', "resource_p"),
    (USER, f'meta.lastModified gt "{LATE}"', "resource_changed"),
    (USER, f'meta.lastModified ge "{LATE}" and active eq true', "resource_changed"),
    (GROUP, 'displayName eq "name5"', "resource_name"),
    (GROUP, 'displayName eq "name5" and members eq "filled-7"', "resource_name"),
    (GROUP, 'externalId eq "e5"', "resource_external"),
    (GROUP, 'id eq "filled-5" and members eq "filled-7"', "membership_member"),
    (GROUP, 'members eq "filled-7"', "membership_member"),
    (GROUP, 'members.value eq "filled-7"', "membership_member"),
    (GROUP, 'members[value eq "filled-7"]', "membership_member"),
    (GROUP, 'members.$ref eq "https://scim.example.com/scim/v2/Users/filled-7"', "membership_member"),
]


@pytest.fixture(scope="module")
def large(service: Any) -> tuple[Any, Scope]:
    """A connection with 10,000 users and 2,500 groups, two of which hold all users."""
    connected = service.connect()
    scope = Scope(connected.organization, connected.connection)

    def fill() -> None:
        list_counts.forget(service.database, scope.organization)
        kind = "TEXT" if service.database.dialect.name == "sqlite" else "JSONB"
        service.database.execute(FILL.replace("JSON_TYPE", kind), (scope.organization, scope.connection))
        service.database.execute(FILL_VALUES, (scope.organization,))
        service.database.execute(FILL_MEMBERS, (scope.organization,))

    service.database.transaction(fill)
    if service.database.dialect.name == "postgresql":
        service.database.execute("ANALYZE")
    return service, scope


def steps_of(large: Any, resource_type: Any, text: str) -> str:
    """Return the plan of the statement that searches, one step a line, with indexes by their names."""
    service, scope = large
    database = service.database
    part = Part(resource_type, parse_filter(text))
    sql, values = page_statement(database, scope, [part], Stretch(100))
    explain = "EXPLAIN QUERY PLAN" if database.dialect.name == "sqlite" else "EXPLAIN"
    steps = "\n".join(str(row[-1]) for row in database.rows(f"{explain} {sql}", values))
    # SQLite keeps value_index inside its primary key, and may read ids from either index that has them.
    return steps.replace("SEARCH v USING PRIMARY KEY", "value_index").replace("sqlite_autoindex_resource", "resource_p")


@pytest.mark.parametrize(("resource_type", "text", "index"), LOOK_UPS)
def test_look_ups_use_their_index(large: Any, resource_type: Any, text: str, index: str) -> None:
    steps = steps_of(large, resource_type, text)
    assert index in steps, steps
    for walk in ("SCAN r", "SCAN m", "SCAN v", "Seq Scan on resource", "Seq Scan on membership", "Seq Scan on value_"):
        assert walk not in steps, steps
    # To run through the resources of a connection in their order is a walk too, though by an index.
    walked = [
        step for step in steps.splitlines() if "resource_page" in step and not re.search(r"type=\? AND id[=>]", step)
    ]
    assert not walked or large[0].database.dialect.name == "postgresql", steps


@pytest.mark.parametrize(("resource_type", "text"), [look_up[:2] for look_up in LOOK_UPS])
def test_look_ups_find_few(large: Any, resource_type: Any, text: str) -> None:
    service, scope = large
    found = service.database.reading(
        lambda: page(service.database, scope, [Part(resource_type, parse_filter(text))], Stretch(100))
    )
    assert 1 <= found.total <= 5


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
        statements.ABSENT_MEMBERS: (one, scope.organization, "filled-5", scope.connection),
        statements.UNKNOWN_MEMBERS: (one, *owner),
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


def test_ids_are_looked_up_by_the_primary_key_before_anything_is_known_of_an_organization(service: Any) -> None:
    """PostgreSQL learns of new rows after a while, and until then takes any index for as good as another."""
    database, dialect = service.database, service.database.dialect
    if dialect.name == "sqlite":  # plans by fixed rules
        return
    scim = service.scim()
    group, members = a_large_group(database, scim, 3000)
    organization, connection = scim.connected.organization, scim.connected.connection
    one = dialect.list_parameter(members[:1])
    for statement, values in {
        statements.FETCH: (organization, group, connection, "Group"),
        statements.ADD_MEMBERS: (group, one, organization, connection),
        statements.ABSENT_MEMBERS: (one, organization, group, connection),
        statements.UNKNOWN_MEMBERS: (one, organization, connection),
        statements.MEMBER_ROWS: (organization, group),
        statements.MEMBERS[dialect.name].replace("{{most}}", "5001"): (
            *(one, organization) * 2,
            connection,
        ),
        statements.MEMBERS_AFTER + " LIMIT 1000": (organization, group, members[0], members[0], connection),
    }.items():
        plan = database.rows(f"EXPLAIN {dialect.fixed(statement)}", values)
        steps = [row[0] for row in plan if " on resource " in row[0]]
        assert steps, plan
        assert all("resource_pkey" in step for step in steps), plan


def test_members_are_looked_up_one_by_one_in_an_organization_that_nothing_is_known_of(service: Any) -> None:
    """PostgreSQL expects a single row of it, and would as soon compare each member with all resources."""
    database, dialect = service.database, service.database.dialect
    if dialect.name == "sqlite":  # plans by fixed rules
        return
    known = service.scim()
    known.a_group(members=[known.a_user()["id"] for _ in range(20)])
    database.transaction(lambda: database.execute("ANALYZE"))
    scim = service.scim()
    group, members = a_large_group(database, scim, 3000)
    organization, connection = scim.connected.organization, scim.connected.connection
    every = dialect.list_parameter(members)
    for statement, values in {
        statements.MEMBER_ROWS: (organization, group),
        statements.MEMBERS_AFTER: (organization, group, members[0], members[0], connection),
        MEMBERS_PAGE_THAT: (organization, group, connection, 10, 10),
        MEMBERS_COUNT_THAT: (organization, group, connection),
        STORED_MEMBERS_THAT: (organization, group, connection),
        LISTED_MEMBERS_THAT: (every, organization, connection),
        statements.ADD_MEMBERS: (group, every, organization, connection),
        statements.ABSENT_MEMBERS: (every, organization, group, connection),
        statements.UNKNOWN_MEMBERS: (every, organization, connection),
    }.items():
        sql = dialect.fixed(statement).replace("{condition}", "u.display_key > 'x'")
        plan = "\n".join(row[0] for row in database.rows(f"EXPLAIN {sql}", values))
        assert "Join Filter" not in plan, f"{sql}\n{plan}"


def test_a_small_group_is_read_by_its_key_beside_a_large_one(service: Any) -> None:
    """Of a group it does not know PostgreSQL expects that it has as many members as all have on average."""
    database, dialect = service.database, service.database.dialect
    if dialect.name == "sqlite":  # plans by fixed rules
        return
    scim = service.scim()
    a_large_group(database, scim, 3000)
    small = scim.a_group("small")["id"]
    statement = dialect.fixed(statements.MEMBERS[dialect.name]).replace("{most}", "5001")
    one, plane = dialect.list_parameter([small]), scim.connected
    values = (one, plane.organization, one, plane.organization, plane.connection)

    def plan() -> str:
        database.execute("ANALYZE")
        database.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        return "\n".join(row[0] for row in database.rows(f"EXPLAIN {statement}", values))

    steps = database.transaction(plan)
    assert "Seq Scan" not in steps, steps
    assert "Hash" not in steps, steps


@pytest.mark.parametrize(("condition", "values"), [("1 = 1", ()), ("m.member_id = ? AND u.id = ?", ("filled-7",) * 2)])
def test_page_of_members_goes_along_the_key(large: Any, condition: str, values: tuple[str, ...]) -> None:
    """It neither sorts nor reads the members behind the page."""
    service, scope = large
    database, dialect = service.database, service.database.dialect
    explain = "EXPLAIN QUERY PLAN" if dialect.name == "sqlite" else "EXPLAIN"
    sql = dialect.fixed(MEMBERS_PAGE_THAT).replace("{condition}", condition)
    bound = (scope.organization, "filled-5", scope.connection, *values, 101, 200)
    steps = "\n".join(str(row[-1]) for row in database.rows(f"{explain} {sql}", bound))
    for costly in ("SCAN", "TEMP B-TREE", "Sort", "Seq Scan", "resource_page"):
        assert costly not in steps, steps


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        (directory.PAGE, ("User", "filled-7", 51)),
        (directory.PAGE, ("Group", "", 51)),
        (directory.NAMED, ("User", "name7")),
        (directory.PAGE_OF_MEMBERS, ("filled-5", "filled-7", 51)),
    ],
)
def test_pages_of_the_directory_go_along_an_index(large: Any, statement: str, values: tuple[Any, ...]) -> None:
    """They neither sort nor read what is behind the page, whoever owns it."""
    service, scope = large
    explain = "EXPLAIN QUERY PLAN" if service.database.dialect.name == "sqlite" else "EXPLAIN"
    plan = service.database.rows(f"{explain} {statement}", (scope.organization, *values))
    steps = "\n".join(str(row[-1]) for row in plan)
    for costly in ("SCAN", "TEMP B-TREE", "Sort", "Seq Scan"):
        assert costly not in steps, steps


def test_no_hot_statement_binds_a_limit() -> None:
    """SQLite plans a statement anew each time a number is bound to its LIMIT."""
    assert [name for name, text in vars(statements).items() if isinstance(text, str) and "LIMIT ?" in text] == []
