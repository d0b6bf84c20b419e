"""What access is told from: the person, the memberships above, what is granted; each by its index on both databases."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.clock import new_id
from optiid.storage import access, list_counts, roles
from optiid.storage.products import ADMIN_CENTER, ADMINISTRATOR
from optiid.storage.roles import EVERYONE, Grant
from tests.storage.test_query_plans import FILL, FILL_MEMBERS


class Company:
    """An organization with a user in a group in a group in the first one."""

    def __init__(self, service: Any) -> None:
        self.database, self.scim = service.database, service.scim()
        self.organization = self.scim.connected.organization
        self.user = self.scim.a_user("ada@example.com")["id"]
        self.inner = self.scim.a_group("Inner", [self.user])["id"]
        self.outer = self.scim.a_group("Outer", [self.inner])["id"]
        self.scim.patch(f"/Groups/{self.inner}", {"op": "add", "path": "members", "value": [{"value": self.outer}]})

    def grant(self, subject: str) -> None:
        made = Grant(new_id(), ADMIN_CENTER, ADMIN_CENTER, ADMINISTRATOR, subject, "")
        self.database.transaction(lambda: roles.insert(self.database, self.organization, made))

    def ask(self, work: Any, *arguments: Any, **more: Any) -> Any:
        return self.database.reading(lambda: work(self.database, self.organization, *arguments, **more))


@pytest.fixture
def company(service: Any) -> Company:
    return Company(service)


def test_person_is_found_by_id_before_name(company: Company) -> None:
    namesake = company.scim.a_user(company.user)["id"]
    assert company.ask(access.find_person, company.user).id == company.user
    assert company.ask(access.find_by_name, company.user).id == namesake
    assert company.ask(access.find_person, "ADA@example.com").id == company.user
    assert company.ask(access.find_person, company.inner) is None
    assert company.ask(access.find_by_name, "nobody@example.com") is None
    company.scim.delete(f"/Users/{company.user}")
    assert company.ask(access.find_by_name, "ada@example.com") is None
    assert company.ask(access.find_person, company.user).state == "gone"


def test_memberships_above_are_told_once_though_groups_go_round(company: Company) -> None:
    found = company.ask(access.memberships_above, [company.user])
    assert sorted(found) == sorted(
        [(company.user, company.inner), (company.inner, company.outer), (company.outer, company.inner)]
    )


def test_holdings_are_those_of_the_living_and_of_everyone(company: Company) -> None:
    company.grant(company.outer)
    company.grant(EVERYONE)
    gone = company.scim.a_user()["id"]
    company.scim.patch(f"/Users/{gone}", {"op": "replace", "path": "active", "value": False})
    found = company.ask(access.holdings, [company.user, company.inner, company.outer, gone])
    assert set(found) == {company.user, company.inner, company.outer, EVERYONE}
    assert [(given.role, given.instance) for given in found[company.outer].given] == [(ADMINISTRATOR, ADMIN_CENTER)]
    assert (len(found[EVERYONE].given), found[company.inner].given) == (1, [])
    assert (found[company.inner].display, found[company.inner].type) == ("Inner", "Group")


def test_holders_are_paged_in_order_of_ids(company: Company) -> None:
    company.grant(company.outer)
    others = [company.scim.a_user()["id"] for _ in range(3)]
    place = (ADMIN_CENTER, ADMINISTRATOR)
    assert company.ask(access.holders, place, "", 10, everyone=False) == [company.user]
    everybody = sorted([company.user, *others])
    assert company.ask(access.holders, place, "", 2, everyone=True) == everybody[:2]
    assert company.ask(access.holders, place, everybody[1], 10, everyone=True) == everybody[2:]


def test_statements_read_few_rows_among_many(service: Any, company: Company) -> None:
    database, organization = company.database, company.organization
    kind = "TEXT" if database.dialect.name == "sqlite" else "JSONB"

    def fill() -> None:
        list_counts.forget(database, organization)
        connection = company.scim.connected.connection
        database.execute(FILL.replace("JSON_TYPE", kind).replace("'filled-'", "'around-'"), (organization, connection))
        database.execute(FILL_MEMBERS, (organization,))

    database.transaction(fill)
    if database.dialect.name == "postgresql":
        database.execute("ANALYZE")
    seen: list[tuple[str, Any]] = []
    original = database.rows

    def note(sql: str, parameters: Any = ()) -> Any:
        seen.append((sql, parameters))
        return original(sql, parameters)

    database.rows = note
    try:
        idents = {group for _, group in access.memberships_above(database, organization, ["around-7"])}
        access.holdings(database, organization, [*idents, "around-7"])
        seen.append((access._BY_ID_OR_NAME, (organization, "around-7", organization, "name7")))
    finally:
        del database.rows
    explain = "EXPLAIN QUERY PLAN" if database.dialect.name == "sqlite" else "EXPLAIN"
    assert len(seen) == 3
    for sql, parameters in seen:
        steps = "\n".join(str(row[-1]) for row in database.rows(f"{explain} {sql}", parameters))
        for walk in ("SCAN r\n", "SCAN m", "Seq Scan on resource", "Seq Scan on membership"):
            assert walk not in steps, steps
