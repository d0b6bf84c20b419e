"""The order of a bulk: as given, except that a POST runs before whoever refers to it (RFC 7644, section 3.7.1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def in_order(needs: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Yield the positions of operations in groups, each after the groups it needs.

    `needs` tells of each operation which others must be there first. Operations that need each other in a circle are
    one group, in the order given; all others are groups of one. This is Tarjan's algorithm for strongly connected
    components, without recursion: a chain may be as long as a bulk.
    """
    walk = _Walk(needs)
    for position in range(len(needs)):
        if position not in walk.index:
            yield from walk.from_(position)


@dataclass
class _Walk:
    """One walk over all operations: when each was met, and the earliest one that it leads back to."""

    needs: Sequence[Sequence[int]]
    index: dict[int, int] = field(default_factory=dict)
    lowest: dict[int, int] = field(default_factory=dict)
    open: dict[int, None] = field(default_factory=dict)  # met, and not in a group yet

    def from_(self, start: int) -> Iterator[list[int]]:
        """Walk from one operation to all it needs; yield each group that is complete."""
        path = [self._enter(start)]
        while path:
            position, ahead = path[-1]
            needed = next(ahead, None)
            if needed is None:
                path.pop()
                if path:
                    self._lead_back(path[-1][0], self.lowest[position])
                if self.lowest[position] == self.index[position]:
                    yield self._close(position)
            elif needed not in self.index:
                path.append(self._enter(needed))
            elif needed in self.open:
                self._lead_back(position, self.index[needed])

    def _enter(self, position: int) -> tuple[int, Iterator[int]]:
        self.index[position] = self.lowest[position] = len(self.index)
        self.open[position] = None
        return position, iter(self.needs[position])

    def _lead_back(self, position: int, index: int) -> None:
        self.lowest[position] = min(self.lowest[position], index)

    def _close(self, position: int) -> list[int]:
        group = []
        while position not in group:
            group.append(self.open.popitem()[0])
        return sorted(group)
