"""The audit trail: numbered per organization, and each entry sealed with the one before it."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.clock import new_id
from optiid.errors import NotFoundError
from optiid.storage import audit, counters
from optiid.storage.audit import Act, Entry, sealed

COLUMNS = "sequence, created_at, author, request, action, target, details, before_digest, after_digest"


def append(service: Any, organization: str, *acts: Act) -> None:
    database = service.database

    def work() -> None:
        counter = counters.hold(database, organization)
        counters.save(database, organization, audit.append(database, organization, ("key:1", "req_1"), acts, counter))

    database.transaction(work)


def chain(service: Any, organization: str) -> list[tuple[Entry, str]]:
    sql = f"SELECT {COLUMNS}, hash FROM audit_entry WHERE organization = ? ORDER BY sequence"
    rows = service.database.reading(lambda: service.database.rows(sql, (organization,)))
    return [(Entry(*row[:-1]), row[-1]) for row in rows]


def test_each_entry_is_sealed_with_the_one_before(service: Any) -> None:
    organization = service.connect().organization
    append(service, organization, Act("connection.paused", "c"), Act("token.created", "t", {"prefix": "optiid_1"}))
    append(service, organization, Act("user.updated", "u", {"changed": ["title"]}, "aa", "bb"))
    found = chain(service, organization)
    assert [(entry.sequence, entry.action, entry.target) for entry, _ in found][-3:] == [
        (found[-3][0].sequence, "connection.paused", "c"),
        (found[-3][0].sequence + 1, "token.created", "t"),
        (found[-3][0].sequence + 2, "user.updated", "u"),
    ]
    head = ""
    for entry, seal in found:
        head = sealed(head, organization, entry)
        assert head == seal
    sql = "SELECT audit_sequence, audit_head FROM event_counter WHERE organization = ?"
    assert service.database.reading(lambda: service.database.row(sql, (organization,))) == (found[-1][0].sequence, head)


def test_every_word_of_an_entry_is_under_its_seal() -> None:
    entry = Entry(1, "2026-01-01T00:00:00.000Z", "key:1", "req_1", "a.b", "t", "{}", "aa", "bb")
    seals = {sealed("", "o", entry), sealed("x", "o", entry), sealed("", "p", entry)}
    for name in Entry._fields:
        words = {one: getattr(entry, one) for one in Entry._fields}
        seals.add(sealed("", "o", Entry(**words | {name: 2 if name == "sequence" else "other"})))
    assert len(seals) == 3 + len(Entry._fields)


def test_organization_that_is_not_there_has_no_trail(service: Any) -> None:
    with pytest.raises(NotFoundError, match="has been removed"):
        append(service, new_id(), Act("connection.paused", "c"))
