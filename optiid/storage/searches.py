"""Whether a recorded search looked for one of some values."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet


def looks_for(folded: str, values: AbstractSet[str]) -> bool:
    """Say whether a filter compares with one of the values; both are case-folded, the URL is decoded.

    The filter may stand in a JSON body, where its quotes are escaped.
    """
    return not values.isdisjoint(folded.replace('\\"', '"').split('"'))
