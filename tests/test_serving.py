"""What a server start checks first; starting it for real is in tests/cli/test_serving.py."""

from __future__ import annotations

import socket
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from gunicorn.config import Config

from optiid.errors import OptiidError
from optiid.serving import INHERITED_SOCKET, PACKAGE, free_port, is_free, prepare, reloading_arguments, serve
from optiid.storage.database import open_database
from optiid.storage.migrating import status
from tests.running import settings_in

if TYPE_CHECKING:
    from pathlib import Path


def test_free_ports_are_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not is_free("127.0.0.1", port)
        assert free_port("127.0.0.1", port) > port


def test_address_is_taken_unless_it_was_handed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By USR2 another master takes over the socket that the old one still serves."""
    served = []
    monkeypatch.setattr("optiid.serving.Server", lambda settings: SimpleNamespace(run=lambda: served.append(settings)))
    monkeypatch.setattr("optiid.serving.is_free", lambda *_: False)
    settings = settings_in(tmp_path)
    with pytest.raises(OptiidError, match="is in use"):
        serve(settings)
    monkeypatch.setenv(INHERITED_SOCKET, "7")
    serve(settings)
    assert served == [settings]


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


def test_plugins_and_code_are_watched(tmp_path: Path) -> None:
    told = reloading_arguments(settings_in(tmp_path, profiles_folder=str(tmp_path / "[odd]")))
    found = Config().parser().parse_args(told)
    assert (found.reload, found.workers, found.args) == (True, 1, ["optiid.dispatching:create_service()"])
    assert f"{PACKAGE}/**/*.py" in found.reload_extra_files
    assert f"{tmp_path}/[[]odd]/**/*.md" in found.reload_extra_files
