"""The pool asks the server nothing by itself, and lets nobody queue for a server that does not answer."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from optiid.errors import UnavailableError
from optiid.storage.database import open_database
from optiid.storage.sessions import REACHING
from tests.running import settings_in

if TYPE_CHECKING:
    from pathlib import Path

THREADS = 4


def test_connection_is_taken_without_a_statement(postgresql_url: str, tmp_path: Path) -> None:
    database = open_database(settings_in(tmp_path, postgresql_url))
    last = "SELECT query FROM pg_stat_activity WHERE pid = ?"
    (pid,) = database.reading(lambda: database.rows("SELECT pg_backend_pid()"))[0]
    database.release()
    other = open_database(settings_in(tmp_path, postgresql_url))
    database.engine.connect()
    assert other.reading(lambda: other.row(last, (pid,))) == ("SELECT pg_backend_pid()",)
    for one in (database, other):
        one.close()


def test_threads_do_not_wait_one_after_the_other_for_a_silent_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(REACHING, "connect_timeout", 2)
    monkeypatch.setattr("optiid.storage.database.PROMPT_LOSS_SECONDS", 1.0)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"postgresql://optiid@127.0.0.1:{silent.getsockname()[1]}/optiid"
        database = open_database(settings_in(tmp_path, url))

        def ask(_: int) -> None:
            with pytest.raises(UnavailableError):
                database.reading(lambda: database.rows("SELECT 1"))

        began = time.monotonic()
        with ThreadPoolExecutor(max_workers=THREADS) as pool:
            list(pool.map(ask, range(THREADS)))
        assert time.monotonic() - began < 2 * THREADS - 2
