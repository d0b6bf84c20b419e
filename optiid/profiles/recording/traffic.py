"""Recorded traffic, read: one turn for each request that can be played again, and the resources it is about."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from optiid.clock import is_own_form
from optiid.scim.masking import UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NOTHING = object()
CREATED, REFUSED_FROM, MISSING_FROM = 201, 300, 404
TYPES = {"users": "user", "groups": "group"}
_CURSOR = re.compile(r"(?:^|&)cursor=[^&]", re.IGNORECASE)
WRITES = ("POST", "PUT", "PATCH")


@dataclass(frozen=True, slots=True)
class Turn:
    """One request and its answer; bodies are read, `body` is NOTHING where there was none, `answer` then is None."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: Any
    status: int
    answer: Any

    @property
    def segments(self) -> list[str]:
        """The parts of the path."""
        return self.path.strip("/").split("/")

    @property
    def kind(self) -> str | None:
        """The type of resource that the path is about: user, group, or None."""
        return TYPES.get(self.segments[0].lower())

    @property
    def ident(self) -> str | None:
        """The id in the path, or None."""
        segments = self.segments
        return segments[1] if self.kind and len(segments) > 1 and segments[1] != ".search" else None

    @property
    def is_search(self) -> bool:
        """Whether it is a search by POST."""
        return self.method == "POST" and self.segments[-1] == ".search"

    @property
    def creates(self) -> bool:
        """Whether it made a resource."""
        return self.method == "POST" and self.status == CREATED and isinstance(self.answer, dict)

    def resources(self) -> Iterator[dict[str, Any]]:
        """Yield the resources in the answer."""
        if self.status < REFUSED_FROM and isinstance(self.answer, dict):
            listed = self.answer.get("Resources")
            for one in listed if isinstance(listed, list) else [self.answer]:
                if isinstance(one, dict) and isinstance(one.get("id"), str):
                    yield one


def read_turn(
    method: str, target: tuple[str, str], headers: Mapping[str, str], sent: str | None, got: Any
) -> Turn | None:
    """Return a turn, or None for what cannot be played alone: bulk requests, `/Me`, cursors, bodies that were not kept.

    `target` is path and query, `got` status and text of the answer.
    """
    path, query = target
    status, answer = got
    body = NOTHING if sent is None else _read(sent)
    unknown = (method in WRITES and body is NOTHING) or body is None
    if unknown or path.strip("/").lower() in ("bulk", "me") or _CURSOR.search(query):
        return None
    if isinstance(body, dict) and body.get("cursor"):
        return None
    return Turn(method, path, query, headers, body, status, None if answer is None else _read(answer))


@dataclass
class Inventory:
    """The resources of a recording: `kinds` by id, which the recording makes, and how the others first looked."""

    kinds: dict[str, str] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    # What a group was given as members, until an answer shows which of them it took.
    given: dict[str, set[str]] = field(default_factory=dict)
    # Whom the recording itself puts into a group, before the group was first seen.
    added: dict[str, set[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, turns: list[Turn]) -> Inventory:
        """Return the resources that turns are about, in the order in which they come up."""
        found = cls()
        for turn in turns:
            found._note(turn)
        for group in list(found.given):
            found._take(group)
        return found

    def variables(self) -> dict[str, str]:
        """Return a placeholder for each id."""
        counts: dict[str, int] = {}
        names: dict[str, str] = {}
        for ident, kind in self.kinds.items():
            counts[kind] = number = counts.get(kind, 0) + 1
            names[ident] = f"{{{kind}_id}}" if number == 1 else f"{{{kind}_{number}_id}}"
        return names

    def existing(self, kind: str) -> list[str]:
        """Return the ids of a type that were there before the recording began."""
        return [ident for ident, known in self.kinds.items() if known == kind and ident not in self.made]

    def _note(self, turn: Turn) -> None:
        for resource in turn.resources():
            if kind := _kind_of(resource, turn):
                self._note_resource(resource, kind, created=turn.creates)
        if turn.status < REFUSED_FROM and turn.ident and turn.kind:
            self.kinds.setdefault(turn.ident, turn.kind)
        if turn.status < REFUSED_FROM and turn.kind == "group" and turn.method in WRITES and not turn.is_search:
            self._note_members(turn)

    def _note_resource(self, resource: dict[str, Any], kind: str, *, created: bool) -> None:
        ident = resource["id"]
        if ident not in self.kinds and created:
            self.made.add(ident)
        elif ident not in self.made:
            self.documents.setdefault(ident, resource)
        self.kinds.setdefault(ident, kind)
        for name, usual in (("members", "user"), ("groups", "group")):
            for one in resource.get(name) or ():
                if isinstance(one, dict) and isinstance(one.get("value"), str):
                    known = str(one.get("type", usual)).lower() if name == "members" else usual
                    self.kinds.setdefault(one["value"], known if known in TYPES.values() else usual)
        if isinstance(resource.get("members"), list):
            self.given.pop(ident, None)  # whom it took is known now, and the others were passed over

    def _note_members(self, turn: Turn) -> None:
        """Take what a group was given for users, unless the next answer shows that they were passed over."""
        if turn.ident is None:
            return
        self._take(turn.ident)
        if turn.ident not in self.documents:
            self.added.setdefault(turn.ident, set()).update(_texts(_additions(turn.body)))
        if not (isinstance(turn.answer, dict) and isinstance(turn.answer.get("members"), list)):
            self.given[turn.ident] = {text for text in _texts(turn.body) if is_own_form(text)}

    def _take(self, group: str) -> None:
        for ident in sorted(self.given.pop(group, ())):
            self.kinds.setdefault(ident, "user")


def _kind_of(resource: dict[str, Any], turn: Turn) -> str | None:
    meta = resource.get("meta")
    kind = str(meta.get("resourceType", "")).lower() if isinstance(meta, dict) else ""
    return kind if kind in TYPES.values() else turn.kind


def _additions(body: Any) -> Any:
    """Return what a write puts into a resource: a PUT all of its body, a PATCH what it does not remove."""
    operations = body.get("Operations") if isinstance(body, dict) else None
    if not isinstance(operations, list):
        return body
    return [one for one in operations if isinstance(one, dict) and str(one.get("op")).lower() != "remove"]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)


def _read(text: str) -> Any:
    """Return what a kept body says; None for one that was not kept, or cut."""
    try:
        return None if text == UNREADABLE else json.loads(text)
    except ValueError:
        return None
