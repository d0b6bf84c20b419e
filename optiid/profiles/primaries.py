"""A ready repair for clients that mark several values of an attribute as the primary one."""

from __future__ import annotations

from typing import Any


def first_primary_only(resource: dict[str, Any]) -> dict[str, Any]:
    """Return a representation in which at most the first value of an attribute is primary.

    Sent: `"emails": [{"type": "work", "primary": true, ...}, {"type": "home", "primary": true, ...}]`.
    Meant: the first of them is the primary one (RFC 7643, section 2.4, allows no second).
    """
    return {name: _first_only(value) if isinstance(value, list) else value for name, value in resource.items()}


def _first_only(values: list[Any]) -> list[Any]:
    kept, seen = [], False
    for value in values:
        primary = isinstance(value, dict) and value.get("primary") is True
        kept.append({name: part for name, part in value.items() if name != "primary"} if primary and seen else value)
        seen = seen or primary
    return kept
