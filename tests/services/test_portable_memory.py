"""Memory does not grow with an organization that is exported or imported."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from optiid.clock import new_id
from optiid.services import exporting
from optiid.services.importing import import_lines
from optiid.storage.database import open_database
from optiid.storage.migrating import ensure_ready
from tests.running import settings_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NOW = "2026-01-31T12:00:00.000000Z"


def lines(organization: str, users: int) -> Iterator[bytes]:
    """Yield an export of so many users in one group; ids are made as they are needed, like the lines."""
    about = {"id": organization, "name": f"Of {users}", "rules": "{}", "created_at": NOW}
    head = {"kind": "header", "format": "optiid-organization", "version": 1, "organization": about}
    common: dict[str, Any] = {"connection": None, "state": "living", "created_at": NOW, "updated_at": NOW}
    group = new_id()
    records: list[dict[str, Any]] = [head | {"users": users, "groups": 1}]
    records.append({"kind": "group", "id": group, **common, "version": 2, "document": {"displayName": "All"}})
    yield from (orjson.dumps(one) for one in records)
    for number in range(users):
        ident, document = new_id(), {"userName": f"u{number}@example.com", "active": True, "title": "x" * 500}
        yield orjson.dumps({"kind": "user", "id": ident, **common, "version": 1, "document": document})
        yield orjson.dumps({"kind": "members", "group": group, "version": 2, "members": [ident]})
    yield orjson.dumps({"kind": "end"})


def peak(work: Callable[[], Any]) -> int:
    tracemalloc.start()
    work()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


@pytest.mark.soak
def test_four_times_the_users_need_no_more_memory(tmp_path: Path) -> None:
    database = open_database(settings_in(tmp_path))
    ensure_ready(database)
    few, many = new_id(), new_id()
    import_lines(database, lines(new_id(), 10))  # what is loaded once is loaded now
    imports = [
        peak(lambda: import_lines(database, lines(few, 800))),
        peak(lambda: import_lines(database, lines(many, 3200))),
    ]
    exports = [peak(lambda: sum(1 for _ in exporting.lines(database, few)))]
    exports.append(peak(lambda: sum(1 for _ in exporting.lines(database, many))))
    for seen in (imports, exports):
        assert seen[1] < seen[0] * 1.6, (imports, exports)
    database.close()
