"""What the brake counts: each user once, within a window, beside how many there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from optiid.storage import brake, list_counts
from optiid.storage.resources import Scope

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def within(service: Any) -> Callable[[Callable[[], Any]], Any]:
    return service.database.transaction  # type: ignore[no-any-return]


def test_each_user_counts_once_until_forgotten(service: Any, within: Any) -> None:
    database, connected = service.database, service.connect()
    scope = Scope(connected.organization, connected.connection)
    other = Scope(connected.organization, service.connect(organization=connected.organization).connection)
    assert within(lambda: brake.engage(database, scope)) == (0, "")
    for user, moment in (("a", "2026-01-01"), ("b", "2026-01-02"), ("a", "2026-01-03")):
        within(lambda user=user, moment=moment: brake.note(database, scope, user, moment, held=False))

    def others(scope: Scope, but: str) -> int:
        number = 0
        while within(lambda: brake.has_others(database, scope, but, number + 1)):  # noqa: B023 - called at once
            number += 1
        return number

    assert [others(scope, "c"), others(scope, "a"), others(other, "")] == [2, 1, 0]
    assert within(lambda: brake.has_others(database, other, "", 0))
    within(lambda: brake.forget(database, scope, "2026-01-02"))
    assert others(scope, "c") == 1


def test_population_is_who_lives_and_who_went(service: Any, within: Any) -> None:
    database, scim = service.database, service.scim()
    scope = Scope(scim.connected.organization, scim.connected.connection)
    users = [scim.a_user()["id"] for _ in range(5)]
    scim.a_user(active=False)
    service.scim(organization=scope.organization).a_user()
    hide = "UPDATE resource SET removed_at = ? WHERE organization = ? AND id = ?"
    within(lambda: database.execute(hide, ("2026-01-01", scope.organization, users[0])))
    within(lambda: list_counts.forget(database, scope.organization))
    within(lambda: brake.engage(database, scope))
    within(lambda: brake.note(database, scope, "went", "2026-01-01", held=False))
    within(lambda: brake.note(database, scope, users[0], "2026-01-01", held=True))
    assert within(lambda: brake.measure(database, scope, "2026-01-02")) == 6
    assert within(lambda: brake.engage(database, scope)) == (6, "2026-01-02")


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        ("_COUNT", "INDEX deprovisioning"),
        ("_FORGET", "deprovisioning_time"),
        ("_LIVING", "INDEX resource_"),
        ("_HIDDEN", "resource_removed"),
    ],
)
def test_brake_counts_by_indexes(service: Any, statement: str, index: str) -> None:
    if service.database.dialect.name != "sqlite":
        pytest.skip("SQLite tells a plan without rows")
    sql = getattr(brake, statement).format(most=1)
    plan = [str(row[-1]) for row in service.database.rows(f"EXPLAIN QUERY PLAN {sql}", [""] * sql.count("?"))]
    assert any(index in step for step in plan), plan
