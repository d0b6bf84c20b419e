"""Memory does not grow with an organization that is exported or imported, nor statements with the lines of a batch."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING, Any

import orjson

from optiid.clock import new_id
from optiid.services import exporting
from optiid.services.importing import import_lines
from optiid.storage.database import open_database
from optiid.storage.migrating import ensure_ready
from tests.running import InProcess, settings_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pytest

NOW = "2026-01-31T12:00:00.000000Z"


def lines(organization: str, users: int, some: int = 1) -> Iterator[bytes]:
    """Yield an export of so many users in one group, whose members come some in a line; ids are made on the way."""
    about = {"id": organization, "name": f"Of {users}", "rules": "{}", "created_at": NOW}
    head = {"kind": "header", "format": "optiid-organization", "version": 1, "organization": about}
    common: dict[str, Any] = {"connection": None, "state": "living", "created_at": NOW, "updated_at": NOW}
    group = new_id()
    records: list[dict[str, Any]] = [head | {"users": users, "groups": 1}]
    records.append({"kind": "group", "id": group, **common, "version": 2, "document": {"displayName": "All"}})
    yield from (orjson.dumps(one) for one in records)
    idents = []
    for number in range(users):
        ident, name = new_id(), f"u{number}@example.com"
        document = {"userName": name, "active": True, "emails": [{"value": name}], "title": "x" * 500}
        yield orjson.dumps({"kind": "user", "id": ident, **common, "version": 1, "document": document})
        idents.append(ident)
        if len(idents) == some:
            yield orjson.dumps({"kind": "members", "group": group, "version": 2, "members": idents})
            idents = []
    yield orjson.dumps({"kind": "end"})


def peak(work: Callable[[], Any]) -> int:
    tracemalloc.start()
    work()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def test_batch_of_an_import_needs_few_statements(service: InProcess) -> None:
    database = service.database
    organization = new_id()
    with database.counting() as seen:
        summary = import_lines(database, lines(organization, 600, some=200))
    assert (summary.created, summary.changed) == (601, 3)
    batches, most, counting_lists = 4, 14, 4
    assert len(seen) < batches * most + counting_lists, "\n".join(seen)


def test_four_times_the_users_need_no_more_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "PAGE", 100)
    database = open_database(settings_in(tmp_path))
    ensure_ready(database)
    few, many = new_id(), new_id()
    import_lines(database, lines(new_id(), 10))  # what is loaded once is loaded now
    imports = [
        peak(lambda: import_lines(database, lines(few, 300, 100))),
        peak(lambda: import_lines(database, lines(many, 1200, 100))),
    ]
    exports = [peak(lambda: sum(1 for _ in exporting.lines(database, few)))]
    exports.append(peak(lambda: sum(1 for _ in exporting.lines(database, many))))
    for seen in (imports, exports):
        assert seen[1] < seen[0] * 1.4, (imports, exports)
    database.close()
