"""What a server start checks first; starting it for real is in tests/cli/test_serving.py."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from optiid.errors import OptiidError, SettingsError
from optiid.serving import check_workers, free_port, is_free, prepare, sqlite_version
from optiid.storage.database import open_database
from optiid.storage.migrating import status
from tests.running import settings_in

if TYPE_CHECKING:
    from pathlib import Path


def test_several_workers_need_a_safe_sqlite(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="pysqlite3"):
        check_workers(settings_in(tmp_path, workers=2), (3, 40, 1))
    check_workers(settings_in(tmp_path, workers=1), (3, 40, 1))
    check_workers(settings_in(tmp_path, "postgresql://x/y", workers=2), (3, 40, 1))
    check_workers(settings_in(tmp_path, workers=2))


def test_free_ports_are_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not is_free("127.0.0.1", port)
        assert free_port("127.0.0.1", port) > port


def test_no_free_port_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optiid.serving.is_free", lambda *_: False)
    with pytest.raises(OptiidError, match=r"No port from 8000 to 8049 is free on 127\.0\.0\.1"):
        free_port("127.0.0.1", 8000)


def test_empty_database_is_made_before_the_workers_start(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    prepare(settings)
    database = open_database(settings)
    assert not status(database).pending
    database.close()


def test_bundled_sqlite_is_in_use() -> None:
    assert tuple(map(int, sqlite_version().split("."))) >= (3, 51, 3)
