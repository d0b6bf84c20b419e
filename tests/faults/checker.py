"""Hold a directory against the ledger of those who wrote to it: by SQL, by the API, and by its audit trail."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from optiid.services import auditing
from tests.events import directory_events
from tests.faults.history import History, Row
from tests.running import Scim

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.ledger import Entry
    from tests.faults.load import Load
    from tests.running import Connected, Live

LAWFUL = {0, 200, 201, 204, 404, 409, 412, 429, 503, 507}
SHOWN = 10


@dataclass
class Verdict:
    """What was looked at, and each fault as a sentence."""

    histories: int = 0
    operations: int = 0
    acknowledged: int = 0
    unsure: int = 0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.histories} histories, {self.operations} operations"
            f" ({self.acknowledged} acknowledged, {self.unsure} unsure): {len(self.faults)} faults"
        )


def check(live: Live, load: Load) -> Verdict:
    """Return the verdict on what the organization of a load holds now. Raises AssertionError with what is wrong."""
    entries = load.ledger.entries
    found = _Found(live, load.connected, entries)
    faults = [fault for part in (found.answers, found.trail, found.stored, found.served) for fault in part()]
    for history in found.histories.values():
        faults += history.faults()
    faults += found.names()
    verdict = Verdict(
        len(found.histories),
        len(entries),
        sum(entry.acknowledged for entry in entries),
        sum(entry.unsure for entry in entries),
        faults,
    )
    assert not faults, f"{verdict}\n" + "\n".join(faults[:SHOWN])
    return verdict


class _Found:
    """What lies in the database, put beside what was asked."""

    def __init__(self, live: Live, connected: Connected, entries: list[Entry]) -> None:
        self._live, self._connected, self._entries = live, connected, entries
        self._rows = self._audit_rows()
        self._answered = {entry.request: entry for entry in entries if entry.request}
        self._documents = {ident: rest for ident, *rest in self._select(
            "SELECT id, version, state, removed_at, document, type FROM resource WHERE organization = ?")}  # fmt: skip
        self.histories = self._replayed()

    def _select(self, sql: str) -> list[Any]:
        database = self._live.database
        return database.reading(lambda: database.rows(sql, (self._connected.organization,)))

    def _audit_rows(self) -> list[Row]:
        sql = "SELECT request, action, target, details FROM audit_entry WHERE organization = ? ORDER BY sequence"
        rows = [Row(*row[:3], orjson.loads(row[3])) for row in self._select(sql)]
        return [row for row in rows if row.action.startswith(("user.", "group."))]

    def _replayed(self) -> dict[str, History]:
        entries: dict[str, list[Entry]] = defaultdict(list)
        for entry in self._entries:
            if entry.resource:
                entries[entry.resource].append(entry)
        rows: dict[str, list[Row]] = defaultdict(list)
        for row in self._rows:
            rows[row.target].append(row)
        values = {request: entry.asked.value for request, entry in self._answered.items()}
        lost = frozenset(entry.asked.value for entry in self._entries if not entry.request and entry.asked.value)
        made = {}
        for ident in entries.keys() | rows.keys():
            made[ident] = History(ident, entries[ident])
            made[ident].replay(rows[ident], values, lost)
        return made

    def answers(self) -> Iterator[str]:
        """Every answer is one that a client may get."""
        for entry in self._entries:
            if entry.status not in LAWFUL or (entry.fault and entry.status):
                yield f"{entry.asked.method} {entry.asked.path}: {entry.status} {entry.fault} {entry.body}"

    def trail(self) -> Iterator[str]:
        """Each write has one entry and its event; what was refused has none; the chain is whole."""
        yield from auditing.verify(self._live.database, self._connected.organization).faults
        directory_events(self._live.database, self._connected.organization)  # checks that the numbers have no gap
        noted = Counter(row.request for row in self._rows)
        events = self._select("SELECT request, kind FROM event WHERE organization = ?")
        told = {request for request, kind in events if kind.startswith(("user.", "group."))}
        yield from (f"{request} has no event" for request in noted.keys() - told)
        yield from (f"{request} has an event and no change" for request in told - noted.keys())
        yield from (f"{request} is in the audit trail {times} times" for request, times in noted.items() if times > 1)
        for entry in self._entries:
            asked = entry.asked
            if not entry.acknowledged and not entry.unsure and entry.request in noted:
                yield f"{asked.method} {asked.path} was refused ({entry.status}) and done"
            if entry.acknowledged and asked.act in ("create", "write", "delete") and entry.request not in noted:
                yield f"{asked.method} {asked.path} ({entry.request}) was acknowledged and is lost"
        lost = sum(not entry.request and entry.asked.act != "read" for entry in self._entries)
        unknown = noted.keys() - self._answered.keys()
        if len(unknown) > lost:
            yield f"{len(unknown)} writes that nobody was answered, of {lost} that were asked"

    def stored(self) -> Iterator[str]:
        """The rows are what the trail leads to, and the database is sound."""
        members = defaultdict(set)
        for group, member in self._select("SELECT group_id, member_id FROM membership WHERE organization = ?"):
            members[group].add(member)
            if group not in self._documents or member not in self._documents:
                yield f"{member} is a member of {group}, and one of them is not there"
        for ident, history in self.histories.items():
            if ident not in self._documents:
                yield f"{ident} is not there"
                continue
            version, _, removed, document, _ = self._documents[ident]
            state, text = history.states[-1], _decoded(document)
            if version != len(history.states):
                yield f"{ident}: version {version}, and {len(history.states)} in the trail"
            if text.get("title", text.get("externalId")) not in state.values:
                yield f"{ident}: holds {text.get('title')}, not {set(state.values)}"
            if members[ident] != state.members:
                yield f"{ident}: {len(members[ident])} members, and {len(state.members)} in the trail"
            if bool(removed) != bool(history.deleted):
                yield f"{ident}: removed at {removed}, deleted by {history.deleted}"
        yield from _unsound(self._live)

    def served(self) -> Iterator[str]:
        """Clients are shown what is stored, each resource once."""
        scim = Scim(self._live.send, self._connected)
        for endpoint, kind in (("/Users", "User"), ("/Groups", "Group")):
            shown: list[dict[str, Any]] = []
            while part := scim.get(f"{endpoint}?startIndex={len(shown) + 1}&count=200").body["Resources"]:
                shown += part
            there = {ident for ident, row in self._documents.items() if row[4] == kind and not row[2]}
            if len(shown) != len(there) or {one["id"] for one in shown} != there:
                yield f"{endpoint}: {len(shown)} are shown, {len(there)} are there"
            for one in shown:
                told = one.get("title", one.get("externalId"))
                history = self.histories[one["id"]]
                members = {member["value"] for member in one.get("members", ())}
                if told not in history.states[-1].values or members != history.states[-1].members:
                    yield f"{endpoint}/{one['id']}: shown with {told} and {len(members)} members"

    def names(self) -> Iterator[str]:
        """No name was held by two at once, and none was refused that nobody held."""
        names = {ident: _name(_decoded(row[3])) for ident, row in self._documents.items()}
        names |= {entry.resource: entry.asked.name for entry in self._entries if entry.asked.name and entry.resource}
        held: dict[str, str] = {}
        for row in self._rows:
            name = names.get(row.target, row.target)
            if row.action.endswith((".deleted", ".closed")):
                held.pop(name, None)
            elif row.action.endswith(".created") and held.setdefault(name, row.target) != row.target:
                yield f"{name} is the name of {held[name]} and of {row.target}"
        for entry in self._entries:
            if entry.status == 409 and not self._was_held(entry):
                yield f"{entry.asked.name} was refused and nobody held it"

    def _was_held(self, refused: Entry) -> bool:
        ends = {
            entry.resource: entry.ended for entry in self._entries if entry.asked.act == "delete" and entry.acknowledged
        }
        return any(
            entry.began < refused.ended and ends.get(entry.resource, refused.ended) > refused.began
            for entry in self._entries
            if entry.asked.name == refused.asked.name and (entry.acknowledged or entry.unsure)
        )


def _decoded(document: Any) -> dict[str, Any]:
    found: dict[str, Any] = document if isinstance(document, dict) else orjson.loads(document)
    return found


def _name(document: dict[str, Any]) -> str:
    return str(document.get("userName") or document.get("displayName"))


SOUND = {
    "sqlite": ["PRAGMA integrity_check", "PRAGMA foreign_key_check"],
    "postgresql": [
        "CREATE EXTENSION IF NOT EXISTS amcheck",
        """SELECT c.relname, bt_index_check(c.oid, true) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
           JOIN pg_am a ON a.oid = c.relam JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE a.amname = 'btree' AND n.nspname = 'public' AND i.indisvalid""",
    ],
}


def _unsound(live: Live) -> Iterator[str]:
    """Yield what the database itself finds wrong; PostgreSQL raises it."""
    database = live.database
    for sql in SOUND[database.dialect.name]:
        for row in database.reading(lambda sql=sql: _rows(database.execute(sql))):  # type: ignore[misc]
            if database.dialect.name == "sqlite" and row != ("ok",):
                yield f"{sql}: {row}"


def _rows(cursor: Any) -> list[Any]:
    return cursor.fetchall() if cursor.description else []
