"""Statistics are renewed when the rows have doubled, on PostgreSQL alone."""

from __future__ import annotations

from typing import Any

from optiid.storage.statistics import FIRST, Statistics


def test_renewed_at_each_doubling(service: Any) -> None:
    with service.database.counting() as seen:
        statistics = Statistics(service.database)
        for rows in (1, FIRST - 1, FIRST, FIRST + 1, FIRST * 2, FIRST * 9, FIRST * 10, FIRST * 16):
            statistics.note(rows)
    renewed = [sql for sql in seen if sql.startswith("ANALYZE")]
    assert len(renewed) == (4 if service.database.dialect.name == "postgresql" else 0)
