"""Many rows go in together, whole, in few statements, and one that does not fit keeps all of them out."""

from __future__ import annotations

from typing import Any

import peewee
import pytest

from optiid.clock import new_id
from optiid.storage import many_rows

STATEMENT = "INSERT INTO value_index (organization, path, value_key, resource)\nVALUES (?, ?, ?, ?)"
AWKWARD = ["tab\there", "line\nbreak", "back\\slash", "\\N", "", "ß €", "'\"; --", "{1,2}", "100%s?"]


@pytest.fixture
def user(service: Any) -> tuple[str, str]:
    """An organization and a user in it."""
    scim = service.scim()
    return scim.connected.organization, scim.a_user()["id"]


def stored(database: Any, organization: str) -> list[str]:
    sql = "SELECT value_key FROM value_index WHERE organization = ? AND path = 'test' ORDER BY value_key"
    return [row[0] for row in database.rows(sql, (organization,))]


@pytest.mark.parametrize("number", [0, 1, 2, many_rows.FEW, many_rows.FEW + 1, 200])
def test_rows_go_in_whole(service: Any, user: tuple[str, str], number: int) -> None:
    values = (AWKWARD + [f"value {one}" for one in range(number)])[:number]
    rows = [(user[0], "test", value, user[1]) for value in values]
    database = service.database
    with database.counting() as seen:
        database.transaction(lambda: many_rows.insert(database, STATEMENT, rows))
    assert len(seen) <= 1
    assert stored(database, user[0]) == sorted(values)


def test_more_rows_than_a_statement_takes_go_in_by_several(
    service: Any, user: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many_rows, "MOST_VALUES", 50)
    rows = [(user[0], "test", f"{number:03}", user[1]) for number in range(100)]
    database = service.database
    database.transaction(lambda: many_rows.insert(database, STATEMENT, rows))
    assert stored(database, user[0]) == [row[2] for row in rows]


@pytest.mark.parametrize("number", [2, 50])
def test_row_that_does_not_fit_keeps_all_out(service: Any, user: tuple[str, str], number: int) -> None:
    rows = [(user[0], "test", str(one), user[1]) for one in range(number)]
    rows.append((user[0], "test", "one more", new_id()))
    database = service.database

    def work() -> None:
        with pytest.raises(peewee.IntegrityError):
            many_rows.insert(database, STATEMENT, rows)
        raise KeyError

    with pytest.raises(KeyError):
        database.transaction(work)
    assert stored(database, user[0]) == []
