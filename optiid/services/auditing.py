"""Read the audit trail of an organization, and find out whether somebody tampered with it (rule R26)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson

from optiid.errors import InvalidInputError
from optiid.storage import audit
from optiid.storage.audit import Wanted, sealed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from optiid.storage.audit import Entry
    from optiid.storage.database import Database

# After so many nobody reads on.
MOST_FAULTS = 20
_ANCHOR = re.compile(r"\b([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}):(\d{1,18}):([0-9a-f]{64})\b")


@dataclass(frozen=True, slots=True)
class Anchor:
    """The end of a chain at some time; kept where nobody can change it, it proves what was there."""

    organization: str
    sequence: int
    hash: str

    def __str__(self) -> str:
        return f"{self.organization}:{self.sequence}:{self.hash}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found in a chain: how many entries, how many anchors were compared, and each fault as a sentence."""

    organization: str
    entries: int
    anchors: int
    faults: list[str] = field(default_factory=list)


def read_anchors(text: str) -> list[Anchor]:
    """Return the anchors in a text, whatever stands around them. Raises InvalidInputError when there is none."""
    found = [Anchor(organization, int(sequence), seal) for organization, sequence, seal in _ANCHOR.findall(text)]
    if not found:
        raise InvalidInputError("There is no anchor in it: `optiid audit anchor` prints them")
    return found


def anchor(database: Database, organization: str) -> Anchor:
    """Return the end of an organization's chain (by id), to be kept elsewhere."""
    return Anchor(organization, *database.reading(lambda: audit.end(database, organization)))


def verify(database: Database, organization: str, anchors: list[Anchor] | None = None) -> Verdict:
    """Return what is wrong with an organization's chain (by id): edited, removed, inserted or reordered entries.

    Without an anchor, whoever can rewrite the whole chain and its end is not found out.
    """
    last, head = database.reading(lambda: audit.end(database, organization))
    mine = [one for one in anchors or [] if one.organization == organization]
    walk = _Walk(organization, {one.sequence: one.hash for one in mine})
    for entry, seal in _entries(database, organization, last):
        walk.meet(entry, seal)
    walk.finish(last, head)
    if any(one.sequence > last for one in mine):
        walk.faults.append(f"an anchor is of entry {max(one.sequence for one in mine)}: the chain ends before it")
    return Verdict(organization, walk.met, len(mine), walk.faults[:MOST_FAULTS])


def _entries(database: Database, organization: str, last: int) -> Iterator[tuple[Entry, str]]:
    """Yield the entries up to number `last`, and whatever stands before the first one; later ones are being added."""
    after = -(2**62)
    while True:
        found = database.reading(partial(audit.page, database, organization, after, audit.PAGE))
        for entry, seal in found:
            if entry.sequence > last:
                return
            yield entry, seal
        if not found:
            return
        after = found[-1][0].sequence


@dataclass
class _Walk:
    """One walk along a chain: what is expected next, and what was wrong so far."""

    organization: str
    anchors: Mapping[int, str]
    met: int = 0
    previous: int = 0
    head: str = ""
    faults: list[str] = field(default_factory=list)

    def meet(self, entry: Entry, seal: str) -> None:
        """Compare the next entry with what the one before it says."""
        if entry.sequence != self.previous + 1:
            self._miss(self.previous + 1, entry.sequence - 1)
        if sealed(self.head, self.organization, entry) != seal:
            self.faults.append(f"entry {entry.sequence} of {entry.created_at} is not as it was written")
        if self.anchors.get(entry.sequence, seal) != seal:
            self.faults.append(f"entry {entry.sequence} is not the one that the anchor is of")
        self.met, self.previous, self.head = self.met + 1, entry.sequence, seal

    def finish(self, last: int, head: str) -> None:
        """Compare the end of the walk with the end of the chain."""
        if self.previous < last:
            self._miss(self.previous + 1, last)
        if self.head != head:
            self.faults.append("the last entry is not the one that was written last")

    def _miss(self, first: int, last: int) -> None:
        if last < first:
            self.faults.append(f"entry {last + 1} stands where none was written")
        else:
            told = f"entry {first}" if first == last else f"entries {first} to {last}"
            self.faults.append(f"{told} {'is' if first == last else 'are'} missing")


def narrowed(words: Mapping[str, str]) -> Wanted:
    """Return which entries are looked for by words named like the fields of `Wanted`."""
    return Wanted(**words)


def entries(
    database: Database, organization: str, after: int | None, limit: int, wanted: Wanted | None = None
) -> list[dict[str, Any]]:
    """Return entries of an organization (by id) in order: those that follow number `after`, or the last ones."""
    narrowed = wanted or Wanted()

    def read() -> list[tuple[Entry, str]]:
        if after is None:
            return audit.newest(database, organization, limit, narrowed)
        return audit.page(database, organization, after, limit, narrowed)

    return [_told(entry, seal) for entry, seal in database.reading(read)]


def _told(entry: Entry, seal: str) -> dict[str, Any]:
    names = ("sequence", "created_at", "author", "request", "action", "target", "before", "after")
    known = {name: getattr(entry, name) for name in names}
    return known | {"details": _details(entry.details), "hash": seal}


def _details(text: str) -> Any:
    """Return the details as JSON has them; an entry that was tampered with may hold anything."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
