"""Asking for lists, and walking through them by cursor."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

LONGEST_WALK = 200


def ask(scim: Any, path: str = "/Users", *, status: int = 200, **asked: Any) -> dict[str, Any]:
    """Return the answer to a GET."""
    reply = scim.get(f"{path}?{urlencode(asked)}")
    assert reply.status == status, reply.body
    body: dict[str, Any] = reply.body
    return body


def walk(scim: Any, path: str = "/Users", *, post: bool = False, **asked: Any) -> list[dict[str, Any]]:
    """Return all pages of a walk by cursor."""
    pages: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        sent = {"cursor": cursor, **asked}
        pages.append(scim.post(f"{path}/.search", sent).body if post else ask(scim, path, **sent))
        cursor = pages[-1].get("nextCursor")
        assert len(pages) < LONGEST_WALK
    return pages


def names(page: dict[str, Any]) -> list[str]:
    """Return what the resources of a page are known by."""
    return [found.get("userName") or found["displayName"] for found in page["Resources"]]
