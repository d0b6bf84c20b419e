"""On a database that gives transactions up instead of letting them wait, as distributed engines do, nothing is lost.

The writers side by side of other tests, whose transactions all are serializable here: each loser runs again as a whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.running import InProcess, settings_in
from tests.test_brake_concurrency import test_share_is_exact_too
from tests.test_concurrency import (
    test_patches_of_different_attributes_all_stay,
    test_revivals_of_one_tombstone_give_one_201,
    test_writers_of_one_group_lose_no_member,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.postgresql import PostgresServer

__all__ = [
    "test_patches_of_different_attributes_all_stay",
    "test_revivals_of_one_tombstone_give_one_201",
    "test_share_is_exact_too",
    "test_writers_of_one_group_lose_no_member",
]


@pytest.fixture(scope="module")
def live(postgresql_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    url = postgresql_server.create_database()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {url.rsplit('/', 1)[1]} SET default_transaction_isolation = serializable")
    running = InProcess(settings_in(tmp_path_factory.mktemp("serializable"), url))
    isolation = "SELECT current_setting('transaction_isolation')"
    assert running.database.transaction(lambda: running.database.row(isolation)) == ("serializable",)
    yield running
    running.service.logbook.flush()
    running.database.close()
