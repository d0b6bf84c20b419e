"""Lists are counted when nobody knows what they have, also while others write; what is told wrongly is found."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from optiid.services import counting
from optiid.storage import list_counts


def known(database: Any, organization: str) -> list[int] | None:
    """Return what the lists of an organization are told to have, if anybody knows."""
    lists = database.reading(lambda: list_counts.known(database, organization))
    return None if lists is None else sorted(listed.number for listed in lists.values())


def forget(database: Any, organization: str) -> None:
    database.transaction(lambda: list_counts.forget(database, organization))


def test_lists_are_counted_once(service: Any) -> None:
    scim = service.scim()
    database, organization = service.database, scim.connected.organization
    gone, *_ = [scim.a_user()["id"] for _ in range(3)]
    scim.a_group()
    scim.delete(f"/Users/{gone}")
    assert known(database, organization) == [1, 2]
    forget(database, organization)
    assert known(database, organization) is None
    assert [counting.count_lists(database, organization) for _ in range(2)] == [2, 0]
    assert known(database, organization) == [1, 2]


def test_lists_are_counted_while_others_write(service: Any) -> None:
    """Of each write either the count knows or the write itself, never both, and never neither."""
    scim = service.scim(settings={"brake": False})
    database, organization = service.database, scim.connected.organization
    users = [scim.a_user()["id"] for _ in range(10)]

    def work(number: int) -> None:
        if number % 3 == 0:
            forget(database, organization)
            counting.count_lists(database, organization)
        elif number % 3 == 1:
            assert scim.delete(f"/Users/{users[number // 3]}").status == 204
        else:
            scim.a_user()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(30)))
    counting.count_lists(database, organization)
    assert counting.faults(database, organization) == []
    assert known(database, organization) == [10]


def test_what_is_told_wrongly_is_found_and_counted_anew(service: Any) -> None:
    scim = service.scim()
    scim.a_user()
    database, organization = service.database, scim.connected.organization
    wrong = f'{{"{scim.connected.connection} User":[7,1],"x Group":[1,1]}}'
    sql = "UPDATE event_counter SET list_counts = ? WHERE organization = ?"
    database.transaction(lambda: database.execute(sql, (wrong, organization)))
    assert counting.faults(database, organization) == [
        f"the list User of connection {scim.connected.connection} is told to have 7, and has 1",
        "the list Group of connection x is told to have 1, and has 0",
    ]
    assert counting.recount_all(database) >= 1
    assert counting.faults(database, organization) == []
