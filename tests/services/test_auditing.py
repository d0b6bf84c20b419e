"""The chain of an organization: whoever edits, removes, inserts or swaps entries is found out (rule R26, G15)."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any

import pytest

from optiid.errors import InvalidInputError
from optiid.services import auditing, connections, journal, tokens
from optiid.services.author import Author
from optiid.storage import audit, ownership
from optiid.storage.audit import Act, Wanted, sealed
from optiid.storage.digests import digest_of
from optiid.storage.resources import Scope

if TYPE_CHECKING:
    from collections.abc import Callable

AUTHOR = Author("key:7", "req_7")
COLUMNS = ("created_at", "author", "request", "action", "target", "details", "before_digest", "after_digest", "hash")

REPEAT = """
INSERT INTO audit_entry (organization, sequence, {columns})
SELECT organization, -sequence, {columns} FROM audit_entry WHERE organization = ? AND sequence = ?"""


def an_organization(service: Any, entries: int = 0) -> str:
    organization: str = service.connect().organization
    acts = [Act("user.updated", f"u{number}", {"changed": ["title"]}, "aa", "bb") for number in range(entries)]
    database = service.database
    database.transaction(lambda: journal.record(database, AUTHOR, organization, acts=acts))
    return organization


def faults(service: Any, organization: str, *anchors: auditing.Anchor) -> list[str]:
    return auditing.verify(service.database, organization, list(anchors)).faults


def entries(service: Any, organization: str, **wanted: str) -> list[dict[str, Any]]:
    return auditing.entries(service.database, organization, None, 1000, Wanted(**wanted))


class Tampering:
    """One random tampering, which can be undone."""

    def __init__(self, service: Any, organization: str, chance: random.Random) -> None:
        self.database, self.organization, self.chance = service.database, organization, chance
        self.last = auditing.anchor(service.database, organization).sequence

    def run(self, *statements: tuple[str, tuple[Any, ...]]) -> None:
        def work() -> None:
            for sql, parameters in statements:
                self.database.execute(sql, parameters)

        self.database.transaction(work)

    def edit(self) -> None:
        column, number = self.chance.choice(COLUMNS), self.chance.randint(1, self.last)
        self.run(
            (f"UPDATE audit_entry SET {column} = {column} || 'x' WHERE organization = ? AND sequence = ?",
             (self.organization, number))
        )  # fmt: skip

    def remove(self) -> None:
        number = self.chance.randint(1, self.last)
        self.run(("DELETE FROM audit_entry WHERE organization = ? AND sequence = ?", (self.organization, number)))

    def cut(self) -> None:
        number = self.chance.randint(1, self.last)
        self.run(("DELETE FROM audit_entry WHERE organization = ? AND sequence >= ?", (self.organization, number)))

    def swap(self) -> None:
        one, other = self.chance.sample(range(1, self.last + 1), 2)
        move = "UPDATE audit_entry SET sequence = ? WHERE organization = ? AND sequence = ?"
        moves = [(0, one), (one, other), (other, 0)]
        self.run(*[(move, (to, self.organization, frm)) for to, frm in moves])

    def close_up(self) -> None:
        """Remove an entry and number the rest anew, as if it had never been."""
        number = self.chance.randint(1, self.last - 1)
        self.run(
            ("DELETE FROM audit_entry WHERE organization = ? AND sequence = ?", (self.organization, number)),
            ("UPDATE audit_entry SET sequence = -sequence WHERE organization = ? AND sequence > ?",
             (self.organization, number)),
            ("UPDATE audit_entry SET sequence = -sequence - 1 WHERE organization = ? AND sequence < 0",
             (self.organization,)),
        )  # fmt: skip

    def repeat(self) -> None:
        number = self.chance.randint(1, self.last)
        self.run(
            (
                REPEAT.format(columns=", ".join(COLUMNS)),
                (self.organization, number),
            )
        )

    def seal_anew(self) -> None:
        """Edit an entry and give it the hash that fits it."""
        number = self.chance.randint(1, self.last)
        before, (entry, _) = audit.page(self.database, self.organization, number - 2, 2)[-2:]
        edited = audit.Entry(entry.sequence, entry.created_at, "worker", *[
            getattr(entry, name) for name in ("request", "action", "target", "details", "before", "after")
        ])  # fmt: skip
        seal = sealed(before[1] if before[0].sequence == number - 1 else "", self.organization, edited)
        sql = "UPDATE audit_entry SET author = 'worker', hash = ? WHERE organization = ? AND sequence = ?"
        self.run((sql, (seal, self.organization, number)))


WAYS: list[Callable[[Tampering], None]] = [
    Tampering.edit, Tampering.remove, Tampering.cut, Tampering.swap, Tampering.close_up, Tampering.repeat,
    Tampering.seal_anew,
]  # fmt: skip


def test_each_of_a_hundred_tamperings_is_found(service: Any) -> None:
    organization = an_organization(service, 50)
    assert faults(service, organization) == []
    columns = ", ".join(COLUMNS)
    read = f"SELECT organization, sequence, {columns} FROM audit_entry WHERE organization = ?"
    kept = service.database.reading(lambda: service.database.rows(read, (organization,)))
    for seed in range(100):
        tampering = Tampering(service, organization, random.Random(seed))
        WAYS[seed % len(WAYS)](tampering)
        assert faults(service, organization), (seed, WAYS[seed % len(WAYS)])
        marks = ", ".join("?" * (len(COLUMNS) + 2))
        insert = f"INSERT INTO audit_entry (organization, sequence, {columns}) VALUES ({marks})"
        tampering.run(
            ("DELETE FROM audit_entry WHERE organization = ?", (organization,)), *[(insert, row) for row in kept]
        )
        assert faults(service, organization) == []


def test_rewritten_chain_is_found_by_an_anchor(service: Any) -> None:
    organization = an_organization(service, 5)
    anchor = auditing.anchor(service.database, organization)
    an_entry(service, organization)
    assert faults(service, organization, anchor) == []
    tampering = Tampering(service, organization, random.Random(1))
    rewrite(service, tampering, anchor.sequence - 1)
    assert faults(service, organization) == []
    assert faults(service, organization, anchor)
    cut = tampering.last - 3
    tampering.run(("DELETE FROM audit_entry WHERE organization = ? AND sequence > ?", (organization, cut)))
    head = audit.page(service.database, organization, cut - 1, 1)[0][1]
    sql = "UPDATE event_counter SET audit_sequence = ?, audit_head = ? WHERE organization = ?"
    tampering.run((sql, (cut, head, organization)))
    assert faults(service, organization) == []
    assert "ends before it" in faults(service, organization, anchor)[-1]
    assert faults(service, an_organization(service), anchor) == []


def an_entry(service: Any, organization: str) -> None:
    database = service.database
    database.transaction(lambda: journal.record(database, AUTHOR, organization, acts=[Act("user.updated", "u")]))


def rewrite(service: Any, tampering: Tampering, number: int) -> None:
    """Change an entry, and seal it and all after it anew, with the end of the chain."""
    organization, head = tampering.organization, ""
    for entry, seal in audit.page(service.database, organization, 0, 1000):
        words = entry._asdict()
        if entry.sequence == number:
            words["author"] = "worker"
        head = seal if entry.sequence < number else sealed(head, organization, audit.Entry(**words))
        sql = "UPDATE audit_entry SET author = ?, hash = ? WHERE organization = ? AND sequence = ?"
        tampering.run((sql, (words["author"], head, organization, entry.sequence)))
    tampering.run(("UPDATE event_counter SET audit_head = ? WHERE organization = ?", (head, organization)))


def test_ten_thousand_entries_are_verified_in_two_seconds(service: Any) -> None:
    organization = an_organization(service, 10_000)
    began = time.process_time()
    verdict = auditing.verify(service.database, organization)
    assert (verdict.entries >= 10_000, verdict.faults) == (True, [])
    took = time.process_time() - began
    print(f"\n{verdict.entries} entries verified in {took:.2f} s of CPU")
    assert took < 2


def test_anchors_are_read_from_any_text(service: Any) -> None:
    anchor = auditing.anchor(service.database, an_organization(service))
    assert auditing.read_anchors(f'ANCHOR\n{anchor}\n{{"anchor": "{anchor}"}}') == [anchor, anchor]
    with pytest.raises(InvalidInputError, match="no anchor"):
        auditing.read_anchors("nothing")


def test_each_write_is_one_entry(service: Any) -> None:
    scim = service.scim()
    organization, connection = scim.connected.organization, scim.connected.connection
    user = scim.a_user()
    group = scim.a_group()
    scim.patch(f"/Users/{user['id']}", {"op": "replace", "path": "title", "value": "Engineer"})
    scim.patch(f"/Users/{user['id']}", {"op": "replace", "path": "title", "value": "Engineer"})
    scim.patch(f"/Groups/{group['id']}", {"op": "add", "path": "members", "value": [{"value": user["id"]}]})
    scim.patch(f"/Users/{user['id']}", {"op": "replace", "path": "active", "value": False})
    scim.delete(f"/Users/{user['id']}")
    scim.delete(f"/Groups/{group['id']}")
    found = entries(service, organization, author=f"connection:{connection}")
    assert [(one["action"], one["target"], one["details"]) for one in found] == [
        ("user.created", user["id"], {"state": "living"}),
        ("group.created", group["id"], {"state": "living"}),
        ("user.updated", user["id"], {"changed": ["title"]}),
        ("group.updated", group["id"], {"changed": ["members"], "added": [user["id"]]}),
        ("user.deleted", user["id"], {"changed": ["active"], "state": "gone"}),
        ("user.closed", user["id"], {"removed": True}),
        ("group.deleted", group["id"], {"removed": True}),
    ]
    assert all(one["request"].startswith("req_") for one in found)
    of_user = [one for one in found if one["target"] == user["id"]]
    assert [one["after"] for one in of_user[:-1]] == [one["before"] for one in of_user[1:]]
    assert len({one["after"] for one in of_user}) == 4


def test_digest_is_that_of_the_row_and_dies_with_it(service: Any) -> None:
    scim = service.scim()
    user = scim.a_user()
    scope = Scope(scim.connected.organization, scim.connected.connection)
    database = service.database
    (entry,) = entries(service, scope.organization, target=user["id"])
    found = database.reading(lambda: ownership.find_by_id(database, scope.organization, user["id"]))
    assert entry["after"] == digest_of(found)
    sql = "SELECT DISTINCT digest_key FROM resource WHERE organization = ?"
    scim.a_user()
    assert len(database.reading(lambda: database.rows(sql, (scope.organization,)))) == 2


def test_administrators_acts_are_entered(service: Any) -> None:
    connected, database = service.connect(), service.database
    registry, ident = service.service.profiles.registry, connected.connection
    connections.change_state(database, ident, "paused", author=AUTHOR)
    connections.change_state(database, ident, "paused", author=AUTHOR)
    connections.change_state(database, ident, "active", author=AUTHOR)
    connections.change_settings(database, registry, ident, {"page_size": 7}, author=AUTHOR)
    token, secret = tokens.create(database, ident, author=AUTHOR)
    tokens.revoke(database, token.id, author=AUTHOR)
    tokens.revoke(database, token.id, author=AUTHOR)
    found = entries(service, connected.organization, author="key:7")
    assert [(one["action"], one["target"]) for one in found] == [
        ("connection.paused", ident),
        ("connection.activated", ident),
        ("connection.changed", ident),
        ("token.created", token.id),
        ("token.revoked", token.id),
    ]
    assert secret not in str(found)
    assert [one["action"] for one in entries(service, connected.organization, author="command-line")][:3] == [
        "organization.created", "connection.created", "token.created",
    ]  # fmt: skip


def test_entries_are_narrowed(service: Any) -> None:
    organization = an_organization(service, 3)
    database = service.database
    (one,) = auditing.entries(database, organization, 0, 10, Wanted(target="u1"))
    assert auditing.entries(database, organization, one["sequence"], 10, Wanted(target="u1")) == []
    assert [found["target"] for found in auditing.entries(database, organization, None, 2)] == ["u1", "u2"]
    assert auditing.entries(database, organization, 0, 10, Wanted(since="2999")) == []
    assert len(auditing.entries(database, organization, 0, 10, Wanted(until="2999"))) == 6


def test_entry_that_is_no_json_any_more_is_shown_as_it_is(service: Any) -> None:
    organization = an_organization(service, 1)
    tampering = Tampering(service, organization, random.Random(0))
    sql = "UPDATE audit_entry SET details = 'x{' WHERE organization = ? AND sequence = ?"
    tampering.run((sql, (organization, tampering.last)))
    assert entries(service, organization)[-1]["details"] == "x{"
