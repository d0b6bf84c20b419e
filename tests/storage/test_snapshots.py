"""A snapshot shows one moment while others write, and leaves the connection as it was."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from optiid.errors import UnavailableError
from optiid.services import organizations
from optiid.storage.snapshots import Moment, snapshot


def test_what_others_write_meanwhile_is_not_seen(service: Any) -> None:
    database = service.database

    def names() -> set[str]:
        return {one.name for one in organizations.list_all(database)}

    def create(name: str) -> None:
        with ThreadPoolExecutor(1) as other:
            other.submit(organizations.create, database, name).result(30)

    with snapshot(database):
        before = names()
        create("Made meanwhile")
        assert names() == before
    assert "Made meanwhile" in names()
    organizations.create(database, "Made after")


def test_it_ends_with_an_error_too(service: Any) -> None:
    with pytest.raises(KeyError), snapshot(service.database):
        raise KeyError
    organizations.create(service.database, "Made after an error")


def test_moment_is_beside_what_its_thread_does_otherwise(service: Any) -> None:
    database = service.database

    def names() -> set[str]:
        return {one.name for one in organizations.list_all(database)}

    moment = Moment(database)
    with moment.reading():
        before = names()
    organizations.create(database, "Made beside a moment")
    assert "Made beside a moment" in names()
    with moment.reading():
        assert names() == before
        with pytest.raises(RuntimeError):
            organizations.create(database, "Made within a moment")
    with pytest.raises(UnavailableError), moment.reading():
        database.execute("SELECT nothing")
    moment.close()
    moment.close()
    organizations.create(database, "Made after a moment")
