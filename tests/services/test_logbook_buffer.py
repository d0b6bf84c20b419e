"""Lines on their way: bounded, stored by themselves, kept through a short outage, and anew in a forked process."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

from optiid.errors import UnavailableError
from optiid.services import logbook, logbook_buffer
from optiid.services.logbook_buffer import LogbookBuffer
from optiid.storage import statistics
from optiid.storage.database import open_database
from optiid.storage.logbook import Line
from tests.running import Live, free_port, settings_in

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


class Broken:
    """A database that takes nothing."""

    def transaction(self, _work: Any, **_: Any) -> None:
        raise UnavailableError("no")

    reading = transaction

    def release(self) -> None:
        """Do nothing."""

    def leave(self) -> None:
        """Do nothing."""


def a_line() -> Line:
    return Line("o", "i", "c", "", "req_1", "GET", "/Users", "standard")


def test_database_that_is_down_costs_lines_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(logbook_buffer, "SECONDS", 60.0)
    buffer = LogbookBuffer(Broken())  # type: ignore[arg-type]  # what it uses of one
    buffer.add(a_line())
    buffer.complete(a_line())
    assert [buffer.flush() for _ in range(6)] == [2, 2, 2, 2, 2, 0]
    assert "could not be written (UnavailableError)" in caplog.text
    assert "1 lines of the logbook were dropped" in caplog.text


def test_lines_of_an_organization_that_moved_away_keep_no_others_waiting(service: Any) -> None:
    buffer, known, moved = LogbookBuffer(service.database), a_line(), a_line()
    known.organization = service.scim().connected.organization
    for line in (known, moved):
        buffer.add(line)
    buffer.flush()
    buffer.flush()
    sql = "SELECT organization FROM logbook WHERE organization IN (?, ?)"
    assert service.database.rows(sql, (known.organization, moved.organization)) == [(known.organization,)]


def test_lines_outlast_a_short_outage(service: Any) -> None:
    scim = service.scim()
    database = Broken()
    buffer = LogbookBuffer(database)  # type: ignore[arg-type]  # what it uses of one
    line = a_line()
    line.organization = scim.connected.organization
    buffer.add(line)
    buffer.flush()
    buffer._database = service.database
    buffer.flush()
    assert len(logbook.lines(service.database, scim.connected.organization, None, 10)) == 1


def test_bodies_are_let_go_before_lines_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logbook_buffer, "MANY", 1)
    monkeypatch.setattr(logbook_buffer, "SECONDS", 60.0)
    buffer = LogbookBuffer(Broken())  # type: ignore[arg-type]  # what it uses of one
    for _ in range(2):
        line = a_line()
        line.came = "{}"
        buffer.add(line)
    assert [one.came for one in buffer._lines] == ["{}", None]
    buffer._lines.clear()


def test_buffer_is_bounded(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(logbook_buffer, "MOST", 3)
    monkeypatch.setattr(logbook_buffer, "SECONDS", 60.0)
    buffer = LogbookBuffer(Broken())  # type: ignore[arg-type]  # what it uses of one
    for _ in range(5):
        buffer.add(a_line())
    buffer.flush()
    assert "2 lines of the logbook were dropped" in caplog.text
    buffer._lines.clear()


def test_lines_are_stored_by_themselves(service: Any) -> None:
    scim = service.scim()
    scim.get("/Users")
    for _ in range(100):
        if logbook.lines(service.database, scim.connected.organization, None, 10):
            return
        time.sleep(0.05)
    raise AssertionError("nothing came")


def test_statistics_keep_up_with_a_first_load(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look-up by name would read all users that PostgreSQL has not heard of."""
    monkeypatch.setattr(statistics, "FIRST", 3)
    buffer, scim = LogbookBuffer(service.database), service.scim()
    scim.a_user("ada")
    organization = scim.connected.organization
    for number in range(3):
        buffer.complete(
            Line(organization, f"i{number}", scim.connected.connection, "", "req_1", "POST", "/Users", "standard")
        )
    with service.database.counting() as seen:
        buffer.flush()
    assert any(text.startswith("ANALYZE") for text in seen) == (service.database.dialect.name == "postgresql")


def test_forked_process_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logbook_buffer, "SECONDS", 60.0)
    buffer = LogbookBuffer(Broken())  # type: ignore[arg-type]  # what it uses of one
    buffer.add(a_line())
    child = os.fork()
    if child == 0:
        os._exit(len(buffer._lines))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert len(buffer._lines) == 1
    buffer._lines.clear()


def test_stopped_server_has_stored_its_lines(tmp_path: Path) -> None:
    live = Live(settings_in(tmp_path, port=free_port()))
    try:
        scim = live.scim()
        scim.a_user()
        assert [scim.get("/Users").status for _ in range(20)] == [200] * 20
    finally:
        live.stop()
    database = open_database(live.settings)
    found = logbook.lines(database, scim.connected.organization, None, 100)
    assert [one["status"] for one in found] == [201] + [200] * 20
    database.close()
