"""One resource's life as the audit trail tells it, and whether what clients saw fits in (linear in what they saw).

Versions order the writes of a resource. So a history is lawful when each acknowledged write has the place its version
says, nothing that ended before another began stands behind it, and each read shows the state of the version it tells.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.ledger import Asked, Entry


@dataclass(frozen=True)
class Row:
    """An entry of the audit trail about a resource."""

    request: str
    action: str
    target: str
    details: dict[str, Any]


@dataclass(frozen=True)
class State:
    """What a version holds; `values` are those that may be meant, more than one after a write without an answer."""

    request: str
    values: frozenset[str]
    members: frozenset[str]


@dataclass
class History:
    """A resource's states by version (from 1), what clients asked of it, and the request that deleted it."""

    ident: str
    entries: list[Entry]
    states: list[State] = field(default_factory=list)
    deleted: str = ""

    def replay(self, rows: list[Row], values: dict[str, str], unanswered: frozenset[str]) -> None:
        """Go through its audit entries; `values` tells what each answered request wrote, by its id."""
        held: frozenset[str] = frozenset()
        members: set[str] = set()
        for row in rows:
            if row.action.endswith((".deleted", ".closed")):
                self.deleted = row.request
                continue
            members = (members | set(row.details.get("added", ()))) - set(row.details.get("removed", ()))
            if row.request in values:
                held = frozenset({values[row.request]}) if values[row.request] else held
            elif {"title", "externalId"} & set(row.details.get("changed", ("title",))):
                held = unanswered
            self.states.append(State(row.request, held, frozenset(members)))

    def faults(self) -> Iterator[str]:
        """Yield what does not fit, a sentence each."""
        places = {state.request: version for version, state in enumerate(self.states, 1)}
        for entry in self.entries:
            if entry.acknowledged and entry.asked.act != "delete":
                yield from self._misplaced(entry, places.get(entry.request))
            elif entry.status == 412 and (told := self._wrongly_refused(entry, places)):
                yield told
        yield from self._out_of_order(places)
        yield from self._after_the_end()

    def _misplaced(self, entry: Entry, place: int | None) -> Iterator[str]:
        asked, version = entry.asked, entry.version or place or 0
        told = f"{asked.method} {asked.path} ({entry.request}), answered as version {version}"
        if not 1 <= version <= len(self.states):
            yield f"{told}: there are {len(self.states)} versions"
            return
        state = self.states[version - 1]
        # Of a group that was changed again at once the answer may tell the later version, and then shows that one.
        is_later = _is_group(entry) and place is not None and place < version
        if asked.act in ("create", "write") and place != version and not is_later:
            yield f"{told}: the audit trail has it as {place}"
        if asked.if_match and place and place != asked.if_match + 1:
            yield f"{told}: it was meant for version {asked.if_match}"
        shown = entry.body.get("title", entry.body.get("externalId")) if isinstance(entry.body, dict) else None
        meant = "" if is_later else asked.value
        if {value for value in (shown, meant) if value} - state.values:
            yield f"{told} with {shown}, asked for {asked.value}: it holds {set(state.values)}"
        made = self._made(entry, place, version)
        yield from (f"{told}: {fault}" for fault in (*_unwritten(asked, made), *_not_of(entry, state)))

    def _made(self, entry: Entry, place: int | None, version: int) -> list[State]:
        """Return the state that a write made; of one that changed nothing, those that it may have found."""
        if place:
            return [self.states[place - 1]]
        places = {state.request: number for number, state in enumerate(self.states, 1)}
        before = [places[one.request] for one in self.entries if one.ended < entry.began and one.request in places]
        return self.states[max(before, default=1) - 1 : version]

    def _wrongly_refused(self, entry: Entry, places: dict[str, int]) -> str | None:
        """Say that the version which was asked for was the current one all the time."""
        version = entry.asked.if_match or 0
        by_place = {places[one.request]: one for one in self.entries if one.request in places}
        writer, following = by_place.get(version), by_place.get(version + 1)
        came_first = writer is not None and writer.ended < entry.began
        stayed = version == len(self.states) or (following is not None and following.began > entry.ended)
        ended = any(one.asked.act == "delete" and one.began < entry.ended for one in self.entries)
        if came_first and stayed and not ended:
            return f"{entry.asked.path}: version {version} was refused while it was the current one"
        return None

    def _out_of_order(self, places: dict[str, int]) -> Iterator[str]:
        done = [one for one in self.entries if one.acknowledged and one.request in places]
        writes = sorted(((places[one.request], one) for one in done), key=lambda pair: pair[0])
        latest = 0.0
        for version, entry in writes:
            if entry.ended < latest:
                yield f"{entry.asked.path}: version {version} was done before an earlier one was asked for"
            latest = max(latest, entry.began)
        by_end = sorted((one.ended, version) for version, one in writes)
        ends, newest = [end for end, _ in by_end], list(accumulate((version for _, version in by_end), max))
        for entry in self.entries:
            if entry.asked.act != "read" or not entry.acknowledged:
                continue
            known = bisect_left(ends, entry.began)
            if known and entry.version < newest[known - 1]:
                yield f"{entry.asked.path}: version {entry.version} was read after {newest[known - 1]} was confirmed"
            if any(one.began > entry.ended for version, one in writes if version <= entry.version):
                yield f"{entry.asked.path}: version {entry.version} was read before it was asked for"

    def _after_the_end(self) -> Iterator[str]:
        deletes = [one for one in self.entries if one.asked.act == "delete"]
        gone = min((one.ended for one in deletes if one.acknowledged), default=None)
        if gone is not None and not self.deleted:
            yield f"{self.ident}: its DELETE was confirmed and is not in the audit trail"
        first = min((one.began for one in deletes if one.acknowledged or one.unsure), default=None)
        for entry in self.entries:
            if gone is not None and entry.acknowledged and entry.began > gone:
                yield f"{entry.asked.method} {entry.asked.path}: answered {entry.status} after it was deleted"
            if entry.status == 404 and (first is None or first > entry.ended):
                yield f"{entry.asked.method} {entry.asked.path}: 404 although nobody had deleted it"


def _is_group(entry: Entry) -> bool:
    return isinstance(entry.body, dict) and "displayName" in entry.body


def _unwritten(asked: Asked, states: list[State]) -> Iterator[str]:
    """Yield what a write asked for and none of some states has."""
    if asked.value and all(asked.value not in state.values for state in states):
        yield f"{asked.value} is not in the version that was made of it"
    if asked.act == "join" and all(asked.member not in state.members for state in states):
        yield f"{asked.member} did not join"
    if asked.act == "leave" and all(asked.member in state.members for state in states):
        yield f"{asked.member} did not leave"
    if asked.members is not None and all(asked.members != state.members for state in states):
        yield "its members are not those that were sent"


def _not_of(entry: Entry, state: State) -> Iterator[str]:
    """Yield that an answer shows other members than the version has which it tells."""
    if _is_group(entry):
        shown = {member["value"] for member in entry.body.get("members", ())}
        if shown != state.members:
            wrong = len(shown ^ state.members)
            yield f"of {len(state.members)} members {wrong} are shown that it has not, or not shown"
