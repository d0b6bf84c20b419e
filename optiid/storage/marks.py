"""Where pages by index ended in lists that have not changed since, so that the next page of a walk starts by key.

To come to the page at 900,001 the ids before it are read, from the index alone, and a walk would read them for each
page anew. A mark says which id stands at a place. It is good as long as the last change of its list is the same
(`list_counts.py`): who comes and who goes is a change of the list, what changes in somebody on it is none. Each process
has its own marks; it takes the nearest one before a page, since other pages of a walk may go to other processes.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from optiid.storage.list_counts import Listed

# What a process remembers: lists, and marks in each, the newest of them.
MOST_LISTS = 1000
MOST_MARKS = 32

List = tuple[str, str, str]  # organization, connection, type


class Mark(NamedTuple):
    """The id at a place of a list, counted from 1."""

    place: int
    ident: str


class Marks:
    """The marks of a process, for all its threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[List, tuple[Listed, list[Mark]]] = OrderedDict()

    def before(self, which: List, listed: Listed, place: int) -> Mark | None:
        """Return the nearest mark at or before a place of a list that is as it is told here, or None."""
        with self._lock:
            known, marks = self._known.get(which, (None, []))
            if known != listed:
                return None
            return max((mark for mark in marks if mark.place <= place), default=None)

    def set(self, which: List, listed: Listed, mark: Mark) -> None:
        """Remember what stands at a place of a list; it must have been told to be so before that was read."""
        with self._lock:
            known, marks = self._known.pop(which, (listed, []))
            marks = [one for one in marks if one != mark] if known == listed else []
            self._known[which] = (listed, [*marks, mark][-MOST_MARKS:])
            if len(self._known) > MOST_LISTS:
                self._known.popitem(last=False)
