"""The filter tree (RFC 7644, section 3.4.2.2): what a filter means, as values that print themselves back as text."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

OPERATORS = ("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le")


@dataclass(frozen=True, slots=True)
class AttributePath:
    """An attribute as it was written: perhaps a URN, a name, perhaps a sub-attribute.

    `position` counts from 1 and tells where in the text it was; 0 for a path that was never written.
    """

    urn: str | None
    attribute: str
    sub_attribute: str | None = None
    position: int = field(default=0, compare=False)

    def __str__(self) -> str:
        name = self.attribute if self.sub_attribute is None else f"{self.attribute}.{self.sub_attribute}"
        return name if self.urn is None else f"{self.urn}:{name}"


@dataclass(frozen=True, slots=True, eq=False)
class Compare:
    """`path operator value`; the operator in lower case, the value as JSON has it.

    `positions` are those of the operator and of the value in the text, counted from 1, or zeros.
    """

    path: AttributePath
    operator: str
    value: Any
    positions: tuple[int, int] = (0, 0)

    def __str__(self) -> str:
        return f"{self.path} {self.operator} {json.dumps(self.value, ensure_ascii=False)}"

    # True equals 1 in Python; a filter may mean only one of them, and trees are keys of caches.
    def _key(self) -> tuple[Any, ...]:
        return self.path, self.operator, type(self.value), self.value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Compare) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())


@dataclass(frozen=True, slots=True)
class Present:
    """`path pr`."""

    path: AttributePath

    def __str__(self) -> str:
        return f"{self.path} pr"


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold."""

    parts: tuple[Tree, ...]

    def __str__(self) -> str:
        return " and ".join(f"({part})" if isinstance(part, (And, Or)) else str(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part holds."""

    parts: tuple[Tree, ...]

    def __str__(self) -> str:
        return " or ".join(f"({part})" if isinstance(part, Or) else str(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Tree

    def __str__(self) -> str:
        return f"not ({self.part})"


@dataclass(frozen=True, slots=True)
class Each:
    """`path[inner]`: one value of a multi-valued attribute fulfils `inner`, whose paths are sub-attributes."""

    path: AttributePath
    inner: Tree

    def __str__(self) -> str:
        return f"{self.path}[{self.inner}]"


Tree = Compare | Present | And | Or | Not | Each
