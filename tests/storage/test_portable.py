"""Rows as they were: page by page out, and in again with versions, times and those who were deleted."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.clock import new_id
from optiid.scim.resource_types import GROUP, USER
from optiid.storage import memberships, portable, resources
from optiid.storage.portable import Portable
from optiid.storage.resources import NameTakenError, Scope

LONG_AGO = "2026-01-01T00:00:00.000000Z"


class Rows:
    """Rows of one connection."""

    def __init__(self, service: Any) -> None:
        self.service, self.database = service, service.database
        connected = service.connect()
        self.scope = Scope(connected.organization, connected.connection)

    def run(self, work: Any, *arguments: Any) -> Any:
        return self.database.transaction(lambda: work(self.database, *arguments))

    def user(self, state: str = "living") -> Any:
        document = {"userName": f"{new_id()}@example.com", "active": state == "living"}
        return self.run(resources.insert, self.scope, USER, new_id(), document, state)

    def group(self) -> Any:
        return self.run(resources.insert, self.scope, GROUP, new_id(), {"displayName": new_id()}, "living")


@pytest.fixture
def rows(service: Any) -> Rows:
    return Rows(service)


def test_pages_hold_everything_once_but_plans(rows: Rows) -> None:
    users = [rows.user(state) for state in ("living", "gone", "suspended", "planned", "living")]
    organization = rows.scope.organization
    pages = list(portable.pages(rows.database, organization, "User", 2))
    found = [one.stored.id for page in pages for one in page]
    assert (found, [len(page) for page in pages]) == (sorted(one.id for one in users if one.state != "planned"), [2, 2])
    assert portable.count(rows.database, organization, "User") == 4


def test_memberships_come_in_order_with_the_deleted(rows: Rows) -> None:
    one, two = sorted((rows.user(), rows.user()), key=lambda user: user.id)
    group = rows.group()
    added = rows.run(portable.add_members, group, [two.id, one.id])
    assert sorted(added[0]) == added[1] == [one.id, two.id]
    rows.run(resources.close, two)
    pages = list(portable.memberships(rows.database, rows.scope.organization, 1))
    assert [row[:2] for page in pages for row in page] == [(group.id, one.id), (group.id, two.id)]
    assert [one.id for one in rows.run(memberships.members_of, rows.scope, [group.id], 100)[0][group.id]] == [one.id]


def test_row_is_as_it_was(rows: Rows) -> None:
    made = rows.user()
    gone = made._replace(id=new_id(), state="gone", version=7, created_at=LONG_AGO, updated_at=LONG_AGO)
    rows.run(portable.insert, [(Portable(gone, LONG_AGO), USER)])
    (found,) = rows.run(portable.lock, rows.scope.organization, [gone.id, new_id()]).values()
    assert (found.stored.version, found.stored.created_at, found.removed_at) == (7, LONG_AGO, LONG_AGO)
    again = gone._replace(id=new_id(), state="living")
    with pytest.raises(NameTakenError):
        rows.run(portable.insert, [(Portable(again, None), USER)])


def test_overwritten_row_is_found_by_its_new_values(rows: Rows) -> None:
    made = rows.user()
    document = made.document | {"userName": "new@example.com", "emails": [{"value": "new@example.com"}]}
    rows.run(portable.overwrite, Portable(made._replace(document=document, version=9), None), USER)
    assert rows.run(resources.find_by_name, rows.scope, USER, "NEW@example.com").version == 9
    sql = "SELECT COUNT(*) FROM value_index WHERE organization = ? AND resource = ?"
    assert rows.database.row(sql, (made.organization, made.id))[0] == 1


def test_only_the_owner_of_a_group_has_its_members(rows: Rows) -> None:
    stranger, group = Rows(rows.service).user(), rows.group()
    assert rows.run(portable.not_eligible, group, [stranger.id, "nobody"]) == [stranger.id, "nobody"]
    assert rows.run(portable.add_members, group, [stranger.id]) == ([], [])
