"""PATCH in the plainest way, straight from RFC 7644, section 3.5.2: an oracle that shares no code with the engine.

A target is (URN or None, attribute, what to select by or None, sub-attribute or None), so that no path is read here.
"""

from __future__ import annotations

import unicodedata
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

REQUIRED = {"userName", "code"}


class Refused(Exception):  # noqa: N818 - what the service refuses, not a fault
    """The operation is refused with this scimType."""


@dataclass(frozen=True)
class Target:
    """Where to; `where` is (sub-attribute, value) of an equality, or (None, value) among simple values."""

    urn: str | None
    name: str
    where: tuple[str | None, Any] | None = None
    sub: str | None = None

    def path(self, text: Any) -> str:
        """Return the target as a path; `text` writes a JSON value."""
        name = self.name if self.urn is None else f"{self.urn}:{self.name}"
        chosen = "" if self.where is None else f"[{self.where[0] or 'value'} eq {text(self.where[1])}]"
        return name + chosen + ("" if self.sub is None else f".{self.sub}")


def key(kind: str, value: Any) -> Any:
    """Return what equal values of a kind share."""
    if kind == "string" and isinstance(value, str):
        return unicodedata.normalize("NFC", value.casefold())
    if kind == "dateTime":
        return datetime.fromisoformat(value)
    return (kind, value)


class Model:
    """Documents of a type whose parts have the kinds given: {attribute: kind, or {sub-attribute: kind}}."""

    def __init__(self, kinds: dict[str, Any], many: set[str]) -> None:
        self.kinds, self.many = kinds, many

    def same(self, name: str, one: Any, other: Any) -> bool:
        """Say whether two values are the same value, `primary` aside (and `display`, beside a `value`)."""
        kind = self.kinds[name]
        if not isinstance(kind, dict):
            return bool(key(kind, one) == key(kind, other))
        marks = {"primary"} | ({"display"} if "value" in one and "value" in other else set())
        parts = {part for part in (*one, *other) if part not in marks}
        return all(part in one and part in other and key(kind[part], one[part]) == key(kind[part], other[part])
                   for part in parts)  # fmt: skip

    def apply(self, document: dict[str, Any], op: str, target: Target, value: Any) -> dict[str, Any]:
        """Return the document after one operation. Raises Refused."""
        document = deepcopy(document)
        box = document if target.urn is None else document.setdefault(target.urn, {})
        if target.where is not None:
            self._selected(box, op, target, value)
        elif target.sub is not None:
            self._part(box, op, target, value)
        elif op == "remove":
            if target.name in REQUIRED:
                raise Refused("mutability")
            box.pop(target.name, None)
        elif target.name in self.many:
            self._many(box, op, target.name, value)
        elif isinstance(value, dict):
            box[target.name] = box.get(target.name, {}) | value
        else:
            box[target.name] = value
        return self._tidy(document)

    def _many(self, box: dict[str, Any], op: str, name: str, value: list[Any]) -> None:
        if sum(_is_primary(one) for one in value) > 1:
            raise Refused("invalidValue")
        values = [] if op == "replace" else box.get(name, [])
        for one in deepcopy(value):
            twin = next((held for held in values if self.same(name, held, one)), None)
            if twin is None or (op == "replace" and isinstance(one, dict)):
                values.append(one)
            elif isinstance(one, dict):
                for mark in ("primary", "display"):
                    if mark in one and (
                        mark == "primary" or key("string", twin.get(mark, "")) != key("string", one[mark])
                    ):
                        twin[mark] = one[mark]
            if _is_primary(one):
                _only_primary(values, values[-1] if twin is None or op == "replace" else twin)
        box[name] = values

    def _part(self, box: dict[str, Any], op: str, target: Target, value: Any) -> None:
        if target.name in self.many:
            chosen = box.get(target.name, [])
            if not chosen and op != "remove":
                raise Refused("noTarget")
        else:
            chosen = [box.setdefault(target.name, {})]
        self._set_part(box, chosen, op, target, value)

    def _set_part(self, box: dict[str, Any], chosen: list[Any], op: str, target: Target, value: Any) -> None:
        if op == "remove" and target.sub in REQUIRED and any(target.sub in one for one in chosen):
            raise Refused("mutability")
        if target.sub == "primary" and value is True and op != "remove" and len(chosen) > 1:
            raise Refused("invalidValue")
        for one in chosen:
            if op == "remove":
                one.pop(target.sub, None)
            else:
                one[target.sub] = value
        if target.sub == "primary" and value is True and op != "remove":
            _only_primary(box[target.name], chosen[0])

    def _selected(self, box: dict[str, Any], op: str, target: Target, value: Any) -> None:
        values = box.get(target.name, [])
        chosen = [number for number, one in enumerate(values) if self._holds(target, one)]
        if not chosen:
            raise Refused("noTarget")
        if target.sub is not None:
            self._set_part(box, [values[number] for number in chosen], op, target, value)
        elif op == "remove":
            box[target.name] = [one for number, one in enumerate(values) if number not in chosen]
        else:
            if _is_primary(value) and len(chosen) > 1:
                raise Refused("invalidValue")
            for number in chosen:
                keeps = op == "add" and isinstance(value, dict)
                values[number] = values[number] | value if keeps else deepcopy(value)
            if _is_primary(value):
                _only_primary(values, values[chosen[0]])

    def _holds(self, target: Target, one: Any) -> bool:
        part, wanted = target.where or (None, None)
        kind = self.kinds[target.name]
        if part is None:
            return bool(key(kind, one) == key(kind, wanted))
        return part in one and bool(key(kind[part], one[part]) == key(kind[part], wanted))

    def _tidy(self, document: dict[str, Any]) -> dict[str, Any]:
        """Return a document without what is empty. Raises Refused for a part that is missing."""
        tidy = {}
        for name, value in document.items():
            if name.startswith("urn:"):
                below = self._tidy(value)
            elif name in self.many:
                below = self._tidy_values(name, value)
            else:
                below = value
            if below not in ({}, []):
                tidy[name] = below
        return tidy

    def _tidy_values(self, name: str, values: list[Any]) -> list[Any]:
        found: list[Any] = []
        for one in values:
            if isinstance(one, dict):
                if one and "code" in self.kinds[name] and "code" not in one:
                    raise Refused("invalidValue")
                found += [one] if one else []
            elif not any(self.same(name, one, held) for held in found):
                found.append(one)
        return found


def _is_primary(value: Any) -> bool:
    return isinstance(value, dict) and value.get("primary") is True


def _only_primary(values: list[Any], chosen: Any) -> None:
    for one in values:
        if one is not chosen and _is_primary(one):
            one["primary"] = False
