"""Buckets that all processes of a database share: alike on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from optiid.storage.rate_buckets import RowBuckets, Slice, machine_buckets, shared_buckets

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 3600.0


@pytest.fixture
def organization(service: Any) -> str:
    found: str = service.connect().organization
    return found


def test_of_many_at_once_as_many_get_a_slice_as_there_are(service: Any, organization: str) -> None:
    buckets = shared_buckets(service.database)

    def take(_: int) -> bool:
        try:
            return buckets.take(organization, "scim", Slice(HOUR, 20 * HOUR))
        finally:
            service.database.release()

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(take, range(40))) == 20
    assert buckets.take(organization, "", Slice(HOUR, HOUR))
    assert not buckets.take(organization, "", Slice(HOUR, HOUR))


@pytest.mark.parametrize(("moved", "given"), [(-1e6, True), (1e6, True), (9 * HOUR, False), (-1.0, True)])
def test_clock_that_jumps_holds_nobody(service: Any, organization: str, moved: float, given: bool) -> None:
    buckets, database = shared_buckets(service.database), service.database
    if not isinstance(buckets, RowBuckets):
        return  # the monotonic clock does not jump (tests/storage/test_mapped_buckets.py)
    wanted = Slice(HOUR, 10 * HOUR)
    buckets.take(organization, "scim", wanted)
    sql = "UPDATE rate_bucket SET full_at = EXTRACT(EPOCH FROM now())::float8 + ? WHERE organization = ?"
    database.transaction(lambda: database.execute(sql, (moved + HOUR if moved == 9 * HOUR else moved, organization)))
    assert buckets.take(organization, "scim", wanted) == given
    again = [buckets.take(organization, "scim", wanted) for _ in range(12)]
    assert sum(again) == (0 if moved > 0 else 9)


def test_buckets_go_with_their_organization_and_are_not_written_ahead(service: Any, organization: str) -> None:
    if service.database.dialect.name != "postgresql":
        return
    database = service.database
    shared_buckets(database).take(organization, "scim", Slice(1.0, 10.0))
    kind = database.reading(lambda: database.row("SELECT relpersistence FROM pg_class WHERE relname = 'rate_bucket'"))
    assert kind == ("u",)
    with database.counting() as seen:
        shared_buckets(database).take(organization, "scim", Slice(1.0, 10.0))
    assert len(seen) == 1


def test_what_no_database_counts_has_one_object_for_each_folder(tmp_path: Path) -> None:
    found = machine_buckets(str(tmp_path))
    assert machine_buckets(str(tmp_path)) is found
    assert [found.take("", "203.0.113.7", Slice(HOUR, HOUR)) for _ in range(2)] == [True, False]
    with pytest.raises(OSError, match="No such file"):
        machine_buckets(str(tmp_path / "missing")).take("", "203.0.113.7", Slice(HOUR, HOUR))
