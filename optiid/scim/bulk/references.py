"""References by bulkId: `bulkId:NAME` stands for the id of what the POST of that name creates (RFC 7644, 3.7.2).

They stand as values anywhere in the data of an operation, and in quotes inside the path of a PATCH.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_WHOLE = re.compile(r"bulkId:(.*)", re.IGNORECASE | re.DOTALL)
_QUOTED = re.compile(r'"bulkId:([^"\\]*)"', re.IGNORECASE)
_LINK = "$ref"


def name_in(text: str) -> str | None:
    """Return the bulkId that a text refers to, or None when it is a text like any other."""
    found = _WHOLE.fullmatch(text)
    return found[1] if found else None


def names_in(data: Any) -> Iterator[str]:
    """Yield each bulkId that data refers to, as often as it does."""
    if isinstance(data, dict):
        for key, value in data.items():
            if isinstance(value, str) and key.lower() == "path":
                yield from _QUOTED.findall(value)
            if not _is_link(key, value):
                yield from names_in(value)
    elif isinstance(data, list):
        for element in data:
            yield from names_in(element)
    elif isinstance(data, str) and (name := name_in(data)) is not None:
        yield name


def with_ids(data: Any, ids: Mapping[str, str]) -> Any:
    """Return a copy of data in which ids stand for the bulkIds; all that it refers to must be among them.

    A link that is made of a bulkId is left out: it leads nowhere, and links are the server's anyway.
    """
    if isinstance(data, dict):
        return {key: _below(key, value, ids) for key, value in data.items() if not _is_link(key, value)}
    if isinstance(data, list):
        return [with_ids(element, ids) for element in data]
    if isinstance(data, str) and (name := name_in(data)) is not None:
        return ids[name]
    return data


def _below(key: str, value: Any, ids: Mapping[str, str]) -> Any:
    if isinstance(value, str) and key.lower() == "path":
        value = _QUOTED.sub(lambda found: f'"{ids[found[1]]}"', value)
    return with_ids(value, ids)


def _is_link(key: str, value: Any) -> bool:
    return key.lower() == _LINK and isinstance(value, str) and "bulkid:" in value.lower()


def exchanged(value: Any, ids: Mapping[str, str]) -> Any:
    """Return a copy of a document in which each text that is a key of `ids` gave way to the id there."""
    if isinstance(value, dict):
        return {key: exchanged(below, ids) for key, below in value.items()}
    if isinstance(value, list):
        return [exchanged(element, ids) for element in value]
    return ids.get(value, value) if isinstance(value, str) else value
