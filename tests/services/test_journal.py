"""What is recorded goes with the change it tells of, or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.services import journal
from optiid.services.author import COMMAND_LINE, Author
from optiid.storage.audit import Act
from optiid.storage.journal import Event, page


def told(service: Any, organization: str) -> tuple[list[str], list[tuple[str, str, str]]]:
    database = service.database
    events = [event["kind"] for event in database.reading(lambda: page(database, organization, 0, 100))]
    sql = "SELECT author, request, action FROM audit_entry WHERE organization = ? ORDER BY sequence"
    return events, database.reading(lambda: database.rows(sql, (organization,)))


def record(service: Any, organization: str, author: Author, **what: Any) -> None:
    journal.record(service.database, author, organization, **what)


def test_events_and_acts_are_stored_with_their_author(service: Any) -> None:
    organization = service.connect().organization
    before = told(service, organization)
    events, acts = [Event("user.created", "u")], [Act("user.created", "u")]
    service.database.transaction(
        lambda: record(service, organization, Author("key:7", "req_1"), events=events, acts=acts, connection="c")
    )
    service.database.transaction(lambda: record(service, organization, COMMAND_LINE, acts=[Act("hold.released", "h")]))
    assert told(service, organization) == (
        [*before[0], "user.created"],
        [*before[1], ("key:7", "req_1", "user.created"), ("command-line", "", "hold.released")],
    )


def test_nothing_is_told_of_what_did_not_happen(service: Any) -> None:
    organization = service.connect().organization
    before = told(service, organization)

    def work() -> None:
        record(
            service, organization, COMMAND_LINE, events=[Event("user.created", "u")], acts=[Act("user.created", "u")]
        )
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        service.database.transaction(work)
    assert told(service, organization) == before
